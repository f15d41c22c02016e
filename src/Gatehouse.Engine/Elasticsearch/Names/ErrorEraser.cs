using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Gatehouse.Engine.Elasticsearch.Names;

/// <summary>
/// Copies an error of the upstream and puts <c>hidden</c> in the place of names that the caller may not know of: in the members
/// that Elasticsearch keeps for names, and within brackets in its texts, where a word before them says that a name follows, there is
/// a list of them, or the cluster is known to have something of that name.
/// </summary>
internal static class ErrorEraser
{
    /// <summary>What stands for a name.</summary>
    public const string Hidden = "hidden";

    private static readonly SearchValues<char> Impossible = SearchValues.Create(" *\"\\/?#|");

    private static readonly string[] Announcers = ["index", "indices", "alias", "aliases", "stream", "streams", "target", "shard", "shards", " it", "named"];

    /// <summary>Copies the value that the reader stands at.</summary>
    public static void Copy(ReadOnlySpan<byte> json, ref Utf8JsonReader reader, Utf8JsonWriter writer, NameScope scope, KnownNames? names) =>
        CopyValue(json, ref reader, writer, new Place(scope, names, IsName: false));

    /// <summary>A text with the names in brackets replaced.</summary>
    public static string Clean(string text, NameScope scope, KnownNames? names)
    {
        int open = text.IndexOf('[', StringComparison.Ordinal);
        if (open < 0)
        {
            return text;
        }

        StringBuilder clean = new(text.Length);
        int at = 0;
        bool isAnnounced = false;
        while (open >= 0)
        {
            int close = text.IndexOf(']', open + 1);
            if (close < 0)
            {
                break;
            }

            // [name][0] is a shard: what was announced goes on.
            isAnnounced = (isAnnounced && open == at) || EndsWithAnnouncer(text.AsSpan(0, open));
            clean.Append(text, at, open + 1 - at);
            string inner = text[(open + 1)..close];
            string[] parts = inner.Split(',');
            isAnnounced |= parts.Length > 1;
            for (int i = 0; i < parts.Length; i++)
            {
                clean.Append(i == 0 ? "" : ",").Append(CleanPart(parts[i], isAnnounced, scope, names));
            }

            clean.Append(']');
            at = close + 1;
            open = text.IndexOf('[', at);
        }

        return clean.Append(text, at, text.Length - at).ToString();
    }

    private static void CopyValue(ReadOnlySpan<byte> json, ref Utf8JsonReader reader, Utf8JsonWriter writer, Place place)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                CopyObject(json, ref reader, writer, place with { IsName = false });
                break;
            case JsonTokenType.StartArray:
                writer.WriteStartArray();
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                {
                    CopyValue(json, ref reader, writer, place);
                }

                writer.WriteEndArray();
                break;
            case JsonTokenType.String when place.IsName:
                string name = reader.GetString()!; // a text has one
                writer.WriteStringValue(IsHidden(name, place.Scope) ? Hidden : name);
                break;
            case JsonTokenType.String:
                writer.WriteStringValue(Clean(reader.GetString()!, place.Scope, place.Names)); // likewise
                break;
            default:
                NameEraser.CopyRaw(json, ref reader, writer);
                break;
        }
    }

    private static void CopyObject(ReadOnlySpan<byte> json, ref Utf8JsonReader reader, Utf8JsonWriter writer, Place place)
    {
        bool namesIndex = IsAboutIndex(reader);
        writer.WriteStartObject();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            bool isName = reader.ValueTextEquals("index"u8) || reader.ValueTextEquals("_index"u8) || reader.ValueTextEquals("indices"u8)
                || (reader.ValueTextEquals("resource.id"u8) && namesIndex);
            bool isUuid = reader.ValueTextEquals("index_uuid"u8);
            writer.WritePropertyName(reader.GetString()!); // a member has a name
            reader.Read();
            if (isUuid)
            {
                // It tells nobody anything, and two of them whether two names are one index.
                reader.Skip();
                writer.WriteStringValue("_na_"u8);
            }
            else
            {
                CopyValue(json, ref reader, writer, place with { IsName = isName });
            }
        }

        writer.WriteEndObject();
    }

    // The reader is a copy: it looks ahead.
    private static bool IsAboutIndex(Utf8JsonReader reader)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            bool isType = reader.ValueTextEquals("resource.type"u8);
            reader.Read();
            if (isType && reader.TokenType == JsonTokenType.String)
            {
                string type = reader.GetString()!; // a text has one
                return type.Contains("index", StringComparison.Ordinal) || type.Contains("alias", StringComparison.Ordinal) || type.Contains("stream", StringComparison.Ordinal);
            }

            reader.Skip();
        }

        return false;
    }

    private static string CleanPart(string part, bool isAnnounced, NameScope scope, KnownNames? names)
    {
        // [name/uuid], [cluster:name]: the name is what is looked at.
        ReadOnlySpan<char> name = part.AsSpan().Trim();
        int slash = name.IndexOf('/');
        name = slash > 0 ? name[..slash] : name;
        bool isName = IsName(name) && (names?.Find(name) is not null || (isAnnounced && !IsNumber(name)));
        return isName && IsHidden(name.ToString(), scope) ? (part.StartsWith(' ') ? " " : "") + Hidden : part;
    }

    // Expressions were sent; what is a name by its form alone could be one.
    private static bool IsHidden(string text, NameScope scope)
    {
        foreach (string part in text.Split(','))
        {
            if (IsName(part) && !scope.MaySee(part))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsName(ReadOnlySpan<char> text) => text.Length > 0 && text[0] is not ('_' or '-' or '<') && !text.ContainsAny(Impossible);

    private static bool IsNumber(ReadOnlySpan<char> text) => !text.ContainsAnyExceptInRange('0', '9');

    private static bool EndsWithAnnouncer(ReadOnlySpan<char> text)
    {
        text = text.TrimEnd(" :");
        foreach (string word in Announcers)
        {
            if (text.EndsWith(word, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }

    private readonly record struct Place(NameScope Scope, KnownNames? Names, bool IsName);
}

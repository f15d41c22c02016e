using System.Text.Json;

namespace Gatehouse.Engine.Elasticsearch.Names;

/// <summary>Copies a JSON response without the names that the caller may not see.</summary>
internal static class NameEraser
{
    /// <summary>Copies the value that the reader stands at.</summary>
    /// <param name="json">The whole text.</param>
    /// <param name="reader">Stands at the first token of the value; at its last one afterwards.</param>
    /// <param name="writer">Where to.</param>
    /// <param name="rule">Where names stand; null copies the value as it is.</param>
    /// <param name="scope">What may be seen.</param>
    public static void Copy(ReadOnlySpan<byte> json, ref Utf8JsonReader reader, Utf8JsonWriter writer, NameRule? rule, NameScope scope)
    {
        if (rule is null || reader.TokenType is not (JsonTokenType.StartObject or JsonTokenType.StartArray))
        {
            CopyRaw(json, ref reader, writer);
        }
        else if (reader.TokenType == JsonTokenType.StartObject)
        {
            CopyObject(json, ref reader, writer, rule, scope);
        }
        else
        {
            CopyArray(json, ref reader, writer, rule, scope);
        }
    }

    /// <summary>Copies a value byte by byte.</summary>
    public static void CopyRaw(ReadOnlySpan<byte> json, ref Utf8JsonReader reader, Utf8JsonWriter writer)
    {
        int start = (int)reader.TokenStartIndex;
        reader.Skip();
        writer.WriteRawValue(json[start..(int)reader.BytesConsumed], skipInputValidation: true);
    }

    private static void CopyObject(ReadOnlySpan<byte> json, ref Utf8JsonReader reader, Utf8JsonWriter writer, NameRule rule, NameScope scope)
    {
        writer.WriteStartObject();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string name = reader.GetString()!; // a member has a name
            NameRule? inner = rule.Members.GetValueOrDefault(name) ?? rule.Each;
            reader.Read();
            bool isHidden = (rule.IsNames && !scope.MaySee(name)) || (inner is { IsNames: true } && IsHiddenText(reader, scope));
            if (isHidden)
            {
                reader.Skip();
                continue;
            }

            writer.WritePropertyName(name);
            Copy(json, ref reader, writer, inner, scope);
        }

        writer.WriteEndObject();
    }

    private static void CopyArray(ReadOnlySpan<byte> json, ref Utf8JsonReader reader, Utf8JsonWriter writer, NameRule rule, NameScope scope)
    {
        writer.WriteStartArray();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            bool isHidden = (rule.IsNames && IsHiddenText(reader, scope)) || (rule.ItemNames.Count > 0 && IsHiddenItem(reader, rule.ItemNames, scope));
            if (isHidden)
            {
                reader.Skip();
                continue;
            }

            Copy(json, ref reader, writer, rule.Each, scope);
        }

        writer.WriteEndArray();
    }

    private static bool IsHiddenText(in Utf8JsonReader reader, NameScope scope) =>
        reader.TokenType == JsonTokenType.String && !scope.MaySee(reader.GetString()!); // a text has one

    // The reader is a copy: it looks ahead. An item without the name that it should have is hidden, too.
    private static bool IsHiddenItem(Utf8JsonReader reader, IReadOnlyList<string> members, NameScope scope)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return true;
        }

        int found = 0;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            bool isName = members.Contains(reader.GetString()!, StringComparer.Ordinal); // a member has a name
            reader.Read();
            if (isName)
            {
                found++;
                if (reader.TokenType != JsonTokenType.String || IsHiddenText(reader, scope))
                {
                    return true;
                }
            }

            reader.Skip();
        }

        return found == 0;
    }
}

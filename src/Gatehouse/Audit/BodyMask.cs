using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Gatehouse.Audit.Secrets;

namespace Gatehouse.Audit;

/// <summary>
/// Request bodies on their way into the trail: JSON whose secrets are replaced, or nothing but their length. A member is masked with
/// all that is in it when its name is that of a secret (<see cref="SecretWords"/>), when a pointer names it, or when a member beside
/// it says so (<c>"name": "password", "value": ...</c>); a text is masked when it looks like a secret (<see cref="SecretText"/>).
/// Thread-safe.
/// </summary>
public sealed class BodyMask
{
    private const int MaxDepth = 64;
    private const int MaxNested = 3;
    private const int MaxName = 256;
    private const string Masked = "***";

    // Members that name another one, and those beside them that say what is done with it.
    private static readonly string[] Naming =
    [
        "name", "key", "k", "path", "field", "header", "param", "parameter", "property", "attribute", "attr", "setting", "variable", "var", "option", "env", "id",
    ];

    private static readonly string[] Telling = ["op", "type", "kind", "action", "method"];

    private readonly SecretWords _words;
    private readonly SecretText _texts;
    private readonly string[][] _pointers;

    /// <summary>Masks for bodies up to <paramref name="max"/> bytes.</summary>
    /// <param name="max">What is longer is never written.</param>
    /// <param name="more">Further words, and JSON pointers (RFC 6901) in which <c>*</c> is any one name or index.</param>
    public BodyMask(int max, IEnumerable<string> more)
    {
        string[] all = [.. more];
        Max = max;
        _words = new SecretWords(all.Where(static m => !m.StartsWith('/')));
        _texts = new SecretText(_words);
        _pointers =
        [
            .. all.Where(static m => m.StartsWith('/')).Select(static m => m[1..].Split('/').Select(Unescape).ToArray()),
        ];
    }

    /// <summary>Largest body written.</summary>
    public int Max { get; }

    /// <summary>Puts what may be known of a body into a record.</summary>
    public void Describe(ReadOnlySpan<byte> body, AuditEvent record)
    {
        ArgumentNullException.ThrowIfNull(record);
        bool isLarge = body.Length > Max;
        bool hasSecret = true;
        record.RequestBytes = body.Length;
        record.RequestBody = !isLarge && TryMask(body, out string? text, out hasSecret) ? text : null;

        // Beside what is known of a body its hash would tell a short secret to whoever tries them all.
        record.RequestBodyHash = isLarge || !hasSecret ? Convert.ToHexStringLower(SHA256.HashData(body)) : null;
    }

    /// <summary>The body on one line with its secrets replaced; false where it is not an object or an array in JSON.</summary>
    public bool TryMask(ReadOnlySpan<byte> body, [NotNullWhen(true)] out string? text) => TryMask(body, out text, out _);

    private bool TryMask(ReadOnlySpan<byte> body, [NotNullWhen(true)] out string? text, out bool hasSecret) => TryMask(body, MaxNested, out text, out hasSecret);

    private bool TryMask(ReadOnlySpan<byte> body, int nested, [NotNullWhen(true)] out string? text, out bool hasSecret)
    {
        hasSecret = true;
        text = null;
        var copy = new Copying { Nested = nested };
        var into = new ArrayBufferWriter<byte>(body.Length + 64);
        try
        {
            using var json = new Utf8JsonWriter(into, new JsonWriterOptions { MaxDepth = MaxDepth });
            var reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = MaxDepth });
            if (!reader.Read() || reader.TokenType is not (JsonTokenType.StartObject or JsonTokenType.StartArray))
            {
                // A bare text could be a secret itself: no name says what it is.
                return false;
            }

            Copy(ref reader, json, copy);
            if (reader.Read())
            {
                return false;
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or ArgumentException)
        {
            // Not JSON, or a text that is not UTF-8.
            return false;
        }

        text = Encoding.UTF8.GetString(into.WrittenSpan);
        hasSecret = copy.HasSecret;
        return true;
    }

    private void Copy(ref Utf8JsonReader reader, Utf8JsonWriter json, Copying copy)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                bool namesSecret = NamesSecret(reader);
                json.WriteStartObject();
                while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
                {
                    string name = reader.GetString()!; // a property always has a name
                    json.WritePropertyName(name);
                    reader.Read();
                    string plain = SecretWords.Plain(name);
                    bool isBeside = namesSecret && !Naming.Contains(plain) && !Telling.Contains(plain);
                    Member(ref reader, json, copy, name, isBeside || _words.AreIn(name));
                }

                json.WriteEndObject();
                break;
            case JsonTokenType.StartArray:
                json.WriteStartArray();
                bool isAfter = false;
                for (int i = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; i++)
                {
                    // ["password", "..."]: a list of names and values.
                    bool isName = !isAfter && reader.TokenType == JsonTokenType.String && IsSecretName(reader.GetString()!); // a text is one
                    Member(ref reader, json, copy, i.ToString(CultureInfo.InvariantCulture), isAfter);
                    isAfter |= isName;
                }

                json.WriteEndArray();
                break;
            case JsonTokenType.String:
                json.WriteStringValue(Text(reader.GetString()!, copy)); // a text is one
                break;
            default:
                // A number, true, false or null, as it stands.
                json.WriteRawValue(reader.ValueSpan);
                break;
        }
    }

    private void Member(ref Utf8JsonReader reader, Utf8JsonWriter json, Copying copy, string name, bool isSecret)
    {
        copy.Path.Add(name);
        if (isSecret || IsPointedAt(copy.Path))
        {
            reader.Skip();
            json.WriteStringValue(Masked);
            copy.HasSecret = true;
        }
        else
        {
            Copy(ref reader, json, copy);
        }

        copy.Path.RemoveAt(copy.Path.Count - 1);
    }

    /// <summary>A text: as it is, JSON with its own secrets replaced, or masked.</summary>
    private string Text(string text, Copying copy)
    {
        if (text.AsSpan().TrimStart() is ['{' or '[', ..] && copy.Nested > 0 && TryMask(Encoding.UTF8.GetBytes(text), copy.Nested - 1, out string? inner, out bool hasSecret))
        {
            copy.HasSecret |= hasSecret;
            return hasSecret ? inner : text;
        }

        bool isSecret = _texts.IsSecret(text) || (SecretText.Decoded(text) is { } decoded && HidesSecret(decoded, copy.Nested));
        copy.HasSecret |= isSecret;
        return isSecret ? Masked : text;
    }

    /// <summary>Whether what a Base64 text holds is, or has in it, a secret.</summary>
    private bool HidesSecret(string decoded, int nested) => _texts.IsSecret(decoded)
        || (decoded.AsSpan().TrimStart() is ['{' or '[', ..] && nested > 0
            && TryMask(Encoding.UTF8.GetBytes(decoded), nested - 1, out _, out bool hasSecret) && hasSecret);

    /// <summary>Whether an object says of another of its members that it is a secret. The reader is a copy.</summary>
    private bool NamesSecret(Utf8JsonReader reader)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            bool isNaming = Naming.Contains(SecretWords.Plain(reader.GetString()!)); // a property always has a name
            reader.Read();
            if (isNaming && reader.TokenType == JsonTokenType.String && IsSecretName(reader.GetString()!)) // a text is one
            {
                return true;
            }

            reader.Skip();
        }

        return false;
    }

    private bool IsSecretName(string text) =>
        text.Length <= MaxName && (_words.AreIn(text) || (SecretText.Decoded(text) is { } decoded && _words.AreIn(decoded)));

    private bool IsPointedAt(List<string> path) => Array.Exists(
        _pointers, pointer => pointer.Length == path.Count && pointer.Zip(path).All(static p => p.First == "*" || p.First == p.Second));

    private static string Unescape(string segment) =>
        segment.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);

    /// <summary>Where one copy is, and whether it has left anything out.</summary>
    private sealed class Copying
    {
        public List<string> Path { get; } = [];

        public int Nested { get; init; }

        public bool HasSecret { get; set; }
    }
}

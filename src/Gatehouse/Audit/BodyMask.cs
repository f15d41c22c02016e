using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Gatehouse.Audit;

/// <summary>
/// Request bodies on their way into the trail: JSON whose secrets are replaced, or nothing but length and SHA-256. A member is
/// masked with all that is in it when its name holds one of the words, whatever its case and with or without <c>-</c>,
/// <c>_</c>, dots and spaces, or when a pointer names it. Thread-safe.
/// </summary>
public sealed class BodyMask
{
    private const int MaxDepth = 64;
    private const string Masked = "***";

    private static readonly string[] Always =
    [
        "password", "passwd", "passphrase", "pwd", "secret", "token", "apikey", "authorization", "privatekey", "credential", "cookie", "session",
    ];

    private readonly string[] _words;
    private readonly string[][] _pointers;

    /// <summary>Masks for bodies up to <paramref name="max"/> bytes.</summary>
    /// <param name="max">What is longer is never written.</param>
    /// <param name="more">Further words, and JSON pointers (RFC 6901) in which <c>*</c> is any one name or index.</param>
    public BodyMask(int max, IEnumerable<string> more)
    {
        string[] all = [.. more];
        Max = max;
        _words = [.. Always, .. all.Where(static m => !m.StartsWith('/')).Select(Plain).Where(static m => m.Length > 0)];
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
        record.RequestBytes = body.Length;
        record.RequestBody = body.Length <= Max && TryMask(body, out string? text) ? text : null;
        record.RequestBodyHash = Convert.ToHexStringLower(SHA256.HashData(body));
    }

    /// <summary>The body on one line with its secrets replaced; false where it is not an object or an array in JSON.</summary>
    public bool TryMask(ReadOnlySpan<byte> body, [NotNullWhen(true)] out string? text)
    {
        text = null;
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

            Copy(ref reader, json, []);
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
        return true;
    }

    private void Copy(ref Utf8JsonReader reader, Utf8JsonWriter json, List<string> path)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                json.WriteStartObject();
                while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
                {
                    string name = reader.GetString()!; // a property always has a name
                    json.WritePropertyName(name);
                    reader.Read();
                    Member(ref reader, json, path, name, IsNamed(name));
                }

                json.WriteEndObject();
                break;
            case JsonTokenType.StartArray:
                json.WriteStartArray();
                for (int i = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; i++)
                {
                    Member(ref reader, json, path, i.ToString(CultureInfo.InvariantCulture), false);
                }

                json.WriteEndArray();
                break;
            case JsonTokenType.String:
                json.WriteStringValue(reader.GetString());
                break;
            default:
                // A number, true, false or null, as it stands.
                json.WriteRawValue(reader.ValueSpan);
                break;
        }
    }

    private void Member(ref Utf8JsonReader reader, Utf8JsonWriter json, List<string> path, string name, bool isNamed)
    {
        path.Add(name);
        if (isNamed || IsPointedAt(path))
        {
            reader.Skip();
            json.WriteStringValue(Masked);
        }
        else
        {
            Copy(ref reader, json, path);
        }

        path.RemoveAt(path.Count - 1);
    }

    private bool IsNamed(string name)
    {
        string plain = Plain(name);
        return Array.Exists(_words, word => plain.Contains(word, StringComparison.Ordinal));
    }

    private bool IsPointedAt(List<string> path) => Array.Exists(
        _pointers, pointer => pointer.Length == path.Count && pointer.Zip(path).All(static p => p.First == "*" || p.First == p.Second));

    /// <summary>Letters and digits in lower case.</summary>
    private static string Plain(string name) =>
        string.Concat(name.Where(char.IsLetterOrDigit).Select(char.ToLowerInvariant));

    private static string Unescape(string segment) =>
        segment.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
}

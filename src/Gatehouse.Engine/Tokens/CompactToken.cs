using System.Text.Json;
using Gatehouse.Protocols.Json;

namespace Gatehouse.Engine.Tokens;

/// <summary>
/// A signed token in compact form (RFC 7515 section 7.1), read as strictly as any reader could (RFC 8725), and not yet
/// believed. <c>jku</c>, <c>jwk</c>, <c>x5u</c> and <c>x5c</c> are not even read: keys come from the issuer, never from a token.
/// </summary>
internal sealed class CompactToken
{
    /// <summary>Longest token, in characters.</summary>
    public const int MaxLength = 16 * 1024;

    private const int MaxKeyId = 512;
    private static readonly string[] Types = ["JWT", "at+jwt", "application/jwt", "application/at+jwt"];

    private CompactToken(string algorithm, string? keyId, JsonElement claims, int signatureBytes)
    {
        Algorithm = algorithm;
        KeyId = keyId;
        Claims = claims;
        SignatureBytes = signatureBytes;
    }

    /// <summary><c>alg</c>, as it stands there.</summary>
    public string Algorithm { get; }

    /// <summary><c>kid</c>; null without.</summary>
    public string? KeyId { get; }

    /// <summary>The claims, an object.</summary>
    public JsonElement Claims { get; }

    /// <summary>The signature's length.</summary>
    public int SignatureBytes { get; }

    /// <summary>Reads a token; null with the reason when it is none.</summary>
    public static CompactToken? Read(string text, out string reason)
    {
        if (text.Length > MaxLength)
        {
            reason = TokenReasons.TooLong;
            return null;
        }

        string[] parts = text.Split('.');
        if (parts.Length != 3)
        {
            // Five parts are an encrypted one (RFC 7516).
            reason = parts.Length == 5 ? TokenReasons.Encrypted : TokenReasons.Malformed;
            return null;
        }

        if (!TryObject(parts[0], out JsonElement header, out reason) || !TryHeader(header, out string algorithm, out string? keyId, out reason)
            || !TryObject(parts[1], out JsonElement claims, out reason))
        {
            return null;
        }

        reason = TokenReasons.Malformed;
        return CanonicalBase64Url.TryDecode(parts[2], out byte[]? signature)
            ? new CompactToken(algorithm, keyId, claims, signature.Length)
            : null;
    }

    private static bool TryObject(string part, out JsonElement value, out string reason)
    {
        value = default;
        reason = TokenReasons.Malformed;
        if (!CanonicalBase64Url.TryDecode(part, out byte[]? bytes))
        {
            return false;
        }

        if (!StrictObject.TryRead(bytes, out value, out JsonError error))
        {
            reason = error == JsonError.DuplicateName ? TokenReasons.Duplicate : TokenReasons.Malformed;
            return false;
        }

        return true;
    }

    private static bool TryHeader(JsonElement header, out string algorithm, out string? keyId, out string reason)
    {
        algorithm = "";
        keyId = null;

        // Section 4.1.11; `b64` (RFC 7797) would change what is signed, `zip` what is read.
        reason = TokenReasons.Critical;
        if (header.TryGetProperty("crit", out _) || header.TryGetProperty("b64", out _))
        {
            return false;
        }

        reason = TokenReasons.Encrypted;
        if (header.TryGetProperty("enc", out _) || header.TryGetProperty("zip", out _))
        {
            return false;
        }

        reason = TokenReasons.Type;
        if (header.TryGetProperty("typ", out JsonElement type)
            && !(type.ValueKind == JsonValueKind.String && Types.Contains(type.GetString(), StringComparer.OrdinalIgnoreCase)))
        {
            return false;
        }

        reason = TokenReasons.Malformed;
        if (!header.TryGetProperty("alg", out JsonElement written) || written.ValueKind != JsonValueKind.String)
        {
            return false;
        }

        algorithm = written.GetString()!; // a string by its kind
        if (!header.TryGetProperty("kid", out JsonElement id))
        {
            return true;
        }

        keyId = id.ValueKind == JsonValueKind.String ? id.GetString() : null;
        return keyId is { Length: <= MaxKeyId };
    }
}

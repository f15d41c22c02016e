using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.IdentityModel.Tokens;

namespace Gatehouse.Engine.Tokens;

/// <summary>
/// One key of an issuer, made from a JSON Web Key (RFC 7517) with every parameter checked here: sizes, points on their curve,
/// no exponent of 1. A key knows which algorithms it takes; none takes two families (RFC 8725 section 3.1).
/// </summary>
internal sealed class TokenKey
{
    private const int MinRsaBits = 2048;
    private const int MaxRsaBits = 8192;

    private readonly byte[] _digest;

    private TokenKey(string? id, string? algorithm, KeyFamily family, int bits, SecurityKey key)
    {
        _digest = key switch
        {
            RsaSecurityKey { Rsa: { } rsa } => SHA256.HashData(rsa.ExportSubjectPublicKeyInfo()),
            ECDsaSecurityKey { ECDsa: { } ecdsa } => SHA256.HashData(ecdsa.ExportSubjectPublicKeyInfo()),
            SymmetricSecurityKey secret => SHA256.HashData(secret.Key),
            _ => throw new ArgumentException("not a key of ours", nameof(key)),
        };
        Id = id;
        Algorithm = algorithm;
        Family = family;
        Bits = bits;
        Key = key;
    }

    /// <summary><c>kid</c>; null without.</summary>
    public string? Id { get; }

    /// <summary>The only algorithm it takes (<c>alg</c>); null: all of its family.</summary>
    public string? Algorithm { get; }

    /// <summary>The kind.</summary>
    public KeyFamily Family { get; }

    /// <summary>Size of modulus, curve or secret.</summary>
    public int Bits { get; }

    /// <summary>The key for verifying.</summary>
    public SecurityKey Key { get; }

    /// <summary>Whether both verify the same signatures, whatever they are called.</summary>
    public bool IsSameKey(TokenKey other) => Family == other.Family && CryptographicOperations.FixedTimeEquals(_digest, other._digest);

    /// <summary>Whether the algorithm is this key's.</summary>
    public bool Takes(TokenAlgorithm algorithm) =>
        Family == algorithm.Family
        && (Algorithm is null || string.Equals(Algorithm, algorithm.Name, StringComparison.Ordinal))
        && Family switch
        {
            KeyFamily.Rsa => true,
            KeyFamily.Ec => Bits == algorithm.Bits,
            _ => Bits >= algorithm.Bits,
        };

    /// <summary>How long a signature is (RFC 7518 sections 3.2 to 3.5).</summary>
    public int SignatureBytes(TokenAlgorithm algorithm) => Family switch
    {
        KeyFamily.Rsa => (Bits + 7) / 8,
        KeyFamily.Ec => 2 * ((Bits + 7) / 8),
        _ => algorithm.Bits / 8,
    };

    /// <summary>Reads a key; false with the reason, for people, when it cannot be used for verifying signatures.</summary>
    public static bool TryRead(JsonElement jwk, [NotNullWhen(true)] out TokenKey? key, out string reason)
    {
        key = null;
        reason = "it is no JSON object with texts in it";
        if (jwk.ValueKind != JsonValueKind.Object
            || !TryText(jwk, "kty", out string? type) || !TryText(jwk, "kid", out string? id)
            || !TryText(jwk, "use", out string? use) || !TryText(jwk, "alg", out string? algorithm))
        {
            return false;
        }

        if (use is not (null or "sig") || !MayVerify(jwk))
        {
            reason = "it is not for signatures";
            return false;
        }

        if (algorithm is not null && TokenAlgorithm.Find(algorithm) is null)
        {
            reason = "its algorithm is none of ours";
            return false;
        }

        // A private key that is shown to anybody is nobody's any more.
        if (type is "RSA" or "EC" && jwk.TryGetProperty("d", out _))
        {
            reason = "it is a private key";
            return false;
        }

        try
        {
            (KeyFamily Family, int Bits, SecurityKey Key)? made = type switch
            {
                "RSA" => Rsa(jwk, out reason),
                "EC" => Ec(jwk, out reason),
                "oct" => Secret(jwk, out reason),
                _ => Unknown(out reason),
            };
            key = made is { } found ? new TokenKey(id, algorithm, found.Family, found.Bits, found.Key) : null;
            return key is not null;
        }
        catch (CryptographicException)
        {
            reason = "its parameters are no key";
            return false;
        }
    }

    private static (KeyFamily Family, int Bits, SecurityKey Key)? Rsa(JsonElement jwk, out string reason)
    {
        reason = $"its modulus is not of {MinRsaBits} to {MaxRsaBits} bits, or its exponent not odd and of 3 to 2^32";
        if (!TryBytes(jwk, "n", out byte[]? modulus) || !TryBytes(jwk, "e", out byte[]? exponent))
        {
            return null;
        }

        // Section 6.3.1.1 of RFC 7518 forbids leading zeros; issuers write them all the same.
        modulus = modulus.AsSpan().TrimStart((byte)0).ToArray();
        exponent = exponent.AsSpan().TrimStart((byte)0).ToArray();
        int bits = modulus.Length == 0 ? 0 : (modulus.Length * 8) - (byte.LeadingZeroCount(modulus[0]));
        if (bits is < MinRsaBits or > MaxRsaBits || exponent.Length is 0 or > 4 || (exponent[^1] & 1) == 0 || exponent is [1])
        {
            return null;
        }

        RSA rsa = RSA.Create(new RSAParameters { Modulus = modulus, Exponent = exponent });
        return (KeyFamily.Rsa, bits, new RsaSecurityKey(rsa));
    }

    private static (KeyFamily Family, int Bits, SecurityKey Key)? Ec(JsonElement jwk, out string reason)
    {
        reason = "its curve is none of P-256, P-384, P-521, or its point not on it";
        if (!TryText(jwk, "crv", out string? name) || !TryBytes(jwk, "x", out byte[]? x) || !TryBytes(jwk, "y", out byte[]? y))
        {
            return null;
        }

        (int Bits, ECCurve Curve)? curve = name switch
        {
            "P-256" => (256, ECCurve.NamedCurves.nistP256),
            "P-384" => (384, ECCurve.NamedCurves.nistP384),
            "P-521" => (521, ECCurve.NamedCurves.nistP521),
            _ => null,
        };
        if (curve is not { } known || x.Length != (known.Bits + 7) / 8 || y.Length != x.Length)
        {
            return null;
        }

        ECDsa ecdsa = ECDsa.Create(new ECParameters { Curve = known.Curve, Q = new ECPoint { X = x, Y = y } });
        return (KeyFamily.Ec, known.Bits, new ECDsaSecurityKey(ecdsa));
    }

    private static (KeyFamily Family, int Bits, SecurityKey Key)? Secret(JsonElement jwk, out string reason)
    {
        reason = "its secret is shorter than 256 bits";
        return TryBytes(jwk, "k", out byte[]? secret) && secret.Length >= 32
            ? (KeyFamily.Secret, secret.Length * 8, new SymmetricSecurityKey(secret))
            : null;
    }

    private static (KeyFamily Family, int Bits, SecurityKey Key)? Unknown(out string reason)
    {
        reason = "its type is none of RSA, EC, oct";
        return null;
    }

    private static bool MayVerify(JsonElement jwk) =>
        !jwk.TryGetProperty("key_ops", out JsonElement operations)
        || (operations.ValueKind == JsonValueKind.Array
            && operations.EnumerateArray().Any(static o => o.ValueKind == JsonValueKind.String && o.ValueEquals("verify")));

    // True with null when the member is not there.
    private static bool TryText(JsonElement jwk, string name, out string? text)
    {
        text = null;
        if (!jwk.TryGetProperty(name, out JsonElement value))
        {
            return true;
        }

        text = value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        return text is not null;
    }

    private static bool TryBytes(JsonElement jwk, string name, [NotNullWhen(true)] out byte[]? bytes)
    {
        bytes = null;
        return TryText(jwk, name, out string? text) && text is not null && CanonicalBase64Url.TryDecode(text, out bytes);
    }
}

using System.Formats.Asn1;
using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Gatehouse.Trust.Certificates;

/// <summary>What a public key is, as far as it matters whether to sign it.</summary>
/// <param name="Description"><c>ecdsa-p256</c>, <c>rsa-3072</c>, or what it is called otherwise.</param>
/// <param name="Weakness">Why it is not taken, or null.</param>
/// <param name="Hash">SHA-256 of the SubjectPublicKeyInfo, 64 lower-case hex digits.</param>
public sealed record PublicKeyFacts(string Description, string? Weakness, string Hash)
{
    private const string RsaKey = "1.2.840.113549.1.1.1";
    private const string EllipticKey = "1.2.840.10045.2.1";
    private const string EdwardsKey = "1.3.101.112";
    private const int FewestBits = 2048;
    private const int MostBits = 8192;

    /// <summary>Whether no certificate is made over it, and none with it is good.</summary>
    public bool IsWeak => Weakness is not null;

    /// <summary>Looks at a key.</summary>
    public static PublicKeyFacts Of(PublicKey key)
    {
        string hash = HashOf(key);
        try
        {
            (string description, string? weakness) = key.Oid.Value switch
            {
                RsaKey => OfRsa(key),
                EllipticKey => OfCurve(key),
                EdwardsKey => ("ed25519", "Edwards curves are not taken: the platform cannot verify with them"),
                _ => ($"key of algorithm {key.Oid.Value}", "only RSA and ECDSA keys are taken"),
            };
            return new PublicKeyFacts(description, weakness, hash);
        }
        catch (Exception fault) when (fault is CryptographicException or AsnContentException or ArgumentException or NotSupportedException)
        {
            return new PublicKeyFacts("a broken key", "the key cannot be read", hash);
        }
    }

    /// <summary>SHA-256 of a key's SubjectPublicKeyInfo, 64 lower-case hex digits: what revocations go by.</summary>
    public static string HashOf(PublicKey key) => Convert.ToHexStringLower(SHA256.HashData(key.ExportSubjectPublicKeyInfo()));

    private static (string Description, string? Weakness) OfRsa(PublicKey key)
    {
        using RSA rsa = key.GetRSAPublicKey() ?? throw new CryptographicException("no RSA key");
        string description = "rsa-" + rsa.KeySize.ToString(CultureInfo.InvariantCulture);
        byte[] exponent = rsa.ExportParameters(includePrivateParameters: false).Exponent ?? [];

        // FIPS 186-5, section 5.4: odd, above 2^16.
        bool isSound = exponent.Length > 0 && (exponent[^1] & 1) == 1 && exponent.AsSpan().TrimStart((byte)0).Length >= 3;
        return (description, rsa.KeySize switch
        {
            < FewestBits => $"an RSA key needs {FewestBits} bits, this one has {rsa.KeySize}",
            > MostBits => $"an RSA key has {MostBits} bits at most, this one has {rsa.KeySize}",
            _ when !isSound => "its public exponent is even or below 65537",
            _ => null,
        });
    }

    private static (string Description, string? Weakness) OfCurve(PublicKey key)
    {
        // Named curves only (RFC 5480 section 2.1.1): a curve given by numbers may be one that was made to be broken.
        var parameters = new AsnReader(key.EncodedParameters?.RawData ?? [], AsnEncodingRules.DER);
        if (!parameters.PeekTag().HasSameClassAndValue(Asn1Tag.ObjectIdentifier))
        {
            return ("ecdsa on an unnamed curve", "only the curves P-256, P-384 and P-521 are taken, by name");
        }

        string oid = parameters.ReadObjectIdentifier();
        string? name = oid switch
        {
            "1.2.840.10045.3.1.7" => "ecdsa-p256",
            "1.3.132.0.34" => "ecdsa-p384",
            "1.3.132.0.35" => "ecdsa-p521",
            _ => null,
        };
        if (name is null)
        {
            return ($"ecdsa on curve {oid}", "only the curves P-256, P-384 and P-521 are taken");
        }

        // Loading it is what finds a point that is not on the curve.
        using ECDsa loaded = key.GetECDsaPublicKey() ?? throw new CryptographicException("no ECDSA key");
        return (name, null);
    }
}

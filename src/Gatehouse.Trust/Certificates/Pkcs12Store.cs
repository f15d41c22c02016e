using System.Collections.Immutable;
using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Gatehouse.Problems;
using Gatehouse.Problems.Cluster;

namespace Gatehouse.Trust.Certificates;

/// <summary>
/// Writes PKCS#12 stores (RFC 7292) as OpenSSL 3, Java from 8u301 and Windows read them: PBES2 with AES-256 and PBKDF2-SHA-256,
/// MAC with SHA-256. Not the platform's own export: it cannot give an alias, nor mark certificates that Java shall trust.
/// </summary>
public static class Pkcs12Store
{
    /// <summary>Shortest password: what Java's keytool takes.</summary>
    public const int LeastPassword = 6;

    private const int Rounds = 100_000;
    private const int SaltBytes = 16;
    private const int MacKeyBytes = 32;
    private const int BlockBytes = 64;
    private const byte MacPurpose = 3;
    private const string Data = "1.2.840.113549.1.7.1";
    private const string EncryptedData = "1.2.840.113549.1.7.6";
    private const string CertificateBag = "1.2.840.113549.1.12.10.1.3";
    private const string ShroudedKeyBag = "1.2.840.113549.1.12.10.1.2";
    private const string X509Certificate = "1.2.840.113549.1.9.22.1";
    private const string FriendlyName = "1.2.840.113549.1.9.20";
    private const string LocalKeyId = "1.2.840.113549.1.9.21";
    private const string JavaTrustedUsage = "2.16.840.1.113894.746875.1.1";
    private const string AnyUsage = "2.5.29.37.0";
    private const string Pbes2 = "1.2.840.113549.1.5.13";
    private const string Pbkdf2 = "1.2.840.113549.1.5.12";
    private const string HmacSha256 = "1.2.840.113549.2.9";
    private const string Aes256Cbc = "2.16.840.1.101.3.4.1.42";
    private const string Sha256 = "2.16.840.1.101.3.4.2.1";
    private static readonly Asn1Tag Explicit = new(TagClass.ContextSpecific, 0, isConstructed: true);

    /// <summary>A key store: private key, its certificate and what is above it.</summary>
    /// <exception cref="ProblemException">GH3105 for a password that stores cannot have.</exception>
    public static byte[] MakeKeyStore(LeafKey key, X509Certificate2 leaf, IEnumerable<X509Certificate2> chain, string alias, ReadOnlySpan<char> password)
    {
        EnsurePassword(password);
        byte[] keyId = KeyIdOf(leaf);
        byte[] shrouded = key.Algorithm.ExportEncryptedPkcs8PrivateKey(
            password, new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, Rounds));
        var keys = new AsnWriter(AsnEncodingRules.DER);
        using (keys.PushSequence())
        {
            WriteBag(keys, ShroudedKeyBag, value => value.WriteEncodedValue(shrouded), alias, keyId, isTrusted: false);
        }

        var certificates = new AsnWriter(AsnEncodingRules.DER);
        using (certificates.PushSequence())
        {
            WriteCertificate(certificates, leaf, alias, keyId, isTrusted: false);
            foreach (X509Certificate2 above in chain)
            {
                WriteCertificate(certificates, above, null, null, isTrusted: false);
            }
        }

        return Assemble(keys.Encode(), certificates.Encode(), password);
    }

    /// <summary>A trust store: certificates that Java takes as anchors, aliases <paramref name="alias"/>, <c>ALIAS-2</c> and so on.</summary>
    /// <exception cref="ProblemException">GH3105 for a password that stores cannot have.</exception>
    public static byte[] MakeTrustStore(IReadOnlyList<X509Certificate2> anchors, string alias, ReadOnlySpan<char> password)
    {
        EnsurePassword(password);
        var certificates = new AsnWriter(AsnEncodingRules.DER);
        using (certificates.PushSequence())
        {
            for (int i = 0; i < anchors.Count; i++)
            {
                WriteCertificate(certificates, anchors[i], i == 0 ? alias : $"{alias}-{i + 1}", null, isTrusted: true);
            }
        }

        return Assemble(null, certificates.Encode(), password);
    }

    /// <summary>A random password that every program takes: 32 letters and digits.</summary>
    public static string NewPassword() =>
        RandomNumberGenerator.GetString("ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789", 32);

    private static void EnsurePassword(ReadOnlySpan<char> password)
    {
        // Programs encode anything else than ASCII in different ways.
        if (password.Length < LeastPassword || password.ContainsAnyExceptInRange(' ', '~'))
        {
            throw CertificateProblems.PasswordWrong.Exception($"the password of a key store has {LeastPassword} characters or more, all of them ASCII");
        }
    }

    // Only a number that key and certificate have in common.
    private static byte[] KeyIdOf(X509Certificate2 leaf) => SHA256.HashData(leaf.RawDataMemory.Span)[..20];

    private static void WriteCertificate(AsnWriter bags, X509Certificate2 certificate, string? alias, byte[]? keyId, bool isTrusted) =>
        WriteBag(
            bags,
            CertificateBag,
            value =>
            {
                using (value.PushSequence())
                {
                    value.WriteObjectIdentifier(X509Certificate);
                    using (value.PushSequence(Explicit))
                    {
                        value.WriteOctetString(certificate.RawDataMemory.Span);
                    }
                }
            },
            alias,
            keyId,
            isTrusted);

    // SafeBag (RFC 7292 section 4.2).
    private static void WriteBag(AsnWriter bags, string kind, Action<AsnWriter> value, string? alias, byte[]? keyId, bool isTrusted)
    {
        using (bags.PushSequence())
        {
            bags.WriteObjectIdentifier(kind);
            using (bags.PushSequence(Explicit))
            {
                value(bags);
            }

            if (alias is null && keyId is null && !isTrusted)
            {
                return;
            }

            using (bags.PushSetOf())
            {
                WriteAttribute(bags, FriendlyName, alias, static (writer, text) => writer.WriteCharacterString(UniversalTagNumber.BMPString, text));
                WriteAttribute(bags, LocalKeyId, keyId, static (writer, id) => writer.WriteOctetString(id));
                WriteAttribute(bags, JavaTrustedUsage, isTrusted ? AnyUsage : null, static (writer, usage) => writer.WriteObjectIdentifier(usage));
            }
        }
    }

    private static void WriteAttribute<T>(AsnWriter writer, string kind, T? value, Action<AsnWriter, T> write)
        where T : class
    {
        if (value is null)
        {
            return;
        }

        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier(kind);
            using (writer.PushSetOf())
            {
                write(writer, value);
            }
        }
    }

    // PFX (RFC 7292 section 4).
    private static byte[] Assemble(byte[]? keys, byte[] certificates, ReadOnlySpan<char> password)
    {
        var safe = new AsnWriter(AsnEncodingRules.DER);
        using (safe.PushSequence())
        {
            WriteEncrypted(safe, certificates, password);
            if (keys is not null)
            {
                WriteData(safe, keys);
            }
        }

        byte[] content = safe.Encode();
        byte[] salt = RandomNumberGenerator.GetBytes(SaltBytes);
        byte[] macKey = DeriveMacKey(password, salt);
        byte[] mac = HMACSHA256.HashData(macKey, content);
        CryptographicOperations.ZeroMemory(macKey);
        var store = new AsnWriter(AsnEncodingRules.DER);
        using (store.PushSequence())
        {
            store.WriteInteger(3);
            WriteData(store, content);
            using (store.PushSequence())
            {
                using (store.PushSequence())
                {
                    WriteAlgorithm(store, Sha256, static writer => writer.WriteNull());
                    store.WriteOctetString(mac);
                }

                store.WriteOctetString(salt);
                store.WriteInteger(Rounds);
            }
        }

        return store.Encode();
    }

    private static void WriteData(AsnWriter writer, byte[] content)
    {
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier(Data);
            using (writer.PushSequence(Explicit))
            {
                writer.WriteOctetString(content);
            }
        }
    }

    private static void WriteEncrypted(AsnWriter writer, byte[] content, ReadOnlySpan<char> password)
    {
        byte[] salt = RandomNumberGenerator.GetBytes(SaltBytes);
        using Aes aes = Aes.Create();
        aes.Key = Rfc2898DeriveBytes.Pbkdf2(password, salt, Rounds, HashAlgorithmName.SHA256, 32);
        byte[] iv = aes.IV;
        byte[] encrypted = aes.EncryptCbc(content, iv);
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier(EncryptedData);
            using (writer.PushSequence(Explicit))
            using (writer.PushSequence())
            {
                writer.WriteInteger(0);
                using (writer.PushSequence())
                {
                    writer.WriteObjectIdentifier(Data);
                    WriteAlgorithm(writer, Pbes2, parameters => WritePbes2(parameters, salt, iv));
                    writer.WriteOctetString(encrypted, new Asn1Tag(TagClass.ContextSpecific, 0));
                }
            }
        }
    }

    // PBES2-params (RFC 8018, appendix A.4).
    private static void WritePbes2(AsnWriter writer, byte[] salt, byte[] iv)
    {
        using (writer.PushSequence())
        {
            WriteAlgorithm(writer, Pbkdf2, parameters =>
            {
                using (parameters.PushSequence())
                {
                    parameters.WriteOctetString(salt);
                    parameters.WriteInteger(Rounds);
                    WriteAlgorithm(parameters, HmacSha256, static inner => inner.WriteNull());
                }
            });
            WriteAlgorithm(writer, Aes256Cbc, parameters => parameters.WriteOctetString(iv));
        }
    }

    private static void WriteAlgorithm(AsnWriter writer, string algorithm, Action<AsnWriter> parameters)
    {
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier(algorithm);
            parameters(writer);
        }
    }

    // RFC 7292, appendix B.2, for one block of output (SHA-256 gives all 32 bytes at once).
    private static byte[] DeriveMacKey(ReadOnlySpan<char> password, byte[] salt)
    {
        byte[] secret = [.. Encoding.BigEndianUnicode.GetBytes(password.ToArray()), 0, 0];
        int secretBytes = (secret.Length + BlockBytes - 1) / BlockBytes * BlockBytes;
        byte[] input = new byte[BlockBytes + BlockBytes + secretBytes];
        input.AsSpan(0, BlockBytes).Fill(MacPurpose);
        Repeat(salt, input.AsSpan(BlockBytes, BlockBytes));
        Repeat(secret, input.AsSpan(2 * BlockBytes));
        byte[] hash = SHA256.HashData(input);
        for (int round = 1; round < Rounds; round++)
        {
            SHA256.HashData(hash, hash);
        }

        CryptographicOperations.ZeroMemory(secret);
        CryptographicOperations.ZeroMemory(input);
        return hash[..MacKeyBytes];
    }

    private static void Repeat(ReadOnlySpan<byte> part, Span<byte> whole)
    {
        for (int i = 0; i < whole.Length; i++)
        {
            whole[i] = part[i % part.Length];
        }
    }
}

using System.Collections.Immutable;
using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Gatehouse.Problems;
using Gatehouse.Problems.Cluster;

namespace Gatehouse.Trust.Certificates;

/// <summary>
/// A certificate signing request (PKCS#10, RFC 2986) whose sender was proven to have the key. Nothing else in it is believed:
/// name and extensions are what its sender would like, shown to people and never copied.
/// </summary>
public sealed class SigningRequest
{
    /// <summary>Largest request in bytes.</summary>
    public const int MaxBytes = 32 * 1024;

    private const string RsaPss = "1.2.840.113549.1.1.10";
    private const int MostSuggestions = 32;

    // SHA-256, -384 and -512 with RSA and ECDSA.
    private static readonly ImmutableHashSet<string> Signatures =
    [
        "1.2.840.113549.1.1.11", "1.2.840.113549.1.1.12", "1.2.840.113549.1.1.13", "1.2.840.10045.4.3.2", "1.2.840.10045.4.3.3", "1.2.840.10045.4.3.4",
    ];

    private static readonly ImmutableDictionary<string, int> HashBytes = ImmutableDictionary.CreateRange(
    [
        KeyValuePair.Create("2.16.840.1.101.3.4.2.1", 32), KeyValuePair.Create("2.16.840.1.101.3.4.2.2", 48), KeyValuePair.Create("2.16.840.1.101.3.4.2.3", 64),
    ]);

    private SigningRequest(PublicKey key, PublicKeyFacts facts, string subject, ImmutableArray<string> names)
    {
        Key = key;
        Facts = facts;
        Subject = subject;
        Names = names;
    }

    /// <summary>The key that was proven.</summary>
    public PublicKey Key { get; }

    /// <summary>What key it is; not weak.</summary>
    public PublicKeyFacts Facts { get; }

    /// <summary>The subject that its sender would like; a suggestion only.</summary>
    public string Subject { get; }

    /// <summary>The names that its sender would like; a suggestion only.</summary>
    public ImmutableArray<string> Names { get; }

    /// <summary>Reads and verifies one request, PEM or DER.</summary>
    /// <exception cref="ProblemException">GH3100, GH3101, GH3102.</exception>
    public static SigningRequest Read(ReadOnlySpan<byte> content)
    {
        if (content.Length is 0 or > MaxBytes)
        {
            throw Unreadable($"a signing request has 1 to {MaxBytes / 1024} KiB, this has {content.Length} bytes");
        }

        byte[] der = Decode(content);
        try
        {
            EnsureStrongSignature(der);
            CertificateRequest request = Verify(der);
            PublicKeyFacts facts = PublicKeyFacts.Of(request.PublicKey);
            return facts.Weakness is { } weakness
                ? throw CertificateProblems.KeyWeak.Exception($"{facts.Description}: {weakness}", $"make the request with another key; key types: {KeyKinds.All}")
                : new SigningRequest(request.PublicKey, facts, TextOf(request.SubjectName), SuggestionsOf(request));
        }
        catch (Exception fault) when (fault is AsnContentException or CryptographicException or ArgumentException or NotSupportedException)
        {
            throw CertificateProblems.RequestUnreadable.Exception("this is no signing request (PKCS#10) that can be read", "openssl req -in FILE -noout -text shows what it is", fault);
        }
    }

    /// <summary>A name as one line without characters that nobody can see.</summary>
    internal static string TextOf(X500DistinguishedName name) => Plain(name.Name);

    /// <summary>Text of strangers, cut and without what a terminal could take for a command.</summary>
    public static string Plain(string text)
    {
        const int Most = 256;
        StringBuilder plain = new();
        foreach (char c in text.AsSpan(0, Math.Min(text.Length, Most)))
        {
            plain.Append(char.IsControl(c) || char.IsSurrogate(c) || char.GetUnicodeCategory(c) == System.Globalization.UnicodeCategory.Format ? '?' : c);
        }

        return text.Length > Most ? plain.Append("...").ToString() : plain.ToString();
    }

    private static byte[] Decode(ReadOnlySpan<byte> content)
    {
        if (content.IndexOf("-----BEGIN "u8) < 0)
        {
            return content.ToArray();
        }

        char[] text = Encoding.UTF8.GetChars(content.ToArray());
        byte[]? found = null;
        ReadOnlySpan<char> rest = text;
        while (PemEncoding.TryFind(rest, out PemFields fields))
        {
            if (rest[fields.Label] is "CERTIFICATE REQUEST" or "NEW CERTIFICATE REQUEST")
            {
                if (found is not null)
                {
                    throw Unreadable("there is more than one request in this file");
                }

                found = Convert.FromBase64String(rest[fields.Base64Data].ToString());
            }
            else if (rest[fields.Label].EndsWith("PRIVATE KEY", StringComparison.Ordinal))
            {
                throw Unreadable("there is a private key in this file: keep it where it is and send the request alone");
            }

            rest = rest[fields.Location.End..];
        }

        return found ?? throw Unreadable("there is no CERTIFICATE REQUEST in this file");
    }

    // CertificationRequest ::= SEQUENCE { info, signatureAlgorithm, signature }.
    private static void EnsureStrongSignature(byte[] der)
    {
        var outer = new AsnReader(der, AsnEncodingRules.DER);
        AsnReader request = outer.ReadSequence();
        outer.ThrowIfNotEmpty();
        request.ReadEncodedValue();
        AsnReader algorithm = request.ReadSequence();
        string oid = algorithm.ReadObjectIdentifier();
        if (!Signatures.Contains(oid) && !(oid == RsaPss && IsStrongPss(algorithm)))
        {
            throw CertificateProblems.KeyWeak.Exception(
                $"the request is signed by an algorithm that is not taken ({oid})", "sign it with SHA-256 or stronger: openssl req -new -sha256 -key KEY -out FILE");
        }
    }

    // RSASSA-PSS-params (RFC 4055 section 3.1): SHA-1 where no hash is named. The platform verifies only a salt as long as the hash.
    private static bool IsStrongPss(AsnReader algorithm)
    {
        AsnReader parameters = algorithm.ReadSequence();
        Asn1Tag hash = new(TagClass.ContextSpecific, 0);
        Asn1Tag salt = new(TagClass.ContextSpecific, 2);
        if (!parameters.HasData || !parameters.PeekTag().HasSameClassAndValue(hash)
            || !HashBytes.TryGetValue(parameters.ReadSequence(hash).ReadSequence().ReadObjectIdentifier(), out int hashBytes))
        {
            return false;
        }

        while (parameters.HasData)
        {
            if (parameters.PeekTag().HasSameClassAndValue(salt))
            {
                return parameters.ReadSequence(salt).TryReadInt32(out int saltBytes) && saltBytes == hashBytes;
            }

            parameters.ReadEncodedValue();
        }

        return false;
    }

    private static CertificateRequest Verify(byte[] der)
    {
        // Once without the proof, so that a broken request and a wrong signature are told apart.
        CertificateRequest.LoadSigningRequest(
            der, HashAlgorithmName.SHA256, out int length, CertificateRequestLoadOptions.SkipSignatureValidation, RSASignaturePadding.Pkcs1);
        if (length != der.Length)
        {
            throw Unreadable("there are bytes behind the request");
        }

        try
        {
            return CertificateRequest.LoadSigningRequest(
                der, HashAlgorithmName.SHA256, out _, CertificateRequestLoadOptions.UnsafeLoadCertificateExtensions, RSASignaturePadding.Pkcs1);
        }
        catch (Exception fault) when (fault is CryptographicException or NotSupportedException)
        {
            throw CertificateProblems.RequestNotProven.Exception(
                "the signature of the request was not made by the key in it", "make the request anew on the host that has the key", fault);
        }
    }

    private static ImmutableArray<string> SuggestionsOf(CertificateRequest request)
    {
        SortedSet<string> names = new(StringComparer.Ordinal);
        foreach (X509Extension extension in request.CertificateExtensions)
        {
            if (extension is X509SubjectAlternativeNameExtension alternative)
            {
                names.UnionWith(alternative.EnumerateDnsNames().Take(MostSuggestions).Select(Plain));
                names.UnionWith(alternative.EnumerateIPAddresses().Take(MostSuggestions).Select(static address => address.ToString()));
            }
        }

        return [.. names.Take(MostSuggestions)];
    }

    private static ProblemException Unreadable(string text) => CertificateProblems.RequestUnreadable.Exception(text);
}

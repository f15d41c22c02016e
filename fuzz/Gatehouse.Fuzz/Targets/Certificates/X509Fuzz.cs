using System.Collections.Immutable;
using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Gatehouse.Engine.Certificates;
using Gatehouse.Problems;
using Gatehouse.Trust.Certificates;
using static Gatehouse.Fuzz.OracleException;

namespace Gatehouse.Fuzz.Targets.Certificates;

/// <summary>
/// Signing requests, certificates, PKCS#12 stores, keys and revocation lists: read or refused with a problem, and nothing is signed
/// for a key whose owner did not prove to have it. Each input comes twice: as it is, and with a signature that is right.
/// </summary>
#pragma warning disable CA1001 // Lives as long as the process.
public sealed class X509Fuzz : IFuzzTarget
#pragma warning restore CA1001
{
    private const string Cluster = "00112233445566778899aabbccddeeff";
    private const string Password = "fuzzing";
    private const string EcdsaSha256 = "1.2.840.10045.4.3.2";

    private static readonly DateTimeOffset Now = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly ECDsa _signer = Key(1);
    private readonly LeafKey _authorityKey = Read(Key(1));
    private readonly LeafKey _nodesKey = Read(Key(2));
    private readonly LeafKey _usersKey = Read(Key(3));
    private readonly X509Certificate2 _issuer;

    /// <summary>With fixed keys, those of the corpus.</summary>
    public X509Fuzz()
    {
        var request = new CertificateRequest("CN=Fuzz root", _signer, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        _issuer = request.CreateSelfSigned(Now.AddYears(-1), Now.AddYears(5));
    }

    /// <inheritdoc/>
    public string Name => "x509";

    /// <inheritdoc/>
    public IReadOnlyList<string> Dictionary { get; } =
    [
        "-----BEGIN CERTIFICATE REQUEST-----\n", "-----END CERTIFICATE-----\n", "-----BEGIN CERTIFICATE-----\n", "PRIVATE KEY-----", "\u0005\0", "0\0",
        "\u0006\u0003U\u001d\u0011", "\u0006\u0003U\u001d\u0013", "\u0006\u0003U\u001d\u000f", "\u0006\u0003U\u001d%", "\u0006\u0003U\u001d\u001e", "\u0006\u0003U\u001d#",
        "0\u0003\u0001\u0001\u0001", "\u0003\u0002\u0001\u0006", "\u0002\u0001\0", "\u0017\r300101000000Z", "\u0018\u000f99991231235959Z", "\u0018\u000f00000101000000Z",
    ];

    /// <inheritdoc/>
    public void Run(ReadOnlySpan<byte> input)
    {
        Look(input);
        if (Sign(input) is { } proven)
        {
            Look(proven);
        }
    }

    private void Look(ReadOnlySpan<byte> input)
    {
        ReadRequest(input);
        ReadCertificates(input);
        ReadList(input);
        try
        {
            LeafKey.Read(input, Password).Dispose();
        }
        catch (ProblemException)
        {
            // Refused.
        }
    }

    private void ReadRequest(ReadOnlySpan<byte> input)
    {
        SigningRequest request;
        try
        {
            request = SigningRequest.Read(input);
        }
        catch (ProblemException)
        {
            return;
        }

        Require(IsProven(Der(input), request.Key), "only a proven key is taken");
        Require(!request.Facts.IsWeak, "no weak key is taken");
        Require(!request.Subject.Any(char.IsControl) && request.Names.All(static name => !name.Any(char.IsControl)), "what is shown is plain");
        var order = new CertificateOrder { Profile = CertificateProfile.Find(CertificateProfile.Client)!, CommonName = "asked", Days = 1 };
        using X509Certificate2 leaf = LeafIssuer.Issue(_issuer, order, request.Key, Now);
        Require(leaf.Subject == "CN=asked", "no name of the request is taken");
        Require(PublicKeyFacts.HashOf(leaf.PublicKey) == request.Facts.Hash, "the proven key is signed");
        Require(leaf.Extensions.OfType<X509BasicConstraintsExtension>().All(static one => !one.CertificateAuthority), "no authority is made");
        Require(leaf.Extensions.All(static one => one.Oid?.Value != "2.5.29.17"), "no extension of the request is taken");
    }

    // By hand, and not as the reader does it. The signature algorithm is one that the reader takes.
    private static bool IsProven(byte[] der, PublicKey key)
    {
        AsnReader request = new AsnReader(der, AsnEncodingRules.DER).ReadSequence();
        ReadOnlySpan<byte> info = request.ReadEncodedValue().Span;
        AsnReader algorithm = request.ReadSequence();
        string oid = algorithm.ReadObjectIdentifier();
        byte[] signature = request.ReadBitString(out _);
        bool isPss = oid.EndsWith(".1.1.10", StringComparison.Ordinal);
        string hashed = isPss
            ? algorithm.ReadSequence().ReadSequence(new Asn1Tag(TagClass.ContextSpecific, 0)).ReadSequence().ReadObjectIdentifier()
            : oid;
        HashAlgorithmName hash = hashed switch
        {
            "2.16.840.1.101.3.4.2.1" or "1.2.840.113549.1.1.11" or EcdsaSha256 => HashAlgorithmName.SHA256,
            "2.16.840.1.101.3.4.2.2" or "1.2.840.113549.1.1.12" or "1.2.840.10045.4.3.3" => HashAlgorithmName.SHA384,
            _ => HashAlgorithmName.SHA512,
        };

        // The key itself and not how it is wrapped: the platform takes wrappers that are not quite DER.
        if (info.IndexOf(key.EncodedKeyValue.RawData) < 0)
        {
            return false;
        }

        using RSA? rsa = key.GetRSAPublicKey();
        using ECDsa? curve = key.GetECDsaPublicKey();
        return rsa?.VerifyData(info, signature, hash, isPss ? RSASignaturePadding.Pss : RSASignaturePadding.Pkcs1)
            ?? curve?.VerifyData(info, signature, hash, DSASignatureFormat.Rfc3279DerSequence) ?? false;
    }

    private static byte[] Der(ReadOnlySpan<byte> input)
    {
        if (input.IndexOf("-----BEGIN "u8) < 0)
        {
            return input.ToArray();
        }

        ReadOnlySpan<char> rest = Encoding.UTF8.GetString(input);
        while (PemEncoding.TryFind(rest, out PemFields fields))
        {
            if (rest[fields.Label].EndsWith("CERTIFICATE REQUEST", StringComparison.Ordinal))
            {
                return Convert.FromBase64String(rest[fields.Base64Data].ToString());
            }

            rest = rest[fields.Location.End..];
        }

        throw new OracleException("a request was read where there is none");
    }

    private void ReadCertificates(ReadOnlySpan<byte> input)
    {
        ImmutableArray<X509Certificate2> found;
        try
        {
            found = CertificateReader.Read(input, Password).Certificates;
        }
        catch (ProblemException)
        {
            return;
        }

        Require(found.Length is > 0 and <= CertificateReader.MaxCertificates, "as many certificates as there may be");
        foreach (X509Certificate2 one in found)
        {
            Refusable(() => Require(
                CertificateFacts.Of(one, Now) is var facts && !string.Concat(facts.Names).Concat(facts.Subject).Concat(facts.Issuer).Any(char.IsControl),
                "what is shown is plain"));
        }

        // Both ways in which an operator's own hierarchy comes in; what was made of it was tried there.
        Refusable(() => AuthorityImport.FromKey(found, _authorityKey, Cluster, ["a.example"], Now).Dispose());
        if (found.Length > 2)
        {
            Refusable(() => AuthorityImport.FromSigned(found[0], _nodesKey, found[1], _usersKey, found[2..], Cluster, ["a.example"], Now).Dispose());
        }

        foreach (X509Certificate2 one in found)
        {
            one.Dispose();
        }
    }

    private void ReadList(ReadOnlySpan<byte> input)
    {
        if (RevocationList.Read(input.ToArray()) is not { } list)
        {
            return;
        }

        _ = list.Names(0x4711);
        if (list.IsOf(_issuer))
        {
            Require(list.Issuer.AsSpan().SequenceEqual(_issuer.SubjectName.RawData), "a list is of its issuer");
            byte[] changed = input.ToArray();
            changed[^1] ^= 1;
            Require(RevocationList.Read(changed)?.IsOf(_issuer) != true, "a list with another signature is nobody's");
        }
    }

    private static void Refusable(Action look)
    {
        try
        {
            look();
        }
        catch (ProblemException)
        {
            // Refused.
        }
    }

    // Request, certificate and list are all SEQUENCE { signed, algorithm, signature }: mutations of what is signed come past the proof.
    private byte[]? Sign(ReadOnlySpan<byte> input)
    {
        try
        {
            ReadOnlyMemory<byte> signed = new AsnReader(input.ToArray(), AsnEncodingRules.BER).ReadSequence().ReadEncodedValue();
            var made = new AsnWriter(AsnEncodingRules.BER);
            using (made.PushSequence())
            {
                made.WriteEncodedValue(signed.Span);
                using (made.PushSequence())
                {
                    made.WriteObjectIdentifier(EcdsaSha256);
                }

                made.WriteBitString(_signer.SignData(signed.Span, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));
            }

            return made.Encode();
        }
        catch (AsnContentException)
        {
            return null;
        }
    }

    private static ECDsa Key(byte first) => ECDsa.Create(new ECParameters
    {
        Curve = ECCurve.NamedCurves.nistP256,
        D = [.. Enumerable.Range(first, 32).Select(static one => (byte)one)],
    });

    private static LeafKey Read(ECDsa key)
    {
        using (key)
        {
            return LeafKey.Read(key.ExportPkcs8PrivateKey(), default);
        }
    }
}

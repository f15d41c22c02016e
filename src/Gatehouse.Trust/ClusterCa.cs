using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Gatehouse.Problems;

namespace Gatehouse.Trust;

/// <summary>
/// The cluster's CA: an ECDSA P-256 root and the intermediates <c>nodes</c> and <c>users</c>, with their keys. What one
/// intermediate signs is never mistaken for the other's: <c>users</c> may sign client certificates only.
/// </summary>
internal sealed class ClusterCa : IDisposable
{
    private const int Format = 1;
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    private static readonly TimeSpan CaLife = TimeSpan.FromDays(3653);
    private static readonly TimeSpan LeafLife = TimeSpan.FromDays(90);

    // Clocks of clients differ: a certificate holds from a little before it was made.
    private static readonly TimeSpan CaBackdate = TimeSpan.FromMinutes(30);
    private static readonly TimeSpan LeafBackdate = TimeSpan.FromMinutes(10);

    private readonly string _clusterId;

    private ClusterCa(string clusterId, X509Certificate2 root, X509Certificate2 nodes, X509Certificate2 users)
    {
        _clusterId = clusterId;
        Root = root;
        Nodes = nodes;
        Users = users;
    }

    public X509Certificate2 Root { get; }

    public X509Certificate2 Nodes { get; }

    public X509Certificate2 Users { get; }

    /// <summary>SHA-256 of the root certificate (DER), lower-case hex.</summary>
    public string Fingerprint => Convert.ToHexStringLower(SHA256.HashData(Root.RawData));

    /// <summary>Makes a new CA.</summary>
    public static ClusterCa Create(string clusterId, DateTimeOffset now)
    {
        DateTimeOffset from = now - CaBackdate;
        using ECDsa rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = AuthorityRequest($"Gatehouse root {clusterId[..8]}", rootKey, pathLength: 1);
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromSubjectKeyIdentifier(
            request.CertificateExtensions.OfType<X509SubjectKeyIdentifierExtension>().Single()));
        X509Certificate2 root = request
            .Create(request.SubjectName, X509SignatureGenerator.CreateForECDsa(rootKey), from, from + CaLife, NewSerial())
            .CopyWithPrivateKey(rootKey);
        return new ClusterCa(
            clusterId,
            root,
            Intermediate(root, $"Gatehouse nodes {clusterId[..8]}", [ServerAuthentication, ClientAuthentication]),
            Intermediate(root, $"Gatehouse users {clusterId[..8]}", [ClientAuthentication]));
    }

    /// <summary>Reads what <see cref="Export"/> made.</summary>
    /// <exception cref="ProblemException">GH3031.</exception>
    public static ClusterCa Import(string clusterId, ReadOnlySpan<byte> content)
    {
        CaFile? file = null;
        try
        {
            file = JsonSerializer.Deserialize(content, TrustJson.Default.CaFile);
            if (file is not { Format: Format })
            {
                throw TrustProblems.TrustInconsistent.Exception("the CA was kept by another version of Gatehouse");
            }

            return new ClusterCa(clusterId, Join(file.Root, file.RootKey), Join(file.Nodes, file.NodesKey), Join(file.Users, file.UsersKey));
        }
        catch (Exception fault) when (fault is JsonException or CryptographicException or ArgumentException)
        {
            throw TrustProblems.TrustInconsistent.Exception("the CA's certificates and keys cannot be read", null, fault);
        }
        finally
        {
            file?.Clear();
        }
    }

    /// <summary>Certificates and keys. A secret: wrap it.</summary>
    public byte[] Export()
    {
        CaFile file = new()
        {
            Format = Format,
            Root = Root.RawData,
            RootKey = KeyOf(Root),
            Nodes = Nodes.RawData,
            NodesKey = KeyOf(Nodes),
            Users = Users.RawData,
            UsersKey = KeyOf(Users),
        };
        byte[] content = JsonSerializer.SerializeToUtf8Bytes(file, TrustJson.Default.CaFile);
        file.Clear();
        return content;
    }

    /// <summary>Root and intermediates as PEM, the root first.</summary>
    public string BundlePem() => string.Concat(new[] { Root, Nodes, Users }.Select(static c => c.ExportCertificatePem() + "\n"));

    /// <summary>A server certificate; <paramref name="names"/> come from <see cref="CertificateNames"/>.</summary>
    public IssuedCertificate IssueServer(string nodeName, IReadOnlyList<string> names, DateTimeOffset now)
    {
        SubjectAlternativeNameBuilder builder = new();
        foreach (string name in names)
        {
            if (IPAddress.TryParse(name, out IPAddress? address))
            {
                builder.AddIpAddress(address);
            }
            else
            {
                builder.AddDnsName(name);
            }
        }

        return Issue(Nodes, nodeName, builder, [ServerAuthentication], now);
    }

    /// <summary>A node's certificate for the mesh.</summary>
    public IssuedCertificate IssueNode(string nodeName, DateTimeOffset now)
    {
        SubjectAlternativeNameBuilder builder = new();
        builder.AddUri(new Uri($"spiffe://{_clusterId}/node/{nodeName}"));
        return Issue(Nodes, nodeName, builder, [ServerAuthentication, ClientAuthentication], now);
    }

    /// <summary>A client's certificate.</summary>
    public IssuedCertificate IssueClient(string name, DateTimeOffset now) => Issue(Users, name, null, [ClientAuthentication], now);

    /// <summary>Takes up a leaf issued before, whose key was kept; null where it is not of this CA.</summary>
    public IssuedCertificate? Adopt(ReadOnlySpan<byte> certificate, ReadOnlySpan<byte> key)
    {
        X509Certificate2 leaf = Join(certificate, key);
        using X509Chain chain = new();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(Root);
        chain.ChainPolicy.ExtraStore.Add(Nodes);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.VerificationFlags = X509VerificationFlags.IgnoreNotTimeValid;
        return chain.Build(leaf) ? new IssuedCertificate(leaf, [Public(Nodes)]) : null;
    }

    public static byte[] KeyOf(X509Certificate2 certificate)
    {
        using ECDsa key = certificate.GetECDsaPrivateKey() ?? throw new InvalidOperationException("a certificate of the CA has an EC key");
        return key.ExportPkcs8PrivateKey();
    }

    /// <summary>A certificate without its private key.</summary>
    public static X509Certificate2 Public(X509Certificate2 certificate) => X509CertificateLoader.LoadCertificate(certificate.RawData);

    public void Dispose()
    {
        Root.Dispose();
        Nodes.Dispose();
        Users.Dispose();
    }

    private static X509Certificate2 Intermediate(X509Certificate2 root, string name, string[] usages)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = AuthorityRequest(name, key, pathLength: 0);

        // Not an RFC 5280 rule but what OpenSSL, .NET and browsers do: usages of an authority limit those below it.
        request.CertificateExtensions.Add(Usages(usages));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(root, true, false));
        using X509Certificate2 signed = request.Create(root, CertificateLife.NotBefore(root), CertificateLife.NotAfter(root), NewSerial());
        return signed.CopyWithPrivateKey(key);
    }

    private static CertificateRequest AuthorityRequest(string name, ECDsa key, int pathLength)
    {
        CertificateRequest request = new(CommonName(name), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, pathLength, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        return request;
    }

    private static IssuedCertificate Issue(
        X509Certificate2 issuer, string name, SubjectAlternativeNameBuilder? names, string[] usages, DateTimeOffset now)
    {
        if (now >= CertificateLife.NotAfter(issuer))
        {
            throw TrustProblems.CaExpired.Exception($"the CA certificate `{issuer.Subject}` expired on {CertificateLife.NotAfter(issuer):yyyy-MM-dd}");
        }

        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new(CommonName(name), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(Usages(usages));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(issuer, true, false));
        if (names is not null)
        {
            request.CertificateExtensions.Add(names.Build());
        }

        DateTimeOffset from = Later(now - LeafBackdate, CertificateLife.NotBefore(issuer));
        DateTimeOffset to = Earlier(now + LeafLife, CertificateLife.NotAfter(issuer));
        using X509Certificate2 signed = request.Create(issuer, from, to, NewSerial());
        return new IssuedCertificate(signed.CopyWithPrivateKey(key), [Public(issuer)]);
    }

    private static X509EnhancedKeyUsageExtension Usages(string[] usages)
    {
        OidCollection collection = [];
        foreach (string usage in usages)
        {
            collection.Add(new Oid(usage));
        }

        return new X509EnhancedKeyUsageExtension(collection, false);
    }

    private static X500DistinguishedName CommonName(string name)
    {
        X500DistinguishedNameBuilder builder = new();
        builder.AddCommonName(name);
        return builder.Build();
    }

    // RFC 5280, 4.1.2.2: positive; the top bits are fixed so that it always has 16 bytes.
    private static byte[] NewSerial()
    {
        byte[] serial = RandomNumberGenerator.GetBytes(16);
        serial[0] = (byte)((serial[0] & 0x3F) | 0x40);
        return serial;
    }

    private static X509Certificate2 Join(ReadOnlySpan<byte> certificate, ReadOnlySpan<byte> pkcs8)
    {
        using X509Certificate2 alone = X509CertificateLoader.LoadCertificate(certificate);
        using ECDsa key = ECDsa.Create();
        key.ImportPkcs8PrivateKey(pkcs8, out _);
        return alone.CopyWithPrivateKey(key);
    }

    private static DateTimeOffset Later(DateTimeOffset a, DateTimeOffset b) => a > b ? a : b;

    private static DateTimeOffset Earlier(DateTimeOffset a, DateTimeOffset b) => a < b ? a : b;
}

using System.Collections.Immutable;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Gatehouse.Membership;
using Gatehouse.Problems;

namespace Gatehouse.Trust.Authorities;

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

    private ClusterCa(string clusterId, X509Certificate2 root, X509Certificate2 nodes, X509Certificate2 users, ImmutableArray<X509Certificate2> chain)
    {
        ClusterId = clusterId;
        Root = root;
        Nodes = nodes;
        Users = users;
        Chain = chain;
    }

    /// <summary>The cluster's id.</summary>
    public string ClusterId { get; }

    public X509Certificate2 Root { get; }

    public X509Certificate2 Nodes { get; }

    public X509Certificate2 Users { get; }

    /// <summary>Between the root and the intermediates, where the hierarchy is the operator's own.</summary>
    public ImmutableArray<X509Certificate2> Chain { get; }

    /// <summary>Whether the keys of the intermediates are here.</summary>
    public bool CanIssue => Nodes.HasPrivateKey && Users.HasPrivateKey;

    /// <summary>First 16 digits of <see cref="Fingerprint"/>.</summary>
    public string Id => Fingerprint[..16];

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
            Intermediate(root, $"Gatehouse users {clusterId[..8]}", [ClientAuthentication]),
            []);
    }

    /// <summary>An authority without its keys: what it signed is known, nothing new is issued.</summary>
    public static ClusterCa Known(string clusterId, TrustedAuthority authority) =>
        new(clusterId, authority.Root, authority.Nodes, authority.Users, authority.Chain);

    /// <summary>Reads what <see cref="Export"/> made.</summary>
    /// <exception cref="ProblemException">GH3031.</exception>
    public static ClusterCa Import(string clusterId, ReadOnlySpan<byte> content)
    {
        CaFile? file = null;
        try
        {
            file = JsonSerializer.Deserialize(content, CaJson.Default.CaFile);
            if (file is not { Format: Format })
            {
                throw TrustProblems.TrustInconsistent.Exception("the CA was kept by another version of Gatehouse");
            }

            // Written by generated code, a null byte array is an empty text.
            return new ClusterCa(
                clusterId,
                file.RootKey is { Length: > 0 } rootKey ? Join(file.Root, rootKey) : X509CertificateLoader.LoadCertificate(file.Root),
                Join(file.Nodes, file.NodesKey),
                Join(file.Users, file.UsersKey),
                [.. (file.Chain ?? []).Select(static c => X509CertificateLoader.LoadCertificate(c))]);
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
            RootKey = Root.HasPrivateKey ? KeyOf(Root) : null,
            Nodes = Nodes.RawData,
            NodesKey = KeyOf(Nodes),
            Users = Users.RawData,
            UsersKey = KeyOf(Users),
            Chain = Chain.IsEmpty ? null : [.. Chain.Select(static c => c.RawData)],
        };
        byte[] content = JsonSerializer.SerializeToUtf8Bytes(file, CaJson.Default.CaFile);
        file.Clear();
        return content;
    }

    /// <summary>The same of a hierarchy that was brought, whose root key is not here.</summary>
    public static byte[] ExportExternal(X509Certificate2 root, X509Certificate2 nodes, X509Certificate2 users, ImmutableArray<X509Certificate2> chain) =>
        new ClusterCa("", root, nodes, users, chain).Export();

    /// <summary>As nodes know it.</summary>
    public TrustedAuthority Describe(TrustPhase phase) => new()
    {
        Id = Id,
        Phase = phase,
        Root = Public(Root),
        Nodes = Public(Nodes),
        Users = Public(Users),
        Chain = Chain,
    };

    /// <summary>A server certificate; <paramref name="names"/> come from <see cref="CertificateNames"/>.</summary>
    public IssuedCertificate IssueServer(string nodeName, IReadOnlyList<string> names, DateTimeOffset now) =>
        Issue(key => SignServer(key, nodeName, names, now));

    /// <summary>A node's certificate for the mesh, for the key that it has or, without one, for a new one.</summary>
    public IssuedCertificate IssueNode(string nodeName, DateTimeOffset now, ECDsa? has = null) => Issue(key => SignNode(key, nodeName, now), has);

    /// <summary>A client's certificate.</summary>
    public IssuedCertificate IssueClient(string name, DateTimeOffset now) =>
        Issue(key => Sign(Users, name, key, null, [ClientAuthentication], now));

    /// <summary>A server certificate for a key that stays where it was made.</summary>
    public X509Certificate2 SignServer(PublicKey key, string nodeName, IReadOnlyList<string> names, DateTimeOffset now)
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

        return Sign(Nodes, nodeName, key, builder, [ServerAuthentication], now);
    }

    /// <summary>A node's certificate for the mesh, for a key that stays where it was made.</summary>
    public X509Certificate2 SignNode(PublicKey key, string nodeName, DateTimeOffset now)
    {
        SubjectAlternativeNameBuilder builder = new();
        builder.AddUri(NodeUri(ClusterId, nodeName));
        return Sign(Nodes, nodeName, key, builder, [ServerAuthentication, ClientAuthentication], now);
    }

    /// <summary>What names a node in its certificate: <c>spiffe://CLUSTER/node/NAME</c>.</summary>
    public static Uri NodeUri(string clusterId, string nodeName) => new($"spiffe://{clusterId}/node/{nodeName}");

    /// <summary>Intermediates from <see cref="Nodes"/> upwards, without the root.</summary>
    public ImmutableArray<X509Certificate2> NodesChain => [Public(Nodes), .. Chain];

    /// <summary>Takes up a leaf issued before, whose key was kept; null where it is not of this CA.</summary>
    public IssuedCertificate? Adopt(ReadOnlySpan<byte> certificate, ReadOnlySpan<byte> key)
    {
        X509Certificate2 leaf = Join(certificate, key);
        return IsSigned(leaf, Nodes, Root, Chain) ? new IssuedCertificate(leaf, NodesChain) : null;
    }

    /// <summary>Whether a leaf chains through an intermediate to a root, whatever the dates.</summary>
    public static bool IsSigned(X509Certificate2 leaf, X509Certificate2 intermediate, X509Certificate2 root, ImmutableArray<X509Certificate2> between)
    {
        using X509Chain chain = new();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(root);
        chain.ChainPolicy.ExtraStore.Add(intermediate);
        foreach (X509Certificate2 certificate in between)
        {
            chain.ChainPolicy.ExtraStore.Add(certificate);
        }

        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.VerificationFlags = X509VerificationFlags.IgnoreNotTimeValid;
        return chain.Build(leaf) && chain.ChainElements.Count > 1
            && chain.ChainElements[1].Certificate.RawDataMemory.Span.SequenceEqual(intermediate.RawDataMemory.Span);
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

    private IssuedCertificate Issue(Func<PublicKey, X509Certificate2> sign, ECDsa? has = null)
    {
        using ECDsa? made = has is null ? ECDsa.Create(ECCurve.NamedCurves.nistP256) : null;
        ECDsa key = has ?? made!; // one of the two is there
        using X509Certificate2 signed = sign(new PublicKey(key));
        return new IssuedCertificate(
            signed.CopyWithPrivateKey(key), signed.IssuerName.RawData.AsSpan().SequenceEqual(Users.SubjectName.RawData) ? [Public(Users), .. Chain] : NodesChain);
    }

    private static X509Certificate2 Sign(
        X509Certificate2 issuer, string name, PublicKey key, SubjectAlternativeNameBuilder? names, string[] usages, DateTimeOffset now)
    {
        if (!issuer.HasPrivateKey)
        {
            throw TrustProblems.NoIssuer.Exception("this node does not hold the CA's keys", "ask a node with the role `issuer`");
        }

        if (now >= CertificateLife.NotAfter(issuer))
        {
            throw TrustProblems.CaExpired.Exception($"the CA certificate `{issuer.Subject}` expired on {CertificateLife.NotAfter(issuer):yyyy-MM-dd}");
        }

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
        return request.Create(issuer, from, to, NewSerial());
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

    internal static X509Certificate2 Join(ReadOnlySpan<byte> certificate, ReadOnlySpan<byte> pkcs8)
    {
        using X509Certificate2 alone = X509CertificateLoader.LoadCertificate(certificate);
        using ECDsa key = ECDsa.Create();
        key.ImportPkcs8PrivateKey(pkcs8, out _);
        return alone.CopyWithPrivateKey(key);
    }

    private static DateTimeOffset Later(DateTimeOffset a, DateTimeOffset b) => a > b ? a : b;

    private static DateTimeOffset Earlier(DateTimeOffset a, DateTimeOffset b) => a < b ? a : b;
}

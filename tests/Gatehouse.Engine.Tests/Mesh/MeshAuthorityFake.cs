using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Gatehouse.Engine.Mesh;

namespace Gatehouse.Engine.Tests.Mesh;

/// <summary>A CA as a cluster's: a root with intermediates for nodes and for users.</summary>
internal sealed class MeshAuthorityFake
{
    public const string ForServers = "1.3.6.1.5.5.7.3.1";
    public const string ForClients = "1.3.6.1.5.5.7.3.2";

    public MeshAuthorityFake()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = Authority("root", key);
        Root = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(100));
        Nodes = Intermediate("nodes");
        Users = Intermediate("users");
    }

    public X509Certificate2 Root { get; }

    public X509Certificate2 Nodes { get; }

    public X509Certificate2 Users { get; }

    public MeshAuthority Accepted => new(Public(Root), Public(Nodes), []);

    public static string HashOf(ECDsa key) => Convert.ToHexStringLower(SHA256.HashData(key.ExportSubjectPublicKeyInfo()));

    /// <summary>A leaf, by default a node's.</summary>
    public X509Certificate2 Leaf(ECDsa key, string? uri, X509Certificate2? issuer = null, string[]? usages = null, DateTimeOffset? ends = null, string? dns = null)
    {
        issuer ??= Nodes;
        CertificateRequest request = new("CN=leaf", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([.. (usages ?? [ForServers, ForClients]).Select(static u => new Oid(u))], false));
        SubjectAlternativeNameBuilder names = new();
        if (uri is not null)
        {
            names.AddUri(new Uri(uri));
        }

        if (dns is not null)
        {
            names.AddDnsName(dns);
        }

        if (uri is not null || dns is not null)
        {
            request.CertificateExtensions.Add(names.Build());
        }

        using X509Certificate2 signed = request.Create(
            issuer, DateTimeOffset.UtcNow.AddHours(-2), ends ?? DateTimeOffset.UtcNow.AddDays(30), RandomNumberGenerator.GetBytes(12));
        return signed.CopyWithPrivateKey(key);
    }

    /// <summary>What a node shows: leaf and intermediate.</summary>
    public static SslStreamCertificateContext Shown(X509Certificate2 leaf, X509Certificate2 issuer) =>
        SslStreamCertificateContext.Create(leaf, [Public(issuer)], offline: true);

    private X509Certificate2 Intermediate(string name)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 signed = Authority(name, key).Create(Root, new DateTimeOffset(Root.NotBefore), new DateTimeOffset(Root.NotAfter), RandomNumberGenerator.GetBytes(12));
        return signed.CopyWithPrivateKey(key);
    }

    private static CertificateRequest Authority(string name, ECDsa key)
    {
        CertificateRequest request = new($"CN={name} {Guid.NewGuid():N}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        return request;
    }

    private static X509Certificate2 Public(X509Certificate2 certificate) => X509CertificateLoader.LoadCertificate(certificate.RawData);
}

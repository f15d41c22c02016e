using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Gatehouse.Doctor.Tests.Elastic;

/// <summary>Certificates of nodes, good ones and bad ones, made once for all tests.</summary>
internal static class TestCertificates
{
    private static readonly DateTimeOffset Now = new FakeHost().Now;

    /// <summary>For <c>10.0.0.5</c> and <c>node1.example.com</c>.</summary>
    public static string Good { get; } = Make(Now.AddYears(1), ["node1.example.com"], ["10.0.0.5"]);

    /// <summary>It ended yesterday.</summary>
    public static string Expired { get; } = Make(Now.AddDays(-1), ["node1.example.com"], ["10.0.0.5"]);

    /// <summary>It ends in ten days.</summary>
    public static string Ending { get; } = Make(Now.AddDays(10), ["node1.example.com"], ["10.0.0.5"]);

    /// <summary>Nobody can say which node it is.</summary>
    public static string Nameless { get; } = Make(Now.AddYears(1), [], []);

    /// <summary>For all nodes.</summary>
    public static string Shared { get; } = Make(Now.AddYears(1), [], ["10.0.0.5", "10.0.0.6"]);

    /// <summary>With a short key and a hash that can be forged.</summary>
    public static string Weak { get; } = MakeWeak();

    /// <summary>Of OpenSearch's demo authority.</summary>
    public static string Demo { get; } = Make(Now.AddYears(1), ["node-0.example.com"], [], "CN=Example Com Inc. Root CA,OU=Example Com Inc. Root CA,O=Example Com Inc.,DC=example,DC=com");

    /// <summary>The good one in a PKCS#12 store.</summary>
    public static byte[] Store(string password)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=node1", key, HashAlgorithmName.SHA256);
        AddNames(request, ["node1.example.com"], ["10.0.0.5"]);
        using X509Certificate2 certificate = request.CreateSelfSigned(Now.AddYears(-1), Now.AddDays(-2));
        return certificate.Export(X509ContentType.Pkcs12, password);
    }

    /// <summary>A node's key and certificate with that of its authority, whose key may lie beside them, in a store with the password <c>changeit</c>.</summary>
    public static byte[] Store(bool withAuthorityKey)
    {
        using var authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=authority", authorityKey, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, pathLengthConstraint: 0, critical: true));
        using X509Certificate2 authority = request.CreateSelfSigned(Now.AddYears(-1), Now.AddYears(2));
        using X509Certificate2 bare = X509CertificateLoader.LoadCertificate(authority.RawData);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var own = new CertificateRequest("CN=node1", key, HashAlgorithmName.SHA256);
        AddNames(own, ["node1.example.com"], ["10.0.0.5"]);
        using X509Certificate2 signed = own.Create(authority, Now.AddYears(-1), Now.AddYears(1), [1, 2, 5]);
        using X509Certificate2 leaf = signed.CopyWithPrivateKey(key);
        return new X509Certificate2Collection { leaf, withAuthorityKey ? authority : bare }.Export(X509ContentType.Pkcs12, "changeit")!;
    }

    private static string Make(DateTimeOffset until, string[] names, string[] addresses, string? issuer = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=node1", key, HashAlgorithmName.SHA256);
        AddNames(request, names, addresses);
        if (issuer is null)
        {
            using X509Certificate2 own = request.CreateSelfSigned(Now.AddYears(-1), until);
            return own.ExportCertificatePem();
        }

        using X509Certificate2 made = request.Create(new X500DistinguishedName(issuer), X509SignatureGenerator.CreateForECDsa(key), Now.AddYears(-1), until, [1, 2, 3]);
        return made.ExportCertificatePem();
    }

    private static string MakeWeak()
    {
        using var key = RSA.Create(1024);
        var request = new CertificateRequest("CN=node1", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        AddNames(request, ["node1.example.com"], ["10.0.0.5"]);
        using X509Certificate2 certificate = request.Create(request.SubjectName, new OldGenerator(key), Now.AddYears(-1), Now.AddYears(1), [1, 2, 4]);
        return certificate.ExportCertificatePem();
    }

    private static void AddNames(CertificateRequest request, string[] names, string[] addresses)
    {
        var builder = new SubjectAlternativeNameBuilder();
        foreach (string name in names)
        {
            builder.AddDnsName(name);
        }

        foreach (string address in addresses)
        {
            builder.AddIpAddress(IPAddress.Parse(address));
        }

        if (names.Length + addresses.Length > 0)
        {
            request.CertificateExtensions.Add(builder.Build());
        }
    }

    /// <summary>Signs with SHA-1, which the framework's own generator refuses to name.</summary>
    private sealed class OldGenerator(RSA key) : X509SignatureGenerator
    {
        // sha1WithRSAEncryption, 1.2.840.113549.1.1.5, and no parameters (RFC 3279 2.2.1).
        private static readonly byte[] Sha1WithRsa = [0x30, 0x0D, 0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x05, 0x05, 0x00];

        public override byte[] GetSignatureAlgorithmIdentifier(HashAlgorithmName hashAlgorithm) => Sha1WithRsa;

        public override byte[] SignData(byte[] data, HashAlgorithmName hashAlgorithm) => key.SignData(data, HashAlgorithmName.SHA1, RSASignaturePadding.Pkcs1);

        protected override PublicKey BuildPublicKey() => new(key);
    }
}

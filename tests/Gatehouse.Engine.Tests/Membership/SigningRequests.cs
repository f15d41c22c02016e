using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Gatehouse.Engine.Tests.Membership;

/// <summary>Requests for certificates (PKCS#10) as no node makes them.</summary>
internal static class SigningRequests
{
    /// <summary>Over a key of any kind.</summary>
    public static byte[] Of(AsymmetricAlgorithm key) => key switch
    {
        RSA rsa => new CertificateRequest("CN=gamma", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1).CreateSigningRequest(),
        ECDsa curve => new CertificateRequest("CN=gamma", curve, HashAlgorithmName.SHA256).CreateSigningRequest(),
        _ => throw new NotSupportedException(),
    };

    /// <summary>An authority's: CA:true, every usage, other names.</summary>
    public static byte[] Greedy(ECDsa key)
    {
        var request = new CertificateRequest("CN=evil.example", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.3"), new Oid("2.5.29.37.0")], false));
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("evil.example");
        names.AddUri(new Uri("spiffe://evil.example/node/alpha"));
        request.CertificateExtensions.Add(names.Build());
        return request.CreateSigningRequest();
    }

    /// <summary>Over a P-256 key whose curve is given by its numbers instead of its name (SEC 1, C.2): the same mathematics, another form.</summary>
    public static byte[] SpelledOut(ECDsa key) =>
        new CertificateRequest(new X500DistinguishedName("CN=gamma"), PublicKey.CreateFromSubjectPublicKeyInfo(SpelledOutKey(key), out _), HashAlgorithmName.SHA256)
            .CreateSigningRequest(X509SignatureGenerator.CreateForECDsa(key));

    /// <summary>Such a key alone.</summary>
    public static byte[] SpelledOutKey(ECDsa key)
    {
        using ECDsa spelled = ECDsa.Create(key.ExportExplicitParameters(false));
        return spelled.ExportSubjectPublicKeyInfo();
    }
}

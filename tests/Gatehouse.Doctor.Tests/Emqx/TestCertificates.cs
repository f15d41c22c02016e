using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Gatehouse.Doctor.Tests.Emqx;

/// <summary>Certificates for tests.</summary>
internal static class TestCertificates
{
    /// <summary>A server's for another name that ends ten days after the look.</summary>
    public static string ServerOnly { get; } = Make();

    /// <summary>One that EMQX 6.2 and later ship, without its key.</summary>
    public static string Shipped { get; } =
        File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Fixtures/emqx/rules-stock-6.2-container/proc/812/root/opt/emqx/etc/certs/cert.pem"));

    private static string Make()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=other", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], critical: false));
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("other.example.com");
        request.CertificateExtensions.Add(names.Build());
        DateTimeOffset now = new FakeHost().Now;
        using X509Certificate2 certificate = request.CreateSelfSigned(now.AddDays(-80), now.AddDays(10));
        return certificate.ExportCertificatePem();
    }
}

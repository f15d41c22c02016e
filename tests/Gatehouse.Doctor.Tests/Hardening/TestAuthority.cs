using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Gatehouse.Doctor.Hardening.Certificates;
using Gatehouse.Trust.Certificates;

namespace Gatehouse.Doctor.Tests.Hardening;

/// <summary>A CA that issues what is wished, or something else.</summary>
internal sealed class TestAuthority(DateTimeOffset now) : ICertificateSource, IDisposable
{
    private readonly X509Certificate2 _root = Make(now);

    public int Days { get; init; } = 365;

    public string[] Names { get; init; } = [];

    public string RootPem => _root.ExportCertificatePem() + "\n";

    public Task<CertificateMaterial> IssueAsync(CertificateWish wish, CancellationToken cancellation)
    {
        CertificateProfile profile = CertificateProfile.Find(wish.Profile)!;
        var key = LeafKey.Make(profile.Keys[0]);
        string[] names = Names.Length > 0 ? Names : [.. wish.Names];
        var order = new CertificateOrder { Profile = profile, CommonName = names[0], Names = LeafIssuer.NamesOf(names), Days = Days };
        using X509Certificate2 leaf = LeafIssuer.Issue(_root, order, key.PublicKey, now);
        return Task.FromResult(new CertificateMaterial(key, leaf.ExportCertificatePem() + "\n", "", RootPem));
    }

    public void Dispose() => _root.Dispose();

    private static X509Certificate2 Make(DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=Test root", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        return request.CreateSelfSigned(now.AddDays(-1), now.AddDays(3650));
    }
}

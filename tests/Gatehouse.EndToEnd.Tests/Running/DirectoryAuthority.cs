using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Gatehouse.EndToEnd.Tests.Running;

/// <summary>An authority that signs certificates of test servers.</summary>
internal sealed class DirectoryAuthority : IDisposable
{
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly DateTimeOffset _since;
    private readonly X509Certificate2 _root;

    /// <summary>Makes one.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="since">Since when it is good, and all that it signs; null: since yesterday.</param>
    public DirectoryAuthority(string name, DateTimeOffset? since = null)
    {
        _since = since ?? DateTimeOffset.UtcNow.AddDays(-1);
        var request = new CertificateRequest($"CN={name}", _key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        _root = request.CreateSelfSigned(_since, DateTimeOffset.UtcNow.AddDays(30));
    }

    public string Pem => _root.ExportCertificatePem();

    /// <summary>A certificate for a server or a client: PEM of it and of its key.</summary>
    public (string Certificate, string Key) Sign(params string[] hosts) => Sign($"CN={hosts[0]}", hosts);

    /// <summary>A certificate for a client that is nobody: its subject has no common name.</summary>
    public (string Certificate, string Key) SignWithoutName() => Sign("O=gatehouse", []);

    private (string Certificate, string Key) Sign(string subject, string[] hosts)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        foreach (string host in hosts)
        {
            if (IPAddress.TryParse(host, out IPAddress? address))
            {
                names.AddIpAddress(address);
            }
            else
            {
                names.AddDnsName(host);
            }
        }

        if (hosts.Length > 0)
        {
            request.CertificateExtensions.Add(names.Build());
        }

        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1"), new Oid("1.3.6.1.5.5.7.3.2")], false));
        using X509Certificate2 signed = request.Create(
            _root, _since.AddMinutes(1), DateTimeOffset.UtcNow.AddDays(20), RandomNumberGenerator.GetBytes(12));
        return (signed.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem());
    }

    public void Dispose()
    {
        _root.Dispose();
        _key.Dispose();
    }
}

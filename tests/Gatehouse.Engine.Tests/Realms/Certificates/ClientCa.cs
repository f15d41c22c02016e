using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Gatehouse.Engine.Tests.Realms.Certificates;

/// <summary>An authority for client certificates, with whatever a test wants in them.</summary>
internal sealed class ClientCa
{
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly DateTimeOffset _now;
    private byte _serial;

    public ClientCa(DateTimeOffset now, string name = "CN=users", ClientCa? parent = null)
    {
        _now = now;
        var request = new CertificateRequest(name, _key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        Certificate = parent is null
            ? request.CreateSelfSigned(now.AddYears(-1), now.AddYears(1))
            : request.Create(parent.Certificate.SubjectName, parent.Generator, now.AddDays(-300), now.AddDays(300), [99]).CopyWithPrivateKey(_key);
    }

    public X509Certificate2 Certificate { get; }

    public string Pem => Certificate.ExportCertificatePem();

    public X509SignatureGenerator Generator => X509SignatureGenerator.CreateForECDsa(_key);

    public X509Certificate2 Issue(X500DistinguishedName name, Action<CertificateRequest>? change = null, string? purpose = ClientAuthentication, (int From, int To)? days = null)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        if (purpose is not null)
        {
            request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(purpose)], false));
        }

        change?.Invoke(request);
        (int from, int to) = days ?? (-1, 30);
        return request.Create(Certificate.SubjectName, Generator, _now.AddDays(from), _now.AddDays(to), [1, ++_serial]);
    }

    public X509Certificate2 Issue(string name) => Issue(new X500DistinguishedName(name));

    public byte[] Crl(IEnumerable<X509Certificate2> revoked, DateTimeOffset? thisUpdate = null, DateTimeOffset? nextUpdate = null)
    {
        var builder = new CertificateRevocationListBuilder();
        foreach (X509Certificate2 one in revoked)
        {
            builder.AddEntry(one, _now.AddDays(-1), X509RevocationReason.KeyCompromise);
        }

        var identifier = X509AuthorityKeyIdentifierExtension.CreateFromCertificate(Certificate, false, true);
        return builder.Build(
            Certificate.SubjectName, Generator, BigInteger.One, nextUpdate ?? _now.AddHours(12), HashAlgorithmName.SHA256, identifier, thisUpdate ?? _now.AddHours(-1));
    }

    public static string CrlPem(byte[] der) => string.Create(CultureInfo.InvariantCulture, $"{PemEncoding.WriteString("X509 CRL", der)}\n");
}

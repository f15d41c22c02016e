using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Gatehouse.Engine.Listeners;

namespace Gatehouse.Engine.Tests.Listeners;

/// <summary>A CA of the tests, and certificates from it.</summary>
internal sealed class TestAuthority
{
    public const string ServerUse = "1.3.6.1.5.5.7.3.1";
    public const string ClientUse = "1.3.6.1.5.5.7.3.2";

    public TestAuthority(string name, TestAuthority? parent = null)
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        Certificate = parent is null
            ? request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-2), DateTimeOffset.UtcNow.AddDays(30))
            : request.Create(parent.Certificate, DateTimeOffset.UtcNow.AddDays(-2), DateTimeOffset.UtcNow.AddDays(20), RandomNumberGenerator.GetBytes(8))
                .CopyWithPrivateKey(key);
    }

    public X509Certificate2 Certificate { get; }

    public X509Certificate2 Issue(string name, string? use, int fromDays = -1, int toDays = 10) =>
        Issue(name, use, DateTimeOffset.UtcNow.AddDays(toDays), fromDays);

    public X509Certificate2 Issue(string name, string? use, DateTimeOffset ends, int fromDays = -1)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        if (use is not null)
        {
            request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(use)], false));
        }

        using X509Certificate2 bare = request.Create(
            Certificate, DateTimeOffset.UtcNow.AddDays(fromDays), ends, RandomNumberGenerator.GetBytes(8));
        using X509Certificate2 whole = bare.CopyWithPrivateKey(key);
        return X509CertificateLoader.LoadPkcs12(whole.Export(X509ContentType.Pfx), null);
    }
}

/// <summary>A source whose certificate the test swaps.</summary>
internal sealed class TestCertificates : ICertificateSource
{
    public static readonly TestAuthority Root = new("Test root");

    private volatile SslStreamCertificateContext _current = Make("first.test");

    public string? LastName { get; private set; }

    public ClientAuthorities ClientAuthorities { get; set; } = ClientAuthorities.None;

    public SslStreamCertificateContext Get(string? serverName)
    {
        LastName = serverName;
        return _current;
    }

    public void Swap(string name) => _current = Make(name);

    private static SslStreamCertificateContext Make(string name) =>
        SslStreamCertificateContext.Create(Root.Issue(name, TestAuthority.ServerUse), [], offline: true);
}

using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Gatehouse.Engine.Configuration;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Configuration;

/// <summary>TLS of single gates, and the profile <c>fips</c>.</summary>
public sealed class TlsValidatorTests : IDisposable
{
    // ECDSA P-256 with SHA-1; the runtime makes none.
    private const string SignedWithSha1 = """
        -----BEGIN CERTIFICATE-----
        MIIBcDCCARagAwIBAgIUMOltak5RnVPMe+pvPZaXgzpFToUwCQYHKoZIzj0EATAO
        MQwwCgYDVQQDDANvbGQwHhcNMjYxMTIyMTIyMTE2WhcNMzYxMTE5MTIyMTE2WjAO
        MQwwCgYDVQQDDANvbGQwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAR6CqTUZczk
        LeRu7q2KsjoytQ29VzcCdrxSnFtiL0iiGxxf5iV8M9UkmRR9GgyZHe+x9TT/eLG+
        odR5vaLMkbf4o1MwUTAdBgNVHQ4EFgQUdpMKOC3QYFzl15ht+2oxCVJdz1wwHwYD
        VR0jBBgwFoAUdpMKOC3QYFzl15ht+2oxCVJdz1wwDwYDVR0TAQH/BAUwAwEB/zAJ
        BgcqhkjOPQQBA0kAMEYCIQCelYaQKVxN1kjF4WXW3ZgGgz+CbfyG/c67GrMyTgbx
        cQIhAORs0a4T7vAMyMc5Fdw0GbaUWV2HKQCW9YSswbnpaUY6
        -----END CERTIFICATE-----
        """;

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("tls_profile: modern", null)]
    [InlineData("tls_versions: ['1.2']", null)]
    [InlineData("tls_ciphers: [TLS_AES_128_GCM_SHA256, TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256]", null)]
    [InlineData("tls_versions: ['1.3']\n    tls_ciphers: [TLS_AES_128_GCM_SHA256]", null)]
    [InlineData("tls_profile: fips", "GH1013")]
    [InlineData("tls_versions: ['1.1']", "GH1013")]
    [InlineData("tls_ciphers: [TLS_RSA_WITH_AES_128_CBC_SHA]", "GH1013")]
    [InlineData("tls_profile: modern\n    tls_versions: ['1.2']", "GH1024")]
    [InlineData("tls_ciphers: [TLS_AES_128_GCM_SHA256]", "GH1024")]
    [InlineData("tls_versions: ['1.3']\n    tls_ciphers: [TLS_AES_128_GCM_SHA256, TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256]", "GH1024")]
    [InlineData("tls: false\n    tls_profile: modern", "GH1024")]
    public void A_gates_own_words_go_together_or_are_refused(string words, string? problem)
    {
        ConfigurationResult result = Check($"    {words}\n");

        result.Problems.Select(static p => p.Id).Distinct().ShouldBe(problem is null ? [] : [problem]);
    }

    [Fact]
    public void Fips_names_each_thing_that_is_not_approved()
    {
        string weak = Certificate("weak.pem", static name => new CertificateRequest(name, RSA.Create(1024), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
        string old = _folder.File("old.pem", SignedWithSha1);
        string curve = Certificate("curve.pem", static name => new CertificateRequest(name, ECDsa.Create(ECCurve.NamedCurves.brainpoolP256r1), HashAlgorithmName.SHA256));
        string good = Certificate("good.pem", static name => new CertificateRequest(name, ECDsa.Create(ECCurve.NamedCurves.nistP384), HashAlgorithmName.SHA384));

        Texts($"    client_ca_file: {weak}\n").ShouldContain(static t => t.Contains("RSA key of 1024 bits", StringComparison.Ordinal));
        Texts($"    client_ca_file: {old}\n").ShouldContain(static t => t.Contains("signature algorithm sha1ECDSA", StringComparison.Ordinal));
        Texts($"    client_ca_file: {curve}\n").ShouldContain(static t => t.Contains("curve brainpoolP256r1", StringComparison.Ordinal));
        Texts("    tls_ciphers: [TLS_CHACHA20_POLY1305_SHA256, TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256]\n")
            .ShouldContain(static t => t.Contains("TLS_CHACHA20_POLY1305_SHA256", StringComparison.Ordinal));
        Texts("    client_ca_file: store.p12\n").ShouldContain(static t => t.Contains("PKCS#12", StringComparison.Ordinal));

        Fips($"audit:\n  outputs:\n    siem:\n      address: syslog+tls://logs.example.com:6514\n      ca: {weak}\n", null).Problems
            .ShouldContain(static p => p.Id == "GH1030" && p.Text.Contains("RSA key of 1024 bits", StringComparison.Ordinal));

        Fips($"    client_ca_file: {good}\n", null).Problems.ShouldBeEmpty();
        ConfigurationResult refused = Fips("", "OpenSSL's FIPS provider is not loaded");
        refused.Value.ShouldBeNull();
        refused.Problems.Single().Id.ShouldBe("GH1030");
        refused.Problems.Single().Text.ShouldContain("FIPS provider is not loaded");
    }

    private IEnumerable<string> Texts(string gate) =>
        Fips(gate, null).Problems.Where(static p => p.Id == "GH1030").Select(static p => p.Text);

    private ConfigurationResult Fips(string gate, string? obstacle) =>
        Check(gate, "tls:\n  profile: fips\n", new TestHost { FipsObstacle = obstacle });

    private ConfigurationResult Check(string gate, string more = "", TestHost? host = null)
    {
        string text = $"version: 1\ngates:\n  a:\n    protocol: http\n    listen: 127.0.0.1:7480\n    upstream: http://127.0.0.1:2379\n{gate}{more}";
        string file = _folder.File("gatehouse.yaml", text);
        return ConfigurationCheck.Text(text, file, Path.Combine(_folder.Path, "data"), host ?? new TestHost());
    }

    private string Certificate(string name, Func<string, CertificateRequest> make)
    {
        CertificateRequest request = make("CN=" + name);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using X509Certificate2 certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        return _folder.File(name, certificate.ExportCertificatePem());
    }
}

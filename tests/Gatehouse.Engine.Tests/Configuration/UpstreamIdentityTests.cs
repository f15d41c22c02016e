using System.Security.Cryptography.X509Certificates;
using Gatehouse.Engine.Configuration;
using Gatehouse.Engine.Configuration.Writing;
using Gatehouse.Engine.Tests.Listeners;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Configuration;

/// <summary>Who a gate is to its upstream, as gatehouse.yaml says it.</summary>
public sealed class UpstreamIdentityTests : IDisposable
{
    private const string Pasted = "PASTED-secret";
    private readonly TestFolder _folder = new();

    public UpstreamIdentityTests()
    {
        Secret("password", Pasted + "\n");
        Secret("open", Pasted, UnixFileMode.OtherRead);
        Secret("spaces", "ApiKey " + Pasted);
        TestAuthority authority = TestCertificates.Root;
        using var leaf = authority.Issue("gate", TestAuthority.ClientUse);
        using var other = authority.Issue("gate", TestAuthority.ClientUse);
        _folder.File("ca.pem", authority.Certificate.ExportCertificatePem());
        _folder.File("gate.pem", leaf.ExportCertificatePem());
        Secret("gate.key", leaf.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        Secret("other.key", other.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        Secret("wide.key", leaf.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem(), UnixFileMode.GroupRead);
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("upstream_user: gate\n    upstream_password: file:password", "http://127.0.0.1:9200")]
    [InlineData("upstream_user: gate\n    upstream_password: file:password", "unix:/run/es.sock")]
    [InlineData("upstream_api_key: file:password", "http://[::1]:9200")]
    [InlineData("upstream_certificate: gate.pem\n    upstream_key: gate.key\n    upstream_ca: ca.pem", "https://es.example.com:9200")]
    [InlineData("upstream_certificate: gate.pem\n    upstream_key: gate.key\n    upstream_ca: ca.pem\n    upstream_api_key: file:password", "https://es.example.com:9200")]
    public void One_credential_with_or_without_a_certificate_is_fine_and_only_places_are_written(string lines, string upstream)
    {
        ConfigurationResult result = Check(lines, upstream);
        result.Problems.ShouldBeEmpty();
        string text = ConfigurationText.Of(result.Value!);
        text.ShouldNotContain(Pasted);
        ConfigurationText.Of(ConfigurationReader.Read(text, "f").Value!).ShouldBe(text);
        result.Value!.Files.ShouldContain(static f => f.EndsWith("password", StringComparison.Ordinal) || f.EndsWith("gate.key", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("upstream_user: gate", "GH1024", 7)]
    [InlineData("upstream_password: file:password", "GH1024", 7)]
    [InlineData("upstream_user: 'a:b'\n    upstream_password: file:password", "GH1024", 7)]
    [InlineData("upstream_user: gate\n    upstream_password: file:password\n    upstream_api_key: file:password", "GH1024", 9)]
    [InlineData("upstream_certificate: gate.pem\n    upstream_key: gate.key", "GH1024", 7)]
    [InlineData("upstream_user: gate\n    upstream_password: file:nowhere", "GH1041", 8)]
    [InlineData("upstream_user: gate\n    upstream_password: file:open", "GH1041", 8)]
    [InlineData("upstream_user: gate\n    upstream_password: " + Pasted, "GH1041", 8)]
    [InlineData("upstream_api_key: " + Pasted, "GH1041", 7)]
    [InlineData("upstream_api_key: file:spaces", "GH1041", 7)]
    [InlineData("upstream_api_key: env:GATEHOUSE_TEST_NOT_SET", "GH1041", 7)]
    [InlineData("upstream_api_key: credential:../etc", "GH1041", 7)]
    public void What_cannot_work_is_found_with_its_line_and_no_secret_is_shown(string lines, string id, int line)
    {
        ConfigurationResult result = Check(lines, "http://127.0.0.1:9200");
        result.Problems.Select(static p => (p.Id, p.Location?.Line)).Distinct().First().ShouldBe((id, line));
        result.Problems.ShouldAllBe(p => p.Id == id && !p.ToString().Contains(Pasted) && !(p.Hint ?? "").Contains(Pasted));
    }

    [Theory]
    [InlineData("upstream_certificate: gate.pem", "GH1024")]
    [InlineData("upstream_key: gate.key", "GH1024")]
    [InlineData("upstream_certificate: nowhere.pem\n    upstream_key: gate.key", "GH1020")]
    [InlineData("upstream_certificate: gate.pem\n    upstream_key: nowhere.key", "GH1020")]
    [InlineData("upstream_certificate: gate.pem\n    upstream_key: other.key", "GH1020")]
    [InlineData("upstream_certificate: gate.pem\n    upstream_key: wide.key", "GH1021")]
    public void Certificate_and_key_are_there_private_and_belong_together(string lines, string id) =>
        Check(lines + "\n    upstream_ca: ca.pem", "https://es.example.com:9200").Problems.Select(static p => p.Id).Distinct().ShouldBe([id]);

    [Theory]
    [InlineData("http://es.example.com:9200", "http")]
    [InlineData("http://192.0.2.1:9200", "http")]
    [InlineData("builtin:whoami", "http")]
    [InlineData("tcp://127.0.0.1:9200", "tcp")]
    public void A_credential_goes_neither_in_clear_text_over_the_network_nor_where_nobody_reads_it(string upstream, string protocol) =>
        Check("upstream_api_key: file:password", upstream, protocol).Problems.Select(static p => p.Id).ShouldBe(["GH1024"]);

    [Fact]
    public void A_credential_of_systemd_is_a_name_within_its_folder()
    {
        SecretReference.Parse("credential:es-key.1")!.ToString().ShouldBe("credential:es-key.1");
        foreach (string bad in new[] { "credential:", "credential:..", "credential:.", "credential:a/b", "credential:a b" })
        {
            SecretReference.Parse(bad).ShouldBeNull();
        }

        string? before = Environment.GetEnvironmentVariable("CREDENTIALS_DIRECTORY");
        try
        {
            Environment.SetEnvironmentVariable("CREDENTIALS_DIRECTORY", _folder.Path);
            SecretReference.Parse("credential:password")!.Read("/", out _).ShouldBe(Pasted);
            Environment.SetEnvironmentVariable("CREDENTIALS_DIRECTORY", null);
            SecretReference.Parse("credential:password")!.Read("/", out string why).ShouldBeNull();
            why.ShouldContain("CREDENTIALS_DIRECTORY");
        }
        finally
        {
            Environment.SetEnvironmentVariable("CREDENTIALS_DIRECTORY", before);
        }
    }

    private void Secret(string name, string text, UnixFileMode more = UnixFileMode.None) =>
        _folder.File(name, text, UnixFileMode.UserRead | UnixFileMode.UserWrite | more);

    private ConfigurationResult Check(string lines, string upstream, string protocol = "http")
    {
        string realm = protocol == "tcp" ? "network" : "native";
        return ConfigurationCheck.Text(
            $"version: 1\ngates:\n  es:\n    protocol: {protocol}\n    listen: 127.0.0.1:9243\n    upstream: '{upstream}'\n    {lines}\n    realms: [{realm}]\n",
            Path.Combine(_folder.Path, "gatehouse.yaml"), _folder.Path, new TestHost());
    }
}

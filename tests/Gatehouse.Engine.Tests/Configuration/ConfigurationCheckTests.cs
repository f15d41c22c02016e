using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Gatehouse.Engine.Configuration;
using Gatehouse.Engine.Configuration.Validators;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Configuration;

public sealed class ConfigurationCheckTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("127.0.0.1:7480", "http://127.0.0.1:7480")]
    [InlineData("127.0.0.1:7480", "http://localhost:7480")]
    [InlineData("127.0.0.1:7480", "http://0.0.0.0:7480")]
    [InlineData("127.0.0.1:7480", "http://[::]:7480")]
    [InlineData("'[::1]:7480'", "http://localhost:7480")]
    [InlineData("'[::1]:7480'", "http://[::1]:7480")]
    [InlineData("0.0.0.0:7480", "http://127.0.0.1:7480")]
    [InlineData("0.0.0.0:7480", "http://127.0.0.2:7480")]
    [InlineData("0.0.0.0:7480", "http://10.0.0.5:7480")]
    [InlineData("'[::]:7480'", "http://127.0.0.1:7480")]
    [InlineData("10.0.0.5:7480", "http://myself.example.com:7480")]
    [InlineData("127.0.0.1:7480", "http://127.0.0.1:7443")]
    [InlineData("127.0.0.1:7480", "http://localhost:7445")]
    [InlineData("127.0.0.1:7480", "unix:DATA/gatehouse.sock")]
    public void A_gate_before_ourselves_is_refused(string listen, string upstream)
    {
        string data = Path.Combine(_folder.Path, "data");
        ConfigurationResult result = Check(Gate("http", listen, upstream.Replace("DATA", data)));

        result.Problems.Select(p => p.Id).ShouldBe(["GH1017"]);
        result.Value.ShouldBeNull();
    }

    [Theory]
    [InlineData("127.0.0.1:7480", "http://127.0.0.1:2379")]
    [InlineData("127.0.0.1:7480", "http://127.0.0.2:7480")]
    [InlineData("10.0.0.5:9200", "http://127.0.0.1:9200")]
    [InlineData("0.0.0.0:7480", "http://10.0.0.9:7480")]
    [InlineData("0.0.0.0:7480", "http://[::1]:7480")]
    [InlineData("127.0.0.1:7480", "http://elsewhere.example.com:7480")]
    [InlineData("127.0.0.1:7480", "unix:/run/other.sock")]
    public void A_gate_before_something_else_is_fine(string listen, string upstream) =>
        Check(Gate("http", listen, upstream)).Problems.ShouldBeEmpty();

    [Theory]
    [InlineData("127.0.0.1:1", "127.0.0.1:1", true)]
    [InlineData("0.0.0.0:1", "127.0.0.1:1", true)]
    [InlineData("'[::]:1'", "127.0.0.1:1", true)]
    [InlineData("'[::]:1'", "'[::1]:1'", true)]
    [InlineData("'[::]:1'", "0.0.0.0:1", true)]
    [InlineData("0.0.0.0:1", "'[::1]:1'", false)]
    [InlineData("127.0.0.1:1", "'[::1]:1'", false)]
    [InlineData("127.0.0.1:1", "127.0.0.1:2", false)]
    [InlineData("127.0.0.1:1", "127.0.0.1:7443", true)]
    [InlineData("127.0.0.1:1", "127.0.0.1:7445", true)]
    public void Two_listeners_do_not_share_an_address(string a, string b, bool collide)
    {
        string text = $"version: 1\ngates:\n  a: {{protocol: http, listen: {a}, upstream: 'builtin:whoami'}}\n"
            + $"  b: {{protocol: http, listen: {b}, upstream: 'builtin:whoami'}}\n";

        string[] expected = collide ? ["GH1016"] : [];
        Check(text).Problems.Select(p => p.Id).ShouldBe(expected);
    }

    [Fact]
    public void A_disabled_gate_takes_no_address()
    {
        Check("version: 1\ngates:\n  a: {protocol: http, listen: '127.0.0.1:1', upstream: 'builtin:whoami'}\n"
            + "  b: {protocol: http, listen: '127.0.0.1:1', upstream: 'builtin:whoami', enabled: false}\n").Problems.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("0.0.0.0:7480", "GH1018")]
    [InlineData("10.0.0.5:7480", "GH1018")]
    [InlineData("'[::]:7480'", "GH1018")]
    [InlineData("127.0.0.1:7480", "")]
    [InlineData("'[::1]:7480'", "")]
    public void Clear_text_stays_on_loopback(string listen, string id) =>
        string.Join(',', Check(Gate("http", listen, "builtin:whoami", "tls: false")).Problems.Select(p => p.Id)).ShouldBe(id);

    [Fact]
    public void Metrics_stay_on_loopback() =>
        Check("version: 1\nmetrics: 0.0.0.0:7445\n").Problems.ShouldHaveSingleItem().ToString().ShouldStartWith("GH1018 ");

    [Theory]
    [InlineData("http", "builtin:whoami", "realms: [pki]", "GH1024")]
    [InlineData("http", "builtin:whoami", "realms: [network]", "GH1024")]
    [InlineData("http", "tcp://127.0.0.1:1", "", "GH1024")]
    [InlineData("http", "https://127.0.0.1:1", "", "GH1024")]
    [InlineData("http", "https://127.0.0.1:1", "upstream_ca: CA", "")]
    [InlineData("http", "http://127.0.0.1:1", "upstream_ca: CA", "GH1024")]
    [InlineData("http", "http://127.0.0.1:1", "cors: { origins: ['https://a.example', 'http://[::1]:3000', 'https://xn--bcher-kva.example:8443'], methods: [GET, DELETE], headers: [x-a], expose: [x-b], credentials: true, max_age: 1h }", "")]
    [InlineData("http", "http://127.0.0.1:1", "cors: { credentials: true }", "GH1024")]
    [InlineData("http", "http://127.0.0.1:1", "cors: { origins: [] }", "GH1024")]
    [InlineData("http", "http://127.0.0.1:1", "cors: { origins: 'https://a.example', methods: [] }", "GH1024")]
    [InlineData("http", "http://127.0.0.1:1", "cors: { origins: '*' }", "GH1014")]
    [InlineData("http", "http://127.0.0.1:1", "cors: { origins: '*', credentials: true }", "GH1014")]
    [InlineData("http", "http://127.0.0.1:1", "cors: { origins: 'https://*.a.example' }", "GH1014")]
    [InlineData("http", "http://127.0.0.1:1", "cors: { origins: 'null' }", "GH1014")]
    [InlineData("http", "http://127.0.0.1:1", "cors: { origins: 'https://A.example' }", "GH1014")]
    [InlineData("http", "http://127.0.0.1:1", "cors: { origins: 'https://a.example/' }", "GH1014")]
    [InlineData("http", "http://127.0.0.1:1", "cors: { origins: 'https://a.example:443' }", "GH1014")]
    [InlineData("http", "http://127.0.0.1:1", "cors: { origins: 'https://user@a.example' }", "GH1014")]
    [InlineData("http", "http://127.0.0.1:1", "cors: { origins: 'http://[0:0::1]:3000' }", "GH1014")]
    [InlineData("http", "http://127.0.0.1:1", "cors: { origins: 'https://bücher.example' }", "GH1014")]
    [InlineData("http", "http://127.0.0.1:1", "cors: { origins: 'chrome-extension://abc' }", "GH1014")]
    [InlineData("http", "http://127.0.0.1:1", "cors: { origins: 'https://a.example', methods: [TRACE] }", "GH1013")]
    [InlineData("http", "http://127.0.0.1:1", "cors: { origins: 'https://a.example', methods: ['*'] }", "GH1013")]
    [InlineData("http", "http://127.0.0.1:1", "cors: { origins: 'https://a.example', headers: ['*'] }", "GH1014")]
    [InlineData("http", "http://127.0.0.1:1", "cors: { origins: 'https://a.example', expose: ['a b'] }", "GH1014")]
    [InlineData("http", "http://127.0.0.1:1", "cors: { origins: 'https://a.example', max_age: 2d }", "GH1012")]
    [InlineData("mqtt", "tcp://127.0.0.1:1", "mqtt: { transport: websocket }, cors: { origins: 'https://a.example' }", "")]
    [InlineData("mqtt", "tcp://127.0.0.1:1", "mqtt: { transport: websocket }, cors: { origins: 'https://a.example', methods: [POST] }", "GH1024")]
    [InlineData("mqtt", "tcp://127.0.0.1:1", "cors: { origins: 'https://a.example' }", "GH1024")]
    [InlineData("tcp", "tcp://127.0.0.1:1", "realms: [network], cors: { origins: 'https://a.example' }", "GH1024")]
    [InlineData("http", "http://127.0.0.1:1", "system: tcp", "GH1024")]
    [InlineData("http", "http://127.0.0.1:1", "system: emqx-api", "")]
    [InlineData("http", "http://127.0.0.1:1", "system: ignite-rest", "")]
    [InlineData("http", "http://127.0.0.1:1", "system: ignite", "GH1024")]
    [InlineData("ignite", "tcp://127.0.0.1:1", "", "")]
    [InlineData("ignite", "tcp://127.0.0.1:1", "system: ignite-rest", "GH1024")]
    [InlineData("ignite", "http://127.0.0.1:1", "", "GH1024")]
    [InlineData("ignite", "tcp://127.0.0.1:1", "ignite: { nodes: { a: { server_names: [x], upstream: 'tcp://127.0.0.1:7443' } } }", "GH1017")]
    [InlineData("mqtt", "tcp://127.0.0.1:1", "ignite: { max_pending: 1 }", "GH1024")]
    [InlineData("http", "http://127.0.0.1:1", "system: etdc", "GH1013")]
    [InlineData("tcp", "tcp://127.0.0.1:1", "", "GH1024")]
    [InlineData("tcp", "tcp://127.0.0.1:1", "realms: [native]", "GH1024")]
    [InlineData("tcp", "tcp://127.0.0.1:1", "realms: [pki]", "GH1024")]
    [InlineData("tcp", "tcp://127.0.0.1:1", "realms: [pki], client_ca_file: CA", "")]
    [InlineData("tcp", "tcp://127.0.0.1:1", "realms: [network]", "")]
    [InlineData("tcp", "tcp://127.0.0.1:1", "realms: [network], hosts: [a]", "GH1024")]
    [InlineData("tcp", "builtin:whoami", "realms: [network]", "GH1024")]
    [InlineData("http", "builtin:whoami", "run_as: [etcd, '1000']", "")]
    [InlineData("http", "builtin:whoami", "run_as: any", "")]
    [InlineData("http", "builtin:whoami", "run_as: [etcd, any]", "GH1024")]
    [InlineData("http", "builtin:whoami", "run_as: nobody-here", "GH1023")]
    [InlineData("http", "builtin:whoami", "proxy_protocol_from: [10.0.0.0/8, '::1', 192.168.1.1]", "")]
    [InlineData("http", "builtin:whoami", "proxy_protocol_from: 10.0.0.1/8", "GH1022")]
    [InlineData("http", "builtin:whoami", "proxy_protocol_from: 0.0.0.0/0", "GH1022")]
    [InlineData("http", "builtin:whoami", "proxy_protocol_from: 10.0.0.0/33", "GH1022")]
    [InlineData("http", "builtin:whoami", "proxy_protocol_from: 10.0.0.0/08", "GH1022")]
    [InlineData("http", "builtin:whoami", "proxy_protocol_from: ten", "GH1022")]
    public void Settings_of_a_gate_go_together(string protocol, string upstream, string more, string id)
    {
        string ca = _folder.File("ca.pem", SelfSigned().ExportCertificatePem());

        ConfigurationResult result = Check(Gate(protocol, "127.0.0.1:7480", upstream, more.Replace("CA", ca)));

        string.Join(',', result.Problems.Select(p => p.Id)).ShouldBe(id);
    }

    [Fact]
    public void A_certificate_and_its_key_are_accepted()
    {
        using X509Certificate2 certificate = SelfSigned();
        _folder.File("a.pem", certificate.ExportCertificatePem());
        _folder.File("a.key", certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());

        CheckCertificate().ShouldBe("");
    }

    [Fact]
    public void Files_and_networks_are_in_force_independent_of_the_working_directory()
    {
        using X509Certificate2 certificate = SelfSigned();
        _folder.File("a.pem", certificate.ExportCertificatePem());
        _folder.File("a.key", certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());

        GateConfiguration gate = Check(Gate(
            "http", "127.0.0.1:7480", "builtin:whoami", "certificate_file: a.pem, key_file: a.key, proxy_protocol_from: [10.0.0.1, '::1', 10.0.0.0/8]"))
            .Value.ShouldNotBeNull().Gates[0];

        gate.CertificateFile.ShouldBe(Path.Combine(_folder.Path, "a.pem"));
        gate.KeyFile.ShouldBe(Path.Combine(_folder.Path, "a.key"));
        gate.ProxyProtocolFrom.ShouldBe(["10.0.0.1/32", "::1/128", "10.0.0.0/8"]);
    }

    [Fact]
    public void A_key_that_others_read_is_refused()
    {
        using X509Certificate2 certificate = SelfSigned();
        _folder.File("a.pem", certificate.ExportCertificatePem());
        string key = _folder.File(
            "a.key", certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem(), UnixFileMode.UserRead | UnixFileMode.GroupRead);

        CheckCertificate().ShouldContain("GH1021");
        CheckCertificate().ShouldContain("chmod 600 " + key);
    }

    [Theory]
    [InlineData("missing", "does not exist")]
    [InlineData("foreign", "does not belong")]
    [InlineData("rsa", "of the certificate's kind")]
    [InlineData("encrypted", "is encrypted")]
    [InlineData("text", "of the certificate's kind")]
    public void A_key_that_does_not_fit_is_refused(string kind, string text)
    {
        using X509Certificate2 certificate = SelfSigned();
        _folder.File("a.pem", certificate.ExportCertificatePem());
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var rsa = RSA.Create(2048);
        string? key = kind switch
        {
            "foreign" => other.ExportPkcs8PrivateKeyPem(),
            "rsa" => rsa.ExportPkcs8PrivateKeyPem(),
            "encrypted" => other.ExportEncryptedPkcs8PrivateKeyPem("x", new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1000)),
            "text" => "not a key",
            _ => null,
        };
        if (key is not null)
        {
            _folder.File("a.key", key);
        }

        string problems = CheckCertificate();
        problems.ShouldContain("GH1020");
        problems.ShouldContain(text);
        problems.ShouldNotContain("PRIVATE");
    }

    [Fact]
    public void A_catalogue_needs_its_file_and_a_name_of_its_own()
    {
        Check("version: 1\ncatalogues:\n  a: {file: nowhere}\n").Problems.ShouldHaveSingleItem().Text.ShouldContain("does not exist");
        Check("version: 1\ncatalogues:\n  a: {}\n").Problems.ShouldHaveSingleItem().Id.ShouldBe("GH1019");
        Check("version: 1\ncatalogues:\n  a: {file: x, endpoints: y}\n").Problems.ShouldHaveSingleItem().Id.ShouldBe("GH1019");
        Check("version: 1\ncatalogues:\n  gatehouse: {file: nowhere}\n").Problems.Select(p => p.Id).ShouldBe(["GH1019", "GH1019"]);
    }

    [Theory]
    [InlineData(UnixFileMode.OtherWrite, "GH1025")]
    [InlineData(UnixFileMode.GroupWrite, "")]
    public void A_file_that_all_can_write_is_refused(UnixFileMode more, string id)
    {
        string path = _folder.File("gatehouse.yaml", "version: 1\n", UnixFileMode.UserRead | UnixFileMode.UserWrite | more);

        ConfigurationResult result = ConfigurationCheck.File(path, _folder.Path, new TestHost());

        string.Join(',', result.Problems.Select(p => p.Id)).ShouldBe(id);
        (result.Value is null).ShouldBe(id.Length > 0);
        result.Problems.All(p => p.Hint == "chmod o-w " + path).ShouldBeTrue();
    }

    [Fact]
    public void A_folder_that_all_can_write_is_refused()
    {
        string path = _folder.File("gatehouse.yaml", "version: 1\n");
        File.SetUnixFileMode(_folder.Path, (UnixFileMode)0b111_111_111);

        ConfigurationCheck.File(path, _folder.Path, new TestHost()).Problems.ShouldHaveSingleItem().Id.ShouldBe("GH1025");
    }

    [Fact]
    public void A_missing_file_or_a_folder_is_named()
    {
        ConfigurationCheck.File(Path.Combine(_folder.Path, "no.yaml"), _folder.Path).Problems.ShouldHaveSingleItem().Id.ShouldBe("GH1001");
        ConfigurationCheck.File(_folder.Path, _folder.Path).Problems.ShouldHaveSingleItem().Text.ShouldContain("is a folder");
    }

    [Fact]
    public void Problems_of_reading_and_of_checking_come_together_in_the_order_of_the_file()
    {
        const string Text = "version: 1\nmetrics: 0.0.0.0:7445\nnod: x\ngates:\n  a: {protocol: http, listen: '127.0.0.1:7443', upstream: 'builtin:whoami'}\n";

        Check(Text).Problems.Select(p => p.Id).ShouldBe(["GH1018", "GH1006", "GH1016"]);
    }

    [Fact]
    public void The_real_host_knows_root_and_its_own_addresses()
    {
        var host = new HostFacts();

        host.UserExists("root").ShouldBeTrue();
        host.UserExists("4294967295").ShouldBeFalse();
        host.UserExists("no-such-user-here").ShouldBeFalse();
        host.OwnAddresses.ShouldContain(System.Net.IPAddress.Loopback);
    }

    [Fact]
    public void Every_validator_is_in_the_list() =>
        ConfigurationValidators.All.Select(v => v.GetType()).ShouldBe(
            typeof(IConfigurationValidator).Assembly.GetTypes().Where(t => t.IsClass && t.IsAssignableTo(typeof(IConfigurationValidator))),
            ignoreOrder: true);

    private static string Gate(string protocol, string listen, string upstream, string more = "") =>
        $"version: 1\ngates:\n  a: {{protocol: {protocol}, listen: {listen}, upstream: '{upstream}'{(more.Length > 0 ? ", " : "")}{more}}}\n";

    private static X509Certificate2 SelfSigned()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return new CertificateRequest("CN=a", key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100));
    }

    private string CheckCertificate() => string.Join(
        '\n', Check(Gate("http", "127.0.0.1:7480", "builtin:whoami", "certificate_file: a.pem, key_file: a.key")).Problems);

    private ConfigurationResult Check(string text) => ConfigurationCheck.Text(
        text, Path.Combine(_folder.Path, "gatehouse.yaml"), Path.Combine(_folder.Path, "data"), new TestHost());
}

using System.Collections.Immutable;
using Gatehouse.Engine.Configuration;
using Gatehouse.Engine.Configuration.Cluster;
using Gatehouse.Problems;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Configuration;

public sealed class ConfigurationWriterTests : IDisposable
{
    private const string Commented = """
        # my file
        version: 1

        gates:            # the gates
          # first
          a:
            protocol: http
            listen: 127.0.0.1:7480   # local
            upstream: builtin:whoami
          b: {protocol: http, listen: '[::1]:7481', upstream: 'builtin:whoami', hosts: [x]}  # flow

        # the trail
        audit: {durability: group}
        """;

    private static readonly GateConfiguration Etcd = new()
    {
        Name = "etcd",
        Protocol = "http",
        Listen = "[::1]:9379",
        Upstream = "http://[::1]:2379",
        Hosts = ["etcd.example.com:9379"],
    };

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static ImmutableArray<OutputConfiguration> Outputs =>
    [
        new OutputConfiguration
        {
            Name = "siem", Address = "syslog+tls://logs.example.com:6514", Ca = "ca.pem", ServerName = "logs", CertificateFile = "c.pem",
            KeyFile = "k.pem", Facility = "local3", MaxMessage = 4096, Limit = 1 << 20, OnOverflow = "block",
        },
        new OutputConfiguration { Name = "otel", Address = "otlp+http://127.0.0.1:4318/v1/logs" },
    ];

    private static MeshConfiguration Mesh => new()
    {
        Listen = "[::]:7544",
        Advertise = ["a.example.com:1", "[::1]:2"],
        Services =
        [
            new MeshServiceConfiguration
            {
                Name = "erlang", Kind = "erlang", Program = "a1@[::1]", Base = 4400, Docker = true, RunAs = ["1000"], AllowUsers = ["any"], Separate = "port",
                Programs = ImmutableSortedDictionary<string, string>.Empty.Add("yes", "true").Add("host-b", "b@c:d"),
            },
            new MeshServiceConfiguration { Name = "custom", Kind = "tcp", Ports = [4000, 4001], Address = "::1", PeerPorts = ImmutableSortedDictionary<string, ImmutableArray<int>>.Empty.Add("host-b", [5, 6]) },
        ],
    };

    private static LimitsConfiguration Limits => new()
    {
        Connections = 1,
        ConnectionsPerSource = 2,
        Handshakes = 3,
        HandshakesPerSource = 4,
        HandshakeTimeout = TimeSpan.FromSeconds(5),
        HeadTimeout = TimeSpan.FromSeconds(6),
        KeepAlive = TimeSpan.FromSeconds(7),
    };

    [Fact]
    public void Every_setting_is_written_and_read_back()
    {
        var configuration = new NodeConfiguration
        {
            Node = "host-a",
            Admin = new AdminConfiguration { Listen = "[::1]:7443" },
            Metrics = null,
            Gates =
            [
                new GateConfiguration
                {
                    Name = "full", Protocol = "http", System = "own", Listen = "0.0.0.0:443", Upstream = "https://db:9200", UpstreamCa = "/etc/my ca.pem",
                    UpstreamServerName = "db.example.com",
                    UpstreamUser = "gate user", UpstreamPassword = new SecretReference("/etc/gate's pw", null), UpstreamApiKey = new SecretReference(null, null, "es.key"),
                    UpstreamCertificate = "gate.pem", UpstreamKey = "gate.key",
                    RunAs = ["1000", "etcd"], Enabled = false, Realms = ["native"], Hosts = ["a", "[::1]:9"],
                    Cors = new CorsConfiguration
                    {
                        Origins = ["https://app.example.com", "http://[::1]:3000"], Methods = ["GET", "DELETE"], Headers = ["x-request-id"], Expose = ["x-stream-error"],
                        Credentials = true, MaxAge = TimeSpan.FromHours(1),
                    },
                    Upgrade = ["websocket"], MaxBody = 3, IdleTimeout = TimeSpan.FromSeconds(90),
                    ProxyProtocolFrom = ["10.0.0.0/8", "::1"], CertificateFile = "it's.pem", KeyFile = "*key", ClientCaFile = "yes", Tls = false,
                    TlsProfile = "modern", TlsVersions = ["1.2", "1.3"], TlsCiphers = ["TLS_AES_128_GCM_SHA256"],
                },
                Etcd,
            ],
            Catalogues =
            [
                new CatalogueConfiguration { Name = "own", Endpoints = "GET /a  a.read\n\nPOST /b: b.write # x\n" },
                new CatalogueConfiguration { Name = "tabs", Endpoints = "GET\t/a \"q\" \\\n\n" },
                new CatalogueConfiguration { Name = "filed", File = "filed.catalogue" },
            ],
            Audit = new AuditConfiguration
            {
                Durability = "strict",
                Directory = "/var/log/x",
                SegmentBytes = 1 << 20,
                SegmentAge = TimeSpan.FromHours(5),
                KeepFor = TimeSpan.FromDays(9),
                Outputs = Outputs,
            },
            Mesh = Mesh,
            Tls = new TlsConfiguration { Profile = "modern", FipsModule = "/etc/fips.cnf", Names = ["*.example.com", "::1"] },
            Limits = Limits,
        };

        string text = ConfigurationWriter.Write(configuration);
        ConfigurationResult read = ConfigurationReader.Read(text, "f");

        read.Problems.ShouldBeEmpty(text);
        Json(read.Value).ShouldBe(Json(configuration));
        ConfigurationWriter.Write(read.Value!).ShouldBe(text);
    }

    [Theory]
    [InlineData("version: 1\ngates:\n  a:\n    protocol: http\n    listen: 127.0.0.1:7480\n    upstream: builtin:whoami\n")]
    [InlineData("version: 1\ngates: {a: {protocol: http, listen: '127.0.0.1:7480', upstream: 'builtin:whoami'}}\n")]
    public void Every_setting_for_mqtt_is_written_and_read_back(string before)
    {
        var mqtt = new MqttConfiguration
        {
            Transport = "websocket",
            Path = "/ws/mqtt",
            Broker = "plant",
            ClientIds = ["${username}-*", "a: b", "it's, so"],
            Credentials = "username",
            ProxyProtocol = true,
            EnhancedAuthentication = "pass",
            DenyAction = "disconnect",
            RabbitMq = true,
            ConnectTimeout = TimeSpan.FromSeconds(5),
            MaxConnect = 2048,
            MaxPacket = 5000,
            MaxKeepAlive = TimeSpan.FromMinutes(10),
            MaxSubscriptions = 3,
            MaxTopicLevels = 4,
            MaxTopicAliases = 0,
            MaxInflight = 6,
            MessagesPerSecond = 7,
            ConnectionsPerUser = 8,
        };
        var gate = new GateConfiguration { Name = "m", Protocol = "mqtt", Listen = "127.0.0.1:8084", Upstream = "ws://127.0.0.1:8083/mqtt", Mqtt = mqtt };

        string text = ConfigurationWriter.AddGate(before, gate);

        GateConfiguration read = ConfigurationReader.Read(text, "f").Value!.Gates[1];
        Json(read.Mqtt).ShouldBe(Json(mqtt), text);
        string whole = ConfigurationWriter.Write(new NodeConfiguration { Gates = [gate] });
        Json(ConfigurationReader.Read(whole, "f").Value!.Gates[0].Mqtt).ShouldBe(Json(mqtt), whole);

        // A key that was added and is not written would come back with its default.
        foreach (System.Reflection.PropertyInfo property in typeof(MqttConfiguration).GetProperties())
        {
            Json(property.GetValue(mqtt)).ShouldNotBe(Json(property.GetValue(new MqttConfiguration())), property.Name);
        }
    }

    [Fact]
    public void Defaults_for_mqtt_are_not_written() =>
        ConfigurationWriter.Write(new NodeConfiguration
        {
            Gates = [new GateConfiguration { Name = "m", Protocol = "mqtt", Listen = "127.0.0.1:8883", Upstream = "tcp://127.0.0.1:1883", Mqtt = new MqttConfiguration() }],
        }).ShouldNotContain("mqtt: {");

    [Fact]
    public void The_first_file_has_comments_and_defaults()
    {
        string text = ConfigurationWriter.Write(new NodeConfiguration());

        text.ShouldContain("# The admin API");
        text.ShouldContain("gates: {}\n");
        Json(ConfigurationReader.Read(text, "f").Value).ShouldBe(Json(new NodeConfiguration()));
    }

    [Fact]
    public void A_gate_is_added_after_the_last_and_comments_stay()
    {
        string edited = ConfigurationWriter.AddGate(Commented, Etcd);

        edited.ShouldBe(Commented.Replace(
            "# flow\n",
            "# flow\n  etcd:\n    protocol: http\n    listen: '[::1]:9379'\n    upstream: 'http://[::1]:2379'\n    hosts: ['etcd.example.com:9379']\n"));
    }

    [Theory]
    [InlineData("version: 1\n")]
    [InlineData("version: 1")]
    [InlineData("version: 1\ngates:\nnode: a\n")]
    [InlineData("version: 1\ngates: # none\nnode: a\n")]
    [InlineData("version: 1\ngates: {}\nnode: a\n")]
    [InlineData("version: 1\ngates: {}   # none yet\nnode: a\n")]
    [InlineData("version: 1\ngates: {a: {protocol: http, listen: '127.0.0.1:1', upstream: 'builtin:whoami'}}\nnode: a\n")]
    [InlineData("version: 1\ngates:\n    a:\n        protocol: http\n        listen: 127.0.0.1:1\n        upstream: builtin:whoami")]
    [InlineData("version: 1\r\ngates:\r\n  a:\r\n    protocol: http\r\n    listen: 127.0.0.1:1\r\n    upstream: builtin:whoami\r\n")]
    [InlineData("version: 1\ngates:\n  a:\n    protocol: http\n    listen: 127.0.0.1:1\n    upstream: builtin:whoami\n    hosts:\n      - x\n      - y # z\n\n# end\nnode: a\n")]
    public void A_gate_is_added_to_any_form_of_the_list(string text)
    {
        NodeConfiguration before = ConfigurationReader.Read(text, "f").Value.ShouldNotBeNull();

        NodeConfiguration after = ConfigurationReader.Read(ConfigurationWriter.AddGate(text, Etcd), "f").Value.ShouldNotBeNull();

        after.Gates.Length.ShouldBe(before.Gates.Length + 1);
        Json(after.Gates[^1]).ShouldBe(Json(Etcd));
        after.Node.ShouldBe(before.Node);
    }

    [Fact]
    public void A_listen_address_is_changed_where_it_stands()
    {
        ConfigurationWriter.SetGateListen(Commented, "a", "0.0.0.0:7480").ShouldBe(Commented.Replace("listen: 127.0.0.1:7480 ", "listen: 0.0.0.0:7480 "));
        ConfigurationWriter.SetGateListen(Commented, "b", "[::]:7481").ShouldBe(Commented.Replace("'[::1]:7481'", "'[::]:7481'"));
    }

    [Fact]
    public void A_gate_is_closed_and_opened_where_it_stands()
    {
        string closed = ConfigurationWriter.SetGateEnabled(Commented, "a", false);
        closed.ShouldBe(Commented.Replace("protocol: http\n", "protocol: http\n    enabled: false\n"));
        ConfigurationWriter.SetGateEnabled(closed, "a", true).ShouldContain("    enabled: true\n");
        ConfigurationWriter.SetGateEnabled(Commented, "b", false).ShouldContain("{protocol: http, enabled: false, listen");
    }

    [Theory]
    [InlineData("nobody", "127.0.0.1:1")]
    [InlineData("a", "127.1:1")]
    [InlineData("a", "127.0.0.1:1 # x")]
    [InlineData("a", "127.0.0.1:1\n    tls: false")]
    public void An_edit_that_cannot_be_right_changes_nothing(string gate, string listen) =>
        Should.Throw<ProblemException>(() => ConfigurationWriter.SetGateListen(Commented, gate, listen)).Problem.Id.ShouldBe("GH1026");

    [Fact]
    public void A_gate_is_not_added_twice_nor_to_a_broken_file()
    {
        Should.Throw<ProblemException>(() => ConfigurationWriter.AddGate(Commented, Etcd with { Name = "a" })).Problem.Id.ShouldBe("GH1026");
        Should.Throw<ProblemException>(() => ConfigurationWriter.AddGate("version: 9", Etcd)).Problem.Id.ShouldBe("GH1026");
        Should.Throw<ProblemException>(() => ConfigurationWriter.AddGate(Commented, Etcd with { Name = "x: {}\n  y" })).Problem.Id.ShouldBe("GH1026");
    }

    [Fact]
    public void Replacing_keeps_the_mode_and_follows_links()
    {
        string path = _folder.File("real.yaml", "old", UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupWrite);
        string link = Path.Combine(_folder.Path, "gatehouse.yaml");
        File.CreateSymbolicLink(link, path);

        ConfigurationWriter.Replace(link, "new");

        File.ReadAllText(path).ShouldBe("new");
        File.GetUnixFileMode(path).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupWrite);
        new FileInfo(link).LinkTarget.ShouldBe(path);
        Directory.GetFiles(_folder.Path).Length.ShouldBe(2);
    }

    [Fact]
    public void A_new_file_is_not_for_everybody()
    {
        string path = Path.Combine(_folder.Path, "gatehouse.yaml");

        ConfigurationWriter.Replace(path, "new");

        File.ReadAllText(path).ShouldBe("new");
        File.GetUnixFileMode(path).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
    }

    private static string Json(object? value) => System.Text.Json.JsonSerializer.Serialize(value);

    [Fact]
    public void A_file_that_cannot_be_written_stays() =>
        Should.Throw<ProblemException>(() => ConfigurationWriter.Replace(Path.Combine(_folder.Path, "no", "gatehouse.yaml"), "new")).Problem.Id.ShouldBe("GH1026");
}

using System.Diagnostics;
using System.Net;
using System.Text;
using Gatehouse.Doctor.Elastic;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Probes;
using Gatehouse.Doctor.Rules;
using Gatehouse.Testing.Network;
using Shouldly;
using Xunit;

namespace Gatehouse.Doctor.Tests.Ports;

/// <summary>What a node's ports say: whether they answer without credentials, what they speak, whom they let in.</summary>
public sealed class Ports_of_Elasticsearch
{
    private const string Node = "/usr/share/elasticsearch/jdk/bin/java -Des.path.home=/usr/share/elasticsearch -m org.elasticsearch.server/org.elasticsearch.bootstrap.Elasticsearch";
    private const string OpenNode = "/usr/share/opensearch/jdk/bin/java -Dopensearch.path.home=/usr/share/opensearch -Dopensearch.path.conf=/etc/opensearch org.opensearch.bootstrap.OpenSearch";
    private const string Root = """{"name":"node1","cluster_name":"x","tagline":"You Know, for Search"}""";
    private const string Challenge = "WWW-Authenticate: Basic realm=\"security\" charset=\"UTF-8\"";

    [Fact]
    public async Task A_port_that_answers_without_credentials_is_found()
    {
        await using TestPort http = TestPort.Http(static _ => TestPort.Answer(200, Root, "X-elastic-product: Elasticsearch"));

        Examination found = await LookAsync(Host($"http.port: {http.Port}\nxpack.security.enabled: true\n", http.EndPoint));

        found.Of("ES-070").ShouldBe("Medium");
        found.Live("ES-070")[0].Evidence[0].Place.ShouldBe(http.EndPoint.ToString());
    }

    [Fact]
    public async Task On_an_address_of_the_network_it_is_critical_and_named()
    {
        IPAddress own = Own_addresses.Network();
        await using TestPort http = TestPort.Http(static _ => TestPort.Answer(200, Root), address: IPAddress.Any);

        Examination found = await LookAsync(Host($"http.port: {http.Port}\nxpack.security.enabled: true\n", new IPEndPoint(IPAddress.Any, http.Port)).Address(own.ToString()));

        found.Of("ES-070").ShouldBe("Critical");
        found.Live("ES-070")[0].Evidence.Select(static e => e.Place).ShouldBe([$"127.0.0.1:{http.Port}", $"{own}:{http.Port}"]);
    }

    [Fact]
    public async Task IPv6_is_asked_too()
    {
        int port = FreePorts.Next();
        await using TestPort closed = TestPort.Http(static _ => TestPort.Answer(401, "", Challenge), port: port);
        await using TestPort open = TestPort.Http(static _ => TestPort.Answer(200, Root), address: IPAddress.IPv6Loopback, port: port);

        Examination found = await LookAsync(Host($"http.port: {port}\nxpack.security.enabled: true\n", closed.EndPoint, open.EndPoint));

        found.Of("ES-070").ShouldBe("Medium");
        found.Live("ES-070")[0].Evidence.ShouldHaveSingleItem().Place.ShouldBe($"[::1]:{port}");
    }

    [Fact]
    public async Task A_port_that_asks_for_a_password_gets_the_published_one_once()
    {
        await using TestPort http = TestPort.Http(static request => IsAs(request, "elastic", "changeme") ? TestPort.Answer(200, Root) : TestPort.Answer(401, "", Challenge));
        FakeHost host = Host($"http.port: {http.Port}\nxpack.security.enabled: true\n", http.EndPoint);
        var tried = new TriedPairs();

        Examination first = await LookAsync(host, host.Prober(tried)), second = await LookAsync(host, host.Prober(tried));

        (first.Of("ES-070"), first.Of("ES-021"), second.Of("ES-021")).ShouldBe(("", "Critical", "Critical"));
        http.Requests.Count(static r => r.Contains("Authorization:", StringComparison.Ordinal)).ShouldBe(1);
        first.Text().ShouldNotContain("changeme");
    }

    [Fact]
    public async Task Users_of_the_demo_of_OpenSearch_are_tried_once_each()
    {
        await using TestPort http = TestPort.Http(static request => IsAs(request, "readall", "readall") ? TestPort.Answer(200, Root) : TestPort.Answer(401, "Unauthorized", "WWW-Authenticate: Basic realm=\"OpenSearch Security\""), TestPort.Tls());
        FakeHost host = new FakeHost()
            .File("/etc/opensearch/opensearch.yml", $"plugins.security.ssl.http.enabled: true\nhttp.port: {http.Port}\n").Folder("/usr/share/opensearch/bin")
            .File("/usr/share/opensearch/lib/opensearch-3.2.0.jar", "").Folder("/usr/share/opensearch/plugins/opensearch-security").Process(13, "java", OpenNode, user: 991).Socket(http.EndPoint.ToString(), 13);

        Examination found = await LookAsync(host, isOpenSearch: true);

        found.Live("ES-021").ShouldHaveSingleItem().Text.ShouldContain("`readall`");
        http.Requests.Count(static r => r.Contains("Authorization:", StringComparison.Ordinal)).ShouldBe(5);
        found.Of("ES-072").ShouldBe("");
    }

    [Fact]
    public async Task A_port_in_clear_where_the_settings_have_TLS_contradicts_them()
    {
        await using TestPort http = TestPort.Http(static _ => TestPort.Answer(401, "", Challenge));

        Examination found = await LookAsync(Host($"http.port: {http.Port}\nxpack.security.enabled: true\nxpack.security.http.ssl.enabled: true\n", http.EndPoint));

        found.Of("ES-072").ShouldBe("Critical");
        found.Live("ES-072")[0].Evidence.Select(static e => e.Kind).ShouldBe([EvidenceKind.Port, EvidenceKind.File]);
    }

    [Fact]
    public async Task A_certificate_that_has_ended_is_seen_at_the_port()
    {
        await using TestPort http = TestPort.Http(static _ => TestPort.Answer(401, "", Challenge), TestPort.Tls(days: -1)), good = TestPort.Http(static _ => TestPort.Answer(401, "", Challenge), TestPort.Tls());

        Examination bad = await LookAsync(Host($"http.port: {http.Port}\nxpack.security.enabled: true\nxpack.security.http.ssl.enabled: true\n", http.EndPoint));
        Examination fine = await LookAsync(Host($"http.port: {good.Port}\nxpack.security.enabled: true\nxpack.security.http.ssl.enabled: true\n", good.EndPoint));

        (bad.Of("ES-016"), fine.Of("ES-016")).ShouldBe(("High", ""));
        (bad.Of("ES-070"), fine.Of("ES-070")).ShouldBe(("", ""));
    }

    [Fact]
    public async Task Foreign_origins_that_are_let_in_are_found()
    {
        await using TestPort http = TestPort.Http(static request =>
            request.Contains("Origin: https://doctor.invalid", StringComparison.Ordinal) ? TestPort.Answer(200, Root, "Access-Control-Allow-Origin: *") : TestPort.Answer(200, Root));

        (await LookAsync(Host($"http.port: {http.Port}\nxpack.security.enabled: true\n", http.EndPoint))).Of("ES-051").ShouldBe("High");
    }

    [Fact]
    public async Task Another_program_on_the_port_is_not_the_node()
    {
        await using TestPort http = TestPort.Http(static _ => TestPort.Answer(200, "It works!"));

        (await LookAsync(Host($"http.port: {http.Port}\nxpack.security.enabled: true\n", http.EndPoint))).Of("ES-070").ShouldBe("Unknown");
    }

    [Fact]
    public async Task A_login_that_is_answered_too_late_is_not_known_to_be_refused()
    {
        await using TestPort http = TestPort.Start(static async (connection, cancellation) =>
        {
            string request = Encoding.Latin1.GetString(await TestPort.ReadAsync(connection, static bytes => bytes.AsSpan().EndsWith("\r\n\r\n"u8), cancellation));
            bool isKnown = IsAs(request, "elastic", "changeme");
            await Task.Delay(isKnown ? 2500 : 0, cancellation);
            await connection.WriteAsync(Encoding.Latin1.GetBytes(isKnown ? TestPort.Answer(200, "{}") : TestPort.Answer(401, "", Challenge)), cancellation);
        });
        var tried = new TriedPairs();

        for (int i = 0; i < 3; i++)
        {
            FakeHost host = Host($"http.port: {http.Port}\nxpack.security.enabled: true\n", http.EndPoint);
            (await LookAsync(host, host.Prober(tried))).Of("ES-021").ShouldBe("Unknown");
        }
    }

    [Fact]
    public async Task The_port_for_nodes_in_plain_text_is_found_by_its_ping()
    {
        await using TestPort transport = TestPort.Start(static async (connection, cancellation) =>
        {
            byte[] said = await TestPort.ReadAsync(connection, static bytes => bytes.Length >= 6, cancellation);
            await connection.WriteAsync(said.AsSpan(0, 2).SequenceEqual("ES"u8) ? said : [], cancellation);
        });

        Examination found = await LookAsync(Host($"transport.port: {transport.Port}\nxpack.security.enabled: true\nxpack.security.transport.ssl.enabled: true\n", transport.EndPoint));

        (found.Of("ES-071"), found.Of("ES-072")).ShouldBe(("Medium", "Critical"));
    }

    [Theory]
    [InlineData(false, "High")]
    [InlineData(true, "Unknown")]
    [InlineData(null, "")]
    public async Task The_port_for_nodes_has_to_ask_for_a_certificate(bool? asks, string expected)
    {
        await using TestPort transport = TestPort.Start(static (connection, cancellation) => connection.ReadAsync(new byte[1], cancellation).AsTask(), TestPort.Tls(asks == true, needsCertificate: asks is null));

        Examination found = await LookAsync(Host($"transport.port: {transport.Port}\nxpack.security.enabled: true\nxpack.security.transport.ssl.enabled: true\n", transport.EndPoint));

        found.Of("ES-071").ShouldBe(expected);
        found.Systems[0].Checks.ShouldContain("ES-071");
    }

    [Fact]
    public async Task A_port_that_a_gate_guards_and_that_the_network_reaches_is_a_way_around_it()
    {
        IPAddress own = Own_addresses.Network();
        await using TestPort http = TestPort.Http(static _ => TestPort.Answer(401, "", Challenge), address: IPAddress.Any);
        FakeHost host = Host($"http.port: {http.Port}\nxpack.security.enabled: true\n", new IPEndPoint(IPAddress.Any, http.Port)).Address(own.ToString());

        (await LookAsync(host)).Of("GATE-001").ShouldBe("");
        host.File("/srv/gate/gatehouse.yaml", $"version: 1\ngates:\n  search:\n    upstream: http://127.0.0.1:{http.Port}\n").Process(40, "gatehouse", "gatehouse run", workingDirectory: "/srv/gate");
        Examination found = await LookAsync(host);

        found.Of("GATE-001").ShouldBe("Critical");
        found.Live("GATE-001")[0].Evidence.Select(static e => e.Where).ShouldBe([$"{own}:{http.Port}", "/srv/gate/gatehouse.yaml:4"]);
    }

    [Fact]
    public async Task A_node_whose_settings_name_no_port_of_its_own_is_not_asked_at_others()
    {
        await using TestPort other = TestPort.Http(static _ => TestPort.Answer(200, Root));
        FakeHost host = Host($"http.port: {other.Port}\nxpack.security.enabled: true\n").Process(77, "java", "java -jar other.jar").Socket(other.EndPoint.ToString(), 77);

        (await LookAsync(host)).Of("ES-070").ShouldBe("");
        other.Calls.ShouldBe(0);
    }

    [Fact]
    public async Task An_address_that_the_prober_may_not_ask_is_left_out()
    {
        await using TestPort http = TestPort.Http(static _ => TestPort.Answer(200, Root), address: IPAddress.Parse("127.0.0.3"));

        Examination found = await LookAsync(Host($"http.port: {http.Port}\nxpack.security.enabled: true\n", http.EndPoint));

        found.Of("ES-070").ShouldBe("");
        http.Calls.ShouldBe(0);
    }

    [Theory]
    [MemberData(nameof(Hostile_ports.Kinds), MemberType = typeof(Hostile_ports))]
    public async Task Hostile_ports_are_borne(string kind)
    {
        await using TestPort http = Hostile_ports.Start(kind), transport = Hostile_ports.Start(kind);
        long start = Stopwatch.GetTimestamp();

        Examination found = await LookAsync(Host($"http.port: {http.Port}\ntransport.port: {transport.Port}\nxpack.security.enabled: true\n", http.EndPoint, transport.EndPoint));

        Stopwatch.GetElapsedTime(start).ShouldBeLessThan(TimeSpan.FromSeconds(5));
        found.Text().ShouldNotContain("please report");
        new[] { "ES-070", "ES-071", "ES-021" }.ShouldAllBe(id => found.Live(id).All(static f => f.IsUnknown));
        http.Calls.ShouldBeGreaterThan(0);
    }

    private static FakeHost Host(string yml, params IPEndPoint[] sockets)
    {
        FakeHost host = new FakeHost().File("/etc/elasticsearch/elasticsearch.yml", yml).Folder("/usr/share/elasticsearch/bin")
            .File("/usr/share/elasticsearch/lib/elasticsearch-9.2.3.jar", "").Folder("/usr/share/elasticsearch/modules/x-pack-security").Process(13, "java", Node, new Dictionary<string, string> { ["ES_PATH_CONF"] = "/etc/elasticsearch" }, 990);
        foreach (IPEndPoint socket in sockets)
        {
            host.Socket(socket.ToString(), 13);
        }

        return host;
    }

    private static Task<Examination> LookAsync(FakeHost host, Prober? prober = null, bool isOpenSearch = false)
    {
        ISystemDoctor doctor = ElasticDoctors.All.Single(d => d.System == (isOpenSearch ? "opensearch" : "elasticsearch"));
        return host.LookAsync(doctor, prober);
    }

    private static bool IsAs(string request, string user, string password) => request.Contains($"Authorization: Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}"))}", StringComparison.Ordinal);
}

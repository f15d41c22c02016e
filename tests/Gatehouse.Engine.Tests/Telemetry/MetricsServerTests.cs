using System.Net;
using System.Text;
using Gatehouse.Audit;
using Gatehouse.Engine.Auditing;
using Gatehouse.Engine.Gates;
using Gatehouse.Engine.Mesh;
using Gatehouse.Testing.Metrics;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Telemetry;

/// <summary>What the metrics answer, and what they refuse.</summary>
public sealed class MetricsServerTests
{
    [Fact]
    public async Task The_page_holds_what_the_node_counts()
    {
        await using MetricsBench bench = await MetricsBench.StartAsync();
        GateStatus open = bench.Gate("one", GateState.Listening);
        open.Counters.Begin();
        open.Counters.Begin();
        open.Counters.End();
        open.Counters.Deny();
        open.Counters.Fail();
        bench.Gates = [open, bench.Gate("two", GateState.Disabled)];
        bench.Audit = new AuditFigures(true, false, 70, 3, 5);
        bench.Parts.Admission.Counters.DeniedByFilterTotal = 4;
        bench.Parts.Admission.Counters.HandshakesFailedTotal = 6;
        bench.Parts.Registry.Register("one", new IPEndPoint(IPAddress.Loopback, 5), true, static _ => { });

        bench.Sources.Alarms.Note(new AuditEvent { Action = AuditAction.Alarm, Problem = "GH7021" });
        bench.Sources.Alarms.Note(new AuditEvent { Action = AuditAction.AccessDenied, Problem = "GH7004" });

        string answer = await bench.GetAsync("/metrics");

        answer.ShouldStartWith("HTTP/1.1 200 ");
        answer.ShouldContain("Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n");
        answer.ShouldNotContain("Access-Control");
        Exposition page = Exposition.Parse(Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(Body(answer))));
        page[$"gatehouse_build_info{{runtime={Environment.Version},version=1.2.3-\"quoted\"}}"].ShouldBe(1);
        page["gatehouse_gate_listening{gate=one,protocol=http,system=test}"].ShouldBe(1);
        page["gatehouse_gate_listening{gate=two,protocol=http,system=test}"].ShouldBe(0);
        page["gatehouse_gate_requests_total{gate=one}"].ShouldBe(2);
        page["gatehouse_gate_requests_active{gate=one}"].ShouldBe(1);
        page["gatehouse_gate_denied_total{gate=one}"].ShouldBe(1);
        page["gatehouse_gate_failed_total{gate=one}"].ShouldBe(1);
        page["gatehouse_gate_failed_total{gate=two}"].ShouldBe(0);
        page["gatehouse_connections{gate=one}"].ShouldBe(1);
        page["gatehouse_connections{gate=metrics}"].ShouldBe(1);
        page["gatehouse_connections_denied_total{reason=address_denied}"].ShouldBe(4);
        page["gatehouse_connections_admitted_total"].ShouldBe(1);
        page["gatehouse_tls_handshakes_total{result=failed}"].ShouldBe(6);
        page["gatehouse_audit_records_written_total"].ShouldBe(70);
        page["gatehouse_audit_records_waiting"].ShouldBe(3);
        page["gatehouse_audit_records_dropped_total"].ShouldBe(5);
        page["gatehouse_audit_anchoring"].ShouldBe(0);
        page["gatehouse_alarms_total{id=GH7021}"].ShouldBe(1);
        page["gatehouse_alarms_total{id=GH5031}"].ShouldBe(0);
        page["gatehouse_snapshot_generation"].ShouldBe(bench.Parts.Snapshots.Current.Generation);
        page["gatehouse_store_up"].ShouldBe(1);
        page["gatehouse_certificate_remaining_seconds{certificate=server}"].ShouldBe(30 * 24 * 3600);
        page["process_cpu_seconds_total"].ShouldBeGreaterThan(0);
        page["process_resident_memory_bytes"].ShouldBeGreaterThan(1_000_000);
        page["process_start_time_seconds"].ShouldBeInRange(1_500_000_000, 10_000_000_000);
        page["process_open_fds"].ShouldBeGreaterThan(3);
        page.Types.Where(static t => t.Value == "counter").ShouldAllBe(static t => t.Key.EndsWith("_total"));
    }

    [Fact]
    public async Task The_mesh_is_on_the_page_while_there_is_one()
    {
        await using MetricsBench bench = await MetricsBench.StartAsync();

        Exposition alone = Exposition.Parse(Body(await bench.GetAsync("/metrics")));
        bench.Mesh = MeshFacts.Closed;
        Exposition closed = Exposition.Parse(Body(await bench.GetAsync("/metrics")));
        bench.Mesh = MeshSample.Busy;
        Exposition page = Exposition.Parse(Body(await bench.GetAsync("/metrics")));

        alone.Types.Keys.ShouldAllBe(static family => !family.StartsWith("gatehouse_mesh_", StringComparison.Ordinal));
        closed["gatehouse_mesh_listening"].ShouldBe(0);
        closed["gatehouse_mesh_handshakes_total{direction=in}"].ShouldBe(0);
        page["gatehouse_mesh_listening"].ShouldBe(1);
        page["gatehouse_mesh_peer_up{peer=node2}"].ShouldBe(1);
        page["gatehouse_mesh_peer_up{peer=node3}"].ShouldBe(0);
        page["gatehouse_mesh_peer_round_trip_seconds{peer=node2}"].ShouldBe(0.002);
        page["gatehouse_mesh_peer_clock_skew_seconds{peer=node2}"].ShouldBe(-1.5);
        page.Samples.ShouldNotContain(static sample => sample.Contains("node4", StringComparison.Ordinal), "it was not asked yet");
        page.Samples.ShouldNotContain("gatehouse_mesh_peer_round_trip_seconds{peer=node3}");
        page["gatehouse_mesh_service_listening{peer=node2,service=erlang}"].ShouldBe(1);
        page["gatehouse_mesh_service_listening{peer=node3,service=erlang}"].ShouldBe(0);
        page["gatehouse_mesh_connections_open{direction=out,peer=node2,service=erlang}"].ShouldBe(2);
        page["gatehouse_mesh_connections_open{direction=in,peer=node2,service=erlang}"].ShouldBe(0);
        page["gatehouse_mesh_connections_total{direction=out,peer=node2,service=erlang}"].ShouldBe(9);
        page["gatehouse_mesh_sent_bytes_total{direction=out,peer=node2,service=erlang}"].ShouldBe(70_000_000_000);
        page["gatehouse_mesh_received_bytes_total{direction=in,peer=node2,service=erlang}"].ShouldBe(12);
        page["gatehouse_mesh_handshakes_total{direction=in}"].ShouldBe(5);
        page["gatehouse_mesh_handshakes_total{direction=out}"].ShouldBe(4);
        page["gatehouse_mesh_connections_reused_total"].ShouldBe(6);
        page["gatehouse_mesh_refused_total{reason=wrong_secret}"].ShouldBe(3);
        page.Samples.ShouldNotContain(static sample => sample.Contains("127.", StringComparison.Ordinal), "no address is a label");
    }

    [Fact]
    public async Task The_labels_are_those_of_the_manual()
    {
        await using MetricsBench bench = await MetricsBench.StartAsync();
        bench.Gates = [bench.Gate("one", GateState.Listening)];
        bench.Mesh = MeshSample.Busy;

        Exposition page = Exposition.Parse(Body(await bench.GetAsync("/metrics")));

        page.Types.Count(static t => t.Key.StartsWith("gatehouse_mesh_", StringComparison.Ordinal)).ShouldBe(12);
        string manual = await File.ReadAllTextAsync(Manual(), TestContext.Current.CancellationToken);
        foreach (string sample in page.Samples)
        {
            string family = sample.Split('{')[0];
            string labels = string.Join(", ", sample.Contains('{', StringComparison.Ordinal)
                ? sample[(family.Length + 1)..^1].Split(',').Select(static l => $"`{l.Split('=')[0]}`").Order(StringComparer.Ordinal) : []);
            manual.ShouldContain($"| `{family}` | {page.Types[family]} | {labels}");
        }
    }

    [Fact]
    public async Task Health_is_ok_or_says_why_not()
    {
        await using MetricsBench bench = await MetricsBench.StartAsync();
        bench.Gates = [bench.Gate("one", GateState.Listening), bench.Gate("two", GateState.Disabled)];

        string well = await bench.GetAsync("/healthz");
        bench.Gates = [bench.Gate("one", GateState.Failed)];
        bench.Audit = bench.Audit with { IsHealthy = false };
        string ill = await bench.GetAsync("/healthz");
        bench.Health.Stop();
        string stopping = await bench.GetAsync("/healthz");

        well.ShouldStartWith("HTTP/1.1 200 ");
        Body(well).ShouldBe("ok\n");
        ill.ShouldStartWith("HTTP/1.1 503 ");
        Body(ill).ShouldBe("gate_not_listening\ntrail_not_writing\n");
        Body(stopping).ShouldBe("stopping\ntrail_not_writing\n");
    }

    [Fact]
    public async Task Address_rules_hold_here_too()
    {
        await using MetricsBench bench = await MetricsBench.StartAsync();

        bench.Parts.Snapshots.Swap(Listeners.AddressSnapshots.Make("+10.0.0.0/8"));

        (await bench.GetAsync("/healthz")).ShouldBeEmpty();
        (await bench.Parts.Trail.NextAsync(AuditAction.ConnectionDenied)).Gate.ShouldBe("metrics");
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/metrics/")]
    [InlineData("/metrics?a=b")]
    [InlineData("/METRICS")]
    [InlineData("/%6detrics")]
    [InlineData("/healthz/../metrics")]
    [InlineData("/v1/status")]
    public async Task Nothing_else_is_there(string target)
    {
        await using MetricsBench bench = await MetricsBench.StartAsync();

        (await bench.GetAsync(target)).ShouldStartWith("HTTP/1.1 404 ");
    }

    [Theory]
    [InlineData("POST")]
    [InlineData("DELETE")]
    [InlineData("OPTIONS")]
    public async Task Other_methods_are_refused(string method)
    {
        await using MetricsBench bench = await MetricsBench.StartAsync();

        string answer = await bench.SendAsync($"{method} /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n");

        answer.ShouldStartWith("HTTP/1.1 405 ");
        answer.ShouldContain("\r\nAllow: GET\r\n");
        answer.ShouldNotContain("gatehouse_");
    }

    [Theory]
    [InlineData("GET /metrics HTTP/1.1\r\nHost: evil.test\r\n\r\n", "foreign_host")]
    [InlineData("GET /metrics HTTP/1.1\r\nHost: evil.test:7445\r\n\r\n", "foreign_host")]
    [InlineData("GET /metrics HTTP/1.1\r\nHost: localhost\r\nOrigin: https://evil.test\r\n\r\n", "cross_site")]
    [InlineData("GET /metrics HTTP/1.1\r\nHost: localhost\r\nSec-Fetch-Site: cross-site\r\n\r\n", "cross_site")]
    [InlineData("GET /metrics HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "body")]
    [InlineData("GET /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\nx", "body")]
    public async Task What_no_scraper_sends_is_refused_and_recorded(string request, string reason)
    {
        await using MetricsBench bench = await MetricsBench.StartAsync();

        string answer = await bench.SendAsync(request);

        answer.ShouldStartWith("HTTP/1.1 400 ");
        Body(answer).ShouldBe($"refused: {reason}\n");
        AuditEvent record = await bench.Parts.Trail.NextAsync(AuditAction.TamperedRequest);
        record.Gate.ShouldBe("metrics");
        record.Reason.ShouldBe(reason);
    }

    private static string Body(string answer) => answer[(answer.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..];

    private static string Manual()
    {
        string? folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder!, "Gatehouse.slnx")))
        {
            folder = Path.GetDirectoryName(folder);
        }

        return Path.Combine(folder!, "docs", "operate", "metrics.md");
    }
}

using System.Diagnostics;
using System.Globalization;
using System.Net;
using Gatehouse.Doctor.Emqx;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Probes;
using Gatehouse.Doctor.Probes.Mqtt;
using Gatehouse.Doctor.Tests.Emqx;
using Shouldly;
using Xunit;

namespace Gatehouse.Doctor.Tests.Ports;

/// <summary>What a broker's ports say: listeners, dashboard, and the two between nodes.</summary>
public sealed class Ports_of_EMQX
{
    private static readonly byte[] Accepted = [0x20, 2, 0, 0], Refused = [0x20, 2, 0, 5];

    [Fact]
    public async Task A_client_without_a_user_that_is_let_in_is_found()
    {
        await using TestPort mqtt = TestPort.Start(Broker(Accepted));

        Examination found = await Host($"listeners.tcp.default {{ bind = \"127.0.0.1:{mqtt.Port}\", proxy_protocol = false }}", mqtt).LookAsync(new EmqxDoctor());

        found.Of("AUN-001").ShouldBe("Medium");
        found.Live("AUN-001")[0].Evidence[^1].Place.ShouldBe($"127.0.0.1:{mqtt.Port}");
        found.Systems[0].Layers.ShouldContain("port");
        found.Systems[0].Checks.ShouldContain("AUN-001");
    }

    [Fact]
    public async Task A_client_that_is_refused_is_no_finding()
    {
        await using TestPort mqtt = TestPort.Start(Broker(Refused));

        Examination found = await Host($"listeners.tcp.default {{ bind = \"127.0.0.1:{mqtt.Port}\", proxy_protocol = false }}", mqtt).LookAsync(new EmqxDoctor());

        found.Of("AUN-001").ShouldBe("");
        mqtt.Calls.ShouldBe(1);
    }

    [Fact]
    public async Task A_real_broker_that_lets_everybody_in_is_told_from_one_that_does_not()
    {
        await using Mosquitto open = await Mosquitto.StartAsync(isAnonymous: true), closed = await Mosquitto.StartAsync(isAnonymous: false);
        var prober = new Prober([IPAddress.Loopback]);

        await using (ProbeConnection? connection = await prober.ConnectAsync(open.EndPoint, TestContext.Current.CancellationToken))
        {
            (await AnonymousConnect.AskAsync(connection!, TestContext.Current.CancellationToken)).ShouldBe(true);
        }

        await using ProbeConnection? refused = await prober.ConnectAsync(closed.EndPoint, TestContext.Current.CancellationToken);
        (await AnonymousConnect.AskAsync(refused!, TestContext.Current.CancellationToken)).ShouldBe(false);
    }

    [Fact]
    public async Task A_listener_for_TLS_that_answers_in_clear_is_a_contradiction()
    {
        await using TestPort mqtt = TestPort.Start(Broker(Refused));

        Examination found = await Host($"listeners.ssl.default {{ enable = true, bind = \"127.0.0.1:{mqtt.Port}\" }}", mqtt).LookAsync(new EmqxDoctor());

        found.Of("LIS-001").ShouldBe("Low");
        found.Live("LIS-001")[0].Text.ShouldContain("by the files");
    }

    [Fact]
    public async Task A_listener_for_TLS_shows_its_certificate()
    {
        await using TestPort mqtt = TestPort.Start(Broker(Refused), TestPort.Tls(days: -3)), good = TestPort.Start(Broker(Refused), TestPort.Tls());

        Examination found = await Host(
            $"listeners.ssl.default {{ enable = true, bind = \"127.0.0.1:{mqtt.Port}\" }}\nlisteners.ssl.other {{ enable = true, bind = \"127.0.0.1:{good.Port}\" }}", mqtt, good).LookAsync(new EmqxDoctor());

        found.Of("LIS-013").ShouldBe("High");
        found.Live("LIS-013")[0].Text.ShouldContain("expired on 2026-11-20");
        found.Of("LIS-001").ShouldBe("");
    }

    [Fact]
    public async Task The_first_administrator_is_tried_once_and_logged_out()
    {
        await using TestPort dashboard = TestPort.Http(static request =>
            request.StartsWith("GET /status", StringComparison.Ordinal) ? TestPort.Answer(200, "Node emqx@127.0.0.1 is started\nemqx is running")
            : request.Contains("\"password\":\"public\"", StringComparison.Ordinal) ? TestPort.Answer(200, """{"token":"eyJ.secret.token","version":"5.8.6"}""")
            : TestPort.Answer(204));
        FakeHost host = Host($"dashboard.listeners.http.bind = \"127.0.0.1:{dashboard.Port}\"", dashboard);
        var tried = new TriedPairs();

        Examination first = await host.LookAsync(new EmqxDoctor(), host.Prober(tried));
        Examination second = await host.LookAsync(new EmqxDoctor(), host.Prober(tried));

        (first.Of("DSH-002"), second.Of("DSH-002")).ShouldBe(("High", "High"));
        dashboard.Requests.Count(static r => r.StartsWith("POST /api/v5/login", StringComparison.Ordinal)).ShouldBe(1);
        dashboard.Requests.Count(static r => r.StartsWith("POST /api/v5/logout", StringComparison.Ordinal) && r.Contains("Bearer eyJ.secret.token", StringComparison.Ordinal)).ShouldBe(1);
        first.Text().ShouldNotContain("eyJ");
        first.Text().ShouldNotContain("public\"");
    }

    [Fact]
    public async Task An_administrator_with_another_password_is_no_finding()
    {
        await using TestPort dashboard = Dashboard();
        Examination found = await Host($"dashboard.listeners.http.bind = \"127.0.0.1:{dashboard.Port}\"", dashboard).LookAsync(new EmqxDoctor());

        found.Of("DSH-002").ShouldBe("");
        dashboard.Requests.Count(static r => r.Contains("/login", StringComparison.Ordinal)).ShouldBe(1);
    }

    [Fact]
    public async Task Without_leave_no_password_is_tried()
    {
        await using TestPort dashboard = Dashboard();
        FakeHost host = Host($"dashboard.listeners.http.bind = \"127.0.0.1:{dashboard.Port}\"", dashboard);

        await host.LookAsync(new EmqxDoctor(), new Prober([.. host.Addresses]));

        dashboard.Requests.ShouldNotBeEmpty();
        dashboard.Requests.ShouldNotContain(static r => r.Contains("/login", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Something_else_on_the_dashboards_port_gets_no_password()
    {
        await using TestPort other = TestPort.Http(static _ => TestPort.Answer(200, "hello"));

        await Host($"dashboard.listeners.http.bind = \"127.0.0.1:{other.Port}\"", other).LookAsync(new EmqxDoctor());

        other.Requests.ShouldNotContain(static r => r.StartsWith("POST", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Gen_rpc_with_a_published_cookie_is_found_without_a_login()
    {
        await using TestPort rpc = TestPort.Start(Erlang_ports.RpcOf("emqxsecretcookie"));

        Examination found = await Host($"rpc {{ port_discovery = manual, server_port = {rpc.Port} }}", rpc).LookAsync(new EmqxDoctor());

        found.Of("RPC-002").ShouldBe("High");
        rpc.Calls.ShouldBe(1);
        found.Text().ShouldNotContain("emqxsecretcookie");
    }

    [Fact]
    public async Task Gen_rpc_with_the_cookie_of_the_files_is_fine_and_with_another_one_contradicts_them()
    {
        await using TestPort same = TestPort.Start(Erlang_ports.RpcOf(EmqxHost.Cookie)), other = TestPort.Start(Erlang_ports.RpcOf("Zz81kQpL0xYw"));

        Examination fine = await Host($"rpc {{ port_discovery = manual, server_port = {same.Port} }}", same).LookAsync(new EmqxDoctor());
        Examination bad = await Host($"rpc {{ port_discovery = manual, server_port = {other.Port} }}", other).LookAsync(new EmqxDoctor());

        (fine.Of("RPC-002"), fine.Of("ERL-003")).ShouldBe(("", ""));
        (bad.Of("RPC-002"), bad.Of("ERL-003")).ShouldBe(("", "Medium"));
        bad.Text().ShouldNotContain(EmqxHost.Cookie);
    }

    [Fact]
    public async Task A_real_node_is_told_by_its_name_and_keeps_its_cookie_to_itself_where_files_have_it()
    {
        await using ErlangNode node = await ErlangNode.StartAsync("emqxsecretcookie");

        Examination found = await Host("", node.EndPoint, node.Name).LookAsync(new EmqxDoctor());

        found.Of("ERL-016").ShouldBe("Info");
        found.Live("ERL-016")[0].Text.ShouldContain(node.Name);
        found.Of("ERL-017").ShouldBe("");
        await node.TellAsync("done");
        node.Said.ShouldNotContain("nodeup");
    }

    [Fact]
    public async Task A_real_node_whose_cookie_nobody_sees_is_asked_for_the_published_ones()
    {
        await using ErlangNode node = await ErlangNode.StartAsync("emqx50elixir"), other = await ErlangNode.StartAsync("qV8sZ2mXw7RkT4nB");

        Examination found = await Host("", node.EndPoint, node.Name).Unreadable("/etc/emqx/cookie").LookAsync(new EmqxDoctor());
        Examination fine = await Host("", other.EndPoint, other.Name).Unreadable("/etc/emqx/cookie").LookAsync(new EmqxDoctor());

        found.Of("ERL-017").ShouldBe("High");
        fine.Of("ERL-017").ShouldBe("");
        fine.Systems[0].Checks.ShouldContain("ERL-017");
        await node.WaitForAsync("nodedown");
    }

    [Theory]
    [MemberData(nameof(Hostile_ports.Kinds), MemberType = typeof(Hostile_ports))]
    public async Task Hostile_ports_are_borne(string kind)
    {
        await using TestPort mqtt = Hostile_ports.Start(kind), tls = Hostile_ports.Start(kind), dashboard = Hostile_ports.Start(kind), rpc = Hostile_ports.Start(kind), distribution = Hostile_ports.Start(kind);
        FakeHost host = Host(
            $$"""
            listeners.tcp.default { bind = "127.0.0.1:{{mqtt.Port}}", proxy_protocol = false }
            listeners.ssl.default { enable = true, bind = "127.0.0.1:{{tls.Port}}" }
            dashboard.listeners.http.bind = "127.0.0.1:{{dashboard.Port}}"
            rpc { port_discovery = manual, server_port = {{rpc.Port}} }
            """,
            distribution.EndPoint,
            Erlang_ports.NodeName(distribution.Port),
            mqtt.EndPoint,
            tls.EndPoint,
            dashboard.EndPoint,
            rpc.EndPoint).Unreadable("/etc/emqx/cookie");
        long start = Stopwatch.GetTimestamp();

        Examination found = await host.LookAsync(new EmqxDoctor());

        Stopwatch.GetElapsedTime(start).ShouldBeLessThan(TimeSpan.FromSeconds(5));
        found.Text().ShouldNotContain("please report");
        new[] { "AUN-001", "RPC-002", "ERL-016", "ERL-017", "DSH-002" }.ShouldAllBe(id => found.Live(id).Length == 0);
        mqtt.Calls.ShouldBeGreaterThan(0);
    }

    internal static FakeHost Host(string more, params TestPort[] ports) => Host(more, null, "emqx@127.0.0.1", [.. ports.Select(static p => p.EndPoint)]);

    private static FakeHost Host(string more, IPEndPoint? distribution, string name, params IPEndPoint[] ports)
    {
        FakeHost host = EmqxHost.Files(more + "\n", "6.3.0").Describe(string.Create(
            CultureInfo.InvariantCulture,
            $"process 812 beam.smp user=990 cwd=/usr/lib/emqx -- beam.smp -- -root /usr/lib/emqx -progname erl -- -home /var/lib/emqx -- -boot /usr/lib/emqx/releases/6.3.0/start -config /var/lib/emqx/configs/app.1.config -epmd_module ekka_epmd -proto_dist ekka -name {name} -- -ekka_proto_dist inet_tcp -emqx_data_dir /var/lib/emqx\nenv 812 EMQX_ETC_DIR=/etc/emqx\n"));
        foreach (IPEndPoint port in distribution is null ? ports : [distribution, .. ports])
        {
            host.Socket(port.ToString(), 812);
        }

        return host;
    }

    private static TestPort Dashboard() => TestPort.Http(static request =>
        request.StartsWith("GET /status", StringComparison.Ordinal) ? TestPort.Answer(200, "Node emqx@127.0.0.1 is started\nemqx is running") : TestPort.Answer(401, """{"code":"BAD_USERNAME_OR_PWD"}"""));

    private static Serve Broker(byte[] answer) => async (connection, cancellation) =>
    {
        await TestPort.ReadAsync(connection, static bytes => bytes.Length >= 2 && bytes.Length >= 2 + bytes[1], cancellation);
        await connection.WriteAsync(answer, cancellation);
        _ = await connection.ReadAtLeastAsync(new byte[2], 1, throwOnEndOfStream: false, cancellation);
    };
}

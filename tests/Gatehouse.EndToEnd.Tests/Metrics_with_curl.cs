using System.Net.Sockets;
using System.Text.Json;
using Gatehouse.EndToEnd.Tests.Running;
using Gatehouse.Testing.Metrics;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests;

/// <summary>What a monitoring system sees of a running daemon, asked with curl.</summary>
public sealed class Metrics_with_curl
{
    [Fact]
    public async Task A_scrape_counts_what_the_gates_did_and_health_is_ok()
    {
        int port = Ports.Free();
        await using Daemon daemon = await new Daemon($"metrics: 127.0.0.1:{port}\n").StartAsync();
        using HttpClient client = daemon.Client(daemon.WhoamiPort, "admin", daemon.Password);
        (await client.GetAsync("/", TestContext.Current.CancellationToken)).IsSuccessStatusCode.ShouldBeTrue();
        using HttpClient nobody = daemon.Client(daemon.WhoamiPort);
        ((int)(await nobody.GetAsync("/", TestContext.Current.CancellationToken)).StatusCode).ShouldBe(401);

        ShellResult scrape = await Shell.BashAsync($"curl -sS --fail -D /dev/stderr http://127.0.0.1:{port}/metrics");
        ShellResult health = await Shell.BashAsync($"curl -sS --fail http://localhost:{port}/healthz");
        ShellResult rebound = await Shell.BashAsync($"curl -sS -o /dev/null -w '%{{http_code}}' -H 'Host: evil.test' http://127.0.0.1:{port}/metrics");

        scrape.ExitCode.ShouldBe(0, scrape.ToString());
        scrape.Error.ShouldContain("Content-Type: text/plain; version=0.0.4; charset=utf-8");
        Exposition page = Exposition.Parse(scrape.Output);
        page["gatehouse_gate_listening{gate=whoami,protocol=http,system=http}"].ShouldBe(1);
        page["gatehouse_gate_requests_total{gate=whoami}"].ShouldBe(2);
        page["gatehouse_gate_denied_total{gate=whoami}"].ShouldBe(1);
        page["gatehouse_tls_handshakes_total{result=done}"].ShouldBe(2);
        page["gatehouse_connections{gate=whoami}"].ShouldBe(2);
        page["gatehouse_audit_writing"].ShouldBe(1);
        page["gatehouse_store_up"].ShouldBe(1);
        page["gatehouse_snapshot_generation"].ShouldBe(1);
        page["gatehouse_certificate_remaining_seconds{certificate=server}"].ShouldBeGreaterThan(80 * 24 * 3600);
        page["process_cpu_seconds_total"].ShouldBeGreaterThan(0);
        scrape.Output.ShouldNotContain(daemon.Password);
        health.Output.ShouldBe("ok\n");
        rebound.Output.ShouldBe("400");
    }

    [Fact]
    public async Task A_reload_moves_and_closes_the_metrics()
    {
        int first = Ports.Free();
        int second = Ports.Free();
        await using Daemon daemon = await new Daemon($"metrics: 127.0.0.1:{first}\n").StartAsync();
        await Ports.WaitForAsync(first);

        daemon.WriteConfiguration($"metrics: 127.0.0.1:{second}\n");
        (await daemon.CliAsync(["reload"])).ExitCode.ShouldBe(0);
        (await Shell.BashAsync($"curl -sS http://127.0.0.1:{second}/healthz")).Output.ShouldBe("ok\n");
        (await Shell.BashAsync($"curl -sS http://127.0.0.1:{first}/healthz")).ExitCode.ShouldBe(7);

        daemon.WriteConfiguration("metrics: off\n");
        (await daemon.CliAsync(["reload"])).ExitCode.ShouldBe(0);
        (await Shell.BashAsync($"curl -sS http://127.0.0.1:{second}/healthz")).ExitCode.ShouldBe(7);
    }

    [Fact]
    public async Task A_port_in_use_is_named_with_its_owner_and_the_rest_runs()
    {
        using var taken = new TcpListener(System.Net.IPAddress.Loopback, 0);
        taken.Start();
        int port = ((System.Net.IPEndPoint)taken.LocalEndpoint).Port;
        await using Daemon daemon = await new Daemon($"metrics: 127.0.0.1:{port}\n").StartAsync();

        daemon.Output.ShouldContain("GH4010");
        daemon.Output.ShouldContain($"pid {Environment.ProcessId}");
        using HttpClient client = daemon.Client(daemon.WhoamiPort, "admin", daemon.Password);
        (await client.GetAsync("/", TestContext.Current.CancellationToken)).IsSuccessStatusCode.ShouldBeTrue();
        ShellResult degraded = await daemon.CliAsync(["status", "--json"]);
        degraded.ExitCode.ShouldBe(1);
        JsonElement status = JsonDocument.Parse(degraded.Output).RootElement;
        status.GetProperty("state").GetString().ShouldBe("degraded");
        status.GetProperty("problems")[0].GetProperty("text").GetString()!.ShouldStartWith("the metrics stay closed: ");
        status.GetProperty("problems")[0].GetProperty("id").GetString().ShouldBe("GH4010");

        // The port comes free: the next reload takes it.
        taken.Stop();
        (await daemon.CliAsync(["reload"])).ExitCode.ShouldBe(0);
        (await Shell.BashAsync($"curl -sS http://127.0.0.1:{port}/healthz")).Output.ShouldBe("ok\n");
        (await daemon.JsonAsync("status")).GetProperty("state").GetString().ShouldBe("ok");
    }
}

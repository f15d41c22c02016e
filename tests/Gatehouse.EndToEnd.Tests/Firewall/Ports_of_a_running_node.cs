using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Gatehouse.EndToEnd.Tests.Running;
using Shouldly;
using Xunit;
using FreePorts = Gatehouse.EndToEnd.Tests.Running.Ports;

namespace Gatehouse.EndToEnd.Tests.Firewall;

/// <summary><c>gatehouse ports</c> beside a daemon, a system behind its gate, and somebody who should not be there.</summary>
public sealed class Ports_of_a_running_node
{
    [Fact]
    public async Task It_says_what_listens_and_finds_what_is_open()
    {
        int gate = FreePorts.Free();
        using var guarded = new TcpListener(IPAddress.Loopback, 0);
        guarded.Start();
        int upstream = ((IPEndPoint)guarded.LocalEndpoint).Port;
        await using var daemon = new Daemon($"gates:\n  shop:\n    protocol: http\n    listen: 127.0.0.1:{gate}\n    upstream: http://127.0.0.1:{upstream}\n");
        await daemon.StartAsync();

        ShellResult fine = await daemon.CliAsync(["ports", "--json"]);
        fine.ExitCode.ShouldBe(0, fine.ToString());
        JsonElement[] endpoints = [.. JsonDocument.Parse(fine.Output).RootElement.GetProperty("endpoints").EnumerateArray()];
        JsonElement door = endpoints.Single(e => e.GetProperty("port").GetInt32() == gate);
        door.GetProperty("state").GetString().ShouldBe("local");
        door.GetProperty("protection").GetString().ShouldBe("gatehouse");
        JsonElement behind = endpoints.Single(e => e.GetProperty("port").GetInt32() == upstream);
        behind.GetProperty("protected_by").GetString().ShouldBe("shop");
        behind.GetProperty("open_to").GetArrayLength().ShouldBe(0);
        behind.GetProperty("listeners")[0].GetProperty("pid").GetInt32().ShouldBe(Environment.ProcessId);

        guarded.Stop();
        using var wide = new TcpListener(IPAddress.Any, upstream);
        wide.Start();
        ShellResult open = await daemon.CliAsync(["ports"]);
        open.ExitCode.ShouldBe(1, open.ToString());
        open.Error.ShouldContain("GH7301");
        open.Error.ShouldContain("behind gate shop");
        open.Output.ShouldContain("WRONG: 0.0.0.0");
    }

    [Fact]
    public async Task Somebody_on_a_gate_of_a_daemon_that_is_down_is_found()
    {
        using var folder = new TemporaryFolder();
        using var foreign = new TcpListener(IPAddress.Loopback, 0);
        foreign.Start();
        int port = ((IPEndPoint)foreign.LocalEndpoint).Port;
        await File.WriteAllTextAsync(
            folder["gatehouse.yaml"],
            $"version: 1\nadmin: {{listen: '127.0.0.1:{FreePorts.Free()}'}}\nmetrics: off\ngates:\n  shop:\n    protocol: http\n    listen: 127.0.0.1:{port}\n    upstream: builtin:whoami\n");
        string[] line = ["ports", "--config", folder["gatehouse.yaml"], "--data", folder["data"]];

        ShellResult found = await Shell.RunAsync(Repository.Launcher, line);
        found.ExitCode.ShouldBe(1, found.ToString());
        found.Error.ShouldContain("GH7303");

        foreign.Stop();
        ShellResult fine = await Shell.RunAsync(Repository.Launcher, line);
        fine.ExitCode.ShouldBe(0, fine.ToString());
        fine.Output.ShouldContain("daemon stopped");
    }

    [Theory]
    [InlineData("GH7304", "--clients", "10.0.0.5/8")]
    [InlineData("GH7304", "--peers", "127.0.0.1")]
    [InlineData("GH7304", "--keep", "70000")]
    [InlineData("GH7304", "--system", "oracle")]
    [InlineData("GH7304", "--nodes", "emqx1@10.0.0.1")]
    [InlineData("GH7305", "--peers", "no-such-host.invalid")]
    public async Task What_cannot_be_a_rule_is_refused(string id, string option, string value)
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder["gatehouse.yaml"], "version: 1\n");
        ShellResult refused = await Shell.RunAsync(
            Repository.Launcher, ["firewall", option, value, "--config", folder["gatehouse.yaml"], "--data", folder["data"], "--out", folder["rules"]]);
        refused.ExitCode.ShouldBe(2, refused.ToString());
        refused.Error.ShouldContain(id);
        File.Exists(folder["rules"]).ShouldBeFalse();
    }

    [Fact]
    public async Task A_cluster_without_gates_has_the_ports_of_its_nodes()
    {
        ShellResult rules = await Shell.RunAsync(
            Repository.Launcher, ["firewall", "--system", "emqx", "--nodes", "emqx1@10.0.0.1,emqx2@10.0.0.2", "--format", "iptables", "--config", "/nowhere/gatehouse.yaml"]);
        rules.ExitCode.ShouldBe(0, rules.ToString());
        rules.Output.ShouldContain("-A GATEHOUSE -s 10.0.0.2 -p tcp -m tcp --dport 4371:4372 -m comment --comment \"peers\" -j RETURN");
        rules.Output.ShouldContain("-A GATEHOUSE -p tcp -m tcp --dport 1883 -m comment --comment \"clients\" -j RETURN");
        rules.Output.ShouldContain("--dport 4369");
    }
}

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

    [Theory]
    [InlineData("ignite", "10.0.0.1,10.0.0.2", "-s 10.0.0.2 -p tcp -m tcp --dport 3344 ", "--dport 10800 -m comment --comment \"clients\"", "--dport 10300")]
    [InlineData("ipfs-cluster", "n1@10.0.0.1,10.0.0.2", "-s 10.0.0.1 -p tcp -m tcp --dport 9096 ", "-s 10.0.0.2 -p tcp -m tcp --dport 9096 ", "--dport 9094 -m comment", "--dport 9095 -m comment", "--dport 9097 -m comment")]
    [InlineData("kubo", "10.0.0.1", "--dport 4001 ", "-p udp", "--dport 5001")]
    [InlineData("elasticsearch", "10.0.0.1 2001:db8::2", "-s 10.0.0.1 -p tcp -m tcp --dport 9300 ", "-s 2001:db8::2", "--dport 9200 -m comment --comment \"clients\"")]
    [InlineData("opensearch", "10.0.0.1", "-s 10.0.0.1 -p tcp -m tcp --dport 9300 ", "--dport 9200 -m comment --comment \"clients\"", "--dport 9600")]
    public async Task Systems_without_names_of_nodes_take_hosts(string system, string nodes, params string[] rules)
    {
        ShellResult made = await Shell.RunAsync(
            Repository.Launcher, ["firewall", "--system", system, "--nodes", .. nodes.Split(' '), "--format", "iptables", "--config", "/nowhere/gatehouse.yaml"]);
        made.ExitCode.ShouldBe(0, made.ToString());
        foreach (string rule in rules)
        {
            made.Output.ShouldContain(rule);
        }
    }

    [Fact]
    public async Task Where_ports_follow_from_names_a_host_alone_is_refused()
    {
        foreach (string node in (string[])["10.0.0.1", "emqx1@", "emqx 1@10.0.0.1"])
        {
            ShellResult refused = await Shell.RunAsync(Repository.Launcher, ["ports", "--system", "emqx,ignite", "--nodes", node, "--config", "/nowhere/gatehouse.yaml"]);
            refused.ExitCode.ShouldBe(2, refused.ToString());
            refused.Error.ShouldContain("GH7304");
        }

        ShellResult seen = await Shell.RunAsync(Repository.Launcher, ["ports", "--all", "--system", "emqx", "--nodes", "emqx7@10.0.0.1", "--json", "--config", "/nowhere/gatehouse.yaml"]);
        seen.ExitCode.ShouldBeLessThan(2, seen.ToString());
        int[] ports = [.. JsonDocument.Parse(seen.Output).RootElement.GetProperty("endpoints").EnumerateArray().Select(static e => e.GetProperty("port").GetInt32())];
        ports.ShouldContain(4377);
        ports.ShouldContain(5377);
        ports.ShouldNotContain(4370);
    }
}

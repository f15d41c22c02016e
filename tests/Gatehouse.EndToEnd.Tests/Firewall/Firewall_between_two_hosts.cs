using Gatehouse.EndToEnd.Tests.Running;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests.Firewall;

/// <summary>The rules of <c>gatehouse firewall</c>, loaded into a host of network namespaces, and connections from another one.</summary>
public sealed class Firewall_between_two_hosts
{
    private const int Client = 10;
    private const int Peer = 20;
    private const int Operator = 30;
    private const int Stranger = 40;

    private const string Configuration =
        """
        version: 1
        node: host1
        admin: {listen: '0.0.0.0:7443'}
        gates:
          elasticsearch: {protocol: http, system: elasticsearch, listen: '0.0.0.0:9243', upstream: 'http://127.0.0.1:9200'}
          ipv4-only: {protocol: http, listen: '10.99.0.1:9244', upstream: 'http://127.0.0.1:9201'}

        """;

    private static readonly int[] Ports = [22, 7443, 7444, 9200, 9201, 9243, 9244, 9300, 19200];

    private static readonly (int Source, int Port)[] Everything =
        [.. from source in (int[])[Client, Peer, Operator, Stranger] from port in (int[])[22, 7443, 7444, 9200, 9201, 9243, 9244, 9300] select (source, port)];

    [Theory]
    [InlineData("nftables", "nft -c -f FILE", "nft -f FILE", "nft delete table inet gatehouse", "nft list ruleset")]
    [InlineData("iptables", "sh FILE test", "sh FILE", "sh FILE remove", "iptables-save; ip6tables-save")]
    public async Task Each_caller_reaches_its_ports_and_no_other(string format, string check, string load, string remove, string show)
    {
        using var folder = new TemporaryFolder();
        string file = await WriteAsync(folder, format);
        await using FirewallNetwork network = await FirewallNetwork.StartAsync(Ports, [Client, Peer, Operator, Stranger]);

        (await network.ReachedAsync(Everything)).Length.ShouldBe(Everything.Length, "before the rules everybody reaches everything");
        await OnHostAsync(network, check, file);
        (await network.ReachedAsync((Stranger, 9200))).Length.ShouldBe(1, "a check loads nothing");

        await OnHostAsync(network, load, file);
        (await network.ReachedAsync(Everything)).ShouldBe(Expected);
        (await network.ReachesItselfAsync(9200)).ShouldBeTrue();

        string once = await OnHostAsync(network, show, file);
        await OnHostAsync(network, load, file);
        Plain(await OnHostAsync(network, show, file)).ShouldBe(Plain(once), "loaded twice is loaded once");
        (await network.ReachedAsync(Everything)).ShouldBe(Expected);

        await OnHostAsync(network, remove, file);
        (await OnHostAsync(network, show, file)).ShouldNotContain("gatehouse", Case.Insensitive);
        (await network.ReachedAsync(Everything)).Length.ShouldBe(Everything.Length, "removed, it leaves nothing behind");
        if (format == "iptables")
        {
            await OnHostAsync(network, remove, file);
        }
    }

    [Theory]
    [InlineData("nftables", "nft -f FILE")]
    [InlineData("iptables", "sh FILE")]
    public async Task A_guarded_port_that_a_container_engine_publishes_is_closed_too(string format, string load)
    {
        using var folder = new TemporaryFolder();
        string file = await WriteAsync(folder, format);
        await using FirewallNetwork network = await FirewallNetwork.StartAsync([19200], [Stranger]);

        // As container engines do it: the port is translated, so that rules for incoming packets never see it.
        await OnHostAsync(network, "nft add table inet engine; nft 'add chain inet engine p { type nat hook prerouting priority dstnat; }'; nft add rule inet engine p tcp dport 9200 redirect to :19200", file);
        (await network.ReachedAsync((Stranger, 9200))).Length.ShouldBe(1);
        await OnHostAsync(network, load, file);
        (await network.ReachedAsync((Stranger, 9200))).ShouldBeEmpty();
    }

    // Gates for clients, one of them on an IPv4 address alone; the mesh and the nodes' own port for peers; the admin API for peers and operators.
    private static readonly string[] Expected =
    [
        "10:22", "10:9243", "10:9244 IPv4 only",
        "20:22", "20:7443", "20:7444", "20:9300",
        "30:22", "30:7443",
        "40:22",
    ];

    private static async Task<string> WriteAsync(TemporaryFolder folder, string format)
    {
        await File.WriteAllTextAsync(folder["gatehouse.yaml"], Configuration);
        string file = folder["rules"];
        ShellResult made = await Shell.RunAsync(Repository.Launcher,
        [
            "firewall", "--format", format, "--clients", $"10.99.0.{Client}", $"fd99::{Client}", "--peers", $"10.99.0.{Peer},fd99::{Peer}",
            "--operators", $"10.99.0.{Operator}/32", "--operators", $"fd99::{Operator}", "--out", file, "--config", folder["gatehouse.yaml"], "--data", folder["data"],
        ]);
        made.ExitCode.ShouldBe(0, made.ToString());
        return file;
    }

    private static async Task<string> OnHostAsync(FirewallNetwork network, string line, string file)
    {
        ShellResult result = await network.OnHostAsync(line.Replace("FILE", file, StringComparison.Ordinal));
        result.ExitCode.ShouldBe(0, result.ToString());
        return result.Output;
    }

    // iptables-save counts packets and says when.
    private static string Plain(string rules) =>
        string.Join('\n', rules.Split('\n').Where(static l => !l.StartsWith('#')).Select(static l => l.Contains('[', StringComparison.Ordinal) ? l[..l.IndexOf('[', StringComparison.Ordinal)] : l));
}

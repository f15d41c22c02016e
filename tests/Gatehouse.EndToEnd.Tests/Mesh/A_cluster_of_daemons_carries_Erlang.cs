using System.Globalization;
using System.Net;
using System.Text.Json;
using Gatehouse.EndToEnd.Tests.Running;
using Gatehouse.EndToEnd.Tests.Running.Hosts;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests.Mesh;

/// <summary>
/// From nothing to a cluster of Erlang nodes, as an operator does it: etcd, a first daemon, a token and one pasted line for each other host,
/// trusted peers, and nodes with the names that they always had. Everything between hosts is TLS.
/// </summary>
public sealed class A_cluster_of_daemons_carries_Erlang
{
    private const string Cookie = "a-cookie-that-nobody-hears";

    [Fact]
    public async Task From_the_first_start_to_a_peer_that_is_trusted_no_more()
    {
        using var code = new TemporaryFolder();
        await ErlangNode.CompileAsync(code);
        await using NetworkLab lab = await NetworkLab.StartAsync(4);
        await using WireCapture capture = await WireCapture.StartAsync(lab);
        await using LabCluster cluster = await LabCluster.StartAsync(lab, 3, "    erlang: { kind: erlang, programs: { node-a: emqx1, node-b: emqx2, node-c: emqx3 } }\n");
        Say($"joined in {string.Join(", ", cluster.Joins.Select(static j => j.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture)))} s");
        Daemon first = cluster.Daemons[0];
        ErlangNode[] nodes = await Task.WhenAll(Enumerable.Range(0, 3).Select(i => StartAsync(lab.Hosts[i], i, code.Path)));

        // Nobody is trusted yet, and netcheck says so.
        (await nodes[0].EvalAsync($"net_adm:ping('{nodes[1].Name}')")).ShouldBe("pang");
        Findings(await first.CliAsync(["netcheck", "--json"])).ShouldContain(static f => f.Contains("no node is trusted for it", StringComparison.Ordinal));

        (await first.CliAsync(["peers", "trust", "erlang", "node-a", "node-b", "node-c"])).ExitCode.ShouldBe(0);
        await nodes[0].UntilAsync($"net_adm:ping('{nodes[1].Name}')", "pong");
        await nodes[0].UntilAsync($"net_adm:ping('{nodes[2].Name}')", "pong");
        await nodes[1].UntilAsync("length(nodes())", "2");
        (await nodes[2].EvalAsync($"rpc:call('{nodes[1].Name}', lists, reverse, [\"drow terces\"])")).ShouldBe("\"secret word\"");
        (await first.CliAsync(["ping", "node-b", "-c", "2"])).ExitCode.ShouldBe(0);
        JsonElement[] peers = [.. (await first.JsonAsync("peers")).GetProperty("peers").EnumerateArray()];
        peers.Select(static p => p.GetProperty("state").GetString()).ShouldBe(["self", "up", "up"]);
        peers.Select(static p => p.GetProperty("peer_address").GetString()).ShouldBe(["127.77.0.1", "127.77.0.2", "127.77.0.3"]);

        WireReport wire = await capture.StopAsync();
        wire.CalledPorts.Order().ShouldBe([LabEtcd.Port, 7443, MeshLab.Port]);
        wire.NotTls(MeshLab.Port, opening: 88).ShouldBeEmpty();
        wire.NotTls(LabEtcd.Port, opening: 0).ShouldBeEmpty();
        wire.NotTls(7443, opening: 0).ShouldBeEmpty();
        wire.Has(Cookie).ShouldBeFalse();
        wire.Has("secret word").ShouldBeFalse();

        // A daemon is killed and comes back.
        Daemon second = cluster.Daemons[1];
        second.Signal(9);
        await second.WaitForEndAsync();
        await nodes[0].UntilAsync($"lists:member('{nodes[1].Name}', nodes())", "false");
        await second.StartAsync();
        Say($"together again {(await nodes[0].UntilAsync($"net_adm:ping('{nodes[1].Name}')", "pong")).TotalSeconds:0.0} s after the killed daemon was ready");

        // Trust ends: what is carried is cut, and the refusal is on record.
        (await first.CliAsync(["peers", "untrust", "erlang", "node-c"])).ExitCode.ShouldBe(0);
        Say($"cut {(await nodes[0].UntilAsync($"lists:member('{nodes[2].Name}', nodes())", "false")).TotalSeconds:0.00} s after trust was taken");
        (await nodes[2].EvalAsync($"net_adm:ping('{nodes[0].Name}')")).ShouldBe("pang");
        Findings(await cluster.Daemons[2].CliAsync(["netcheck", "--json"])).ShouldContain(static f => f.Contains("gatehouse peers trust erlang node-c", StringComparison.Ordinal));
        await UntilRecordedAsync(cluster.Daemons[2], "untrusted_peer");
    }

    private static Task<ErlangNode> StartAsync(LabHost host, int index, string code)
    {
        var own = new IPAddress([127, 77, 0, (byte)(index + 1)]);
        return ErlangNode.StartAsync(host, string.Create(CultureInfo.InvariantCulture, $"emqx{index + 1}@{own}"), own, Cookie, code, tickTime: 4);
    }

    private static string[] Findings(ShellResult netcheck) =>
    [
        .. JsonDocument.Parse(netcheck.Output).RootElement.GetProperty("findings").EnumerateArray()
            .Select(static f => f.GetProperty("text").GetString() + " / " + (f.TryGetProperty("hint", out JsonElement hint) ? hint.GetString() : "")),
    ];

    private static async Task UntilRecordedAsync(Daemon daemon, string reason)
    {
        for (int i = 0; !daemon.Trail().Any(r => r.GetRawText().Contains($"\"{reason}\"", StringComparison.Ordinal)); i++)
        {
            i.ShouldBeLessThan(100, $"no record with {reason}");
            await Task.Delay(50);
        }
    }

    private static void Say(string what) => TestContext.Current.SendDiagnosticMessage(what);
}

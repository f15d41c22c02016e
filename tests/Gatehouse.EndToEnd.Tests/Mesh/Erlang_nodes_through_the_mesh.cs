using System.Diagnostics;
using System.Globalization;
using System.Net;
using Gatehouse.EndToEnd.Tests.Running;
using Gatehouse.EndToEnd.Tests.Running.Hosts;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests.Mesh;

/// <summary>
/// Three Erlang nodes on three hosts, named and wired as EMQX's are, form their cluster through the mesh alone: nothing of them is
/// changed but name and bind address, and the wire carries TLS on one port and nothing else.
/// </summary>
public sealed class Erlang_nodes_through_the_mesh
{
    private const string Cookie = "a-cookie-that-nobody-hears";
    private const string Services = "    erlang: { kind: erlang, programs: { node-a: emqx1, node-b: emqx2, node-c: emqx3 } }\n";

    // Seconds after which a silent node counts as gone: what ships, and what a test can wait for.
    private const int UsualTick = 60;
    private const int QuickTick = 4;

    [Fact]
    public async Task They_join_and_speak_unseen()
    {
        using var code = new TemporaryFolder();
        await ErlangNode.CompileAsync(code);
        await using NetworkLab lab = await NetworkLab.StartAsync(4);
        using var mesh = new MeshLab();
        await using WireCapture capture = await WireCapture.StartAsync(lab);
        await StartMeshAsync(lab, mesh);
        ErlangNode[] nodes = await StartNodesAsync(mesh, code.Path, UsualTick);

        await JoinAsync(nodes);
        (await nodes[0].EvalAsync($"rpc:call('{nodes[2].Name}', lists, reverse, [\"drow terces\"])")).ShouldBe("\"secret word\"");
        int heard = await MeshScanner.ScanAsync(lab.Hosts[3], lab.Hosts[0].Address, MeshLab.Port);

        WireReport wire = await capture.StopAsync();
        heard.ShouldBe(0, "a scanner hears not a byte");
        wire.CalledPorts.ShouldBe([MeshLab.Port]);
        wire.Others.ShouldBeEmpty();
        wire.Has(Cookie).ShouldBeFalse();
        wire.Has("secret word").ShouldBeFalse();
        wire.Has("emqx2").ShouldBeFalse();
        Between(wire, lab.Hosts[3]).NotTls(MeshLab.Port, opening: 88).ShouldBeEmpty();
        TestContext.Current.SendDiagnosticMessage($"{wire.Frames} frames, {wire.Everything.Length} bytes on the wire");
        await BigMessageAsync(nodes[0], nodes[1]);
    }

    [Fact]
    public async Task They_find_each_other_again_after_what_can_happen()
    {
        using var code = new TemporaryFolder();
        await ErlangNode.CompileAsync(code);
        await using NetworkLab lab = await NetworkLab.StartAsync(3);
        using var mesh = new MeshLab();
        await StartMeshAsync(lab, mesh);
        ErlangNode[] nodes = await StartNodesAsync(mesh, code.Path, QuickTick);
        await JoinAsync(nodes);

        // The mesh of one host is killed.
        await mesh.Nodes[1].KillAsync();
        await nodes[0].UntilAsync($"lists:member('{nodes[1].Name}', nodes())", "false");
        await mesh.Nodes[1].StartAsync();
        Say("mesh killed and started again", await nodes[0].UntilAsync($"net_adm:ping('{nodes[1].Name}')", "pong"));

        // A node is killed.
        await nodes[2].Process.KillAsync();
        await nodes[0].UntilAsync($"lists:member('{nodes[2].Name}', nodes())", "false");
        ErlangNode again = await StartNodeAsync(mesh, 2, code.Path, QuickTick);
        Say("node killed and started again", await nodes[0].UntilAsync($"net_adm:ping('{again.Name}')", "pong"));

        // The network of a host is gone.
        await lab.Hosts[1].PartitionAsync();
        await nodes[0].UntilAsync($"lists:member('{nodes[1].Name}', nodes())", "false");
        await lab.Hosts[1].HealAsync();
        Say("partition healed", await nodes[0].UntilAsync($"net_adm:ping('{nodes[1].Name}')", "pong"));

        // Trust is taken from a host: its connections end and no new ones come.
        mesh.Trusted["erlang"] = ["node-a", "node-b"];
        var clock = Stopwatch.StartNew();
        await mesh.ShareAsync();
        await nodes[0].UntilAsync($"lists:member('{again.Name}', nodes())", "false");
        Say("cut after trust was taken", clock.Elapsed);
        (await nodes[0].EvalAsync($"net_adm:ping('{again.Name}')")).ShouldBe("pang");
        (await again.EvalAsync($"net_adm:ping('{nodes[1].Name}')")).ShouldBe("pang");
        (await nodes[0].EvalAsync($"net_adm:ping('{nodes[1].Name}')")).ShouldBe("pong");
    }

    private static async Task StartMeshAsync(NetworkLab lab, MeshLab mesh)
    {
        foreach (LabHost host in lab.Hosts.Take(3))
        {
            mesh.Add(host, static _ => Services);
        }

        mesh.Trusted["erlang"] = ["node-a", "node-b", "node-c"];
        await mesh.ShareAsync();
        await Task.WhenAll(mesh.Nodes.Select(static n => n.StartAsync()));
    }

    private static Task<ErlangNode[]> StartNodesAsync(MeshLab mesh, string code, int tick) =>
        Task.WhenAll(Enumerable.Range(0, 3).Select(i => StartNodeAsync(mesh, i, code, tick)));

    private static Task<ErlangNode> StartNodeAsync(MeshLab mesh, int index, string code, int tick)
    {
        IPAddress own = mesh.Nodes[index].PeerAddress;
        return ErlangNode.StartAsync(mesh.Nodes[index].Host, string.Create(CultureInfo.InvariantCulture, $"emqx{index + 1}@{own}"), own, Cookie, code, tick);
    }

    private static async Task JoinAsync(ErlangNode[] nodes)
    {
        foreach (ErlangNode other in nodes[1..])
        {
            await nodes[0].UntilAsync($"net_adm:ping('{other.Name}')", "pong");
        }

        // Erlang links the others by itself.
        foreach (ErlangNode node in nodes)
        {
            await node.UntilAsync("length(nodes())", "2");
        }
    }

    private static async Task BigMessageAsync(ErlangNode from, ErlangNode to)
    {
        const int MiB = 1024;
        await from.EvalAsync($"persistent_term:put(big, binary:copy(crypto:strong_rand_bytes(1048576), {MiB}))", 60);
        var clock = Stopwatch.StartNew();
        string there = await from.EvalAsync($"rpc:call('{to.Name}', crypto, hash, [sha256, persistent_term:get(big)])", 120);
        TimeSpan took = clock.Elapsed;
        there.ShouldStartWith("<<");
        there.ShouldBe(await from.EvalAsync("crypto:hash(sha256, persistent_term:get(big))", 60));
        TestContext.Current.SendDiagnosticMessage($"one message of {MiB} MiB in {took.TotalSeconds:0.0} s, hash the same");
    }

    private static WireReport Between(WireReport wire, LabHost without) =>
        wire with { Streams = [.. wire.Streams.Where(s => !s.From.Address.Equals(without.Address) && !s.To.Address.Equals(without.Address))] };

    private static void Say(string what, TimeSpan took) =>
        TestContext.Current.SendDiagnosticMessage(string.Create(CultureInfo.InvariantCulture, $"{what}: together again after {took.TotalSeconds:0.00} s"));
}

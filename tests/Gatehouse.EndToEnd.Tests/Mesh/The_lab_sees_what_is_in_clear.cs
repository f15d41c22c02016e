using System.Net;
using Gatehouse.EndToEnd.Tests.Running;
using Gatehouse.EndToEnd.Tests.Running.Hosts;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests.Mesh;

/// <summary>
/// The counter-proof of the lab: with plain forwarders in the mesh's place the same nodes join, and the capture shows their words.
/// </summary>
public sealed class The_lab_sees_what_is_in_clear
{
    [Fact]
    public async Task Plain_forwarders_are_seen_and_a_partition_parts()
    {
        using var folder = new TemporaryFolder();
        string code = await ErlangNode.CompileAsync(folder);
        await using NetworkLab lab = await NetworkLab.StartAsync(2);
        (LabHost a, LabHost b) = (lab.Hosts[0], lab.Hosts[1]);
        await using WireCapture capture = await WireCapture.StartAsync(lab);
        ForwardPlainly(a, peer: b, IPAddress.Parse("127.77.0.2"), 4372);
        ForwardPlainly(b, peer: a, IPAddress.Parse("127.77.0.1"), 4371);
        await using ErlangNode one = await ErlangNode.StartAsync(a, "emqx1@127.77.0.1", IPAddress.Parse("127.77.0.1"), "a-cookie-of-the-lab", code, tickTime: 4);
        await using ErlangNode two = await ErlangNode.StartAsync(b, "emqx2@127.77.0.2", IPAddress.Parse("127.77.0.2"), "a-cookie-of-the-lab", code, tickTime: 4);

        (await one.EvalAsync("net_adm:ping('emqx2@127.77.0.2')")).ShouldBe("pong");
        (await one.EvalAsync("rpc:call('emqx2@127.77.0.2', lists, reverse, [\"in clear for everybody\"])")).ShouldBe("\"ydobyreve rof raelc ni\"");

        WireReport wire = await capture.StopAsync();
        wire.Has("in clear for everybody").ShouldBeTrue();
        wire.CalledPorts.ShouldBe([14372]);
        wire.NotTls(14372, 0).ShouldNotBeEmpty();
        wire.Streams.ShouldAllBe(static s => s.IsWhole);

        await b.PartitionAsync();
        (await one.UntilAsync("rpc:call('emqx2@127.77.0.2', erlang, node, [], 1000)", "{badrpc,nodedown}")).ShouldBeLessThan(TimeSpan.FromSeconds(20));
        await b.HealAsync();
        TimeSpan healed = await one.UntilAsync("net_adm:ping('emqx2@127.77.0.2')", "pong");
        TestContext.Current.SendDiagnosticMessage($"rejoined {healed.TotalSeconds:0.0} s after the partition healed");
    }

    // The peer's address on this host, over the network at a port of its own, to the peer's program.
    private static void ForwardPlainly(LabHost host, LabHost peer, IPAddress address, int port)
    {
        host.Start("socat", [$"TCP-LISTEN:{port},bind={address},fork,reuseaddr", $"TCP:{peer.Address}:{port + 10_000},connect-timeout=2"]);
        peer.Start("socat", [$"TCP-LISTEN:{port + 10_000},bind={peer.Address},fork,reuseaddr", $"TCP:{address}:{port}"]);
    }
}

using System.Globalization;
using System.Text.Json;
using Gatehouse.EndToEnd.Tests.Running;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests.Mesh;

/// <summary>A revoked node loses every connection on every other node within a second, whatever its own daemon does.</summary>
[Collection(nameof(FiveNodes))]
public sealed class Revocation_reaches_every_node(FiveNodes nodes)
{
    [Fact]
    public async Task Within_a_second_of_the_decision_all_its_connections_are_cut()
    {
        NodeRevocation revocation = await nodes.RevokeLastAsync();
        TimeSpan last = revocation.Cuts.Max();
        string times = string.Create(
            CultureInfo.InvariantCulture,
            $"{revocation.Cuts.Count} connections on 4 nodes; first cut {revocation.Cuts.Min().TotalMilliseconds:0} ms, last cut {last.TotalMilliseconds:0} ms after the command's start, {(last - revocation.Decided).TotalMilliseconds:0} ms after the node that was asked began to write the change, {(last - revocation.Answered).TotalMilliseconds:0} ms after the command's end (start-up {revocation.Decided.TotalMilliseconds:0} ms, whole command {revocation.Answered.TotalMilliseconds:0} ms)");
        TestContext.Current.SendDiagnosticMessage(times);
        TestContext.Current.TestOutputHelper?.WriteLine(times);

        revocation.Cuts.Count.ShouldBe(revocation.Expected);
        revocation.Cuts.ShouldAllBe(cut => cut > revocation.Decided, "none ended by itself");
        (last - revocation.Decided).ShouldBeLessThan(TimeSpan.FromSeconds(1), times);
        foreach (Daemon daemon in nodes.Cluster.Daemons.Take(4))
        {
            await UntilCutAsync(daemon, revocation.Expected / 4);
        }

        // It comes back to life, and neither calls nor is called.
        (await FiveNodes.HearAsync(nodes.Lab.Hosts[4], 0, FiveNodes.SharedPort, seconds: 2)).ShouldBe("");
        (await FiveNodes.HearAsync(nodes.Lab.Hosts[0], 4, FiveNodes.SharedPort, seconds: 2)).ShouldBe("");
        (await FiveNodes.HearAsync(nodes.Lab.Hosts[1], 0, FiveNodes.SharedPort)).ShouldBe(FiveNodes.Words, "the others go on");
    }

    private static async Task UntilCutAsync(Daemon daemon, int atLeast)
    {
        int count = 0;
        for (int i = 0; i < 100 && (count = daemon.Trail().Count(IsCut)) < atLeast; i++)
        {
            await Task.Delay(50);
        }

        count.ShouldBeGreaterThanOrEqualTo(atLeast);
    }

    private static bool IsCut(JsonElement record) =>
        record.GetProperty("event.action").GetString() == "connection_cut"
        && record.GetProperty("gatehouse.gate").GetString() == "mesh"
        && record.GetProperty("gatehouse.reason").GetString() == "key_revoked";
}

using System.Net;
using System.Text.Json;
using Gatehouse.EndToEnd.Tests.Running;
using Gatehouse.EndToEnd.Tests.Running.Hosts;
using Gatehouse.Protocols.Mesh;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests.Mesh;

/// <summary>
/// Hosts that lack one thing each, against the mesh port of a real daemon: no byte of a service passes in either direction, and
/// the node that refused has a record of each attempt.
/// </summary>
[Collection(nameof(FiveNodes))]
public sealed class Who_gets_nowhere(FiveNodes nodes)
{
    private Daemon First => nodes.Cluster.Daemons[0];

    [Fact]
    public async Task A_host_without_the_secret_hears_not_one_byte()
    {
        using CopiedTrust member = await CopiedTrust.OfAsync(nodes.Cluster.Daemons[1]);
        using CopiedTrust foreign = await CopiedTrust.OfAnotherClusterAsync("node-b");
        await NowhereAsync(nodes.Stranger.Address, "authentication_failed", "wrong_secret", "GH5700", async () =>
        {
            // All that is no secret is known: the cluster's id and the node's name.
            using MeshIntruder intruder = await MeshIntruder.ConnectAsync(nodes.Stranger, nodes.Lab.Hosts[0]);
            await intruder.HelloAsync(foreign, member.ClusterId, "node-a");
            (await intruder.HeardAsync(1)).ShouldBe(0);
        });
    }

    [Fact]
    public async Task A_scanner_hears_not_one_byte()
    {
        int calls = Calls();
        (await MeshScanner.ScanAsync(nodes.Stranger, nodes.Lab.Hosts[0].Address, MeshLab.Port, seconds: 1)).ShouldBe(0);
        await UntilAsync(() => Count(First, nodes.Stranger.Address, "anonymous_access_denied", "not_mesh", "GH5700") >= 1, "no record of the scanner");
        Calls().ShouldBe(calls);
    }

    [Fact]
    public async Task A_host_with_the_secret_and_no_certificate_gets_no_further_than_TLS()
    {
        using CopiedTrust member = await CopiedTrust.OfAsync(nodes.Cluster.Daemons[1]);
        await NowhereAsync(nodes.Stranger.Address, "tls_failed", "certificate_missing", "GH5704", async () =>
        {
            using MeshIntruder intruder = await MeshIntruder.ConnectAsync(nodes.Stranger, nodes.Lab.Hosts[0]);
            await intruder.HelloAsync(member, member.ClusterId, "node-a");
            (await intruder.EnterAsync(null, isBold: true)).ShouldBeFalse();
        });
    }

    [Fact]
    public async Task Another_clusters_certificate_is_nobodys()
    {
        using CopiedTrust member = await CopiedTrust.OfAsync(nodes.Cluster.Daemons[1]);
        using CopiedTrust foreign = await CopiedTrust.OfAnotherClusterAsync("node-b");
        await NowhereAsync(nodes.Stranger.Address, "tls_failed", "certificate_refused", "GH5704", async () =>
        {
            using MeshIntruder intruder = await MeshIntruder.ConnectAsync(nodes.Stranger, nodes.Lab.Hosts[0]);
            await intruder.HelloAsync(member, member.ClusterId, "node-a");
            (await intruder.EnterAsync(foreign.Certificate, isBold: true)).ShouldBeFalse();
        });
    }

    [Fact]
    public async Task A_revoked_certificate_is_refused_with_everything_else_in_order()
    {
        NodeRevocation revocation = await nodes.RevokeLastAsync();
        await NowhereAsync(nodes.Stranger.Address, "authentication_failed", "key_revoked", "GH5705", async () =>
        {
            using MeshIntruder intruder = await MeshIntruder.ConnectAsync(nodes.Stranger, nodes.Lab.Hosts[0]);
            await intruder.HelloAsync(revocation.Copied, revocation.Copied.ClusterId, "node-a");
            (await intruder.EnterAsync(revocation.Copied.Certificate, isBold: true)).ShouldBeFalse();
        });
    }

    [Fact]
    public async Task A_member_that_is_not_trusted_for_the_service_gets_a_status()
    {
        // The counter-proof: who is trusted hears the service.
        (await FiveNodes.HearAsync(nodes.Lab.Hosts[1], 0, FiveNodes.LedgerPort)).ShouldBe(FiveNodes.Words);

        LabHost host = nodes.Lab.Hosts[2];
        await NowhereAsync(host.Address, "access_denied", "untrusted_peer", "GH5706", async () =>
            (await FiveNodes.HearAsync(host, 0, FiveNodes.LedgerPort)).ShouldBe(""));

        // A daemon that somebody has changed asks all the same, and goes on talking.
        using CopiedTrust member = await CopiedTrust.OfAsync(nodes.Cluster.Daemons[2]);
        await NowhereAsync(host.Address, "access_denied", "untrusted_peer", "GH5706", async () =>
        {
            using MeshIntruder intruder = await MeshIntruder.ConnectAsync(host, nodes.Lab.Hosts[0]);
            await intruder.HelloAsync(member, member.ClusterId, "node-a");
            (await intruder.EnterAsync(member.Certificate, isBold: false)).ShouldBeTrue();
            (await intruder.OpenAsync(FiveNodes.Ledger)).ShouldBe(MeshStatus.Untrusted);
            (await intruder.InsistAsync()).ShouldBeNull();
        });

        // Towards a peer that is not trusted the own node refuses.
        Daemon own = nodes.Cluster.Daemons[2];
        int before = Count(own, null, "access_denied", "untrusted_peer", "GH5706");
        (await FiveNodes.HearAsync(host, 3, FiveNodes.LedgerPort)).ShouldBe("");
        await UntilAsync(() => Count(own, null, "access_denied", "untrusted_peer", "GH5706") == before + 1, "no record on the own node");
    }

    // One attempt, one record of this form from this address on the first node, and nobody at its programs.
    private async Task NowhereAsync(IPAddress from, string action, string reason, string problem, Func<Task> attempt)
    {
        int calls = Calls();
        int before = Count(First, from, action, reason, problem);
        await attempt();
        await UntilAsync(() => Count(First, from, action, reason, problem) > before, $"no record {action} {reason} {problem} from {from}");
        Count(First, from, action, reason, problem).ShouldBe(before + 1);
        Calls().ShouldBe(calls);
    }

    private int Calls() => nodes.FirstPrograms.Sum(static p => p.Calls.Count);

    private static int Count(Daemon daemon, IPAddress? from, string action, string reason, string problem) => daemon.Trail().Count(record =>
        Text(record, "event.action") == action
        && Text(record, "event.outcome") == "failure"
        && Text(record, "gatehouse.gate") == "mesh"
        && Text(record, "gatehouse.reason") == reason
        && Text(record, "error.code") == problem
        && (from is null || Text(record, "source.ip") == from.ToString()));

    private static string? Text(JsonElement record, string name) => record.TryGetProperty(name, out JsonElement value) ? value.GetString() : null;

    private static async Task UntilAsync(Func<bool> isThere, string otherwise)
    {
        for (int i = 0; !isThere(); i++)
        {
            i.ShouldBeLessThan(100, otherwise);
            await Task.Delay(50);
        }
    }
}

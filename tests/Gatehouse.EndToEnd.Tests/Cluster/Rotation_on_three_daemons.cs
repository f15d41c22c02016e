using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Gatehouse.EndToEnd.Tests.Running;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests.Cluster;

/// <summary>CA, secret and data key of three daemons with their state in etcd, by the commands, back and forth, while gates and mesh answer.</summary>
[Collection(nameof(OldCluster))]
public sealed class Rotation_on_three_daemons(OldCluster cluster)
{
    private IReadOnlyList<Daemon> Daemons => cluster.Cluster.Daemons;

    [Fact(Explicit = true)]
    public async Task Steps_from_every_node_and_back_and_all_of_each_kind_and_nothing_fails()
    {
        // A certificate of the CA that goes would keep it, rightly.
        await Daemons[2].CliAsync(["cert", "revoke", "--user", OldCluster.Carl]);
        await using ClusterLoad load = await ClusterLoad.StartAsync(cluster);
        var clock = Stopwatch.StartNew();

        string ca = await InUseAsync(0, "ca");
        string before = await File.ReadAllTextAsync(Daemons[1].CaFile, TestContext.Current.CancellationToken);
        await StepAsync(0, "ca", "prepare");
        (await Daemons[1].CliAsync(["secret", "rotate", "--step"])).Error.ShouldContain("GH3300");
        await StepAsync(1, "ca", "distribute");
        await StepAsync(2, "ca", "activate");
        await cluster.Cluster.UntilAsync(0, ["ca", "status"], static status => Next(status) == "retire");
        (await InUseAsync(1, "ca")).ShouldNotBe(ca);
        await BackAsync(1, "ca", ca);
        (await File.ReadAllTextAsync(Daemons[1].CaFile, TestContext.Current.CancellationToken)).ShouldBe(before, "as if nothing had been");
        await AllAsync(0, "ca");

        string secret = await InUseAsync(2, "secret");
        await StepAsync(2, "secret", "prepare");
        await StepAsync(1, "secret", "distribute");
        await BackAsync(0, "secret", secret);
        await AllAsync(2, "secret");

        string dataKey = await InUseAsync(0, "data-key");
        await StepAsync(0, "data-key", "prepare");
        await StepAsync(2, "data-key", "distribute");
        await StepAsync(1, "data-key", "activate");
        await BackAsync(2, "data-key", dataKey);
        await AllAsync(0, "data-key");

        TimeSpan took = clock.Elapsed;
        OldCluster.Say(string.Create(CultureInfo.InvariantCulture, $"three rotations back and three forth in {OldCluster.Seconds(took)}: {load.Requests} requests, {load.Connections} connections, {load.Standing} stand"));
        load.Failures.ShouldBeEmpty();
        load.Standing.ShouldBe(OldCluster.Nodes * (OldCluster.Nodes - 1));
        load.Requests.ShouldBeGreaterThan(20);
        load.Connections.ShouldBeGreaterThan(40);

        // Each node has the same, and opens with it what is written from now on.
        foreach (string kind in (string[])["ca", "secret", "data-key"])
        {
            (await Task.WhenAll(Enumerable.Range(0, OldCluster.Nodes).Select(node => InUseAsync(node, kind)))).Distinct().Count().ShouldBe(1, kind);
        }

        long generation = (await Daemons[1].JsonAsync("user", "set", OldCluster.Carl, "--full-name", "After all rotations")).GetProperty("generation").GetInt64();
        await cluster.Cluster.UntilAsync(2, ["status"], status => status.GetProperty("generation").GetInt64() >= generation);
    }

    /// <summary>The step is made on one node as soon as it sees that it may be.</summary>
    private async Task StepAsync(int node, string kind, string step)
    {
        if (step != "prepare")
        {
            await cluster.Cluster.UntilAsync(node, [kind, "status"], status => Next(status) == step);
        }

        (await Daemons[node].JsonAsync(kind, "rotate", "--step")).GetProperty("step").GetString().ShouldBe(step);
    }

    private async Task BackAsync(int node, string kind, string before)
    {
        await cluster.Cluster.UntilAsync(node, [kind, "status"], static status => status.TryGetProperty("step", out _));
        OldCluster.Fine(await Daemons[node].CliAsync([kind, "rotate", "--rollback"]));
        for (int i = 0; i < OldCluster.Nodes; i++)
        {
            await cluster.Cluster.UntilAsync(i, [kind, "status"], static status => !status.TryGetProperty("step", out _));
            (await InUseAsync(i, kind)).ShouldBe(before);
        }
    }

    private async Task AllAsync(int node, string kind)
    {
        string before = await InUseAsync(node, kind);
        ShellResult all = await Daemons[node].CliAsync([kind, "rotate", "--all"], seconds: 120);
        OldCluster.Fine(all);
        all.Output.ShouldContain("retire: ");
        for (int i = 0; i < OldCluster.Nodes; i++)
        {
            await cluster.Cluster.UntilAsync(i, [kind, "status"], status => !status.TryGetProperty("step", out _) && IdInUse(status) != before);
        }
    }

    private async Task<string> InUseAsync(int node, string kind) => IdInUse(await Daemons[node].JsonAsync(kind, "status"));

    private static string IdInUse(JsonElement status) =>
        status.GetProperty("material").EnumerateArray().Single(static m => m.GetProperty("phase").GetString() == "active").GetProperty("id").GetString()!;

    private static string? Next(JsonElement status) => status.TryGetProperty("next", out JsonElement next) ? next.GetString() : null;
}

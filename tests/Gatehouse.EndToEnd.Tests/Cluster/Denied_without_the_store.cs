using System.Diagnostics;
using System.Net;
using System.Text.Json;
using Gatehouse.EndToEnd.Tests.Running;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests.Cluster;

/// <summary><c>gatehouse revoke --local</c> while nobody reaches etcd.</summary>
[Collection(nameof(OldCluster))]
public sealed class Denied_without_the_store(OldCluster cluster)
{
    private const string Who = "native/" + OldCluster.Anna;
    private const string TakenOver = "1 denials made without the store taken over";

    private IReadOnlyList<Daemon> Daemons => cluster.Cluster.Daemons;

    [Fact(Explicit = true)]
    public async Task At_once_on_every_node_over_a_restart_and_in_the_state_when_the_store_is_back()
    {
        Task<long> cutHere = await FollowFeedAsync(1);
        Task<long> cutThere = await FollowFeedAsync(0);
        int before = await TakenOverAsync();
        await cluster.Store.PartitionAsync();
        try
        {
            // Every node has found it away, and tries again all the time.
            for (int i = 0; i < OldCluster.Nodes; i++)
            {
                await cluster.Cluster.UntilAsync(i, ["status"], static status => OldCluster.Has(status, "GH2080"));
            }

            (await cluster.AskAsync(1, OldCluster.Anna)).ShouldBe(HttpStatusCode.OK, "it goes on deciding");
            (await Daemons[1].CliAsync(["revoke", "user", Who])).Error.ShouldContain("GH2083");
            OldCluster.Fine(await Daemons[1].CliAsync(["revoke", "user", Who, "--local", "--reason", "laptop stolen"]));
            long answered = Stopwatch.GetTimestamp();
            TimeSpan ownCut = Stopwatch.GetElapsedTime(answered, await cutHere.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken));
            TimeSpan otherCut = Stopwatch.GetElapsedTime(answered, await cutThere.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken));
            TimeSpan call = await DurationOfDenialAsync();
            OldCluster.Say($"node-b denied within {OldCluster.Seconds(call)}; cut here {OldCluster.Seconds(ownCut)}, at a peer {OldCluster.Seconds(otherCut)} after the answer");
            call.ShouldBeLessThan(TimeSpan.FromSeconds(2), "it waits for no store, which all that reads and writes does now");
            ownCut.ShouldBeLessThan(TimeSpan.FromSeconds(1));
            otherCut.ShouldBeLessThan(TimeSpan.FromSeconds(4));
            await EachRefusesAsync(isLocal: true);

            // A restart forgets nothing.
            var clock = Stopwatch.StartNew();
            (await Daemons[1].StopAsync()).ShouldBe(0);
            TimeSpan stopped = clock.Elapsed;
            await Daemons[1].StartAsync();
            OldCluster.Say($"without the store: stopped in {OldCluster.Seconds(stopped)}, started in {OldCluster.Seconds(clock.Elapsed - stopped)}");
            await EachRefusesAsync(isLocal: true);
            (await Daemons[1].CliAsync(["user", "set", OldCluster.Carl, "--full-name", "x"])).Error.ShouldContain("GH2083");
        }
        finally
        {
            await cluster.Store.HealAsync();
        }

        await EachRefusesAsync(isLocal: false);
        (await TakenOverAsync()).ShouldBe(before + 1, "one generation, whoever was first");
        await cluster.EveryoneCarriesAsync();

        // Taken back once, it is back nowhere.
        OldCluster.Fine(await Daemons[2].CliAsync(["revoke", "user", Who, "--lift"]));
        for (int i = 0; i < OldCluster.Nodes; i++)
        {
            await cluster.Cluster.UntilAsync(i, ["revoke", "list"], static list => list.GetProperty("denials").GetArrayLength() == 0);
            (await cluster.AskAsync(i, OldCluster.Anna)).ShouldBe(HttpStatusCode.OK);
        }

        (await TakenOverAsync()).ShouldBe(before + 1);
    }

    /// <summary>How long the daemon itself worked on the command, as its trail has it.</summary>
    private async Task<TimeSpan> DurationOfDenialAsync()
    {
        for (int i = 0; ; i++)
        {
            JsonElement found = Daemons[1].Trail().LastOrDefault(static record => record.TryGetProperty("url.path", out JsonElement path) && path.GetString() == "/v1/denials"
                && record.GetProperty("http.request.method").GetString() == "POST" && record.GetProperty("event.outcome").GetString() == "success");
            if (found.ValueKind == JsonValueKind.Object)
            {
                return TimeSpan.FromMicroseconds(found.GetProperty("event.duration").GetInt64() / 1000);
            }

            i.ShouldBeLessThan(100, "no record of the command");
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>Each node denies her and nobody else, and says whether the cluster state has it.</summary>
    private async Task EachRefusesAsync(bool isLocal)
    {
        for (int i = 0; i < OldCluster.Nodes; i++)
        {
            JsonElement list = await cluster.Cluster.UntilAsync(i, ["revoke", "list"], list => IsOne(list, isLocal));
            JsonElement denial = list.GetProperty("denials")[0];
            denial.GetProperty("name").GetString().ShouldBe(Who);
            denial.GetProperty("node").GetString().ShouldBe("node-b");
            denial.GetProperty("reason").GetString().ShouldBe("laptop stolen");
            (await cluster.AskAsync(i, OldCluster.Anna)).ShouldBe(HttpStatusCode.Unauthorized, $"node {i}");
            (await cluster.AskAsync(i, OldCluster.Carl)).ShouldBe(HttpStatusCode.OK, $"node {i}");
        }
    }

    private static bool IsOne(JsonElement list, bool isLocal) =>
        list.GetProperty("denials").GetArrayLength() == 1 && list.GetProperty("denials")[0].GetProperty("is_local").GetBoolean() == isLocal;

    private async Task<int> TakenOverAsync() => (await Daemons[0].JsonAsync("policy", "history", "--limit", "100")).GetProperty("generations").EnumerateArray()
        .Count(static one => one.GetProperty("summary").GetString() == TakenOver);

    /// <summary>A request of hers that goes on.</summary>
    // Gives, once the feed is open, the time at which it is cut.
    private async Task<Task<long>> FollowFeedAsync(int node)
    {
        HttpClient client = cluster.Cluster.Client(node, OldCluster.Feed, OldCluster.Anna, OldCluster.Password);
        HttpResponseMessage answer = await client.GetAsync("/", HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        Stream stream = await answer.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken);
        byte[] news = new byte[4];
        await stream.ReadExactlyAsync(news, TestContext.Current.CancellationToken);
        return EndOfAsync(stream);
    }

    private static async Task<long> EndOfAsync(Stream stream)
    {
        await using Stream feed = stream;
        try
        {
            byte[] rest = new byte[64];
            while (await feed.ReadAsync(rest) > 0)
            {
                // It goes on.
            }
        }
        catch (Exception cut) when (cut is IOException or HttpRequestException)
        {
            return Stopwatch.GetTimestamp();
        }

        throw new InvalidOperationException("the answer ended as if it were complete");
    }
}

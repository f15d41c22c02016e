using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using Gatehouse.EndToEnd.Tests.Running;
using Gatehouse.Testing.Elasticsearch;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests.Elasticsearch;

/// <summary>Every API of the three official clients, sent through the live gate without a body.</summary>
[Collection(nameof(GuardedClusters))]
public sealed class Every_call_of_the_clients(GuardedClusters guarded)
{
    // Last words of paths that are posted to and change nothing that others see.
    private static readonly string[] PostedReads =
    [
        "_search", "_msearch", "_count", "_pit", "point_in_time", "_async_search", "_field_caps", "_mget", "_mtermvectors", "_termvectors", "_search_shards", "_validate", "_explain", "_rank_eval", "_knn_search",
        "_terms_enum", "_sql", "_query", "_eql", "template", "_mvt", "_ppl", "_fleet_search", "_fleet_msearch", "_graph", "_disk_usage", "_text_structure", "_profiling", "_render_query", "scroll",
        "_evaluate", "_estimate_model_memory", "_infer", "_asynchronous_search", "translate", "close", "_semantic_search", "allocation", "_inference",
    ];

    // They mean every index, the restricted ones too, in a form that has no list to narrow; nobody built in may manage those.
    private static readonly string[] Everything = ["PUT /_settings", "PUT /_alias/x", "POST /_alias"];

    private static readonly string[] SecurityPaths = ["/_security", "/_plugins/_security", "/_opendistro/_security"];

    [Fact]
    public async Task Reaches_the_cluster_or_is_answered_by_the_gate_when_the_superuser_calls()
    {
        guarded.Fill();
        guarded.OpenSearch.Requests.Clear();
        (Call Call, HttpStatusCode Status, string Body)[] answers = await WalkAsync("super");

        answers.Length.ShouldBeGreaterThan(1800);
        HashSet<string> seen = [.. guarded.Cluster.Requests.All.Concat(guarded.OpenSearch.Requests.All).Select(static r => r.Header("X-Opaque-Id") ?? "")];
        List<string> wrong = [];
        foreach ((Call call, HttpStatusCode status, string body) in answers)
        {
            // Without a body many lack what they are about; that is 400. Deleting by a wildcard is what nobody may.
            bool isOwn = body.Contains("\"gatehouse.id\"", StringComparison.Ordinal);
            bool isUnderstood = !isOwn || (status is HttpStatusCode.BadRequest or HttpStatusCode.NotFound && !body.Contains("unknown_p", StringComparison.Ordinal) && !body.Contains("method_not", StringComparison.Ordinal));
            isUnderstood |= status == HttpStatusCode.Forbidden && Everything.Contains($"{call.Method} {call.Target}");
            if (!isUnderstood || (!isOwn && !seen.Contains(call.Id) && !IsSecurity(call.Target)))
            {
                wrong.Add($"{call.Method} {call.Target} ({call.Client}) -> {(int)status} {body}");
            }
        }

        wrong.ShouldBeEmpty();
    }

    [Fact]
    public async Task Writes_nothing_when_somebody_calls_who_only_reads()
    {
        guarded.Fill();
        guarded.OpenSearch.Requests.Clear();
        Dictionary<string, string> before = Contents();
        (Call Call, HttpStatusCode Status, string Body)[] answers = await WalkAsync("looker");

        RecordedRequest[] passed = [.. guarded.Cluster.Requests.All, .. guarded.OpenSearch.Requests.All];
        passed.Length.ShouldBeGreaterThan(200);
        passed.Where(static r => r.Method is not ("GET" or "HEAD") && !PostedReads.Any(w => r.Target.Split('?')[0].Split('/').Contains(w)))
            .Select(static r => $"{r.Method} {r.Target}").Distinct().ShouldBeEmpty();
        passed.Where(static r => r.Method is "PUT" or "DELETE" && !r.Target.Contains("_pit") && !r.Target.Contains("scroll") && !r.Target.Contains("point_in_time"))
            .Select(static r => $"{r.Method} {r.Target}").ShouldBeEmpty();
        Contents().ShouldBe(before);
        answers.Where(static a => a.Body.Contains("cluster:all", StringComparison.Ordinal)).Select(static a => $"{a.Call.Method} {a.Call.Target}").ShouldBeEmpty();
        answers.Where(static a => (int)a.Status >= 500).Select(static a => $"{a.Call.Method} {a.Call.Target} {a.Body}").ShouldBeEmpty();
    }

    private static bool IsSecurity(string target) => SecurityPaths.Any(p => target.StartsWith(p, StringComparison.Ordinal));

    private Dictionary<string, string> Contents() => guarded.Cluster.Indices.Names.Order(StringComparer.Ordinal)
        .ToDictionary(static n => n, n => string.Join('|', guarded.Cluster.Indices.Documents(n).OrderBy(static d => d.Key, StringComparer.Ordinal).Select(static d => $"{d.Key}={d.Value}")));

    private async Task<(Call Call, HttpStatusCode Status, string Body)[]> WalkAsync(string user)
    {
        ShellResult calls = await Shell.RunAsync("node", ["walk.mjs"], directory: await GuardedClusters.ClientsAsync());
        calls.ExitCode.ShouldBe(0, calls.ToString());
        Call[] requests = [.. calls.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Read)];
        using HttpClient elasticsearch = guarded.Client(user);
        using HttpClient openSearch = guarded.Client(user, isOpenSearch: true);
        var answers = new ConcurrentBag<(Call, HttpStatusCode, string)>();
        await Parallel.ForEachAsync(requests, new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = TestContext.Current.CancellationToken }, async (call, _) =>
        {
            HttpClient client = call.Client.StartsWith("opensearch", StringComparison.Ordinal) ? openSearch : elasticsearch;
            (HttpStatusCode status, string body) = await GuardedClusters.SendAsync(client, call.Method, call.Target, id: call.Id);
            answers.Add((call, status, body));
        });
        return [.. answers];
    }

    private static Call Read(string line, int number)
    {
        JsonElement call = JsonDocument.Parse(line).RootElement;
        return new Call(call.GetProperty("method").GetString()!, call.GetProperty("target").GetString()!, call.GetProperty("client").GetString()!, $"call-{number}");
    }

    private sealed record Call(string Method, string Target, string Client, string Id);
}

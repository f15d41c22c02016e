using System.Text.Json;
using Gatehouse.EndToEnd.Tests.Running;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests.Cli;

/// <summary><c>gatehouse classify</c>, fed by hand and by every call that the official Elasticsearch and OpenSearch clients can make.</summary>
public sealed class Classify_requests
{
    private static readonly string[] Reading = ["index:read", "index:view_index_metadata", "index:monitor", "index:read_view_metadata", "cluster:monitor"];

    // What is posted and still changes nothing that others see: searches, estimates, models asked, one's own password.
    private static readonly string[] PostedReads =
    [
        "asyncSearch.submit", "asynchronousSearch.search", "createPit", "openPointInTime", "inference.", "ml.estimateModelMemory", "ml.evaluateDataFrame",
        "ml.inferTrainedModel", "ml.validate", "profiling.", "searchApplication.renderQuery", "security.changePassword", "security.postDashboardsInfo",
        "sql.postStats", "textStructure.",
    ];

    [Fact]
    public async Task No_call_of_the_official_clients_is_unknown_and_none_that_writes_is_a_read()
    {
        string folder = Path.Combine(Repository.Root, "tests/clients/elasticsearch");
        ShellResult install = await Shell.BashAsync("[ -d node_modules ] || npm ci --no-audit --no-fund", directory: folder, seconds: 180);
        install.ExitCode.ShouldBe(0, install.ToString());
        ShellResult calls = await Shell.RunAsync("node", ["walk.mjs"], directory: folder);
        calls.ExitCode.ShouldBe(0, calls.ToString());
        JsonElement[] requests = [.. calls.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static l => JsonSerializer.Deserialize<JsonElement>(l))];
        requests.Length.ShouldBeGreaterThan(1800);
        ShellResult classified = await Shell.RunAsync(Repository.Launcher, ["classify", "elasticsearch", "--batch"], calls.Output);
        JsonElement[] answers = [.. classified.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static l => JsonSerializer.Deserialize<JsonElement>(l))];
        answers.Length.ShouldBe(requests.Length, classified.Error);
        List<string> wrong = [];
        foreach ((JsonElement request, JsonElement answer) in requests.Zip(answers))
        {
            string api = request.GetProperty("api").GetString()!;
            string method = request.GetProperty("method").GetString()!;
            string[] actions = [.. answer.GetProperty("operations").EnumerateArray().Select(static o => o.GetProperty("action").GetString()!)];
            string reason = answer.GetProperty("problem") is { ValueKind: JsonValueKind.Object } problem ? problem.GetProperty("reason").GetString()! : "";
            bool isUnknown = actions.Contains("cluster:all") || reason is "unknown_path" or "method_not_allowed" or "unknown_parameter";
            bool isRead = answer.GetProperty("outcome").GetString() is "operations" or "authenticated" && actions.All(IsReading);
            bool mayBeRead = method is "GET" or "HEAD" || PostedReads.Any(known => api.StartsWith(known, StringComparison.Ordinal));
            if (isUnknown || (isRead && !mayBeRead))
            {
                wrong.Add($"{request.GetRawText()} {answer.GetRawText()}");
            }
        }

        wrong.ShouldBeEmpty();
    }

    [Fact]
    public async Task Every_http_system_is_classified_and_a_refusal_is_an_exit_code()
    {
        using var folder = new TemporaryFolder();
        ShellResult search = await RunAsync(folder, ["elasticsearch", "POST", "/logs/_search", "--header", "Content-Type: application/json", "--body-file", "-", "--json"], """{"query":{"terms":{"u":{"index":"payroll","id":"1","path":"x"}}}}""");
        search.ExitCode.ShouldBe(0, search.ToString());
        search.Output.Trim().ShouldBe("""{"outcome":"operations","operations":[{"action":"index:read","resources":["logs","payroll"]}],"problem":null}""");
        ShellResult shown = await RunAsync(folder, ["opensearch", "GET", "/_search"]);
        shown.Output.ShouldContain("index:read");
        ShellResult refused = await RunAsync(folder, ["elasticsearch", "GET", "//_search", "--json"]);
        refused.ExitCode.ShouldBe(1);
        refused.Output.ShouldContain("\"outcome\":\"refused\"");
        refused.Output.ShouldContain("GH7010");
        ShellResult http = await RunAsync(folder, ["http", "GET", "/a/b?x=1", "--gate", "web", "--json"]);
        http.Output.Trim().ShouldBe("""{"outcome":"operations","operations":[{"action":"get","resources":["web/a/b"]}],"problem":null}""");
        ShellResult sample = await RunAsync(folder, ["etcd", "POST", "/v3/kv/put", "--config", Path.Combine(Repository.Root, "samples/etcd/gatehouse.yaml"), "--header", "Content-Type: application/json", "--body-file", "-", "--json"], """{"key":"Zm9v","value":"YmFy"}""");
        sample.Output.Trim().ShouldBe("""{"outcome":"operations","operations":[{"action":"kv.put","resources":["foo"]}],"problem":null}""", sample.Error);
        ShellResult nobody = await RunAsync(folder, ["what", "GET", "/"]);
        nobody.ExitCode.ShouldBe(2);
        nobody.Error.ShouldContain("GH9009");
        ShellResult broken = await RunAsync(folder, ["elasticsearch", "--batch"], "{\n");
        broken.ExitCode.ShouldBe(2);
        broken.Error.ShouldContain("GH9021");
    }

    private static Task<ShellResult> RunAsync(TemporaryFolder folder, string[] arguments, string? input = null) =>
        Shell.RunAsync(Repository.Launcher, ["classify", .. arguments], input, directory: folder.Path);

    private static bool IsReading(string action) =>
        Reading.Contains(action) || action.StartsWith("cluster:monitor_", StringComparison.Ordinal) || action.StartsWith("cluster:read_", StringComparison.Ordinal);
}

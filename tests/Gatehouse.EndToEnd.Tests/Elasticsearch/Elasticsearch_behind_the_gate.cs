using System.Net;
using System.Text;
using System.Text.Json;
using Gatehouse.EndToEnd.Tests.Running;
using Gatehouse.Testing.Elasticsearch;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests.Elasticsearch;

/// <summary>Elasticsearch and OpenSearch behind the gate: the official clients work, and each user does what the role says and nothing else.</summary>
[Collection(nameof(GuardedClusters))]
public sealed class Elasticsearch_behind_the_gate
{
    /// <summary>Steps of <c>standin.mjs --suite all</c>.</summary>
    private const int Steps = 30;

    private readonly GuardedClusters _guarded;

    public Elasticsearch_behind_the_gate(GuardedClusters guarded)
    {
        _guarded = guarded;
        guarded.Fill();
    }

    [Theory]
    [InlineData("es8", false)]
    [InlineData("es9", false)]
    [InlineData("os3", false)]
    [InlineData("es8", true)]
    [InlineData("es9", true)]
    [InlineData("os3", true)]
    public async Task An_official_client_works_through_it(string client, bool withApiKey)
    {
        _guarded.Cluster.Indices.Clear();
        _guarded.OpenSearch.Indices.Clear();

        ShellResult result = await _guarded.RunClientAsync(client, withApiKey);

        result.ExitCode.ShouldBe(0, result.ToString());
        result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Count(l => l.StartsWith("ok " + client, StringComparison.Ordinal)).ShouldBe(Steps, result.Output);
        string own = "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes("gate:" + GuardedClusters.Upstream));
        (client == "os3" ? _guarded.OpenSearch : _guarded.Cluster).Requests.All.ShouldAllBe(r => r.Header("Authorization") == own);
    }

    [Fact]
    public async Task Kandorra_reads_events_and_not_orders()
    {
        (HttpStatusCode status, string body) = await _guarded.SendAsync("kandorra", "GET", "/events-1/_search");
        status.ShouldBe(HttpStatusCode.OK, body);
        IndicesOf(body).ShouldBe(["events-1"]);
        GuardedClusters.Asked(_guarded.Cluster).Select(static r => r.Target).ShouldBe(["/events-1/_search"]);
        _guarded.Cluster.Requests.Clear();

        foreach (string target in (string[])["/orders/_search", "/orders/_doc/1", "/orders/_count", "/orders", "/orders/_mapping", "/events-1,orders/_search", "/sales/_search", "/no-such/_search", "/_cluster/settings"])
        {
            (status, body) = await _guarded.SendAsync("kandorra", "GET", target);
            status.ShouldBe(HttpStatusCode.Forbidden, target);
            JsonElement error = JsonDocument.Parse(body).RootElement.GetProperty("error");
            error.GetProperty("type").GetString().ShouldBe("security_exception", target);
            error.GetProperty("reason").GetString().ShouldNotBeNull().ShouldContain("is unauthorized for user [kandorra]", Case.Sensitive, target);
            error.GetProperty("gatehouse.receipt").GetString().ShouldNotBeNull().ShouldStartWith("GH-", Case.Sensitive, target);
        }

        foreach ((string method, string target) in new[] { ("PUT", "/events-1/_doc/9"), ("DELETE", "/events-1"), ("DELETE", "/events-1/_doc/1"), ("POST", "/events-1/_delete_by_query") })
        {
            (await _guarded.SendAsync("kandorra", method, target, method == "DELETE" ? null : "{}")).Status.ShouldBe(HttpStatusCode.Forbidden, $"{method} {target}");
        }

        GuardedClusters.Asked(_guarded.Cluster).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("/_search", "/events*/_search")]
    [InlineData("/_all/_search", "/events*/_search")]
    [InlineData("/*/_search", "/events*/_search")]
    [InlineData("/e*,o*/_search", "/events*/_search")]
    [InlineData("/events-1,orders/_search?ignore_unavailable=true", "/events-1/_search?ignore_unavailable=true")]
    [InlineData("/_search?expand_wildcards=all", "/events*/_search?expand_wildcards=all")]
    [InlineData("/events-front/_search", "/events-front/_search")]
    [InlineData("/events-stream/_search", "/events-stream/_search")]
    [InlineData("/o*/_search", null)]
    [InlineData("/orders/_search?ignore_unavailable=true", null)]
    public async Task A_list_shrinks_to_what_kandorra_may_see(string target, string? seen)
    {
        (HttpStatusCode status, string body) = await _guarded.SendAsync("kandorra", "GET", target);

        status.ShouldBe(HttpStatusCode.OK, body);
        body.ShouldNotContain(GuardedClusters.Secret);
        IndicesOf(body).ShouldAllBe(static i => i.StartsWith("events-") || i.StartsWith(".ds-events-stream-"));
        IndicesOf(body).Any().ShouldBe(seen is not null);
        string[] asked = [.. GuardedClusters.Asked(_guarded.Cluster).Select(static r => r.Target)];
        asked.ShouldAllBe(t => t == seen || t.StartsWith("/*,-*/"));
    }

    [Fact]
    public async Task So_do_counts_and_each_search_of_many()
    {
        (_, string body) = await _guarded.SendAsync("kandorra", "GET", "/_count");
        JsonDocument.Parse(body).RootElement.GetProperty("count").GetInt32().ShouldBe(5);

        (HttpStatusCode status, body) = await _guarded.SendAsync("kandorra", "POST", "/_msearch", "{}\n{}\n{\"index\":\"events-1\"}\n{\"size\":1}\n{\"index\":\"o*\"}\n{}\n{\"index\":[\"*\"]}\n{}\n");
        status.ShouldBe(HttpStatusCode.OK, body);
        JsonElement[] responses = [.. JsonDocument.Parse(body).RootElement.GetProperty("responses").EnumerateArray()];
        responses.Select(static r => r.GetProperty("hits").GetProperty("total").GetProperty("value").GetInt32()).ShouldBe([5, 2, 0, 5]);
        body.ShouldNotContain(GuardedClusters.Secret);
    }

    [Fact]
    public async Task A_backing_index_is_read_by_the_grant_on_its_stream()
    {
        string backing = _guarded.Cluster.Indices.DataStreams["events-stream"][0];
        (HttpStatusCode status, string body) = await _guarded.SendAsync("kandorra", "GET", $"/{backing}/_search");
        status.ShouldBe(HttpStatusCode.OK, body);
        (await _guarded.SendAsync("kandorra", "GET", "/.ds-orders-2024.01.01-000001/_search")).Status.ShouldBe(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task Of_a_bulk_what_may_be_written_is_and_the_rest_fails_in_its_place()
    {
        string lines = "{\"index\":{\"_index\":\"events-1\",\"_id\":\"a\"}}\n{\"n\":1}\n{\"index\":{\"_index\":\"orders\",\"_id\":\"b\"}}\n{\"stolen\":1}\n{\"delete\":{\"_index\":\"orders\",\"_id\":\"1\"}}\n"
            + "{\"create\":{\"_index\":\"events-2\",\"_id\":\"c\"}}\n{\"n\":2}\n{\"update\":{\"_index\":\"sales\",\"_id\":\"1\"}}\n{\"doc\":{\"stolen\":1}}\n{\"delete\":{\"_index\":\"events-1\",\"_id\":\"1\"}}\n";
        (HttpStatusCode status, string body) = await _guarded.SendAsync("writer", "POST", "/_bulk?refresh=false", lines);

        status.ShouldBe(HttpStatusCode.OK, body);
        JsonElement answer = JsonDocument.Parse(body).RootElement;
        answer.GetProperty("errors").GetBoolean().ShouldBeTrue();
        JsonProperty[] items = [.. answer.GetProperty("items").EnumerateArray().Select(static i => i.EnumerateObject().Single())];
        items.Select(static i => $"{i.Name} {i.Value.GetProperty("_index")} {i.Value.GetProperty("status")}").ShouldBe(
            ["index events-1 201", "index orders 403", "delete orders 403", "create events-2 201", "update sales 403", "delete events-1 200"]);
        items[1].Value.GetProperty("error").GetProperty("type").GetString().ShouldBe("security_exception");
        _guarded.Cluster.Indices.Documents("orders").ShouldBe([new("1", $$"""{"note":"{{GuardedClusters.Secret}}"}""")]);
        _guarded.Cluster.Indices.Documents("events-1").Keys.Order().ShouldBe(["2", "a"]);
        RecordedRequest seen = GuardedClusters.Asked(_guarded.Cluster).ShouldHaveSingleItem();
        new[] { "stolen", "orders", "sales" }.ShouldAllBe(word => !seen.Text.Contains(word));

        (status, body) = await _guarded.SendAsync("kandorra", "POST", "/_bulk", lines);
        status.ShouldBe(HttpStatusCode.Forbidden, body);
    }

    private static IEnumerable<string> IndicesOf(string body) =>
        JsonDocument.Parse(body).RootElement.GetProperty("hits").GetProperty("hits").EnumerateArray().Select(static h => h.GetProperty("_index").GetString()!).Distinct();
}

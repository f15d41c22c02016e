using System.Text.Json.Nodes;
using Gatehouse.Engine.Elasticsearch.Handles;
using Gatehouse.Engine.Tests.Elasticsearch.Handles;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Elasticsearch;

/// <summary>Searches of <c>_msearch</c> and documents of <c>_mget</c>: bert reads <c>logs-*</c>, emil no index at all.</summary>
public sealed class Items_are_decided_one_by_one
{
    private const string Reason =
        "action [indices:data/read/search] is unauthorized for user [bert] on indices [orders], this action is granted by the index privileges [read,all]";

    private const string Search = "{\"index\":\"logs-1\"}\n{\"size\":1}\n";
    private const string Forbidden = "{\"index\":\"orders\"}\n{\"size\":2}\n";

    [Fact]
    public async Task A_search_that_is_refused_fails_alone()
    {
        await using HandleGate gate = await HandleGate.StartAsync(static (_, _) => """{"took":7,"responses":[{"hits":1,"status":200},{"hits":2,"status":200}]}""");

        (int status, string body) = await gate.AskAsync("bert", "POST", "/_msearch?typed_keys=true&rest_total_hits_as_int=true", Search + Forbidden + Search);

        status.ShouldBe(200);
        gate.Seen.ShouldBe(["POST /_msearch?typed_keys=true&rest_total_hits_as_int=true\n" + Search + Search]);
        string cause = $$"""{"type":"security_exception","reason":"{{Reason}}"}""";
        body.ShouldBe($$"""{"took":7,"responses":[{"hits":1,"status":200},{"error":{"root_cause":[{{cause}}],{{cause[1..]}},"status":403},{"hits":2,"status":200}]}""");
        (await gate.Trail.WaitForAsync("no_grant")).ShouldStartWith("AccessDenied");
        (await gate.Trail.WaitForAsync("AccessGranted")).ShouldStartWith("AccessGranted");
    }

    [Fact]
    public async Task What_a_search_refers_to_counts_and_wildcards_shrink_each_by_itself()
    {
        await using HandleGate gate = await HandleGate.StartAsync(static (_, _) => """{"took":7,"responses":[{"n":0},{"n":1},{"n":2}]}""");
        const string lookup = "{\"index\":\"logs-1\"}\n{\"query\":{\"terms\":{\"user\":{\"index\":\"users\",\"id\":\"1\",\"path\":\"name\"}}}}\n";

        (int status, string body) = await gate.AskAsync(
            "bert", "POST", "/_msearch", "{}\n{}\n" + lookup + Forbidden + "{\"index\":\"orders*\"}\n{}\n" + "{\"index\":[\"orders\",\"logs-2\"],\"ignore_unavailable\":true}\n{}\n");

        status.ShouldBe(200);
        gate.Seen.ShouldBe(["POST /_msearch\n{\"index\":[\"logs-*\"]}\n{}\n{\"index\":[\"*\",\"-*\"]}\n{}\n{\"index\":[\"logs-2\"],\"ignore_unavailable\":true}\n{}\n"]);
        JsonArray responses = JsonNode.Parse(body)!["responses"]!.AsArray();
        responses.Select(static r => r!["n"]?.ToString() ?? r["status"]!.ToString()).ShouldBe(["0", "403", "403", "1", "2"]);
        responses[1]!["error"]!["reason"]!.ToString().ShouldContain("on indices [users]");
    }

    [Fact]
    public async Task Where_every_search_is_refused_the_gate_answers_and_who_may_read_nothing_is_refused()
    {
        await using HandleGate gate = await HandleGate.StartAsync(static (_, _) => "{}");

        (int status, string body) = await gate.AskAsync("bert", "GET", "/orders/_msearch", "{}\n{}\n" + Forbidden);
        (int refused, string denial) = await gate.AskAsync("emil", "POST", "/_msearch", Search + Forbidden);

        status.ShouldBe(200);
        JsonNode.Parse(body)!["took"]!.GetValue<int>().ShouldBe(0);
        JsonNode.Parse(body)!["responses"]!.AsArray().Select(static r => (int)r!["status"]!).ShouldBe([403, 403]);
        refused.ShouldBe(403);
        JsonNode.Parse(denial)!["error"]!["type"]!.ToString().ShouldBe("security_exception");
        gate.Seen.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("/_msearch/template", "{\"index\":\"logs-1\"}\n{\"source\":\"{}\"}\n", 403)]
    [InlineData("/_msearch?format=yaml", Search + Forbidden, 403)]
    [InlineData("/_msearch?format=yaml", Search, 200)]
    [InlineData("/_fleet/_fleet_msearch", Search + Forbidden, 403)]
    [InlineData("/_msearch", Search + "{\"index\":\"ORDERS?\"}\n{}\n", 400)]
    [InlineData("/_msearch", Search + "{\"index\":\"orders\"}\n", 400)]
    [InlineData("/_msearch", Search + "{\"index\":\"orders\",\"unknown\":1}\n{}\n", 400)]
    [InlineData("/logs-1/_mtermvectors", """{"docs":[{"_id":"1"}],"parameters":{"_index":"orders"}}""", 403)]
    [InlineData("/logs-1/_mget", """{"docs":[{"_index":"orders","_id":"1"}],"ids":["2"]}""", 403)]
    [InlineData("/_mget", """{"docs":[{"_index":"logs-1","_id":"1"},{"_index":"orders","index":"logs-1","_id":"1"}]}""", 400)]
    public async Task What_is_no_item_or_cannot_be_read_is_decided_as_a_whole(string target, string body, int status)
    {
        await using HandleGate gate = await HandleGate.StartAsync(static (_, _) => "{}");

        (await gate.AskAsync("bert", "POST", target, body)).Status.ShouldBe(status);
        gate.Seen.Count.ShouldBe(status == 200 ? 1 : 0);
    }

    [Theory]
    [InlineData("_mget", "mget")]
    [InlineData("_mtermvectors", "mtermvectors")]
    public async Task A_document_that_is_refused_fails_alone(string endpoint, string action)
    {
        await using HandleGate gate = await HandleGate.StartAsync(static (_, _) => """{"docs":[{"_index":"logs-1","_id":"1","found":true}]}""");

        (int status, string body) = await gate.AskAsync(
            "bert", "POST", $"/orders/{endpoint}", """{"docs":[{"_id":"0"},{"_index":"logs-1","_id":"1"},{"_index":"users","_id":"2"}]}""");

        status.ShouldBe(200);
        gate.Seen.ShouldBe([$$"""POST /orders/{{endpoint}}{{"\n"}}{"docs":[{"_index":"logs-1","_id":"1"}]}"""]);
        JsonArray docs = JsonNode.Parse(body)!["docs"]!.AsArray();
        docs.Select(static d => $"{d!["_index"]} {d["_id"]} {d["found"]} {d["error"]?["type"]} {d["error"]?["root_cause"]?[0]!["type"]}")
            .ShouldBe(["orders 0  security_exception security_exception", "logs-1 1 true  ", "users 2  security_exception security_exception"]);
        docs[2]!["error"]!["reason"]!.ToString().ShouldBe(
            $"action [indices:data/read/{action}[shard]] is unauthorized for user [bert] on indices [users], this action is granted by the index privileges [read,all]");

        (status, body) = await gate.AskAsync("bert", "GET", $"/orders/{endpoint}", """{"ids":["5",6]}""");
        status.ShouldBe(200);
        JsonNode.Parse(body)!["docs"]!.AsArray().Select(static d => $"{d!["_index"]} {d["_id"]}").ShouldBe(["orders 5", "orders 6"]);
        gate.Seen.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Points_in_time_are_opened_and_sealed_around_it()
    {
        await using HandleGate gate = await HandleGate.StartAsync(static (line, _) => line.Contains("_pit", StringComparison.Ordinal)
            ? """{"id":"RAW"}""" : """{"responses":[{"pit_id":"RAW","n":0}],"took":1}""");
        string id = await gate.GetAsync("bert", "POST", "/logs-1/_pit?keep_alive=1m", null, "id");

        (int status, string body) = await gate.AskAsync("bert", "POST", "/_msearch", Forbidden + $$$"""{}{{{"\n"}}}{"pit":{"id":"{{{id}}}"}}{{{"\n"}}}""" + Forbidden);

        status.ShouldBe(200);
        gate.Seen.ElementAt(1).ShouldBe("POST /_msearch\n{}\n{\"pit\":{\"id\":\"RAW\"}}\n");
        JsonArray responses = JsonNode.Parse(body)!["responses"]!.AsArray();
        responses.Select(static r => r!["n"]?.ToString() ?? r["status"]!.ToString()).ShouldBe(["403", "0", "403"]);
        responses[1]!["pit_id"]!.ToString().ShouldStartWith(HandleSeal.Prefix);
    }

    [Fact]
    public async Task A_list_that_could_not_be_narrowed_says_nothing_of_the_others()
    {
        await using HandleGate gate = await HandleGate.StartAsync(static (_, _) => """{"responses":[{"n":0}]}""");
        gate.Change(static d => d with { Roles = d.Roles.SetItem("logs", HandleGate.Role("logs", ["index:read"], "*")) });

        (int status, string body) = await gate.AskAsync("bert", "POST", "/_msearch", "{}\n{}\n" + "{\"index\":\"far:*\"}\n{}\n" + "{\"index\":\".security\"}\n{}\n");

        status.ShouldBe(200);
        JsonNode.Parse(body)!["responses"]!.AsArray().Select(static r => r!["n"]?.ToString() ?? r["status"]!.ToString()).ShouldBe(["0", "403", "403"]);
    }

    [Fact]
    public async Task An_error_of_the_upstream_stays_one()
    {
        await using HandleGate gate = await HandleGate.StartAsync(static (_, _) =>
            "HTTP/1.1 429 Too Many Requests\r\nContent-Type: application/json\r\nContent-Length: 25\r\n\r\n{\"error\":{},\"status\":429}");

        (int status, string body) = await gate.AskAsync("bert", "POST", "/_msearch", Search + Forbidden);

        status.ShouldBe(429);
        body.ShouldBe("{\"error\":{},\"status\":429}");
    }

    [Fact]
    public async Task Who_may_write_and_not_read_is_refused_as_a_whole()
    {
        await using HandleGate gate = await HandleGate.StartAsync(static (_, _) => "{}");
        gate.Change(static d => d with { Roles = d.Roles.SetItem("logs", HandleGate.Role("logs", ["index:write"], "logs-*")) });

        (await gate.AskAsync("bert", "POST", "/_msearch", Search + Forbidden)).Status.ShouldBe(403);
        gate.Seen.ShouldBeEmpty();
    }
}

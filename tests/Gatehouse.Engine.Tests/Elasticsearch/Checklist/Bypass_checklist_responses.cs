using Gatehouse.Engine.Elasticsearch;
using Gatehouse.Engine.Tests.Gates;
using Gatehouse.Testing.Upstreams;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Elasticsearch.Checklist;

/// <summary>The known ways past a gate before Elasticsearch: names that come to be, and names that answers tell.</summary>
public sealed class Bypass_checklist_responses : IAsyncLifetime
{
    private ChecklistGate _gate = null!; // InitializeAsync makes it

    public async ValueTask InitializeAsync() => _gate = await ChecklistGate.StartAsync();

    public ValueTask DisposeAsync() => _gate.DisposeAsync();

    [Fact]
    public async Task Line_36_a_write_makes_no_index_without_the_right_to_make_one()
    {
        _gate.Grant("wanda", ChecklistGate.Allow("events*", "index:write"));
        await _gate.RefusesAsync("wanda", 403, "PUT /events-new/_doc/1 {}", "POST /events-new/_doc {}", "PUT /events-new/_create/1 {}", "POST /events-new/_update/1 {\"doc\":{},\"doc_as_upsert\":true}");
        Reply bulk = await _gate.SendAsync("wanda", "POST /_bulk {\"index\":{\"_index\":\"events-new\",\"_id\":\"1\"}}\n{}\n{\"index\":{\"_index\":\"events-1\",\"_id\":\"7\"}}\n{}\n");
        bulk.Body.Split("\"status\":").Skip(1).Select(static s => s[..3]).ShouldBe(["403", "201"], bulk.Body);
        _gate.Cluster.Indices.Names.ShouldNotContain("events-new");
    }

    [Fact]
    public async Task Line_40_answers_and_errors_do_not_name_what_the_caller_may_not_see()
    {
        _gate.Grant("kandorra", ChecklistGate.Allow("events*", "index:read", "index:view_index_metadata", "index:monitor"));
        _gate.Cluster.Indices.AddAlias("events-1", "hidden-front");
        foreach (string target in (string[])["/_alias", "/events-1/_alias", "/events-1", "/_cat/aliases", "/_cat/aliases?format=json", "/_cat/indices", "/_cat/indices?format=json", "/_resolve/index/*", "/_mapping", "/_settings",
            "/_stats", "/_field_caps?fields=*", "/_search_shards", "/_data_stream", "/_cat/count", "/_segments", "/events*,nothing-x/_search?ignore_unavailable=true", "/_cat/shards"])
        {
            Reply reply = await _gate.SendAsync("kandorra", "GET " + target);
            foreach (string foreign in (string[])["orders", "sales", ".vault", "ledger", "hidden-front"])
            {
                reply.Body.ShouldNotContain(foreign, Case.Insensitive, $"{target} -> {reply.Status}");
            }
        }
    }

    [Fact]
    public async Task Line_42_shards_that_failed_do_not_name_what_the_caller_may_not_see()
    {
        const string cause = """{"shard":0,"index":"orders","node":"n","reason":{"type":"query_shard_exception","reason":"failed to find shard of index [orders]","index":"orders"}}""";
        const string body = $$$"""{"error":{"root_cause":[{"type":"query_shard_exception","reason":"no such index [orders]","index":"orders"}],"type":"search_phase_execution_exception","reason":"all shards failed","phase":"query","failed_shards":[{{{cause}}}]},"status":400}""";
        await using ScriptedUpstream upstream = ScriptedUpstream.Answering($"HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}");
        await using GateHarness gate = await GateHarness.StartAsync(
            $"http://127.0.0.1:{upstream.Port}", systems: (model, environment) => new ElasticsearchSteps(model, environment, null!, _gate.Handles)); // nobody asks the security API here
        gate.Change(d => d with { Users = d.Users.SetItem("carl", _gate.Gate.Snapshots.Current.Document.Users["kandorra"] with { Name = "carl" }), Roles = _gate.Gate.Snapshots.Current.Document.Roles });

        Reply answer = await ChecklistGate.RawAsync(gate.Port, GateHarness.Request("carl", "GET", "/events*/_search"));

        answer.Status.ShouldBe(400, answer.Body);
        answer.Body.ShouldContain("search_phase_execution_exception");
        answer.Body.ShouldNotContain("orders");
    }

    [Fact]
    public async Task Line_41_what_is_there_and_what_is_not_are_refused_alike()
    {
        foreach (string request in (string[])["GET /NAME/_search", "GET /NAME/_doc/1", "GET /NAME", "GET /NAME/_mapping", "PUT /NAME/_doc/1 {}", "DELETE /NAME", "GET /_cat/indices/NAME", "GET /NAME/_count", "POST /NAME/_delete_by_query {}",
            "GET /_resolve/index/NAME", "POST /_msearch {\"index\":\"NAME\"}\n{}\n", "GET /_mget {\"docs\":[{\"_index\":\"NAME\",\"_id\":\"1\"}]}", "GET /NAME/_search?ignore_unavailable=true", "POST /_bulk {\"delete\":{\"_index\":\"NAME\",\"_id\":\"1\"}}\n"])
        {
            string[] answers = await Task.WhenAll(((string[])["orders", "absent", "sales"]).Select(async name =>
            {
                Reply reply = await _gate.SendAsync("kandorra", request.Replace("NAME", name, StringComparison.Ordinal));
                string body = System.Text.RegularExpressions.Regex.Replace(reply.Body, "GH-TEST-[0-9]+|\"took\":[0-9]+", "-");
                return $"{reply.Status} {body.Replace(name, "NAME", StringComparison.Ordinal)}";
            }));
            answers.Distinct().ShouldHaveSingleItem(request);
        }

        _gate.Asked.ShouldAllBe(static r => !r.Target.Contains("orders") && !r.Target.Contains("absent") && !r.Target.Contains("sales"));
    }
}

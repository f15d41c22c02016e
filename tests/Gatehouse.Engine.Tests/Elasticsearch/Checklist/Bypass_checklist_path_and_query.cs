using Gatehouse.Testing.Elasticsearch;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Elasticsearch.Checklist;

/// <summary>The known ways past a gate before Elasticsearch: path and query.</summary>
public sealed class Bypass_checklist_path_and_query : IAsyncLifetime
{
    private ChecklistGate _gate = null!; // InitializeAsync makes it

    public async ValueTask InitializeAsync() => _gate = await ChecklistGate.StartAsync();

    public ValueTask DisposeAsync() => _gate.DisposeAsync();

    [Fact]
    public async Task Line_11_targets_that_two_routers_read_differently_are_refused_for_everybody() => await _gate.RefusesAsync(
        "anna",
        400,
        "GET //orders/_search", "GET /orders//_search", "GET /./orders/_search", "GET /events-1/../orders/_search", "GET /events-1/%2e%2e/orders/_search", "GET /%2E/_search",
        "GET /.%2e/_search", "GET /events-1%2F..%2Forders/_search", "GET /events-1%2f_search", "GET /events-1%5Corders/_search", "GET /events-1\\orders/_search",
        "GET /orders%00/_search", "GET /orders%0d%0a/_search", "GET /orders%7F/_search", "GET /orders%C0%AF/_search", "GET /orders%C3/_search", "GET /orders%ED%A0%80/_search",
        "GET /orders%/_search", "GET /orders%%/_search", "GET /orders%4/_search", "GET /orders%zz/_search", "GET /%u006frders/_search", "GET /orders/_search#x", "GET /orders#/_search",
        "GET /orders;a=b/_search", "GET /orders/_search;x", "GET /_search?a=%zz", "GET /_search?q=%C0%AF");

    [Fact]
    public async Task Line_12_a_trailing_slash_is_none_and_a_leading_double_one_is_refused()
    {
        await _gate.ReachesAsync("kandorra", "GET /events-1/_search/", "GET /events-1/_search");
        await _gate.ReachesAsync("kandorra", "GET /events-1/", "GET /events-1");
        await _gate.RefusesAsync("kandorra", 403, "GET /orders/_search/", "GET /orders/");
        await _gate.RefusesAsync("anna", 400, "GET //_search", "GET //orders", "GET /orders/_search//", "GET ///");
    }

    [Fact]
    public async Task Line_13_what_is_encoded_twice_stays_text()
    {
        await _gate.RefusesAsync("kandorra", 403, "GET /%255Fsearch/_search", "GET /%256Frders/_search");
        await _gate.ReachesAsync("anna", "GET /%256Frders/_search", "GET /%256Frders/_search");
        _gate.Grant("kandorra", ChecklistGate.Allow("events*", "index:read"), ChecklistGate.Allow("orders", "cluster:monitor"));
        await _gate.RefusesAsync("kandorra", 403, "GET /%6Frders/_search", "GET /%6f%72%64%65%72%73/_doc/1");
    }

    [Fact]
    public async Task Line_14_an_encoded_underscore_is_no_word_of_the_route() =>
        await _gate.RefusesAsync("anna", 400, "GET /%5Fsearch", "GET /%5fall/_search", "GET /orders/%5Fsearch", "GET /orders/%5Fdoc/1", "POST /%5Fbulk {}\n");

    [Fact]
    public async Task Line_15_words_beat_placeholders_and_words_are_no_names()
    {
        await _gate.RefusesAsync("kandorra", null, "GET /_search/foo", "GET /_mapping/_doc/1", "GET /_events/_search", "PUT /_search", "DELETE /_search", "DELETE /_all",
            "GET /_nodes/_search", "GET /events-1,_all/_search", "GET /_cat/_search", "GET /_doc/_search", "POST /_search/_bulk {}\n", "GET /_local/_search", "GET /_x");
        await _gate.RefusesAsync("anna", null, "PUT /_search", "DELETE /_search");
        await _gate.ReachesAsync("kandorra", "GET /_all/_search", "GET /events*/_search");
        await _gate.ReachesAsync("kandorra", "GET /_search", "GET /events*/_search");
    }

    [Fact]
    public async Task Line_16_parameters_are_known_come_once_and_name_no_index() => await _gate.RefusesAsync(
        "anna",
        400,
        "GET /_search?index=orders", "GET /events-1/_search?index=orders", "GET /_search?size=1;index=orders", "GET /_search?size=1&size=2", "GET /_search?size=1&%73ize=2", "GET /_search?indices=orders",
        "GET /_search?what=1", "GET /_search?SIZE=1", "GET /_search?=1", "GET /_search?&&", "GET /events-1/_doc/1?id=2", "GET /_count?index=orders", "PUT /events-1/_doc/1?index=orders {}",
        "POST /_bulk?index=orders {\"index\":{}}\n{}\n", "GET /_mget?index=orders {\"ids\":[\"1\"]}", "GET /events-1/_mapping?index=orders", "GET /_cat/indices?index=orders");

    [Fact]
    public async Task Line_16_routes_that_take_an_index_in_the_query_are_decided_by_it()
    {
        await _gate.RefusesAsync("kandorra", null, "POST /_msearch?index=orders {}\n{}\n", "POST /events-1/_msearch?index=orders {}\n{}\n", "GET /_analyze?index=orders {\"text\":\"a\"}",
            "POST /_cache/clear?index=orders", "GET /_cat/recovery?index=orders", "GET /_cat/recovery/events-1?index=orders");
        RecordedRequest seen = await _gate.ReachesAsync("kandorra", "POST /_msearch?index=events-1 {}\n{}\n", "POST /_msearch?index=events-1");
        seen.Text.ShouldNotContain("orders");
    }

    [Fact]
    public async Task Line_17_a_body_in_the_query_is_read_as_one_and_error_trace_stays_here()
    {
        const string lookup = "%7B%22query%22%3A%7B%22terms%22%3A%7B%22user%22%3A%7B%22index%22%3A%22orders%22%2C%22id%22%3A%221%22%2C%22path%22%3A%22note%22%7D%7D%7D%7D";
        await _gate.RefusesAsync("kandorra", null, $"GET /events-1/_search?source={lookup}&source_content_type=application/json", $"GET /events-1/_search?source={lookup}",
            $"GET /events-1/_search?source={lookup}&source_content_type=application/yaml", "GET /_msearch?source_content_type=application/x-ndjson&source=%7B%22index%22%3A%22orders%22%7D%0A%7B%7D%0A",
            "POST /events-1/_search?source=%7B%7D&source_content_type=application/json {}");
        await _gate.ReachesAsync("kandorra", "GET /events-1/_search?error_trace=true&pretty=true", "GET /events-1/_search?pretty=true");
    }

    [Fact]
    public async Task Line_18_parameters_that_change_what_is_done_need_the_right_to_it()
    {
        await _gate.SendAsync("anna", """PUT /_ingest/pipeline/move {"processors":[{"set":{"field":"_index","value":"orders"}}]}""");
        await _gate.RefusesAsync("wanda", null, "PUT /events-1/_doc/9?op_type=steal {}");
        await _gate.ReachesAsync("wanda", "PUT /events-1/_doc/9?routing=a&refresh=wait_for&op_type=create&require_alias=false {}", "PUT /events-1/_doc/9?routing=a&refresh=wait_for&op_type=create&require_alias=false");
        await _gate.ReachesAsync("kandorra", "GET /events-1/_search?q=_index:orders&df=note&stored_fields=a&preference=_local&request_cache=true&ccs_minimize_roundtrips=true",
            "GET /events-1/_search?q=_index:orders&df=note&stored_fields=a&preference=_local&request_cache=true&ccs_minimize_roundtrips=true");

        // A pipeline writes where it was made to: making one, or binding one, is what needs more than a right to write.
        _gate.Grant("wanda", ChecklistGate.Allow("events*", "index:all"));
        await _gate.RefusesAsync("wanda", 403, "PUT /_ingest/pipeline/own {\"processors\":[{\"set\":{\"field\":\"_index\",\"value\":\"orders\"}}]}", "DELETE /_ingest/pipeline/move",
            "POST /_ingest/pipeline/_simulate {\"pipeline\":{\"processors\":[]},\"docs\":[]}", "POST /events-1/_update_by_query?pipeline=move {}",
            "PUT /events-9 {\"settings\":{\"index.default_pipeline\":\"move\"}}", "PUT /events-1/_settings {\"index\":{\"final_pipeline\":\"move\"}}");
        _gate.Cluster.Indices.Documents("orders").Keys.ShouldBe(["1"]);
    }

    [Fact]
    public async Task Line_19_options_of_expressions_widen_nothing()
    {
        string[] targets =
        [
            "/_search?expand_wildcards=all", "/*/_search?expand_wildcards=all", "/_search?expand_wildcards=open,hidden", "/*,.*/_search?expand_wildcards=all", "/_search?ignore_unavailable=true",
            "/events*,orders/_search?ignore_unavailable=true", "/_search?allow_no_indices=false", "/*s/_search?ignore_unavailable=true&allow_no_indices=true", "/.v*/_search?expand_wildcards=all",
            "/*,-events*/_search", "/_count?expand_wildcards=all", "/_all/_search?expand_wildcards=all,none", "/*/_search?expand_wildcards=none", "/led*/_search", "/sal*/_search",
        ];
        foreach (string target in targets)
        {
            Reply reply = await _gate.SendAsync("kandorra", "GET " + target);
            (reply.Head + reply.Body).ShouldNotContain(ChecklistGate.Secret, Case.Insensitive, target);
            reply.Body.ShouldNotContain("\"orders\"", Case.Insensitive, target);
            reply.Body.ShouldNotContain(".vault", Case.Insensitive, target);
        }

        (await _gate.SendAsync("kandorra", "GET /no*/_search")).Status.ShouldBe(200);
        (await _gate.SendAsync("kandorra", "GET /no*/_search?allow_no_indices=false")).Status.ShouldBe(404);
    }

    [Fact]
    public async Task Line_20_HEAD_needs_what_GET_does_and_OPTIONS_ends_at_the_gate()
    {
        await _gate.RefusesAsync("kandorra", 403, "HEAD /orders", "HEAD /orders/_doc/1", "HEAD /orders/_source/1", "HEAD /no-such", "HEAD /_alias/sales", "HEAD /_index_template/x", "HEAD /sales");
        await _gate.ReachesAsync("kandorra", "HEAD /events-1", "HEAD /events-1");
        _gate.Cluster.Requests.Clear();
        (await _gate.SendAsync("kandorra", "OPTIONS /orders/_search")).Status.ShouldBeOneOf(200, 204);
        (await _gate.SendAsync("nobody", "OPTIONS /_cluster/settings", "Origin: https://evil.invalid\r\nAccess-Control-Request-Method: PUT\r\n")).Head.ShouldNotContain("evil.invalid");
        _gate.Asked.ShouldBeEmpty();
    }
}

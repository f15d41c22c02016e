using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Elasticsearch.Checklist;

/// <summary>The known ways past a gate before Elasticsearch: names of indices.</summary>
public sealed class Bypass_checklist_names : IAsyncLifetime
{
    private ChecklistGate _gate = null!; // InitializeAsync makes it

    public async ValueTask InitializeAsync() => _gate = await ChecklistGate.StartAsync();

    public ValueTask DisposeAsync() => _gate.DisposeAsync();

    [Fact]
    public async Task Line_32_no_spelling_of_a_name_is_more_than_the_name() => await _gate.RefusesAsync(
        "kandorra",
        null,
        "GET /%3Corders%3E/_search", "GET /%3C%7Bnow%7B'orders'%7D%7D%3E/_search", "GET /%3C%7Bnow%2Fd%7B%27orders%27%7D%7D%3E/_search", "GET /%3Corders-%7Bnow%2Fd%7D%3E/_search",
        "GET /%3Corders*%7Bnow%7D%3E/_search", "GET /%3C%7Bnow%7D%7Bnow%7D%3E/_search", "GET /%3Cevents-1%7Bnow%7D%3E,orders/_search", "GET /events-1%2Corders/_search", "GET /events-1%2corders/_search",
        "GET /orders,events-1/_search", "GET /orders::data/_search", "GET /orders::failures/_search", "GET /sales::data/_search", "GET /other:orders/_search", "GET /*:orders/_search", "GET /*:*/_search",
        "GET /events-1,other:events-1/_search", "GET /-orders/_search", "GET /+orders/_search", "GET /Orders/_search", "GET /ORDERS/_search", "GET /orders%20/_search", "GET /%20orders/_search",
        "GET /orders%E2%80%8B/_search", "GET /%D0%BErders/_search", "GET /orders%CC%81/_search", "GET /events-1,-events-1,orders/_search", "GET /sales/_search", "GET /.ds-ledger-2024.01.01-000001/_search",
        "GET /orders/_doc/1", "GET /orders/_source/1", "GET /orders/_mapping", "GET /orders", "GET /orders/_settings", "GET /_cat/indices/orders", "GET /_cat/count/orders", "GET /orders/_stats", "GET /ledger/_search");

    [Fact]
    public async Task Line_32_narrowed_wildcards_and_exclusions_show_nothing_else()
    {
        foreach (string names in (string[])["*", "_all", "*,-*", "-*", "*,-events-1", "*,-orders", "*,-events*", "*s*", "o*,e*", "**", "*,*", ",", "events*,-events-1,*", "*-1", "%2A", "s*", "l*", ".*", "*,.*", ".ds-*", "e*::data", "*::data", "*::*"])
        {
            Reply reply = await _gate.SendAsync("kandorra", $"GET /{names}/_search");
            reply.Body.ShouldNotContain(ChecklistGate.Secret, Case.Insensitive, names);
            reply.Body.ShouldNotContain("\"_index\":\"orders", Case.Insensitive, names);
        }
    }

    [Fact]
    public async Task Line_32_what_is_granted_stays_reachable_in_its_own_spellings()
    {
        await _gate.ReachesAsync("kandorra", "GET /events-1,events-2/_search", "GET /events-1,events-2/_search");
        await _gate.ReachesAsync("kandorra", "GET /events*,-events-2/_search", "GET /events*,-events-2/_search");
        await _gate.ReachesAsync("kandorra", "GET /%65vents-1%2Cevents-2/_search", "GET /events-1,events-2/_search");
        await _gate.ReachesAsync("kandorra", "GET /*/_count", "GET /events*/_count");
        await _gate.SendAsync("kandorra", "GET /%3Cevents-%7Bnow%2Fd%7D%3E/_search?ignore_unavailable=true");
        _gate.Asked[^1].Target.ShouldStartWith("/%3Cevents-");
    }

    [Fact]
    public async Task Line_33_restricted_names_need_a_grant_that_says_so()
    {
        _gate.Grant("kandorra", ChecklistGate.Allow("*", "index:all"));
        _gate.Cluster.Indices.Create(".security-7", """{"settings":{"index.hidden":true}}""");
        _gate.Cluster.Indices.Put(".security-7", "1", $$"""{"hash":"{{ChecklistGate.Secret}}-7"}""");
        _gate.Cluster.Indices.AddAlias(".security-7", ".security");
        await _gate.RefusesAsync("kandorra", 403, "GET /.security-7/_search", "GET /.security/_search", "GET /.security-7/_doc/1", "PUT /.security-7/_doc/2 {}", "DELETE /.security-7", "GET /.vault/_search",
            "GET /.vault/_doc/1", "PUT /.vault/_doc/9 {}", "POST /.opendistro_security/_search {}", "GET /.kibana_1/_doc/1");
        foreach (string target in (string[])["/.s*/_search", "/.*/_search", "/*/_search?expand_wildcards=all", "/_search?expand_wildcards=hidden", "/*security*/_search?expand_wildcards=all", "/.security*,*/_count?expand_wildcards=all"])
        {
            Reply reply = await _gate.SendAsync("kandorra", "GET " + target);
            reply.Body.ShouldNotContain(ChecklistGate.Secret + "-7", Case.Insensitive, target);
            reply.Body.ShouldNotContain(".vault", Case.Insensitive, target);
        }

        Reply bulk = await _gate.SendAsync("kandorra", "POST /_bulk {\"delete\":{\"_index\":\".security-7\",\"_id\":\"1\"}}\n{\"index\":{\"_index\":\".vault\",\"_id\":\"9\"}}\n{}\n");
        bulk.Body.Split("\"status\":403").Length.ShouldBeGreaterThanOrEqualTo(3, bulk.Body);
        _gate.Cluster.Indices.Documents(".security-7").Keys.ShouldBe(["1"]);
        _gate.Cluster.Indices.Documents(".vault").Keys.ShouldBe(["1"]);
    }

    [Fact]
    public async Task Line_34_a_new_name_for_an_old_index_needs_the_right_to_both()
    {
        _gate.Grant("karl", ChecklistGate.Allow("events*", "index:all"), ChecklistGate.Allow("orders", "index:read", "index:view_index_metadata"));
        await _gate.RefusesAsync("karl", 403,
            "POST /orders/_clone/events-9", "POST /events-1/_clone/orders-9", "POST /orders/_split/events-9 {}", "POST /orders/_shrink/events-9 {}", "PUT /events-1/_shrink/orders-9 {}",
            "POST /sales/_rollover {}", "POST /events-front/_rollover/orders-9 {}", "POST /events-1/_clone/events-9 {\"aliases\":{\"orders-x\":{}}}", "POST /_create_from/orders/events-9 {}",
            "POST /_reindex {\"source\":{\"index\":\"events-1\"},\"dest\":{\"index\":\"orders\"}}",
            "POST /_data_stream/_modify {\"actions\":[{\"add_backing_index\":{\"data_stream\":\"events-s\",\"index\":\"orders\"}}]}",
            "POST /_data_stream/_modify {\"actions\":[{\"add_backing_index\":{\"data_stream\":\"ledger\",\"index\":\"events-1\"}}]}",
            "POST /_data_stream/_migrate/sales", "PUT /_data_stream/ledger-2", "PUT /_index_template/t {\"index_patterns\":[\"orders*\"],\"template\":{\"aliases\":{\"events-x\":{}}}}",
            "PUT /_template/t {\"index_patterns\":[\"*\"],\"aliases\":{\"events-x\":{}}}", "POST /_snapshot/r/s/_restore {\"indices\":\"orders\",\"rename_pattern\":\"orders\",\"rename_replacement\":\"events-9\"}",
            "POST /_snapshot/r/s/_mount {\"index\":\"orders\",\"renamed_index\":\"events-9\"}", "PUT /events-9/_ccr/follow {\"remote_cluster\":\"c\",\"leader_index\":\"orders\"}",
            "PUT /_transform/t {\"source\":{\"index\":\"orders\"},\"dest\":{\"index\":\"events-9\"},\"pivot\":{}}", "PUT /_enrich/policy/p {\"match\":{\"indices\":\"orders\",\"match_field\":\"a\",\"enrich_fields\":[\"note\"]}}",
            "PUT /_watcher/watch/w {\"input\":{\"search\":{\"request\":{\"indices\":[\"orders\"]}}}}", "POST /orders/_downsample/events-9 {\"fixed_interval\":\"1h\"}", "PUT /events-9 {\"aliases\":{\"orders-x\":{}}}");
        _gate.Cluster.Indices.Names.ShouldNotContain("events-9");
    }

    [Fact]
    public async Task Line_35_nothing_is_deleted_by_a_wildcard()
    {
        await _gate.RefusesAsync("anna", 403, "DELETE /*", "DELETE /_all", "DELETE /events*", "DELETE /events-1,ev*", "DELETE /%2A", "DELETE /*,-orders", "DELETE /_data_stream/*", "DELETE /_data_stream/led*");
        await _gate.RefusesAsync("karl", 403, "DELETE /*", "DELETE /_all", "DELETE /events*", "DELETE /events-*,-events-1", "DELETE /events-1,orders");
        _gate.Cluster.Indices.Names.Count.ShouldBe(5);
        await _gate.ReachesAsync("karl", "DELETE /events-2", "DELETE /events-2");
    }
}

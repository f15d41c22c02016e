using System.Text;
using Gatehouse.Testing.Elasticsearch;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Elasticsearch.Checklist;

/// <summary>The known ways past a gate before Elasticsearch: bodies.</summary>
public sealed class Bypass_checklist_body : IAsyncLifetime
{
    private ChecklistGate _gate = null!; // InitializeAsync makes it

    public async ValueTask InitializeAsync() => _gate = await ChecklistGate.StartAsync();

    public ValueTask DisposeAsync() => _gate.DisposeAsync();

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/yaml")]
    [InlineData("application/cbor")]
    [InlineData("application/smile")]
    [InlineData("application/json; charset=utf-16")]
    [InlineData("application/json; charset=utf-8; charset=utf-16")]
    [InlineData("application/json, application/yaml")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("application/vnd.elasticsearch+cbor;compatible-with=8")]
    [InlineData("application/x-ndjson")]
    [InlineData("")]
    public async Task Line_21_a_body_of_another_type_is_415(string type)
    {
        Reply reply = await _gate.SendAsync("anna", "POST", "/events-1/_search", "{}"u8.ToArray(), type.Length == 0 ? "" : $"Content-Type: {type}\r\n");

        reply.Status.ShouldBe(415, reply.Body);
        reply.Body.ShouldContain("media_type_header_exception");
        _gate.Asked.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("application/json")]
    [InlineData("application/json; charset=UTF-8")]
    [InlineData("application/vnd.elasticsearch+json;compatible-with=8")]
    [InlineData("application/vnd.elasticsearch+json; compatible-with=9")]
    public async Task Line_21_the_types_of_the_clients_pass(string type) =>
        (await _gate.SendAsync("kandorra", "POST /events-1/_search {}", type: type)).Status.ShouldBe(200);

    [Fact]
    public async Task Line_22_JSON_that_two_readers_read_differently_is_refused()
    {
        string deep = string.Concat(Enumerable.Repeat("{\"bool\":{\"must\":[", 200));
        string[] bodies =
        [
            """{"size":1,"size":2}""", """{"query":{"match_all":{},"match_all":{}}}""", """{"size":1,"s\u0069ze":2}""", """{/*a*/"size":1}""", "{\"size\":1} //x", """{"size":1}{}""",
            """{"size":1} null""", """{"size":1,}""", """{'size':1}""", """{size:1}""", """{"size":NaN}""", """{"size":01}""", """{"size":+1}""", """{"a":"\ud800"}""", "{\"a\":\"\u0001\"}", "[]", "1", "\"x\"",
            "\uFEFF{}", "{", """{"size":1""", "{\"query\":" + deep + new string('}', 0), $$"""{"from":{{new string('1', 5000)}}}""",
        ];
        List<string> passed = [];
        foreach (string body in bodies)
        {
            Reply reply = await _gate.SendAsync("kandorra", "POST", "/events-1/_search", Encoding.UTF8.GetBytes(body), "Content-Type: application/json\r\n");
            passed.AddRange(reply.Status is >= 400 and < 500 && _gate.Asked.Count == 0 ? [] : [$"{body} -> {reply.Status} {reply.Body}"]);
            _gate.Cluster.Requests.Clear();
        }

        foreach (byte[] body in new[] { Encoding.Unicode.GetBytes("{}"), Encoding.BigEndianUnicode.GetBytes("{}"), Encoding.UTF32.GetBytes("{}"), [.. "{\"a\":\""u8, 0xC0, 0xAF, .. "\"}"u8] })
        {
            Reply reply = await _gate.SendAsync("kandorra", "POST", "/events-1/_search", body, "Content-Type: application/json\r\n");
            passed.AddRange(reply.Status is >= 400 and < 500 && _gate.Asked.Count == 0 ? [] : [$"{Convert.ToHexString(body)} -> {reply.Status}"]);
        }

        passed.ShouldBeEmpty();
        await _gate.RefusesAsync("anna", null, """GET /_mget {"docs":[{"_index":7,"_id":"1"}]}""", "POST /_msearch {\"index\":7}\n{}\n", """POST /_reindex {"source":{"index":7},"dest":{"index":"b"}}""");
    }

    [Fact]
    public async Task Line_23_lines_add_up_or_are_refused()
    {
        await _gate.RefusesAsync("wanda", 400,
            "POST /_bulk {\"index\":{\"_index\":\"events-1\"}}\n{}\n{\"index\":{\"_index\":\"events-1\"}}\n",
            "POST /events-1/_bulk {\"index\":{},\"delete\":{\"_index\":\"orders\",\"_id\":\"1\"}}\n{}\n",
            "POST /events-1/_bulk {\"index\":{}} {\"index\":{\"_index\":\"orders\"}}\n{}\n",
            "POST /events-1/_bulk {\"Index\":{\"_index\":\"orders\"}}\n{}\n",
            "POST /events-1/_bulk {\"index\":{\"_index\":7}}\n{}\n",
            "POST /events-1/_bulk {\"index\":{\"_index\":\"events-1\",\"_index\":\"orders\"}}\n{}\n",
            "POST /events-1/_bulk {\"index\":{\"what\":1}}\n{}\n",
            "POST /events-1/_bulk \r{\"index\":{\"_index\":\"orders\"}}\r{}\n");
        await _gate.RefusesAsync("kandorra", null,
            "POST /_msearch {\"index\":\"events-1\"}\n{}\n{\"index\":\"orders\"}\n",
            "POST /_msearch {\"index\":\"events-1\"}\n{}\n{\"index\":\"orders\"} {}\n{}\n",
            "POST /_msearch {\"index\":\"events-1\"}\n{}{\"index\":\"orders\"}\n");
        Reply unfinished = await _gate.SendAsync("wanda", "POST", "/events-1/_bulk", Encoding.UTF8.GetBytes("{\"index\":{}}\n{\"a\":1}\n{\"index\":{}}\n{\"a\":2}"), "Content-Type: application/x-ndjson\r\n");
        unfinished.Status.ShouldBeOneOf([400, 0, 502], unfinished.Body);
        _gate.Cluster.Indices.Documents("events-1").Keys.ShouldBe(["1"]);
    }

    [Fact]
    public async Task Line_23_a_bulk_writes_what_is_allowed_and_says_what_is_not()
    {
        Reply reply = await _gate.SendAsync("wanda", "POST /_bulk {\"index\":{\"_index\":\"events-1\",\"_id\":\"2\"}}\r\n{\"a\":1}\r\n{\"delete\":{\"_index\":\"orders\",\"_id\":\"1\"}}\n"
            + "{\"index\":{\"_index\":\"orders\",\"_id\":\"2\"}}\n{\"index\":{\"_index\":\"orders\",\"_id\":\"1\"}}\n{\"create\":{\"_index\":\"events-2\",\"_id\":\"2\"}}\n{}\n");

        reply.Status.ShouldBe(200, reply.Body);
        reply.Body.Split("\"status\":").Skip(1).Select(static s => s[..3]).ShouldBe(["201", "403", "403", "201"], reply.Body);
        _gate.Cluster.Indices.Documents("orders").Keys.ShouldBe(["1"]);
        _gate.Asked.ShouldHaveSingleItem().Text.ShouldNotContain("\"delete\"");
    }

    [Fact]
    public async Task Line_24_an_msearch_is_decided_by_each_of_its_headers()
    {
        foreach (string header in (string[])["{\"index\":\"orders\"}", "{\"indices\":\"orders\"}", "{\"index\":[\"events-1\",\"orders\"]}", "{\"index\":\"events-1\",\"indices\":\"orders\"}",
            "{\"index\":\"events-1,orders\"}", "{\"Index\":\"orders\"}", "{\"index\":\"sales\"}", "{\"index\":\".vault\"}", "{\"index\":\"orders\",\"ignore_unavailable\":true}", "{\"index\":\"other:orders\"}", "{}", ""])
        {
            foreach (string path in (string[])["/_msearch", "/events-1/_msearch"])
            {
                Reply reply = await _gate.SendAsync("kandorra", $"POST {path} {header}\n{{}}\n{{\"index\":\"events-1\"}}\n{{}}\n");
                reply.Body.ShouldNotContain(ChecklistGate.Secret, Case.Insensitive, header);
                _gate.Asked.ShouldAllBe(static r => !r.Text.Contains("orders") && !r.Text.Contains("sales") && !r.Text.Contains(".vault"), header);
                _gate.Cluster.Requests.Clear();
            }
        }

        await _gate.RefusesAsync("anna", 400, "POST /_msearch {\"index\":\"events-1\",\"indices\":\"orders\"}\n{}\n");
    }

    [Fact]
    public async Task Line_25_an_mget_or_mtermvectors_is_decided_by_each_document()
    {
        foreach (string request in (string[])["/_mget {\"docs\":[{\"_index\":\"orders\",\"_id\":\"1\"}]}", "/events-1/_mget {\"docs\":[{\"_index\":\"orders\",\"_id\":\"1\"},{\"_id\":\"1\"}]}",
            "/_mget {\"docs\":[{\"index\":\"orders\",\"_id\":\"1\"}]}", "/orders/_mget {\"ids\":[\"1\"]}", "/events-1/_mget {\"docs\":[{\"_index\":\"sales\",\"_id\":\"1\"}]}",
            "/_mtermvectors {\"docs\":[{\"_index\":\"orders\",\"_id\":\"1\"}]}", "/orders/_mtermvectors {\"ids\":[\"1\"]}", "/events-1/_mtermvectors {\"docs\":[{\"_index\":\"orders\",\"_id\":\"1\"}]}",
            "/events-1/_mget {\"ids\":[\"1\"],\"docs\":[{\"_index\":\"orders\",\"_id\":\"1\"}]}"])
        {
            Reply reply = await _gate.SendAsync("kandorra", "POST " + request);
            reply.Body.ShouldNotContain(ChecklistGate.Secret, Case.Insensitive, request);
            _gate.Asked.ShouldAllBe(static r => !r.Text.Contains("orders") && !r.Text.Contains("sales"), request);
            _gate.Cluster.Requests.Clear();
        }
    }

    [Fact]
    public async Task Line_26_aliases_are_decided_by_every_verb_and_name()
    {
        await _gate.RefusesAsync("karl", null,
            """POST /_aliases {"actions":[{"add":{"index":"orders","alias":"events-x"}}]}""",
            """POST /_aliases {"actions":[{"add":{"indices":["events-1","orders"],"alias":"events-x"}}]}""",
            """POST /_aliases {"actions":[{"add":{"index":"events-1","aliases":["events-x","orders-x"]}}]}""",
            """POST /_aliases {"actions":[{"add":{"index":"events-1","alias":"events-x"}},{"remove_index":{"index":"orders"}}]}""",
            """POST /_aliases {"actions":[{"remove":{"index":"orders","alias":"sales"}}]}""",
            """POST /_aliases {"actions":[{"remove":{"index":"*","alias":"*","must_exist":true}}]}""",
            """POST /_aliases {"actions":[{"add":{"index":"events-1","alias":"events-x","is_write_index":true,"filter":{"terms":{"user":{"index":"orders","id":"1","path":"note"}}}}}]}""",
            """POST /_aliases {"actions":[{"add":{"index":"events-1","alias":"events-x"},"remove_index":{"index":"orders"}}]}""",
            """POST /_aliases {"actions":[{"Add":{"index":"orders","alias":"events-x"}}]}""",
            """PUT /orders/_alias/events-x""", """PUT /events-1/_alias/orders-x""", """DELETE /orders/_alias/sales""", """PUT /events-9 {"aliases":{"orders-x":{}}}""");
        _gate.Cluster.Indices.Aliases.Keys.ShouldBe(["sales"]);
        await _gate.ReachesAsync("karl", """POST /_aliases {"actions":[{"add":{"index":"events-1","alias":"events-x"}}]}""", "POST /_aliases");
    }

    [Fact]
    public async Task Line_27_a_reindex_is_decided_by_source_target_and_what_it_runs()
    {
        _gate.Grant("wanda", ChecklistGate.Allow("events*", "index:read", "index:write", "index:create_index"));
        await _gate.RefusesAsync("wanda", 403,
            """POST /_reindex {"source":{"index":"orders"},"dest":{"index":"events-9"}}""",
            """POST /_reindex {"source":{"index":["events-1","orders"]},"dest":{"index":"events-9"}}""",
            """POST /_reindex {"source":{"index":"events-1,orders"},"dest":{"index":"events-9"}}""",
            """POST /_reindex {"source":{"index":"*"},"dest":{"index":"events-9"}}""",
            """POST /_reindex {"source":{"index":"events-1"},"dest":{"index":"orders"}}""",
            """POST /_reindex {"source":{"index":"events-1"},"dest":{"index":"events-9","pipeline":"move"}}""",
            """POST /_reindex {"source":{"index":"events-1"},"dest":{"index":"events-9"},"script":{"source":"ctx._index='orders'"}}""",
            """POST /_reindex {"source":{"remote":{"host":"http://127.0.0.1:9200"},"index":"events-1"},"dest":{"index":"events-9"}}""",
            """POST /_reindex {"source":{"index":"events-1","query":{"terms":{"user":{"index":"orders","id":"1","path":"note"}}}},"dest":{"index":"events-9"}}""");
        await _gate.ReachesAsync("wanda", """POST /_reindex {"source":{"index":"events-1"},"dest":{"index":"events-9","op_type":"create"},"conflicts":"proceed"}""", "POST /_reindex");
        _gate.Cluster.Indices.Documents("events-9").Count.ShouldBe(1);
    }

    [Theory]
    [InlineData("""{"query":{"terms":{"user":{"index":"orders","id":"1","path":"note"}}}}""")]
    [InlineData("""{"query":{"geo_shape":{"place":{"indexed_shape":{"index":"orders","id":"1","path":"note"}}}}}""")]
    [InlineData("""{"query":{"geo_shape":{"place":{"indexed_shape":{"id":"1"}}}}}""")]
    [InlineData("""{"query":{"percolate":{"field":"q","index":"orders","id":"1"}}}""")]
    [InlineData("""{"query":{"more_like_this":{"like":[{"_index":"orders","_id":"1"}]}}}""")]
    [InlineData("""{"query":{"more_like_this":{"like":"x","unlike":[{"_index":"orders","_id":"1"}]}}}""")]
    [InlineData("""{"post_filter":{"terms":{"user":{"index":"orders","id":"1","path":"note"}}}}""")]
    [InlineData("""{"aggs":{"a":{"filter":{"terms":{"user":{"index":"orders","id":"1","path":"note"}}}}}}""")]
    [InlineData("""{"aggs":{"a":{"filters":{"filters":{"b":{"terms":{"user":{"index":"orders","id":"1","path":"note"}}}}}}}}""")]
    [InlineData("""{"rescore":{"query":{"rescore_query":{"terms":{"user":{"index":"orders","id":"1","path":"note"}}}}}}""")]
    [InlineData("""{"suggest":{"s":{"text":"x","phrase":{"field":"f","collate":{"query":{"source":{"terms":{"user":{"index":"orders","id":"1","path":"note"}}}}}}}}}""")]
    [InlineData("""{"highlight":{"highlight_query":{"terms":{"user":{"index":"orders","id":"1","path":"note"}}},"fields":{"a":{}}}}""")]
    [InlineData("""{"query":{"nested":{"path":"p","query":{"match_all":{}},"inner_hits":{"highlight":{"fields":{"a":{"highlight_query":{"terms":{"u":{"index":"orders","id":"1","path":"n"}}}}}}}}}}""")]
    [InlineData("""{"knn":{"field":"v","query_vector":[1],"k":1,"filter":{"terms":{"user":{"index":"orders","id":"1","path":"note"}}}}}""")]
    [InlineData("""{"retriever":{"standard":{"query":{"terms":{"user":{"index":"orders","id":"1","path":"note"}}}}}}""")]
    [InlineData("""{"query":{"function_score":{"functions":[{"filter":{"terms":{"user":{"index":"orders","id":"1","path":"note"}}},"weight":2}]}}}""")]
    [InlineData("""{"runtime_mappings":{"r":{"type":"lookup","target_index":"orders","input_field":"user","target_field":"note","fetch_fields":["note"]}},"fields":["r"]}""")]
    [InlineData("""{"query":{"wrapper":{"query":"eyJ0ZXJtcyI6eyJ1c2VyIjp7ImluZGV4Ijoib3JkZXJzIiwiaWQiOiIxIiwicGF0aCI6Im5vdGUifX19"}}}""")]
    public async Task Line_28_other_indices_named_by_a_search_need_the_right_to_read_them(string body)
    {
        await _gate.RefusesAsync("kandorra", 403, "POST /events-1/_search " + body, "GET /_search " + body, "POST /_msearch {\"index\":\"events-1\"}\n" + body + "\n");
        await _gate.ReachesAsync("anna", "POST /events-1/_search " + body, "POST /events-1/_search");
    }

    [Fact]
    public async Task Line_28_so_do_those_of_filters_beside_a_query() => await _gate.RefusesAsync("kandorra", 403,
        """POST /events-1/_field_caps?fields=* {"index_filter":{"terms":{"user":{"index":"orders","id":"1","path":"note"}}}}""",
        """POST /events-1/_pit?keep_alive=1m {"index_filter":{"terms":{"user":{"index":"orders","id":"1","path":"note"}}}}""",
        """POST /_sql {"query":"SELECT * FROM \"events-1\"","filter":{"terms":{"user":{"index":"orders","id":"1","path":"note"}}}}""",
        """POST /_sql {"query":"SELECT * FROM orders"}""", """POST /_sql {"query":"SELECT * FROM \"events-1\" WHERE n IN (SELECT n FROM orders)"}""",
        """POST /_query {"query":"FROM events-1","filter":{"terms":{"user":{"index":"orders","id":"1","path":"note"}}}}""", """POST /_query {"query":"FROM events-1, orders"}""",
        """POST /_plugins/_ppl {"query":"source=orders"}""", """POST /events-1/_count {"query":{"terms":{"user":{"index":"orders","id":"1","path":"note"}}}}""",
        """POST /events-1/_validate/query {"query":{"terms":{"user":{"index":"orders","id":"1","path":"note"}}}}""", """POST /events-1/_explain/1 {"query":{"terms":{"user":{"index":"orders","id":"1","path":"note"}}}}""",
        """POST /events-1/_delete_by_query {"query":{"terms":{"user":{"index":"orders","id":"1","path":"note"}}}}""", """POST /events-1/_eql/search {"query":"any where true","filter":{"terms":{"user":{"index":"orders","id":"1","path":"note"}}}}""");

    [Fact]
    public async Task Line_29_a_template_may_become_anything()
    {
        await _gate.RefusesAsync("kandorra", 403,
            """POST /events-1/_search/template {"source":"{\"query\":{{#toJson}}q{{/toJson}}}","params":{"q":{"terms":{"user":{"index":"orders","id":"1","path":"note"}}}}}""",
            """POST /events-1/_search/template {"id":"stored"}""",
            "POST /events-1/_msearch/template {}\n{\"source\":\"{}\"}\n",
            """POST /events-1/_render/template {"source":"{}"}""");
        await _gate.ReachesAsync("anna", """POST /events-1/_search/template {"source":"{\"size\":1}"}""", "POST /events-1/_search/template");
    }

    [Fact]
    public async Task Line_30_words_have_one_case()
    {
        await _gate.RefusesAsync("anna", null, "POST /_bulk {\"INDEX\":{\"_index\":\"orders\"}}\n{}\n", "POST /_bulk {\"index\":{\"_Index\":\"orders\"}}\n{}\n", """POST /_reindex {"Source":{"index":"orders"},"dest":{"index":"a"}}""",
            """GET /_mget {"Docs":[{"_index":"orders","_id":"1"}]}""", """GET /_mget {"docs":[{"_INDEX":"orders","_id":"1"}]}""", "POST /_msearch {\"INDEX\":\"orders\"}\n{}\n");
        await _gate.RefusesAsync("kandorra", null, "GET /_SEARCH", "GET /events-1/_Search", "GET /events-1/_search?Q=a", """POST /events-1/_search {"QUERY":{"terms":{"user":{"INDEX":"orders","index":"orders","id":"1"}}}}""");
    }

    [Fact]
    public async Task Line_31_a_body_where_none_belongs_goes_no_further()
    {
        RecordedRequest seen = await _gate.ReachesAsync("anna", """DELETE /events-2 {"index":"orders"}""", "DELETE /events-2");
        seen.BodyLength.ShouldBe(0);
        (await _gate.ReachesAsync("anna", """GET /events-1/_mapping {"x":1}""", "GET /events-1/_mapping")).BodyLength.ShouldBe(0);
        (await _gate.ReachesAsync("anna", """POST /events-1/_refresh {"index":"orders"}""", "POST /events-1/_refresh")).BodyLength.ShouldBe(0);
    }
}

using Shouldly;
using Xunit;

namespace Gatehouse.Protocols.Tests.Elasticsearch;

public sealed class Bodies_of_elasticsearch
{
    [Theory]
    [InlineData("""{"query":{"terms":{"user":{"index":"payroll","id":"1","path":"x"}}}}""", "index:read logs,payroll")]
    [InlineData("""{"query":{"bool":{"filter":[{"nested":{"path":"p","query":{"terms":{"u":{"index":"payroll","id":"1","path":"x"}}}}}]}}}""", "index:read logs,payroll")]
    [InlineData("""{"aggs":{"a":{"filters":{"filters":{"index":{"terms":{"u":{"index":"payroll","id":"1","path":"x"}}}}}}}}""", "index:read logs,payroll")]
    [InlineData("""{"post_filter":{"geo_shape":{"location":{"indexed_shape":{"id":"1"}}}}}""", "index:read logs,shapes")]
    [InlineData("""{"query":{"geo_shape":{"location":{"indexed_shape":{"index":"secret","id":"1","path":"p"}}}}}""", "index:read logs,secret")]
    [InlineData("""{"query":{"percolate":{"field":"q","index":"secret","id":"1"}}}""", "index:read logs,secret")]
    [InlineData("""{"query":{"percolate":{"field":"q","document":{"index":"not-read"}}}}""", "index:read logs")]
    [InlineData("""{"query":{"more_like_this":{"like":[{"_index":"secret","_id":"1"},"text"]}}}""", "index:read logs,secret")]
    [InlineData("""{"runtime_mappings":{"f":{"type":"lookup","target_index":"secret","input_field":"a","target_field":"b"}}}""", "index:read logs,secret")]
    [InlineData("""{"query":{"wrapper":{"query":"eyJ0ZXJtcyI6eyJ1Ijp7ImluZGV4IjoicGF5cm9sbCIsImlkIjoiMSIsInBhdGgiOiJ4In19fQ=="}}}""", "index:read logs,payroll")]
    [InlineData("""{"knn":{"field":"v","filter":{"terms":{"u":{"index":"payroll","id":"1","path":"x"}}}}}""", "index:read logs,payroll")]
    [InlineData("""{"rescore":{"query":{"rescore_query":{"terms":{"u":{"index":"payroll","id":"1","path":"x"}}}}}}""", "index:read logs,payroll")]
    [InlineData("""{"query":{"term":{"index":"not-an-index"}},"sort":[{"index":"asc"}]}""", "index:read logs")]
    [InlineData("""{"query":{"term":{"_index":"logs-1"}}}""", "index:read logs")]
    [InlineData("""{"query":{"terms":{"index":["a","b"]}}}""", "index:read logs")]
    [InlineData("""{"query":{"something_of_tomorrow":{"index":"secret"}}}""", "index:read logs,secret")]
    [InlineData("""{"query":{"terms":{"u":{"index":7,"id":"1","path":"x"}}}}""", "refused unexpected_type")]
    [InlineData("""{"query":{},"query":{}}""", "refused malformed_json")]
    [InlineData("""{"query":{}} x""", "refused malformed_json")]
    [InlineData("""[1]""", "refused unexpected_type")]
    public void Searches_read_what_their_queries_name(string body, string expected) => Classified.As("POST /logs/_search", body).ShouldBe(expected);

    [Fact]
    public void A_point_in_time_has_an_owner_and_is_not_everything()
    {
        Classified.As("POST /_search", """{"pit":{"id":"abc"}}""").ShouldBe("owner index:read");
        Classified.As("POST /_search", """{"pit":{"id":"abc"},"query":{"terms":{"u":{"index":"payroll","id":"1","path":"x"}}}}""").ShouldBe("owner index:read payroll");
        Classified.As("POST /_search", """{"pit":{}}""").ShouldBe("refused unexpected_type");
    }

    [Theory]
    [InlineData("{\"index\":{\"_index\":\"a\",\"_id\":\"1\"}}\n{}\n{\"create\":{\"_index\":\"b\"}}\n{}\n{\"update\":{\"_index\":\"c\",\"_id\":\"1\"}}\n{}\n{\"delete\":{\"_index\":\"d\",\"_id\":\"1\"}}\n", "index:create a; index:create_doc b; index:index c; index:delete d")]
    [InlineData("{\"index\":{}}\n{\"index\":{\"_index\":\"data\"}}\n", "index:create dflt")]
    [InlineData("{\"index\":{\"_index\":null}}\r\n{}\r\n", "index:create dflt")]
    [InlineData("{\"index\":{\"op_type\":\"create\"}}\n{}\n", "index:create_doc dflt")]
    [InlineData("{\"index\":{\"_index\":7}}\n{}\n", "refused unexpected_type")]
    [InlineData("{\"index\":{\"_index\":\"a,b\"}}\n{}\n", "refused bad_index_name")]
    [InlineData("{\"index\":{\"_index\":\"a*\"}}\n{}\n", "refused bad_index_name")]
    [InlineData("{\"index\":{},\"delete\":{\"_index\":\"b\"}}\n{}\n", "refused malformed_lines")]
    [InlineData("{\"index\":{\"_index\":\"a\",\"_index\":\"b\"}}\n{}\n", "refused malformed_json")]
    [InlineData("{\"index\":{\"what\":1}}\n{}\n", "refused unknown_field")]
    [InlineData("{\"Index\":{}}\n{}\n", "refused unexpected_value")]
    [InlineData("\n{\"index\":{}}\n{}\n", "refused malformed_lines")]
    [InlineData("{\"index\":{}}\n{}", "refused malformed_lines")]
    [InlineData("{\"index\":{}}\n", "refused malformed_lines")]
    [InlineData("", "refused malformed_lines")]
    public void Bulk_items_each_have_their_privilege(string body, string expected) =>
        Classified.As("POST /dflt/_bulk", body, "application/x-ndjson").ShouldBe(expected);

    [Theory]
    [InlineData("{}\n{}\n", "index:read *")]
    [InlineData("{\"index\":\"a,b\"}\n{}\n{\"indices\":[\"c\"]}\n{\"query\":{\"terms\":{\"u\":{\"index\":\"d\",\"id\":\"1\",\"path\":\"x\"}}}}\n", "index:read a,b,c,d")]
    [InlineData("{\"index\":\"a\",\"indices\":[\"b\"]}\n{}\n", "refused two_names")]
    [InlineData("{\"index\":\"a\",\"x\":1}\n{}\n", "refused unknown_field")]
    [InlineData("\n{}\n", "refused malformed_lines")]
    [InlineData("{}\n", "refused malformed_lines")]
    public void Multi_searches_name_indices_in_headers(string body, string expected) =>
        Classified.As("POST /_msearch", body, "application/x-ndjson").ShouldBe(expected);

    [Theory]
    [InlineData("GET /_mget", """{"docs":[{"_index":"a","_id":"1"},{"_index":"b","_id":"2"}]}""", "index:read a,b")]
    [InlineData("GET /d/_mget", """{"docs":[{"_id":"1"}],"ids":["2"]}""", "index:read d")]
    [InlineData("GET /_mget", """{"docs":[{"_id":"1"}]}""", "refused missing_index")]
    [InlineData("POST /_reindex", """{"source":{"index":["a","b"]},"dest":{"index":"c"}}""", "index:read a,b; index:write c")]
    [InlineData("POST /_reindex", """{"source":{"index":"a","query":{"terms":{"u":{"index":"p","id":"1","path":"x"}}}},"dest":{"index":"c","pipeline":"x"}}""", "index:read a,p; index:write c; cluster:manage")]
    [InlineData("POST /_reindex", """{"source":{"remote":{"host":"http://x"},"index":"a"},"dest":{"index":"c"}}""", "index:write c; cluster:manage")]
    [InlineData("POST /_aliases", """{"actions":[{"add":{"indices":["a","b"],"alias":"x"}},{"remove_index":{"index":"c"}}]}""", "index:manage a,b,x,c")]
    [InlineData("POST /_aliases", """{"actions":[{"steal":{"index":"a","alias":"b"}}]}""", "refused unexpected_value")]
    [InlineData("PUT /a", """{"aliases":{"x":{}}}""", "index:manage a,x")]
    [InlineData("PUT /a", """{"settings":{"index":{"final_pipeline":"p"}}}""", "index:create_index a; cluster:manage")]
    [InlineData("PUT /a/_settings", """{"index.blocks.write":true}""", "index:manage a; cluster:manage")]
    [InlineData("PUT /a/_settings", """{"index":{"number_of_replicas":1}}""", "index:manage a")]
    [InlineData("POST /a/_rollover", """{"aliases":{"x":{}}}""", "index:manage a,x")]
    [InlineData("POST /_data_stream/_modify", """{"actions":[{"add_backing_index":{"data_stream":"s","index":"i"}}]}""", "index:manage s,i")]
    [InlineData("PUT /_enrich/policy/p", """{"match":{"indices":["users"],"match_field":"m","enrich_fields":["e"]}}""", "cluster:manage_enrich; index:read users")]
    [InlineData("PUT /_transform/t", """{"source":{"index":"a"},"dest":{"index":"b"}}""", "cluster:manage_transform; index:read a; index:view_index_metadata a; index:create_index b; index:index b")]
    [InlineData("GET /a/_search/template", """{"source":"{}"}""", "index:read a,*")]
    [InlineData("POST /a/_update_by_query", """{"script":{"source":"x"}}""", "index:read a; index:index a; cluster:manage")]
    [InlineData("DELETE /_search/scroll", """{"scroll_id":["a","_all"]}""", "cluster:manage")]
    [InlineData("DELETE /_search/scroll", """{"scroll_id":["a","b"]}""", "owner")]
    [InlineData("POST /_search/scroll", "{}", "refused missing_handle")]
    [InlineData("POST /_sql", """{"cursor":"abc"}""", "owner index:read")]
    public void Other_bodies_name_theirs(string request, string body, string expected) => Classified.As(request, body).ShouldBe(expected);

    [Theory]
    [InlineData("SELECT * FROM logs", "index:read logs")]
    [InlineData("SELECT a FROM \"logs-*,app\" AS l WHERE b = 'FROM secret' -- FROM secret", "index:read logs-*,app")]
    [InlineData("SELECT EXTRACT(YEAR FROM ts) FROM /* FROM secret */ logs", "index:read logs")]
    [InlineData("SELECT EXTRACT(YEAR FROM (SELECT MAX(x) FROM secret)) FROM logs", "index:read secret,logs")]
    [InlineData("SELECT * FROM (SELECT * FROM secret) x", "index:read secret")]
    [InlineData("SELECT * FROM a, b JOIN c ON 1 = 1", "index:read a,b,c")]
    [InlineData("SELECT * FROM FROZEN secret", "index:read secret")]
    [InlineData("SELECT * FROM remote:secret", "index:read remote:secret")]
    [InlineData("select 1", "index:read")]
    [InlineData("SHOW TABLES", "index:read *")]
    [InlineData("SHOW COLUMNS IN logs", "index:read logs")]
    [InlineData("DESCRIBE \"logs-*\"", "index:read logs-*")]
    [InlineData("SHOW FUNCTIONS", "index:read")]
    [InlineData("DROP TABLE x", "refused unknown_statement")]
    [InlineData("SELECT * FROM 'x", "refused malformed_query")]
    public void Sql_names_tables(string text, string expected) => Classified.Query("/_sql", text).ShouldBe(expected);

    [Theory]
    [InlineData("FROM logs-*, app METADATA _id | WHERE a == \"| FROM secret\" | LIMIT 1", "index:read logs-*,app")]
    [InlineData("from \"a\", \"\"\"b\"\"\" // FROM c", "index:read a,b")]
    [InlineData("FROM a | LOOKUP JOIN lookup ON f", "index:read a,lookup")]
    [InlineData("FROM a | ENRICH p ON f", "index:read a; cluster:monitor_enrich")]
    [InlineData("FROM (FROM secret | WHERE x > 1), b", "index:read secret,b")]
    [InlineData("FROM a | FORK (WHERE x > 1 | LOOKUP JOIN z ON f) (LIMIT 2) | SORT y", "index:read a,z")]
    [InlineData("FROM remote:a, b::failures", "index:read remote:a; index:read_failure_store b")]
    [InlineData("TS metrics | STATS max(x)", "index:read metrics")]
    [InlineData("ROW a = 1", "index:read")]
    [InlineData("SHOW INFO", "index:read")]
    [InlineData("STEAL a", "refused unknown_statement")]
    [InlineData("FROM a | READ_MORE b", "refused unknown_statement")]
    [InlineData("FROM a | WHERE x == \"", "refused malformed_query")]
    public void Esql_names_sources(string text, string expected) => Classified.Query("/_query", text).ShouldBe(expected);

    [Theory]
    [InlineData("source=a,b-* | where x = 'source=c'", "index:read a,b-*")]
    [InlineData("search source=a | lookup users id", "index:read a,users")]
    [InlineData("source=a | append [ search source=secret ]", "index:read a,secret")]
    [InlineData("source=a | join left=l right=r on l.a = r.b secret", "index:read a,*")]
    [InlineData("describe a", "index:read a")]
    [InlineData("fields a", "refused unknown_statement")]
    public void Ppl_names_sources(string text, string expected) => Classified.Query("/_plugins/_ppl", text).ShouldBe(expected);
}

using System.Diagnostics;
using System.Text;
using Shouldly;
using Xunit;

namespace Gatehouse.Protocols.Tests.Elasticsearch;

/// <summary>Requests that would read or write an index unseen, or make the reading of them long.</summary>
public sealed class Names_hidden_from_the_classifier
{
    private const string Lookup = """{"terms":{"u":{"index":"secret","id":"1","path":"x"}}}""";

    [Theory]
    [InlineData("""{"aggs":{"params":{"filter":LOOKUP}}}""")]
    [InlineData("""{"aggs":{"doc":{"filter":LOOKUP}}}""")]
    [InlineData("""{"aggs":{"script":{"aggs":{"term":{"filter":LOOKUP}}}}}""")]
    [InlineData("""{"aggs":{"a":{"filters":{"filters":{"params":LOOKUP}}}}}""")]
    [InlineData("""{"aggs":{"a":{"filters":{"filters":[LOOKUP]}}}}""")]
    [InlineData("""{"aggs":{"a":{"filters":{"filters":{"wrapper":LOOKUP}}}}}""")]
    [InlineData("""{"aggs":{"a":{"adjacency_matrix":{"filters":{"script":LOOKUP}}}}}""")]
    [InlineData("""{"aggs":{"collate":{"filter":LOOKUP}}}""")]
    [InlineData("""{"aggs":{"a":{"meta":{"index":"own"},"filter":LOOKUP}}}""")]
    [InlineData("""{"runtime_mappings":{"params":{"type":"lookup","target_index":"secret"}}}""")]
    [InlineData("""{"runtime_mappings":{"terms":{"type":"lookup","target_index":"secret"}}}""")]
    [InlineData("""{"runtime_mappings":{"geo_shape":{"type":"lookup","target_index":"secret"}}}""")]
    [InlineData("""{"runtime_mappings":{"index":{"type":"lookup","target_index":"secret"}}}""")]
    [InlineData("""{"query":{"knn":{"params":{"vector":[1],"k":1,"filter":LOOKUP}}}}""")]
    [InlineData("""{"highlight":{"fields":{"script":{"highlight_query":LOOKUP}}}}""")]
    [InlineData("""{"retriever":{"rrf":{"retrievers":[{"knn":{"field":"v","filter":[LOOKUP]}}]}}}""")]
    [InlineData("""{"sort":[{"a":{"order":"asc","nested":{"path":"p","filter":LOOKUP}}}]}""")]
    public void Callers_names_hide_nothing(string body) =>
        Classified.As("POST /logs/_search", body.Replace("LOOKUP", Lookup, StringComparison.Ordinal)).ShouldBe("index:read logs,secret");

    [Theory]
    [InlineData("""{"aggs":{"a":{"terms":{"field":"index"},"meta":{"index":"own"}}}}""", "index:read logs")]
    [InlineData("""{"aggs":{"a":{"bucket_script":{"buckets_path":{"index":"b"},"script":{"source":"1","params":{"index":"own"}}}}}}""", "index:read logs")]
    [InlineData("""{"aggs":{"a":{"scripted_metric":{"map_script":"x","params":{"index":"own"}}}}}""", "index:read logs")]
    [InlineData("""{"script_fields":{"index":{"script":"1"}},"_source":["index"],"fields":["index",{"field":"index"}],"docvalue_fields":["index"]}""", "index:read logs")]
    [InlineData("""{"query":{"xy_shape":{"f":{"indexed_shape":{"id":"1"}}}}}""", "index:read logs,shapes")]
    public void Own_names_are_not_taken_for_indices(string body, string expected) => Classified.As("POST /logs/_search", body).ShouldBe(expected);

    [Theory]
    [InlineData("POST /secret/_mtermvectors?ids=1", """{"docs":[{"_index":"a","_id":"1"}]}""", "index:read a,secret")]
    [InlineData("POST /a/_mtermvectors", """{"ids":["1"],"parameters":{"_index":"secret"}}""", "index:read a,secret")]
    [InlineData("POST /a/_termvectors/1", """{"_index":"secret"}""", "index:read a,secret")]
    [InlineData("POST /a/_termvectors", """{"doc":{"index":"own"}}""", "index:read a")]
    [InlineData("POST /_transform/_preview", """{"source":{"index":"a"},"pivot":{"group_by":{"g":{"terms":{"field":"f"}}},"aggs":{"x":{"filter":{"terms":{"u":{"index":"secret","id":"1","path":"x"}}}}}}}""", "cluster:manage_transform; index:read a,secret; index:view_index_metadata a")]
    [InlineData("POST /_ml/data_frame/_evaluate", """{"index":"a","query":{"terms":{"u":{"index":"secret","id":"1","path":"x"}}}}""", "cluster:monitor_ml; index:read a,secret")]
    [InlineData("PUT /_ml/datafeeds/d", """{"indices":["secret"]}""", "cluster:manage_ml; index:read secret")]
    [InlineData("PUT /_ml/anomaly_detectors/j", """{"datafeed_config":{"indexes":"secret"}}""", "cluster:manage_ml; index:read secret")]
    [InlineData("POST /_reindex", """{"source":{"index":"a","runtime_mappings":{"terms":{"target_index":"secret"}}},"dest":{"index":"b"}}""", "index:read a,secret; index:write b")]
    [InlineData("POST /_sql", """{"query":"SELECT * FROM logs","catalog":"remote"}""", "index:read logs,remote:*")]
    [InlineData("POST /_count", """{"pit":{"id":"x"}}""", "refused unknown_field")]
    [InlineData("POST /a/_doc?op_type=index", "{}", "index:create a")]
    [InlineData("PUT /_create_from/a/b", """{"settings_override":{"index":{"final_pipeline":"p"}}}""", "index:manage a,b; cluster:manage")]
    [InlineData("PUT /_data_stream/a/_settings", """{"index.default_pipeline":"p"}""", "index:manage a; cluster:manage")]
    [InlineData("POST /_reindex", """{"source":{"index":["logs-*","-logs-x"]},"dest":{"index":"b"}}""", "index:read logs-*; index:write b")]
    [InlineData("POST /_internal/desired_nodes", "{}", "cluster:manage")]
    public void Other_places_of_names_are_read(string request, string body, string expected) => Classified.As(request, body).ShouldBe(expected);

    [Theory]
    [InlineData("/_query", "FROM logs-*, -logs-x", "index:read logs-*")]
    [InlineData("/_query", "FROM a\u20ac, logs\u0301*", "index:read a\u20ac,logs\u0301*")]
    [InlineData("/_query", "FROM a\u00a0b", "index:read a\u00a0b")]
    [InlineData("/_query", "FROM a /* /* */ , secret // */ */", "refused malformed_query")]
    [InlineData("/_query", "SET x = \"a;\";FROM a", "index:read a")]
    [InlineData("/_query", "FROM a; FROM b", "refused malformed_query")]
    [InlineData("/_query", "FROM \"\"\"a\"\"\"\"\"\", x \", secret", "refused bad_index_name")]
    [InlineData("/_query", "FROM a | WHERE x IN (FROM secret | KEEP y)", "index:read a,secret")]
    [InlineData("/_query", "PROMQL index=secret (x)", "refused unknown_statement")]
    [InlineData("/_sql", "SELECT * FROM a /* /* */ , secret -- */ */", "refused malformed_query")]
    [InlineData("/_sql", "SELECT * FROM (SELECT * FROM a) x, secret", "refused malformed_query")]
    [InlineData("/_sql", "SELECT * FROM a UNION SELECT * FROM b", "index:read a,b")]
    [InlineData("/_sql", "SELECT (SELECT MAX(x) FROM a), b FROM c WHERE d IN (SELECT e FROM f)", "index:read a,c,f")]
    [InlineData("/_sql", "SHOW COLUMNS CATALOG", "index:read *,*:*")]
    [InlineData("/_sql", "DESCRIBE CATALOG 'remote' logs", "index:read *,*:*")]
    [InlineData("/_sql", "SHOW TABLES CATALOG 'remote'", "index:read *,*:*")]
    [InlineData("/_sql", "SELECT * FROM", "refused malformed_query")]
    [InlineData("/_sql", "SELECT * FROM a,", "refused malformed_query")]
    [InlineData("/_sql", "EXPLAIN SHOW", "index:read *")]
    [InlineData("/_sql", "", "refused unknown_statement")]
    [InlineData("/_query", "FROM a | LOOKUP JOIN", "refused malformed_query")]
    [InlineData("/_query", "FROM a |", "refused unknown_statement")]
    [InlineData("/_query", "EXPLAIN (", "refused unknown_statement")]
    [InlineData("/_query", "FROM a:", "refused malformed_query")]
    [InlineData("/_query", "SET", "refused unknown_statement")]
    [InlineData("/_plugins/_ppl", "source=", "refused malformed_query")]
    [InlineData("/_plugins/_ppl", "source=a,", "refused malformed_query")]
    [InlineData("/_plugins/_ppl", "describe", "refused malformed_query")]
    [InlineData("/_plugins/_sql", "SELECT *FROM secret", "refused malformed_query")]
    [InlineData("/_plugins/_sql", "SELECT 1FROM secret", "refused malformed_query")]
    [InlineData("/_plugins/_sql", "SELECT m.from FROM logs-*", "index:read logs-*")]
    [InlineData("/_plugins/_sql", "SELECT * FROM frozen x", "index:read frozen")]
    [InlineData("/_plugins/_sql", "SELECT * FROM a JOIN b ON a.x = b.x, secret", "refused malformed_query")]
    [InlineData("/_plugins/_sql", "SELECT * FROM a USE INDEX (i), secret", "refused malformed_query")]
    [InlineData("/_plugins/_sql", "SELECT * FROM a # '\n, secret # '", "refused malformed_query")]
    [InlineData("/_plugins/_sql", "SELECT `a\\` ' ` FROM secret -- '", "refused malformed_query")]
    [InlineData("/_plugins/_sql", "SELECT 1 --1 FROM secret", "refused malformed_query")]
    [InlineData("/_plugins/_sql", "SELECT 1 /*! FROM secret */", "refused malformed_query")]
    [InlineData("/_plugins/_ppl", "source=a // \\\n ' \n | append [source=secret] | where a='", "refused malformed_query")]
    [InlineData("/_plugins/_ppl", "search a=1source=secret", "refused malformed_query")]
    public void Query_texts_hide_nothing(string path, string text, string expected) => Classified.Query(path, text).ShouldBe(expected);

    [Theory]
    [InlineData("/_query", "FROM (")]
    [InlineData("/_query", "EXPLAIN (")]
    [InlineData("/_query", "FROM a | FORK (")]
    [InlineData("/_query", "FROM a | WHERE (")]
    [InlineData("/_sql", "SELECT * FROM (")]
    [InlineData("/_plugins/_ppl", "source=a | append [ ")]
    public void Deep_query_texts_are_refused(string path, string text)
    {
        string nested = string.Concat(Enumerable.Repeat(text.Replace("FROM a | ", "", StringComparison.Ordinal), 60_000 / text.Length * 10));
        Classified.Query(path, (text.Contains('|') ? "FROM a | " : "") + nested).ShouldBe("refused malformed_query");
    }

    [Fact]
    public void Wrapped_queries_within_each_other_are_refused()
    {
        string query = Lookup;
        for (int i = 0; i < 4; i++)
        {
            query = Wrap(query);
        }

        Classified.As("POST /logs/_search", $$"""{"query":{{query}}}""").ShouldBe("index:read logs,secret");
        Classified.As("POST /logs/_search", $$"""{"query":{{Wrap(query)}}}""").ShouldBe("refused malformed_json");
    }

    [Fact]
    public void Time_is_linear_in_the_names_and_the_text()
    {
        var clock = Stopwatch.StartNew();
        var bulk = new StringBuilder();
        var searches = new StringBuilder();
        for (int i = 0; i < 100_000; i++)
        {
            bulk.Append("{\"delete\":{\"_index\":\"i").Append(i).Append("\",\"_id\":\"1\"}}\n");
            searches.Append("{\"index\":\"i").Append(i).Append("\"}\n{}\n");
        }

        Classified.As("POST /_bulk", bulk.ToString(), "application/x-ndjson").ShouldEndWith(",i99999");
        Classified.As("POST /_msearch", searches.ToString(), "application/x-ndjson").ShouldEndWith(",i99999");
        Classified.Query("/_sql", "SELECT * FROM " + string.Join('.', Enumerable.Repeat("a", 400_000))).ShouldStartWith("refused ");
        Classified.Query("/_query", "FROM a" + string.Concat(Enumerable.Repeat(" : a", 200_000))).ShouldStartWith("refused ");
        Classified.Query("/_sql", "SELECT * FROM a" + string.Concat(Enumerable.Repeat(" JOIN a", 100_000))).ShouldBe("index:read a");
        Classified.Query("/_sql", string.Concat(Enumerable.Repeat("EXPLAIN SHOW ", 70_000))).ShouldBe("index:read *");
        Classified.Query("/_query", new string('x', 10_000_000)).ShouldBe("refused malformed_query");

        // A machine that is busy with other things takes its time; what is quadratic takes minutes.
        clock.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(60));
    }

    private static string Wrap(string query) => $$$"""{"wrapper":{"query":"{{{Convert.ToBase64String(Encoding.UTF8.GetBytes(query))}}}"}}""";
}

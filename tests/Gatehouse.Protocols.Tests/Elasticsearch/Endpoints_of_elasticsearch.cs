using Gatehouse.Protocols.Catalogues;
using Gatehouse.Protocols.Elasticsearch;
using Shouldly;
using Xunit;

namespace Gatehouse.Protocols.Tests.Elasticsearch;

public sealed class Endpoints_of_elasticsearch
{
    [Theory]
    [InlineData("GET /", "cluster:monitor")]
    [InlineData("HEAD /", "cluster:monitor")]
    [InlineData("GET /_search", "index:read *")]
    [InlineData("GET /_all/_search", "index:read *")]
    [InlineData("GET /logs-*,app/_search/", "index:read logs-*,app")]
    [InlineData("GET /logs-*,-logs-secret/_search", "index:read logs-*")]
    [InlineData("GET /-a,logs-*/_search", "index:read -a,logs-*")]
    [InlineData("GET /a%2Cb/_search", "index:read a,b")]
    [InlineData("GET /%3Clogs-%7Bnow%2Fd%7D%3E/_search", "index:read <logs-{now/d}>")]
    [InlineData("GET /remote:logs-*/_search", "index:read remote:logs-*")]
    [InlineData("GET /logs::failures/_search", "index:read_failure_store logs")]
    [InlineData("GET /logs::data,b/_search", "index:read logs,b")]
    [InlineData("GET /a%252Fb/_doc/1", "index:read a%2Fb")]
    [InlineData("HEAD /a/_doc/1", "index:read a")]
    [InlineData("PUT /a/_doc/1", "index:create a")]
    [InlineData("PUT /a/_doc/1?op_type=create", "index:create_doc a")]
    [InlineData("POST /a/_doc", "index:create_doc a")]
    [InlineData("PUT /a/_create/1", "index:create_doc a")]
    [InlineData("POST /a/_update/1", "index:index a")]
    [InlineData("DELETE /a/_doc/1", "index:delete a")]
    [InlineData("POST /a/_delete_by_query", "index:read a; index:delete a")]
    [InlineData("POST /a/_update_by_query", "index:read a; index:index a")]
    [InlineData("POST /a/_update_by_query?pipeline=p", "index:read a; index:index a; cluster:manage")]
    [InlineData("PUT /a", "index:create_index a")]
    [InlineData("DELETE /a,b", "index:delete_index a,b")]
    [InlineData("HEAD /a", "index:view_index_metadata a")]
    [InlineData("GET /_alias/x", "index:view_index_metadata *,x")]
    [InlineData("PUT /a/_aliases/x", "index:manage a,x")]
    [InlineData("PUT /_settings", "index:manage *")]
    [InlineData("POST /a/_shrink/b", "index:manage a,b")]
    [InlineData("POST /a/_rollover/b", "index:manage a,b")]
    [InlineData("GET /_refresh", "index:maintenance *")]
    [InlineData("POST /_cache/clear?index=a,b", "index:manage a,b")]
    [InlineData("GET /_analyze", "cluster:monitor")]
    [InlineData("GET /_analyze?index=a", "index:manage a")]
    [InlineData("GET /_cat", "any")]
    [InlineData("GET /_cat/indices/a", "cluster:monitor; index:monitor a")]
    [InlineData("GET /_cat/recovery?index=a", "cluster:monitor; index:monitor a")]
    [InlineData("GET /_cat/count/a", "index:read a")]
    [InlineData("GET /_cat/aliases/a", "index:view_index_metadata a")]
    [InlineData("GET /_cat/nodes", "cluster:monitor")]
    [InlineData("GET /_cluster/state/metadata/a", "cluster:monitor")]
    [InlineData("PUT /_cluster/settings", "cluster:manage")]
    [InlineData("GET /_template/t", "cluster:monitor")]
    [InlineData("PUT /_index_template/t", "cluster:manage_index_templates")]
    [InlineData("GET /_ingest/pipeline/p", "cluster:read_pipeline")]
    [InlineData("PUT /_ingest/pipeline/p", "cluster:manage_pipeline")]
    [InlineData("POST /_snapshot/r/s/_restore", "cluster:manage")]
    [InlineData("PUT /_snapshot/r/s", "cluster:create_snapshot")]
    [InlineData("GET /_ml/info", "cluster:monitor_ml")]
    [InlineData("DELETE /_ml/filters/f", "cluster:manage_ml")]
    [InlineData("PUT /a/_ccr/follow", "cluster:manage_ccr; index:manage_follow_index a")]
    [InlineData("POST /_ilm/move/a", "index:manage_ilm a")]
    [InlineData("GET /_text_structure/find_field_structure?index=a&field=f", "cluster:monitor_text_structure; index:read a")]
    [InlineData("GET /_security/_authenticate", "any")]
    [InlineData("GET /_security/user/anna", "cluster:read_security")]
    [InlineData("GET /_security/api_key?owner=true", "cluster:manage_own_api_key")]
    [InlineData("GET /_security/api_key", "cluster:read_security")]
    [InlineData("POST /_plugins/_security/authinfo", "any")]
    [InlineData("PATCH /_opendistro/_security/api/roles", "cluster:manage_security")]
    [InlineData("GET /_plugins/_alerting/monitors/1", "cluster:manage")]
    [InlineData("POST /_plugins/_asynchronous_search?index=a", "index:read a")]
    [InlineData("GET /_async_search/abc", "owner")]
    [InlineData("GET /_async_search/status/abc", "cluster:monitor")]
    [InlineData("GET /_search/scroll/abc", "owner index:read")]
    [InlineData("DELETE /_search/scroll/_all", "cluster:manage")]
    [InlineData("DELETE /_search/point_in_time/_all", "cluster:manage")]
    [InlineData("GET /_api_of_tomorrow", "cluster:all")]
    [InlineData("POST /a/_api_of_tomorrow", "cluster:all")]
    [InlineData("GET /_search/foo", "cluster:all")]
    public void Path_and_query_say_privilege_and_indices(string request, string expected) => Classified.As(request).ShouldBe(expected);

    [Fact]
    public void Every_line_of_the_table_takes_its_own_requests()
    {
        int operations = 0;
        foreach (CatalogueEndpoint endpoint in ElasticsearchTable.Default.Routes.Endpoints)
        {
            foreach (string method in endpoint.Methods)
            {
                string path = string.Join('/', endpoint.Template.Split('/').Select(static s => s.StartsWith('{') ? "x" : s));
                string found = Classified.As($"{method} {path}");
                found.ShouldNotBe("cluster:all", $"{method} {endpoint.Template}");
                found.ShouldNotBe("refused method_not_allowed", $"{method} {endpoint.Template}");
                operations++;
            }
        }

        operations.ShouldBeGreaterThan(757 + 275);
    }

    [Fact]
    public void Only_privileges_of_elastic_are_asked_for()
    {
        string[] asked = [.. ElasticsearchTable.Default.Plans.Values.SelectMany(static p => p.Operations).Select(static o => o.Action).Distinct()];
        asked.ShouldAllBe(static a => a.StartsWith("cluster:", StringComparison.Ordinal) || a.StartsWith("index:", StringComparison.Ordinal));
        asked.ShouldBeSubsetOf(Privileges.All);
    }
}

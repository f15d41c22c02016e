using Shouldly;
using Xunit;

namespace Gatehouse.Protocols.Tests.Elasticsearch;

/// <summary>What Kibana, Beats, Logstash and older clients send.</summary>
public sealed class Everyday_requests_to_elasticsearch
{
    [Theory]
    [InlineData("GET /_nodes?filter_path=nodes.*.version%2Cnodes.*.http.publish_address%2Cnodes.*.ip", "cluster:monitor")]
    [InlineData("POST /logs-*/_search?typed_keys=true&ignore_unavailable=true&track_total_hits=true&timeout=30000ms&preference=1700000000000", "index:read logs-*")]
    [InlineData("POST /logs-*/_async_search?batched_reduce_size=64&ccs_minimize_roundtrips=true&wait_for_completion_timeout=200ms&keep_on_completion=true&keep_alive=60000ms&ignore_unavailable=true&preference=1", "index:read logs-*")]
    [InlineData("GET /logs-*/_field_caps?fields=*&ignore_unavailable=true&allow_no_indices=false&include_empty_fields=true", "index:read logs-*")]
    [InlineData("GET /logs-*/_field_caps?fields=*&ignore_unavailable", "index:read logs-*")]
    [InlineData("GET /_resolve/index/*?expand_wildcards=all", "index:view_index_metadata *")]
    [InlineData("GET /_resolve/index/*%3A*?expand_wildcards=open", "index:view_index_metadata *:*")]
    [InlineData("GET /.kibana_8.11.0/_doc/space%3Adefault", "index:read .kibana_8.11.0")]
    [InlineData("POST /.kibana_task_manager/_search?rest_total_hits_as_int=true", "index:read .kibana_task_manager")]
    [InlineData("GET /_license?accept_enterprise=true", "cluster:monitor")]
    [InlineData("GET /_license?human=false", "cluster:monitor")]
    [InlineData("GET /_xpack?accept_enterprise=true&categories=license", "cluster:monitor")]
    [InlineData("GET /_cat/indices?v&h=index,docs.count&s=index:desc&bytes=b&format=json", "cluster:monitor; index:monitor *")]
    [InlineData("PUT /logs?include_type_name=true", "index:create_index logs")]
    [InlineData("GET /logs/_mapping?include_type_name=false&local=true", "index:view_index_metadata logs")]
    [InlineData("PUT /_template/logstash?include_type_name=true&create=true", "cluster:manage_index_templates")]
    [InlineData("GET /logs/_doc/_id-of-mine", "index:read logs")]
    [InlineData("GET /logs/_doc/a%2Fb%3Fc%23d%20e", "index:read logs")]
    [InlineData("GET /logs/_doc/100%25?_source_includes=a&realtime=true", "index:read logs")]
    [InlineData("GET /_snapshot/r/s*?verbose=false", "cluster:monitor_snapshot")]
    [InlineData("HEAD /_index_template/metricbeat-8.11.0", "cluster:monitor")]
    [InlineData("GET /_cluster/state/version,metadata?filter_path=metadata.cluster_uuid", "cluster:monitor")]
    [InlineData("GET /%3Clogs-%7Bnow%2Fd%7D%3E::failures/_search", "index:read_failure_store <logs-{now/d}>")]
    [InlineData("GET /_tasks?actions=*reindex&detailed=true&node_id=a", "cluster:monitor")]
    [InlineData("GET /_plugins/_transform", "cluster:manage")]
    public void They_are_taken(string request, string expected) => Classified.As(request).ShouldBe(expected);

    [Fact]
    public void Their_bodies_are_taken()
    {
        Classified.As("POST /_bulk?filter_path=errors%2Citems.*.error%2Citems.*.status", "{\"create\":{\"_index\":\"logs\"}}\n{}\n", "application/vnd.elasticsearch+x-ndjson; compatible-with=8")
            .ShouldBe("index:create_doc logs");
        Classified.As("POST /_msearch?rest_total_hits_as_int=true&ignore_throttled=true", "{\"index\":[\"logs-*\",\"-logs-x\"],\"ignore_unavailable\":true,\"preference\":1}\n{}\n", "application/x-ndjson")
            .ShouldBe("index:read logs-*");
    }
}

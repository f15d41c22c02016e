using Gatehouse.Doctor.Texts;
using Gatehouse.Doctor.Texts.Yaml;
using Shouldly;
using Xunit;
using static Gatehouse.Doctor.Tests.Texts.Reading;

namespace Gatehouse.Doctor.Tests.Texts.Yaml;

/// <summary>Variables that images of the Elastic family hand on as settings.</summary>
public class Elastic_settings
{
    [Theory]
    [InlineData(ElasticProduct.Elasticsearch, "xpack.security.enabled", "false", "xpack.security.enabled", "false")]
    [InlineData(ElasticProduct.Elasticsearch, "ES_SETTING_XPACK_SECURITY_ENABLED", "false", "xpack.security.enabled", "false")]
    [InlineData(ElasticProduct.Elasticsearch, "ES_SETTING_ACTION_DESTRUCTIVE__REQUIRES__NAME", "true", "action.destructive_requires_name", "true")]
    [InlineData(ElasticProduct.Elasticsearch, "discovery.seed_hosts", "a,b", "discovery.seed_hosts", "'a,b'")]
    [InlineData(ElasticProduct.OpenSearch, "DISABLE_SECURITY_PLUGIN", "true", "plugins.security.disabled", "true")]
    [InlineData(ElasticProduct.OpenSearch, "DISABLE_SECURITY_PLUGIN", "false", "plugins.security.disabled", "missing")]
    [InlineData(ElasticProduct.OpenSearch, "plugins.security.ssl.http.enabled", "false", "plugins.security.ssl.http.enabled", "false")]
    [InlineData(ElasticProduct.OpenSearch, "ES_SETTING_HTTP_HOST", "x", "http.host", "missing")]
    [InlineData(ElasticProduct.Kibana, "ELASTICSEARCH_HOSTS", "[\"http://a:9200\", \"https://b\"]", "elasticsearch.hosts", "['http://a:9200', 'https://b']")]
    [InlineData(ElasticProduct.Kibana, "ELASTICSEARCH_SSL_VERIFICATIONMODE", "none", "elasticsearch.ssl.verificationMode", "'none'")]
    [InlineData(ElasticProduct.Kibana, "ELASTICSEARCH_HOSTS", "[broken", "elasticsearch.hosts", "'[broken'")]
    [InlineData(ElasticProduct.Dashboards, "OPENSEARCH_HOSTS", "http://a", "opensearch.hosts", "'http://a'")]
    [InlineData(ElasticProduct.Logstash, "API_HTTP_HOST", "0.0.0.0", "api.http.host", "'0.0.0.0'")]
    [InlineData(ElasticProduct.Beat, "output.elasticsearch.hosts", "x", "output.elasticsearch.hosts", "missing")]
    public void A_variable_says(ElasticProduct product, string name, string value, string path, string meant) =>
        ElasticSettings.Of(YamlOf("a: 1"), Environment((name, value)), product)[path].Shown().ShouldBe(meant);

    [Fact]
    public void The_environment_wins_over_the_file_and_is_said_to()
    {
        SettingTree tree = ElasticSettings.Of(YamlOf("xpack.security.enabled: true\nhttp.host: ${HOST}\n"), Environment(("xpack.security.enabled", "false"), ("HOST", "::1")), ElasticProduct.Elasticsearch);

        tree["xpack.security.enabled"].AsBoolean().ShouldBe(false);
        tree["xpack.security.enabled"].Origin!.Variable.ShouldBe("xpack.security.enabled");
        tree["xpack.security.enabled"].Overridden.Single().Text.ShouldBe("true");
        tree["http.host"].Text.ShouldBe("::1");
        tree.Remarks.ShouldContain(static r => r.Kind == RemarkKind.Override && r.Subject == "xpack.security.enabled");
    }
}

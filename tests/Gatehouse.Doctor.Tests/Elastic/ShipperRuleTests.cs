using Gatehouse.Doctor.Elastic.Shippers;
using Gatehouse.Doctor.Findings;
using Shouldly;
using Xunit;

namespace Gatehouse.Doctor.Tests.Elastic;

/// <summary>Beats, and Logstash with its pipelines.</summary>
public class ShipperRuleTests
{
    private const string SecuredBeat = """
        filebeat.inputs:
          - type: filestream
            paths: [/var/log/*.log]
        output.elasticsearch.hosts: ["https://node1.example.com:9200"]
        output.elasticsearch.api_key: ${ES_API_KEY}
        """;

    private static readonly ElasticCase[] BeatCases =
    [
        new("nothing", ""),
        new("plain", "output.elasticsearch.hosts: [\"http://node1.example.com:9200\"]", "ES-074 high @4"),
        new("plain without a scheme", "output.elasticsearch.hosts: [\"node1.example.com:9200\"]", "ES-074 high @4"),
        new("TLS by protocol", "output.elasticsearch.hosts: [\"node1.example.com:9200\"]\noutput.elasticsearch.protocol: https"),
        new("plain here", "output.elasticsearch.hosts: [\"localhost:9200\"]", "ES-074 low @4"),
        new("not verified", "output.elasticsearch.ssl.verification_mode: none", "ES-074 high @6"),
        new("superuser", "output.elasticsearch.username: elastic", "ES-074 high @6"),
        new("password in the file", "output.elasticsearch.password: hunter2secret", "ES-074 high @6"),
        new("known password", "output.elasticsearch.password: changeme", "ES-021 critical @6", "ES-074 high @6"),
        new("password in an address", "output.elasticsearch.hosts: [\"https://u:hunter2secret@node1.example.com:9200\"]", "ES-074 high @4"),
        new("plain Logstash", "-output.elasticsearch.hosts\n-output.elasticsearch.api_key\noutput.logstash.hosts: [\"ls.example.com:5044\"]", "ES-074 high @4"),
        new("Logstash with TLS", "-output.elasticsearch.hosts\n-output.elasticsearch.api_key\noutput.logstash:\n  hosts: [\"ls.example.com:5044\"]\n  ssl.certificate_authorities: [/ca.crt]"),
        new("unknown hosts", "output.elasticsearch.hosts: ${HOSTS}", "ES-074 high unknown @4"),
    ];

    public static TheoryData<string> BeatNames => [.. BeatCases.Select(static c => c.Name)];

    [Theory]
    [MemberData(nameof(BeatNames))]
    public void A_beat_is_judged_by_what_was_changed(string name)
    {
        ElasticCase change = BeatCases.Single(c => c.Name == name);
        Found(new FakeHost().File("/etc/filebeat/filebeat.yml", change.Apply(SecuredBeat))).ShouldBe(change.Expected, ignoreOrder: true);
    }

    [Theory]
    [InlineData("hosts => [\"https://node1:9200\"]\n user => \"writer\"\n password => \"${PWD}\"")]
    [InlineData("hosts => [\"http://node1:9200\"]", "ES-074 high @5")]
    [InlineData("hosts => \"https://node1:9200\"\n ssl_certificate_verification => false", "ES-074 high @6")]
    [InlineData("hosts => \"https://node1:9200\"\n ssl_verification_mode => \"none\"", "ES-074 high @6")]
    [InlineData("hosts => [\"https://node1:9200\"]\n user => elastic", "ES-074 high @6")]
    [InlineData("hosts => [\"https://node1:9200\"]\n password => 'hunter2secret'", "ES-074 high @6")]
    [InlineData("hosts => [\"https://node1:9200\"]\n password => changeme", "ES-021 critical @6", "ES-074 high @6")]
    [InlineData("hosts => [\"node1:9200\"]\n ssl_enabled => true")]
    [InlineData("hosts => [\"node1:9200\"]\n ssl => false", "ES-074 high @5 @6")]
    public void A_pipeline_is_judged_by_its_outputs(string plugin, params string[] expected)
    {
        string pipeline = $"input {{ beats {{ port => 5044 ssl_enabled => true }} }}\nfilter {{ grok {{ match => {{ \"message\" => \"%{{IP:client}} }}\" }} }} }}\noutput {{ if [type] == \"a\" {{\nelasticsearch {{\n {plugin} }} }} else {{ null {{ }} }} }}\n";
        FakeHost host = new FakeHost().File("/etc/logstash/logstash.yml", "path.data: /var/lib/logstash\n").File("/etc/logstash/conf.d/main.conf", pipeline);
        Found(host).ShouldBe(expected, ignoreOrder: true);
    }

    [Theory]
    [InlineData("http://es:9200/logs/_doc", "ES-074 high @1")]
    [InlineData("https://es:9200/logs/_doc")]
    [InlineData("http://hooks.example.com/notify")]
    public void A_plain_HTTP_output_to_a_node_is_seen(string url, params string[] expected)
    {
        FakeHost host = new FakeHost().File("/etc/logstash/logstash.yml", "path.data: /d\n")
            .File("/etc/logstash/conf.d/main.conf", $"output {{ http {{ url => \"{url}\" http_method => \"post\" }} }}\n");
        Found(host).ShouldBe(expected, ignoreOrder: true);
    }

    [Fact]
    public void A_pipeline_that_is_not_understood_is_said()
    {
        FakeHost host = new FakeHost().File("/etc/logstash/logstash.yml", "path.data: /d\n").File("/etc/logstash/conf.d/main.conf", "output { elasticsearch { hosts => [ }");
        Found(host).ShouldBe(["ES-074 high unknown"]);
    }

    [Fact]
    public void Pipelines_are_those_that_the_list_names()
    {
        FakeHost host = new FakeHost().File("/etc/logstash/logstash.yml", "path.data: /d\n")
            .File("/etc/logstash/pipelines.yml", "- pipeline.id: a\n  path.config: \"/srv/pipes/*.conf\"\n")
            .File("/srv/pipes/a.conf", "output { elasticsearch { hosts => 'http://10.0.0.5:9200' } }")
            .File("/etc/logstash/conf.d/unused.conf", "output { elasticsearch { hosts => 'http://10.0.0.5:9200' } }");
        ElasticLab.Findings(host).ShouldHaveSingleItem().Evidence.ShouldHaveSingleItem().Place.ShouldBe("/srv/pipes/a.conf");
    }

    [Fact]
    public void Monitoring_of_Logstash_is_an_output_too()
    {
        FakeHost host = new FakeHost().File("/etc/logstash/logstash.yml", "xpack.monitoring.elasticsearch.hosts: [\"http://10.0.0.5:9200\"]\nxpack.monitoring.elasticsearch.password: hunter2secret\n");
        Found(host).ShouldBe(["ES-074 high @1", "ES-074 high @2"], ignoreOrder: true);
    }

    [Theory]
    [InlineData("output { stdout { } }", 1)]
    [InlineData("# output {\ninput { file { path => [\"/a\", '/b'] } }\nfilter { if \"x\" in [tags] and [a][b] =~ /y/ { mutate { add_field => { \"k\" => \"v\" } } } else if [c] { drop { } } }", 3)]
    public void Sections_and_conditions_are_read(string text, int plugins) => PipelineReader.Read(text, "p").ShouldNotBeNull().Count.ShouldBe(plugins);

    [Theory]
    [InlineData("output {")]
    [InlineData("nonsense")]
    [InlineData("output { a { b => \"c } }")]
    [InlineData("output { a { b } }")]
    public void What_is_no_pipeline_is_refused(string text) => PipelineReader.Read(text, "p").ShouldBeNull();

    private static string[] Found(FakeHost host) =>
        [.. ElasticLab.Findings(host).Select(static f => string.Join(' ', [ElasticLab.Short(f), .. f.Evidence.Where(static e => e.Line > 0).Select(static e => $"@{e.Line}")]))];
}

using Gatehouse.Doctor.Elastic;
using Gatehouse.Doctor.Findings;
using Shouldly;
using Xunit;

namespace Gatehouse.Doctor.Tests.Elastic;

/// <summary>Pages of the stack's checks, and what findings may never show.</summary>
public class ElasticPageTests
{
    private static readonly string[] Live = ["ES-070", "ES-071"];

    [Fact]
    public void Every_check_has_a_page_and_every_page_a_check()
    {
        string[] checks = [.. ElasticDoctors.All.SelectMany(static d => d.Checks).Concat(Live).Distinct().Order(StringComparer.Ordinal)];
        CheckPage.Ids.Where(static id => id.StartsWith("ES-", StringComparison.Ordinal)).ShouldBe(checks);
        checks.Length.ShouldBe(41);
        foreach (string id in checks)
        {
            CheckPage page = CheckPage.Find(id).ShouldNotBeNull();
            page.Id.ShouldBe(id);
            page.Remedy.ShouldContain("```");
            page.Title.ShouldNotEndWith(".");
        }
    }

    [Fact]
    public void No_finding_shows_a_secret()
    {
        const string secret = "hunter2secret";
        FakeHost host = ElasticLab.Elasticsearch($"""
            xpack.security.http.ssl.keystore.password: {secret}
            xpack.security.authc.realms.ldap.l.bind_password: {secret}
            xpack.security.authc.realms.ldap.l.url: "ldap://u:{secret}@d"
            xpack.notification.email.account.a.smtp.password: {secret}
            s3.client.default.secret_key: {secret}
            """)
            .File("/etc/kibana/kibana.yml", $"elasticsearch.hosts: [\"http://u:{secret}@10.0.0.5:9200\"]\nelasticsearch.password: {secret}\nelasticsearch.serviceAccountToken: {secret}\n")
            .File("/etc/filebeat/filebeat.yml", $"output.elasticsearch:\n  hosts: [\"http://u:{secret}@10.0.0.5:9200\"]\n  password: {secret}\n  api_key: {secret}\n")
            .File("/etc/logstash/logstash.yml", $"xpack.monitoring.elasticsearch:\n  hosts: [\"http://u:{secret}@10.0.0.5:9200\"]\n  password: {secret}\n")
            .File("/etc/logstash/conf.d/a.conf", $"output {{ elasticsearch {{ hosts => ['http://u:{secret}@10.0.0.5:9200'] password => '{secret}' }} }}")
            .File("/etc/elasticsearch/jvm.options", $"-XX:HeapDumpPath=/tmp\n-Djavax.net.ssl.trustStorePassword={secret}\n-agentlib:jdwp=address=*:1\n")
            .Process(9, "java", $"java -Des.path.conf=/etc/elasticsearch -Expack.security.transport.ssl.keystore.password={secret} org.elasticsearch.bootstrap.Elasticsearch", new Dictionary<string, string> { ["ELASTIC_PASSWORD"] = secret });
        Finding[] findings = ElasticLab.Findings(host);
        findings.Length.ShouldBeGreaterThan(20);
        foreach (Finding finding in findings)
        {
            finding.Text.ShouldNotContain(secret);
            finding.Evidence.ShouldAllBe(e => !e.Shown.Contains(secret) && !e.Place.Contains(secret));
        }
    }
}

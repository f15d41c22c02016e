using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Rules;
using Shouldly;
using Xunit;

namespace Gatehouse.Doctor.Tests.Elastic;

/// <summary>What runs, with which file, and what contradicts it.</summary>
public class DiscoveryTests
{
    private const string Node = "/usr/share/elasticsearch/jdk/bin/java -Xms1g -Des.path.home=/usr/share/elasticsearch -m org.elasticsearch.server/org.elasticsearch.bootstrap.Elasticsearch";
    private const string Launcher = "/usr/share/elasticsearch/jdk/bin/java -Xms4m -Dcli.name=server -Des.path.home=/usr/share/elasticsearch -Des.path.conf=/etc/elasticsearch org.elasticsearch.launcher.CliToolLauncher";

    [Fact]
    public void A_process_is_one_installation_with_its_file()
    {
        FakeHost host = ElasticLab.Elasticsearch(ElasticLab.SecuredElasticsearch).Process(12, "java", Launcher, user: 990).Process(13, "java", Node, user: 990);
        ExaminedSubject subject = ElasticLab.Subjects(host).ShouldHaveSingleItem();
        subject.System.Subject.ShouldBe(ElasticLab.ElasticsearchFile);
        subject.System.Version.ShouldBe("9.2.3");
        subject.System.Layers.ShouldBe(["file", "process"]);
        subject.Findings.ShouldAllBe(static f => f.Severity == Severity.Info);
    }

    [Fact]
    public void The_process_may_use_another_folder()
    {
        FakeHost host = ElasticLab.Elasticsearch(ElasticLab.SecuredElasticsearch).File("/srv/es/elasticsearch.yml", "xpack.security.enabled: false\n")
            .Process(13, "java", Node, new Dictionary<string, string> { ["ES_PATH_CONF"] = "/srv/es" }, 990);
        ElasticLab.Findings(host).Where(static f => f.Check == "ES-001").ShouldHaveSingleItem().Subject.ShouldBe("/srv/es/elasticsearch.yml");
    }

    [Fact]
    public void Settings_of_the_command_line_win_and_are_the_evidence()
    {
        FakeHost host = ElasticLab.Elasticsearch(ElasticLab.SecuredElasticsearch).Process(12, "java", Launcher + " -Expack.security.enabled=false", user: 990).Process(13, "java", Node, user: 990);
        Evidence evidence = ElasticLab.Findings(host).Single(static f => f.Check == "ES-001").Evidence.ShouldHaveSingleItem();
        evidence.Place.ShouldBe("pid 12 (java)");
        evidence.Shown.ShouldBe("-Expack.security.enabled=false");
    }

    [Fact]
    public void A_container_is_read_through_its_own_root()
    {
        FakeHost host = new FakeHost().File("/proc/13/root/usr/share/elasticsearch/config/elasticsearch.yml", "network.host: 0.0.0.0\n")
            .File("/proc/13/root/usr/share/elasticsearch/lib/elasticsearch-7.17.29.jar", "")
            .Process(13, "java", Node, new Dictionary<string, string> { ["ELASTIC_PASSWORD"] = "changeme" }, 1000, "/proc/13/root");
        Finding[] findings = ElasticLab.Findings(host);
        findings.ShouldContain(static f => f.Check == "ES-001" && f.Severity == Severity.Critical && !f.IsUnknown);
        findings.Single(static f => f.Check == "ES-021").Evidence[0].Shown.ShouldBe("ELASTIC_PASSWORD=****");
    }

    [Fact]
    public void A_process_that_may_not_be_seen_is_unknown_and_not_silent()
    {
        FakeHost host = new FakeHost().Process(13, "java", Node, user: 1000, root: "/proc/13/root").Describe("noenv 13").Hidden("/proc/13/root");
        Finding[] findings = ElasticLab.Findings(host);
        findings.ShouldNotBeEmpty();
        findings.Where(static f => !f.IsUnknown).ShouldBeEmpty();
        findings.ShouldContain(static f => f.Check == "ES-001");
    }

    [Fact]
    public void A_socket_that_the_file_does_not_speak_of_is_a_contradiction()
    {
        FakeHost host = ElasticLab.Elasticsearch("network.host: 127.0.0.1\nxpack.security.enabled: true\n").Process(13, "java", Node, user: 990).Socket("0.0.0.0:9200", 13).Socket("127.0.0.1:9300", 13);
        Finding[] findings = ElasticLab.Findings(host);
        findings.Single(static f => f.Check == "ES-072").Severity.ShouldBe(Severity.Critical);
        findings.Single(static f => f.Check == "ES-010").Severity.ShouldBe(Severity.Critical);
    }

    [Fact]
    public void A_socket_that_is_narrower_than_the_file_counts()
    {
        FakeHost host = ElasticLab.Elasticsearch("network.host: 10.0.0.5\nxpack.security.enabled: true\n").Process(13, "java", Node, user: 990).Socket("127.0.0.1:9200", 13).Socket("127.0.0.1:9300", 13);
        Finding[] findings = ElasticLab.Findings(host);
        findings.ShouldNotContain(static f => f.Check == "ES-072");
        findings.Single(static f => f.Check == "ES-010").Severity.ShouldBe(Severity.Low);
    }

    [Fact]
    public void Root_is_said()
    {
        FakeHost host = ElasticLab.Elasticsearch(ElasticLab.SecuredElasticsearch).Process(13, "java", Node + " -Des.path.conf=/etc/elasticsearch");
        ElasticLab.Findings(host).Where(static f => f.Severity > Severity.Info).Select(ElasticLab.Short).ShouldBe(["ES-063 high"]);
    }

    [Fact]
    public void Only_named_files_are_looked_at()
    {
        FakeHost host = ElasticLab.Elasticsearch(ElasticLab.SecuredElasticsearch).File("/srv/a/elasticsearch.yml", "a: 1\n").File("/srv/b/config/elasticsearch.yml", "a: 1\n");
        ElasticLab.Subjects(host, "/srv/a/elasticsearch.yml").ShouldHaveSingleItem().System.Subject.ShouldBe("/srv/a/elasticsearch.yml");
        ElasticLab.Subjects(host, "/srv/b/").ShouldHaveSingleItem().System.Subject.ShouldBe("/srv/b/config/elasticsearch.yml");
        ElasticLab.Subjects(host, "/srv/none").ShouldBeEmpty();
        host.Reads.ShouldNotContain(ElasticLab.ElasticsearchFile);
    }

    [Fact]
    public void A_file_that_cannot_be_read_makes_checks_unknown()
    {
        FakeHost host = ElasticLab.Elasticsearch("").Unreadable(ElasticLab.ElasticsearchFile);
        Finding[] findings = ElasticLab.Findings(host);
        findings.Where(static f => !f.IsUnknown).ShouldBeEmpty();
        findings.Select(static f => f.Check).ShouldContain("ES-001");
    }

    [Fact]
    public void A_file_that_is_no_yaml_makes_checks_unknown()
    {
        Finding[] findings = ElasticLab.Findings(ElasticLab.Elasticsearch("a: [\n"));
        findings.Where(static f => !f.IsUnknown).ShouldBeEmpty();
        findings.Single(static f => f.Check == "ES-001").Text.ShouldContain("cannot be told");
    }

    [Fact]
    public void A_unit_says_what_a_node_that_does_not_run_starts_with()
    {
        FakeHost host = ElasticLab.Elasticsearch(ElasticLab.SecuredElasticsearch)
            .File("/usr/lib/systemd/system/elasticsearch.service", "[Service]\nUser=elasticsearch\nEnvironment=ES_PATH_CONF=/etc/elasticsearch\nExecStart=/usr/share/elasticsearch/bin/systemd-entrypoint --quiet\n")
            .File("/etc/systemd/system/elasticsearch.service.d/own.conf", "[Service]\nUser=root\nExecStart=\nExecStart=/usr/share/elasticsearch/bin/elasticsearch -Ehttp.cors.enabled=true \"-Ehttp.cors.allow-origin=*\"\n");
        Finding[] findings = [.. ElasticLab.Findings(host).Where(static f => f.Severity > Severity.Info)];
        findings.Select(ElasticLab.Short).ShouldBe(["ES-051 high", "ES-063 high"]);
        findings.ShouldAllBe(static f => f.Evidence.All(static e => e.Place == "/etc/systemd/system/elasticsearch.service.d/own.conf"));
    }

    [Fact]
    public void A_unit_of_another_folder_says_nothing()
    {
        FakeHost host = ElasticLab.Elasticsearch(ElasticLab.SecuredElasticsearch)
            .File("/usr/lib/systemd/system/elasticsearch.service", "[Service]\nUser=root\nEnvironment=ES_PATH_CONF=/srv/es\nExecStart=/bin/es -Expack.security.enabled=false\n");
        ElasticLab.Findings(host).Where(static f => f.Severity > Severity.Info).ShouldBeEmpty();
    }

    [Fact]
    public void A_variable_of_the_environment_file_fills_a_placeholder()
    {
        FakeHost host = ElasticLab.Elasticsearch("xpack.security.enabled: ${SECURITY}\n")
            .File("/lib/systemd/system/elasticsearch.service", "[Service]\nEnvironmentFile=-/etc/default/elasticsearch\nExecStart=/bin/es\n")
            .File("/etc/default/elasticsearch", "SECURITY=false\n");
        Finding finding = ElasticLab.Findings(host).Single(static f => f.Check == "ES-001");
        finding.IsUnknown.ShouldBeFalse();
        finding.Evidence.ShouldHaveSingleItem().Line.ShouldBe(1);
    }

    [Fact]
    public void Mounted_files_of_a_service_are_read()
    {
        FakeHost host = new FakeHost().File("/srv/compose.yml", """
            services:
              a:
                image: elasticsearch:9.2.3
                volumes:
                  - ./conf/es.yml:/usr/share/elasticsearch/config/elasticsearch.yml
                  - ./conf/certs:/usr/share/elasticsearch/config/certs
            """)
            .File("/srv/conf/es.yml", ElasticLab.SecuredElasticsearch)
            .File("/srv/conf/certs/node1.crt", TestCertificates.Expired)
            .File("/srv/conf/certs/node1.key", "(a key)", "0644");
        Finding[] findings = [.. ElasticLab.Findings(host, "/srv/compose.yml").Where(static f => f.Severity > Severity.Info)];
        findings.Select(ElasticLab.Short).ShouldBe(["ES-016 high", "ES-016 high", "ES-017 high"]);
        findings[0].Subject.ShouldBe("/srv/compose.yml#a");
        findings[0].Evidence[0].Place.ShouldBe("/srv/conf/es.yml");
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("      plugins.security.audit.type: internal_opensearch\n", true)]
    [InlineData("      DISABLE_INSTALL_DEMO_CONFIG: 'true'\n", false)]
    [InlineData("      DISABLE_SECURITY_PLUGIN: 'true'\n", false)]
    public void The_image_of_OpenSearch_makes_demo_certificates_and_users_unless_it_is_told_not_to(string variables, bool isDemo)
    {
        FakeHost host = new FakeHost().File("/srv/compose.yml", $"""
            services:
              a:
                image: opensearchproject/opensearch:2.19.3
                ports: ["9200:9200"]
                environment:
                  discovery.type: single-node

            """ + variables);
        string[] found = [.. ElasticLab.Findings(host, "/srv/compose.yml").Select(ElasticLab.Short)];
        string[] demo = ["ES-021 critical", "ES-022 critical"];
        found.Intersect(demo).Order().ShouldBe(isDemo ? demo : []);
        found.Contains("ES-010 critical").ShouldBe(!isDemo);
    }

    [Fact]
    public void A_published_port_for_other_clusters_is_seen()
    {
        FakeHost host = new FakeHost().File("/srv/compose.yml", """
            services:
              a:
                image: elasticsearch:9.2.3
                ports: ["9443:9443"]
                environment:
                  - remote_cluster_server.enabled=true
                  - xpack.security.remote_cluster_server.ssl.enabled=false
              b:
                image: elasticsearch:9.2.3
                ports: ["127.0.0.1:9443:9443"]
                environment:
                  - remote_cluster_server.enabled=true
            """);
        ElasticLab.Findings(host, "/srv/compose.yml").Where(static f => f.Check == "ES-032").ShouldHaveSingleItem().Subject.ShouldBe("/srv/compose.yml#a");
    }

    [Fact]
    public void A_compose_file_that_cannot_be_understood_is_said()
    {
        Finding[] findings = ElasticLab.Findings(new FakeHost().File("/srv/compose.yml", "services:\n  a: [\n image: x/elasticsearch:8\n"), "/srv");
        findings.ShouldNotBeEmpty();
        findings.ShouldAllBe(static f => f.IsUnknown);
    }

    [Fact]
    public void Nothing_is_found_where_nothing_is() => ElasticLab.Subjects(new FakeHost()).ShouldBeEmpty();
}

using Gatehouse.Doctor.Findings;
using Shouldly;
using Xunit;

namespace Gatehouse.Doctor.Tests.Elastic;

/// <summary>Kibana and OpenSearch Dashboards.</summary>
public class ConsoleRuleTests
{
    private const string Secured = """
        server.host: 10.0.0.8
        server.ssl.enabled: true
        elasticsearch.hosts: ["https://node1.example.com:9200"]
        elasticsearch.username: kibana_system
        elasticsearch.ssl.verificationMode: full
        xpack.encryptedSavedObjects.encryptionKey: ${SAVED_OBJECTS_KEY}
        """;

    private static readonly ElasticCase[] Cases =
    [
        new("nothing", ""),
        new("plain nodes", "elasticsearch.hosts: [\"http://node1.example.com:9200\"]", "ES-073 high @3"),
        new("plain nodes here", "elasticsearch.hosts: http://localhost:9200", "ES-073 low @3"),
        new("plain browsers", "server.ssl.enabled: false", "ES-073 high @2 @1"),
        new("plain browsers here", "server.ssl.enabled: false\nserver.host: localhost"),
        new("nodes are not verified", "elasticsearch.ssl.verificationMode: none", "ES-073 high @5"),
        new("superuser", "elasticsearch.username: elastic", "ES-073 high @4"),
        new("no key for saved objects", "-xpack.encryptedSavedObjects.encryptionKey", "ES-073 high"),
        new("a keystore that may hold the key", "-xpack.encryptedSavedObjects.encryptionKey", "ES-073 high unknown") { Also = static h => h.File("/etc/kibana/kibana.keystore", "1:x") },
        new("password in the file", "elasticsearch.password: hunter2secret", "ES-019 high @7"),
        new("known password", "elasticsearch.password: changeme", "ES-019 high @7", "ES-021 critical @7"),
        new("password elsewhere", "elasticsearch.password: ${PASSWORD}"),
        new("unknown hosts", "elasticsearch.hosts: ${HOSTS}", "ES-073 high unknown @3"),
    ];

    public static TheoryData<string> Names => [.. Cases.Select(static c => c.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Kibana_is_judged_by_what_was_changed(string name)
    {
        ElasticCase change = Cases.Single(c => c.Name == name);
        FakeHost host = new FakeHost().File("/etc/kibana/kibana.yml", change.Apply(Secured));
        change.Also?.Invoke(host);
        ElasticLab.Findings(host).Select(static f => string.Join(' ', [ElasticLab.Short(f), .. f.Evidence.Where(static e => e.Line > 0).Select(static e => $"@{e.Line}")]))
            .ShouldBe(change.Expected, ignoreOrder: true);
    }

    [Fact]
    public void Dashboards_has_names_of_its_own_and_no_key_for_saved_objects()
    {
        FakeHost host = new FakeHost().File("/etc/opensearch-dashboards/opensearch_dashboards.yml", """
            opensearch.hosts: ["http://10.0.0.5:9200"]
            opensearch.username: kibanaserver
            opensearch.password: kibanaserver
            """);
        ElasticLab.Findings(host).Select(ElasticLab.Short).ShouldBe(["ES-021 critical", "ES-019 high", "ES-073 high"]);
    }

    [Fact]
    public void What_the_process_was_told_wins_over_the_file()
    {
        FakeHost host = new FakeHost().File("/etc/kibana/kibana.yml", Secured)
            .Process(7, "node", "/usr/share/kibana/bin/../node/bin/node /usr/share/kibana/bin/../src/cli/dist --elasticsearch.ssl.verificationMode=none");
        Finding finding = ElasticLab.Findings(host).ShouldHaveSingleItem();
        finding.Check.ShouldBe("ES-073");
        finding.Evidence.ShouldHaveSingleItem().Place.ShouldBe("pid 7 (node)");
    }
}

using System.Collections.Immutable;
using Gatehouse.Doctor.Facts;
using Gatehouse.Doctor.Hardening;
using Gatehouse.Doctor.Hardening.Elasticsearch;
using Gatehouse.Doctor.Texts;
using Gatehouse.Doctor.Texts.Yaml;
using Shouldly;
using Xunit;

namespace Gatehouse.Doctor.Tests.Hardening;

/// <summary>Who is let in: realms, the address filter, scripts, and the trail of OpenSearch. What is there already keeps its clients and nodes.</summary>
public class Harden_elasticsearch_access
{
    private const string Path = "/etc/elasticsearch/elasticsearch.yml";
    private const string OpenPath = "/etc/opensearch/opensearch.yml";
    private const string AuditPath = "/etc/opensearch/opensearch-security/audit.yml";
    private const string Realms = "xpack.security.authc.realms", Transport = "xpack.security.transport.filter", Http = "xpack.security.http.filter";

    [Theory]
    [InlineData("discovery.seed_hosts: [a, b]\n", null, true)]
    [InlineData("cluster.name: x\n", "elasticsearch-8.17.4.jar", true)]
    [InlineData("cluster.name: x\n", "elasticsearch-7.0.0.jar", true)]
    [InlineData("cluster.name: x\n", "elasticsearch-6.8.23.jar", false)]
    [InlineData("discovery.seed_hosts: [a, b]\n", "elasticsearch-6.8.23.jar", false)]
    [InlineData("cluster.name: x\n", null, false)]
    [InlineData("discovery.zen.ping.unicast.hosts: [a, b]\n", null, false)]
    public void Realms_are_written_where_the_version_knows_them(string yaml, string? library, bool isWritten)
    {
        PaperHost host = new PaperHost().With(Path, yaml);
        host = library is null ? host : host.With($"/usr/share/elasticsearch/lib/{library}", "");

        SettingTree written = Written(Plan(host, new HardenWishes()));

        written[$"{Realms}.file.default_file.order"].Text.ShouldBe(isWritten ? "0" : null);
        written[$"{Realms}.native.default_native.order"].Text.ShouldBe(isWritten ? "1" : null);
        Plan(host.After(Plan(host, new HardenWishes())), new HardenWishes()).Files[0].IsContentChange.ShouldBeFalse();
    }

    [Theory]
    [InlineData("xpack.security.authc.realms.ldap.corp.order: 0\n")]
    [InlineData("xpack.security.authc.realms:\n  native.mine:\n    order: 3\n")]
    [InlineData("xpack:\n  security:\n    authc:\n      realms:\n        file.mine.enabled: false\n")]
    public void A_chain_of_realms_that_is_there_stays(string yaml)
    {
        HardenPlan plan = Plan(new PaperHost().With(Path, "cluster.initial_master_nodes: [a]\n" + yaml), new HardenWishes());

        SettingTree before = YamlFile.Read(System.Text.Encoding.UTF8.GetBytes(yaml), Path, YamlOptions.Dotted).Settings;
        Leaves(Written(plan)).ShouldBe(Leaves(before));
        plan.Warnings.ShouldContain(static text => text.Contains("stay as they are"));

        static string[] Leaves(SettingTree tree) => [.. tree.Leaves().Where(static leaf => leaf.Path.ToString().StartsWith(Realms)).Select(static leaf => $"{leaf.Path}={leaf.Text}")];
    }

    [Theory]
    [InlineData(false, "_all")]
    [InlineData(true, null)]
    public void A_node_that_is_alone_takes_no_other_in(bool gate, string? clients)
    {
        PaperHost host = new PaperHost().With(Path, "discovery.type: single-node\n");
        HardenPlan plan = Plan(host, new HardenWishes { Gate = gate });
        SettingTree written = Written(plan);

        written[$"{Transport}.allow"].AsTexts()!.Value.ShouldBe(["127.0.0.1", "::1"]);
        written[$"{Transport}.deny"].Text.ShouldBe("_all");
        written[$"{Http}.allow"].Text.ShouldBe(clients, "the gate comes from the address that HTTP is bound to, others would meet the list of nodes");
        plan.Warnings.ShouldContain(static text => text.Contains("single-node"));
        Plan(host.After(plan), new HardenWishes { Gate = gate }).Files[0].IsContentChange.ShouldBeFalse();
    }

    [Theory]
    [InlineData("discovery.seed_hosts: [10.0.0.5, \"10.0.0.6:9300\", \"[fd00::7]:9300\"]\n", "--nodes 10.0.0.5,10.0.0.6,fd00::7 (from discovery.seed_hosts)")]
    [InlineData("discovery.seed_hosts: 10.0.0.5,10.0.0.6\n", "--nodes 10.0.0.5,10.0.0.6 ")]
    [InlineData("discovery.seed_hosts: [10.0.0.5, es2.example.org]\n", "--nodes ADDRESS,ADDRESS")]
    [InlineData("cluster.name: x\n", "--nodes ADDRESS,ADDRESS")]
    public void Seeds_are_not_all_nodes_and_are_named_only(string yaml, string command)
    {
        HardenPlan plan = Plan(new PaperHost().With(Path, yaml), new HardenWishes());

        Written(plan)[Transport].IsSet.ShouldBeFalse();
        plan.Steps.ShouldContain(step => step.Contains(command));
    }

    [Fact]
    public void Clients_keep_what_let_them_in()
    {
        const string Shared = "xpack.security.transport.filter:\n  allow: [10.0.0.0/8]\n";

        // It had no end, so everybody came in: nodes alone have one from now on.
        SettingTree open = Written(Plan(new PaperHost().With(Path, Shared), new HardenWishes()));
        open[$"{Transport}.deny"].Text.ShouldBe("_all");
        open[$"{Http}.allow"].Text.ShouldBe("_all");

        // It was that of clients too.
        SettingTree closed = Written(Plan(new PaperHost().With(Path, Shared + "  deny: _all\n"), new HardenWishes { Nodes = ["10.0.0.5"] }));
        closed[$"{Transport}.allow"].AsTexts()!.Value.ShouldBe(["10.0.0.5"]);
        closed[$"{Http}.allow"].AsTexts()!.Value.ShouldBe(["10.0.0.0/8"]);
        closed[$"{Http}.deny"].AsTexts()!.Value.ShouldBe(["_all"]);

        // The gate comes from loopback, which is let in always unless that is switched off.
        SettingTree gate = Written(Plan(new PaperHost().With(Path, "xpack.security.filter.always_allow_bound_address: false\n"), new HardenWishes { Nodes = ["10.0.0.5"], Gate = true }));
        gate[$"{Http}.allow"].AsTexts()!.Value.ShouldBe(["127.0.0.1", "::1"]);
    }

    [Theory]
    [InlineData("cluster.name: x\n", true, "stored")]
    [InlineData("script.allowed_types: both\n", true, "stored")]
    [InlineData("script.allowed_types: none\n", true, "none")]
    [InlineData("script.allowed_types: inline\n", false, "inline")]
    [InlineData("cluster.name: x\n", false, null)]
    public void Scripts_of_requests_go_where_that_is_said(string yaml, bool goes, string? types) =>
        Written(Plan(new PaperHost().With(Path, yaml), new HardenWishes { Drop = goes ? ["scripts"] : [] }))["script.allowed_types"].Text.ShouldBe(types);

    [Fact]
    public void The_trail_of_opensearch_keeps_no_bodies()
    {
        const string Audit = "# ours\n_meta: {type: audit, config_version: 2}\nconfig:\n  enabled: false\n  audit:\n    log_request_body: true # all\n    ignore_users: [kibanaserver]\n";
        PaperHost host = new PaperHost().With(OpenPath, "a: 1\n", 901, 901).With(AuditPath, Audit, 901, 901, "0644")
            .Folder("/etc/opensearch", "0750", 901, 901).Folder("/etc/opensearch/opensearch-security", "0750", 901, 901);
        var wishes = new HardenWishes { Nodes = ["os1"], Names = ["os1"] };

        HardenPlan plan = ElasticHardener.OpenSearch.Plan(host, wishes, new CountedSecrets());

        FileChange audit = plan.Files.Single(static file => file.Path == AuditPath);
        System.Text.Encoding.UTF8.GetString(audit.New).ShouldBe(Audit.Replace("enabled: false", "enabled: true").Replace("log_request_body: true", "log_request_body: false"));
        plan.Steps.ShouldContain(static step => step.Contains("-t audit"));
        ElasticHardener.OpenSearch.Plan(host.After(plan), wishes, new CountedSecrets()).Changes.ShouldBeEmpty();
    }

    private static HardenPlan Plan(IHost host, HardenWishes wishes) => ElasticHardener.Elasticsearch.Plan(host, wishes with { Names = ["a"] }, new CountedSecrets());

    private static SettingTree Written(HardenPlan plan) => YamlFile.Read(plan.Files[0].New, Path, YamlOptions.Dotted).Settings;
}

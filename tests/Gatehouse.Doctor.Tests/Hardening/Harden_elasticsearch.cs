using System.Collections.Immutable;
using System.Diagnostics;
using Gatehouse.Doctor.Facts;
using Gatehouse.Doctor.Hardening;
using Gatehouse.Doctor.Hardening.Applying;
using Gatehouse.Doctor.Hardening.Certificates;
using Gatehouse.Doctor.Hardening.Elasticsearch;
using Gatehouse.Doctor.Texts;
using Gatehouse.Doctor.Texts.Yaml;
using Gatehouse.Problems;
using Shouldly;
using Xunit;

namespace Gatehouse.Doctor.Tests.Hardening;

/// <summary>What becomes of elasticsearch.yml and opensearch.yml, and certificates beside them.</summary>
public class Harden_elasticsearch
{
    private const string Path = "/etc/elasticsearch/elasticsearch.yml";
    private const string OpenPath = "/etc/opensearch/opensearch.yml";

    [Fact]
    public void One_of_a_package_with_security_off() => Plan(
        new PaperHost().With(Path, Planned.Fixture("elasticsearch-off.yml"), 0, 901, "0660").Folder("/etc/elasticsearch", "2750", 0, 901),
        new HardenWishes { Gate = true, User = "elasticsearch" }).ShouldBeGolden("elasticsearch-off");

    [Fact]
    public void One_that_secured_itself_with_stores() => Plan(
        new PaperHost().With(Path, Planned.Fixture("elasticsearch-auto.yml"), 901, 901),
        new HardenWishes { Names = ["es1.example.org", "10.0.0.5"], Bind = "127.77.0.1" }).ShouldBeGolden("elasticsearch-auto");

    [Fact]
    public void An_opensearch_with_demo_certificates() => ElasticHardener.OpenSearch.Plan(
        new PaperHost().With(OpenPath, Planned.Fixture("opensearch-demo.yml"), 901, 901),
        new HardenWishes { Nodes = ["os1", "os2"], Names = ["os1"], Gate = true },
        new CountedSecrets()).ShouldBeGolden("opensearch-demo");

    [Fact]
    public async Task Applied_it_is_done_and_openssl_reads_the_files()
    {
        using var folder = new TemporaryFolder();
        folder.Write("elasticsearch.yml", Planned.Fixture("elasticsearch-off.yml"), "0660");
        string before = folder.State();
        var host = new LinuxHost(TimeProvider.System);
        var wishes = new HardenWishes { File = folder.Etc, Names = ["es1.example.org", "10.0.0.5"] };
        using var authority = new TestAuthority(host.Now);

        HardenPlan plan = Plan(host, wishes);
        await ApplyAsync(folder, host, plan, authority);

        HardenPlan again = Plan(host, wishes);
        again.IsDone.ShouldBeTrue(Planned.Shown(again));
        again.Files.Select(static file => System.IO.Path.GetFileName(file.Path)).ShouldBe(["elasticsearch.yml", "gatehouse-node.key", "gatehouse-node.crt", "gatehouse-ca.crt"]);
        folder.State().ShouldContain("gatehouse-node.key 0600");
        folder.State().ShouldContain("gatehouse-node.crt 0644");
        Run("openssl", "verify", "-CAfile", folder.In("gatehouse-ca.crt"), folder.In("gatehouse-node.crt")).ShouldContain("OK");
        Run("openssl", "x509", "-in", folder.In("gatehouse-node.crt"), "-noout", "-text").ShouldSatisfyAllConditions(
            static text => text.ShouldContain("DNS:es1.example.org"),
            static text => text.ShouldContain("IP Address:10.0.0.5"),
            static text => text.ShouldContain("IP Address:127.0.0.1"),
            static text => text.ShouldContain("TLS Web Client Authentication"));
        Run("openssl", "pkey", "-in", folder.In("gatehouse-node.key"), "-pubout").ShouldBe(Run("openssl", "x509", "-in", folder.In("gatehouse-node.crt"), "-noout", "-pubkey"));

        HardenRun.Undo("elasticsearch", folder.In("elasticsearch.yml"), folder.Backups, isForced: false);
        folder.State().ShouldBe(before);
    }

    [Fact]
    public async Task A_certificate_that_does_not_do_is_wished_for_again_or_refused()
    {
        using var folder = new TemporaryFolder();
        folder.Write("elasticsearch.yml", "cluster.name: x\n");
        var host = new LinuxHost(TimeProvider.System);
        var wishes = new HardenWishes { File = folder.Etc, Names = ["es1.example.org"] };
        using var authority = new TestAuthority(host.Now);
        await ApplyAsync(folder, host, Plan(host, wishes), authority);

        Plan(host, wishes with { Names = ["es1.example.org", "es2.example.org"] }).Certificates.ShouldHaveSingleItem().Why.ShouldBe("it does not carry es2.example.org");
        CertificateWish wish = Plan(new PaperHost().With(Path, "a: 1\n"), wishes with { File = Path }).Certificates.ShouldHaveSingleItem();
        wish.Why.ShouldBe("there is none yet");

        using var hasty = new TestAuthority(host.Now) { Days = 20 };
        using var wrong = new TestAuthority(host.Now) { Names = ["other.example.org"] };
        foreach (TestAuthority source in (TestAuthority[])[hasty, wrong])
        {
            using CertificateMaterial material = await source.IssueAsync(wish, CancellationToken.None);
            Should.Throw<ProblemException>(() => CertificateFiles.Make(host, wish, material)).Problem.Id.ShouldBe("GH8169");
        }

        using CertificateMaterial good = await authority.IssueAsync(wish, CancellationToken.None);
        Should.Throw<ProblemException>(() => CertificateFiles.Make(host, wish, good with { Root = hasty.RootPem })).Problem.Text.ShouldContain("does not lead");
        File.WriteAllText(folder.In("gatehouse-node.key"), Gatehouse.Trust.Certificates.LeafKey.Make(Gatehouse.Trust.Certificates.KeyKind.EcdsaP256).ExportPem());
        Plan(host, wishes).Certificates.ShouldHaveSingleItem().Why.ShouldBe("its key is another one");
    }

    [Fact]
    public void Lists_of_addresses_get_an_end_and_variables_that_take_it_back_are_named()
    {
        PaperHost host = new PaperHost().With(Path, "xpack.security.http.filter.allow: 10.0.0.0/8\nhttp.cors: {enabled: true, allow-origin: \"*\"}\nxpack.security.authc:\n  anonymous:\n    roles: superuser\n", 901, 901);
        host.Processes =
        [
            new ProcessFact
            {
                Id = 5,
                Name = "java",
                Arguments = ["java", "-Des.path.conf=/etc/elasticsearch", "org.elasticsearch.server/org.elasticsearch.bootstrap.Elasticsearch"],
                User = 901,
                Environment = ImmutableDictionary<string, string>.Empty.Add("xpack.security.enabled", "false"),
            },
        ];

        HardenPlan plan = Plan(host, new HardenWishes { Names = ["a"] });
        string shown = Planned.Shown(plan);

        shown.ShouldContain("xpack.security.http.filter.deny: _all".Replace("_all", "\"_all\""));
        shown.ShouldContain("enabled: false");
        shown.ShouldContain("-    roles: superuser");
        plan.Overrides.ShouldHaveSingleItem().ShouldContain("xpack.security.enabled");
        plan.Account.Name.ShouldBe("elasticsearch");
    }

    [Fact]
    public void Http_can_come_later_and_nodes_alone_reach_the_transport()
    {
        PaperHost host = new PaperHost().With(Path, Planned.Fixture("elasticsearch-off.yml"), 0, 901, "0660");
        HardenPlan first = Plan(host, new HardenWishes { User = "elasticsearch", Keep = ["http"], Nodes = ["10.0.0.5", "10.0.0.6"] });
        SettingTree written = YamlFile.Read(first.Files[0].New, Path, YamlOptions.Dotted).Settings;

        written["xpack.security.transport.ssl.enabled"].AsBoolean().ShouldBe(true);
        written["xpack.security.http.ssl.enabled"].IsSet.ShouldBeFalse();
        written["xpack.security.transport.filter.allow"].AsTexts()!.Value.ShouldBe(["10.0.0.5", "10.0.0.6"]);
        written["xpack.security.transport.filter.deny"].Text.ShouldBe("_all");
        written["xpack.security.http.filter.allow"].Text.ShouldBe("_all", "clients would meet the list of nodes otherwise");
        first.Steps.ShouldContain(static step => step.Contains("without --keep http"));

        HardenPlan second = Plan(host.After(first), new HardenWishes { User = "elasticsearch" });
        YamlFile.Read(second.Files[0].New, Path, YamlOptions.Dotted).Settings["xpack.security.http.ssl.enabled"].AsBoolean().ShouldBe(true);
        second.Steps.ShouldNotContain(static step => step.Contains("--keep http"));
    }

    [Fact]
    public void Steps_are_in_the_order_of_the_manual()
    {
        HardenPlan plan = Plan(new PaperHost().With(Path, Planned.Fixture("elasticsearch-off.yml"), 0, 901, "0660"), new HardenWishes { User = "elasticsearch", Gate = true });
        string[] order = ["snapshot", "one CA", "maintenance window", "built-in users", "HTTP has TLS", "Point Kibana", "users and roles", "audit.json", "Close 9300", "address filter", "Certificates end"];

        int[] places = [.. order.Select(word => plan.Steps.Select(static (text, at) => (text, at)).First(step => step.text.Contains(word)).at)];

        places.ShouldBe(places.Order());
        places.ShouldBeUnique();
    }

    [Fact]
    public void What_was_secured_before_restarts_node_by_node_for_http()
    {
        PaperHost host = new PaperHost().With(Path, Planned.Fixture("elasticsearch-off.yml"), 0, 901, "0660");
        HardenWishes wishes = new() { User = "elasticsearch" };
        host.After(Plan(host, wishes with { Keep = ["http"] }));

        HardenPlan second = Plan(host, wishes);

        second.Steps.ShouldNotContain(static step => step.Contains("maintenance window"));
        second.Steps.ShouldContain(static step => step.Contains("restart one node after the other: TLS between nodes stays"));
        second.Steps.ShouldContain(static step => step.StartsWith("HTTP has TLS on each node from its restart on"));
    }

    [Theory]
    [InlineData("\"*\"", true)]
    [InlineData("\"https://a.example, *\"", true)]
    [InlineData("/.*/", true)]
    [InlineData("'/https?:\\/\\/.*/'", true)]
    [InlineData("'/https?:\\/\\/(?!x).*/'", true)]
    [InlineData("[\"*\"]", true)]
    [InlineData("'/https?:\\/\\/localhost(:[0-9]+)?/'", false)]
    [InlineData("\"https://kibana.example.org\"", false)]
    public void Pages_of_strangers_are_kept_out_whatever_they_are_let_in_by(string origins, bool isClosed)
    {
        HardenPlan plan = Plan(new PaperHost().With(Path, $"http.cors.enabled: true\nhttp.cors.allow-origin: {origins}\n"), new HardenWishes());

        YamlFile.Read(plan.Files[0].New, Path, YamlOptions.Dotted).Settings["http.cors.enabled"].AsBoolean().ShouldBe(!isClosed);
    }

    [Fact]
    public void Opensearch_must_be_told_its_nodes() =>
        Should.Throw<ProblemException>(static () => ElasticHardener.OpenSearch.Plan(new PaperHost().With(OpenPath, "a: 1\n"), new HardenWishes(), new CountedSecrets())).Problem.Id.ShouldBe("GH8162");

    private static HardenPlan Plan(IHost host, HardenWishes wishes) => ElasticHardener.Elasticsearch.Plan(host, wishes, new CountedSecrets());

    private static async Task ApplyAsync(TemporaryFolder folder, IHost host, HardenPlan plan, TestAuthority authority)
    {
        var issued = new List<FileChange>();
        foreach (CertificateWish wish in plan.Certificates)
        {
            using CertificateMaterial material = await authority.IssueAsync(wish, CancellationToken.None);
            issued.AddRange(CertificateFiles.Make(host, wish, material));
        }

        HardenRun.Apply(plan, issued, folder.Backups, host.Now).ShouldNotBeNull();
    }

    private static string Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardOutput = true })!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit(20_000).ShouldBeTrue();
        process.ExitCode.ShouldBe(0);
        return output;
    }
}

using System.Collections.Immutable;
using System.Text;
using Gatehouse.Doctor.Elastic;
using Gatehouse.Doctor.Emqx;
using Gatehouse.Doctor.Facts;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Hardening;
using Gatehouse.Doctor.Hardening.Certificates;
using Gatehouse.Doctor.Ignite;
using Gatehouse.Doctor.Ipfs.Cluster;
using Gatehouse.Doctor.Ipfs.Kubo;
using Gatehouse.Doctor.Rules;
using Shouldly;
using Xunit;

namespace Gatehouse.Doctor.Tests.Hardening;

/// <summary>What harden wrote, as the doctor of the system sees it: nothing above info that harden is responsible for.</summary>
public class Harden_and_doctor
{
    private const string Peer = "12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN";
    private const string Cluster = "/home/ipfs/.ipfs-cluster/service.json";
    private static readonly ISystemDoctor[] Doctors = [.. ElasticDoctors.All, new EmqxDoctor(), new IgniteDoctor(), new ClusterDoctor(), new KuboDoctor()];

    // No file remedies these: a build before 5.9 has no audit log unless it is an enterprise one, and known faults of an old release go with a newer one.
    private const string NoAuditLog = "AUD-001", OldVersion = "VER-001";

    // The daemon has one CA: whoever is trusted as a client is trusted as a node.
    private const string IgniteRest = "IGN-TLS-008";

    [Fact]
    public async Task EMQX_in_a_mesh_behind_a_gate() => await CleanAsync(
        "emqx", Emqx("127.77.0.1"), "/etc/emqx/emqx.conf", new HardenWishes { Gate = true, Mesh = true, Version = "5.8.6" }, "");

    [Fact]
    public async Task EMQX_with_TLS_of_its_own() => await CleanAsync(
        "emqx", Emqx("10.0.0.5"), "/etc/emqx/emqx.conf", new HardenWishes { Gate = true, Version = "5.8.6" }, "");

    [Theory]
    [InlineData("5.0.26", NoAuditLog + " " + OldVersion)]
    [InlineData("5.3.2", NoAuditLog + " " + OldVersion)]
    [InlineData("5.8.6", NoAuditLog)]
    [InlineData("5.9.2", OldVersion)]
    [InlineData("6.2.2", "")]
    [InlineData("6.3.0", "")]
    public async Task EMQX_without_a_gate(string version, string rest) => await CleanAsync(
        "emqx", Emqx("10.0.0.5", version), "/etc/emqx/emqx.conf", new HardenWishes { Version = version, Nodes = ["emqx@10.0.0.5", "emqx@10.0.0.6"] }, rest);

    [Theory]
    [InlineData("5.0.26", OldVersion)]
    [InlineData("5.3.2", OldVersion)]
    [InlineData("5.9.2", OldVersion)]
    [InlineData("6.2.2", "")]
    [InlineData("6.3.0", "")]
    public async Task EMQX_behind_a_gate(string version, string rest) => await CleanAsync(
        "emqx", Emqx("10.0.0.5", version), "/etc/emqx/emqx.conf", new HardenWishes { Gate = true, Version = version }, rest);

    [Fact]
    public async Task EMQX_whose_dashboard_has_the_rules()
    {
        PaperHost host = Emqx("10.0.0.5")
            .With("/var/lib/emqx/configs/cluster.hocon", "authorization.sources = [{type = file, enable = true, path = \"${EMQX_ETC_DIR}/../../var/lib/emqx/authz/acl.conf\"}]\nlisteners.quic.default { enable = true, bind = 14567 }\n", 900, 900, "0600")
            .With("/var/lib/emqx/authz/acl.conf", "{allow, all}.\n", 900, 900, "0600");
        await CleanAsync("emqx", host, "/etc/emqx/emqx.conf", new HardenWishes { Gate = true, Version = "5.8.6" }, "");
    }

    [Fact]
    public async Task EMQX_of_6_3_behind_a_gate() => await CleanAsync(
        "emqx", Emqx("127.77.0.1", "6.3.0"), "/etc/emqx/emqx.conf", new HardenWishes { Gate = true, Mesh = true, Version = "6.3.0" }, "");

    [Fact]
    public async Task Ignite_behind_a_gate() => await CleanAsync(
        "ignite",
        new PaperHost().With("/etc/ignite3db/ignite-config.conf", Planned.Fixture("ignite-package.conf"), mode: "0644"),
        "/etc/ignite3db/ignite-config.conf",
        new HardenWishes { Gate = true, Bind = "10.0.0.5", Nodes = ["10.0.0.5", "10.0.0.6"] },
        IgniteRest);

    [Fact]
    public void The_part_of_Ignites_cluster_is_looked_at_too()
    {
        const string Node = "/etc/ignite3db/ignite-config.conf", Init = "/etc/ignite3db/gatehouse-cluster-init.conf";
        PaperHost host = new PaperHost().With(Node, Planned.Fixture("ignite-package.conf"));
        host.After(Hardeners.Find("ignite").Plan(host, new HardenWishes(), new CountedSecrets()));
        Open("ignite", host, Node, Init).ShouldNotContain(static line => line.StartsWith("IGN-LOG-001"));

        host.With(Init, Encoding.UTF8.GetString(host.Read(Init).Bytes!).Replace(", QUERY_STARTED, QUERY_FINISHED", ""));
        Open("ignite", host, Node, Init).ShouldContain(static line => line.StartsWith("IGN-LOG-001"));
    }

    [Theory]
    [InlineData("3.0.0")]
    [InlineData("3.2.0")]
    public async Task Ignite_without_a_gate(string version) => await CleanAsync(
        "ignite",
        new PaperHost().With("/etc/ignite3db/ignite-config.conf", Planned.Fixture("ignite-package.conf"), mode: "0644").With($"/usr/share/ignite3db/lib/ignite-runner-{version}.jar", "", 0, 0, "0644"),
        "/etc/ignite3db/ignite-config.conf",
        new HardenWishes { Bind = "10.0.0.5", Nodes = ["10.0.0.5", "10.0.0.6"] },
        IgniteRest + (version == "3.0.0" ? " IGN-VER-001" : "")); // no file makes an old version a new one

    [Theory]
    [InlineData("ipfs-cluster-init.json")]
    [InlineData("ipfs-cluster-open.json")]
    public async Task IPFS_Cluster_behind_a_gate(string fixture) =>
        await CleanAsync("ipfs-cluster", ClusterHost(fixture), Cluster, new HardenWishes { Peers = [Peer], Gate = true, Injector = 5011 }, IpfsRest(fixture));

    [Fact]
    public async Task IPFS_Cluster_on_a_socket() =>
        await CleanAsync("ipfs-cluster", ClusterHost("ipfs-cluster-init.json"), Cluster, new HardenWishes { Peers = ["self"], Socket = "/run/ipfs-cluster/rest.sock" }, "");

    [Fact]
    public async Task IPFS_Cluster_with_TLS_of_its_own() =>
        await CleanAsync("ipfs-cluster", ClusterHost("ipfs-cluster-init.json"), Cluster, new HardenWishes { Peers = ["self"], Expose = "10.0.0.5", Names = ["ipfs1.example.org"] }, "");

    [Theory]
    [InlineData("ipfs-cluster-init.json")]
    [InlineData("ipfs-cluster-open.json")]
    public async Task IPFS_Cluster_without_a_gate(string fixture) =>
        await CleanAsync("ipfs-cluster", ClusterHost(fixture), Cluster, new HardenWishes { Peers = [Peer] }, IpfsRest(fixture, " IC072")); // Kubo is on another host: --injector sends it through a gate, and without one there is none

    // What was added by path or address could not be read without them: only who knows that nothing was says --drop.
    [Theory]
    [InlineData("KU005")]
    [InlineData("", "filestore", "urlstore")]
    public async Task Kubo_without_a_gate(string rest, params string[] drop) => await CleanAsync("kubo", KuboHost(), "/home/ipfs/.ipfs/config", new HardenWishes { Drop = [.. drop] }, rest);

    [Fact]
    public async Task Kubo_behind_a_gate() => await CleanAsync(
        "kubo",
        KuboHost(),
        "/home/ipfs/.ipfs/config",
        new HardenWishes { Gate = true },
        "KU005");

    [Theory]
    [InlineData("elasticsearch-off.yml")]
    [InlineData("elasticsearch-auto.yml")]
    public async Task Elasticsearch_behind_a_gate(string fixture) => await CleanAsync(
        "elasticsearch",
        new PaperHost().With("/etc/elasticsearch/elasticsearch.yml", Planned.Fixture(fixture), 0, 901, "0660").Folder("/etc/elasticsearch", "2750", 0, 901),
        "/etc/elasticsearch/elasticsearch.yml",
        new HardenWishes { Gate = true, User = "elasticsearch", Nodes = ["10.0.0.5", "10.0.0.6"], Names = ["node-1.example.org"] },
        "");

    [Theory]
    [InlineData("elasticsearch-off.yml")]
    [InlineData("elasticsearch-auto.yml")]
    public async Task Elasticsearch_without_a_gate(string fixture) => await CleanAsync(
        "elasticsearch",
        new PaperHost().With("/etc/elasticsearch/elasticsearch.yml", Planned.Fixture(fixture), 0, 901, "0660").Folder("/etc/elasticsearch", "2750", 0, 901),
        "/etc/elasticsearch/elasticsearch.yml",
        new HardenWishes { User = "elasticsearch", Nodes = ["10.0.0.5", "10.0.0.6"], Names = ["node-1.example.org"] },
        "");

    // Of a cluster whose folder of the security plugin lies elsewhere the trail is set up through the API: a step says so.
    [Theory]
    [InlineData(false, true, "")]
    [InlineData(true, true, "")]
    [InlineData(true, false, "ES-041")]
    public async Task OpenSearch(bool gate, bool hasFolder, string rest)
    {
        PaperHost host = new PaperHost().With("/etc/opensearch/opensearch.yml", Planned.Fixture("opensearch-demo.yml"), 901, 901).Folder("/etc/opensearch", "0750", 901, 901);
        host = !hasFolder ? host : host
            .With("/etc/opensearch/opensearch-security/audit.yml", "_meta:\n  type: \"audit\"\n  config_version: 2\n\nconfig:\n  enabled: true\n  audit:\n    enable_rest: true\n    log_request_body: true\n", 901, 901, "0640")
            .Folder("/etc/opensearch/opensearch-security", "0750", 901, 901);
        await CleanAsync("opensearch", host, "/etc/opensearch/opensearch.yml", new HardenWishes { Gate = gate, Nodes = ["os1", "os2"], Names = ["os1"] }, rest);
    }

    private const string Swarm = "/key/swarm/psk/1.0.0/\n/base16/\n9f3ac1d077e2458bb6f01c2d93ae5f6480177acb2be94d50c8e3661fa7d40b29\n";

    // A name that is nobody's may be a slip of the pen for one that matters: who wrote it knows.
    private static string IpfsRest(string fixture, string remote = "") => fixture == "ipfs-cluster-open.json" ? "IC095" + remote : "";

    private static PaperHost ClusterHost(string fixture) => new PaperHost()
        .With(Cluster, Planned.Fixture(fixture), mode: "0644").With("/home/ipfs/.ipfs-cluster/identity.json", $$"""{"id": "{{Peer}}", "private_key": "CAESprivate"}""", mode: "0644").Folder("/home/ipfs/.ipfs-cluster", "0700", 900, 900);

    private static PaperHost KuboHost() => new PaperHost()
        .With("/home/ipfs/.ipfs/config", Planned.Fixture("kubo-open.json"), mode: "0644").With("/home/ipfs/.ipfs/swarm.key", Swarm, mode: "0644").Folder("/home/ipfs/.ipfs", "0700", 900, 900);

    private static PaperHost Emqx(string address, string version = "5.8.6") => new PaperHost()
        .With("/etc/emqx/emqx.conf", Planned.Fixture("emqx-package.conf").Replace("10.0.0.5", address).Replace("listeners.tcp.plain { bind = \"0.0.0.0:1884\" }\n", ""), 0, 900, "0644")
        .With("/etc/emqx/vm.args", "-heart\n", 0, 900, "0644")
        .With("/etc/emqx/acl.conf", "{allow, {ipaddr, \"127.0.0.1\"}, all, [\"$SYS/#\", \"#\"]}.\n{allow, all}.\n", 0, 900, "0644")
        .With($"/usr/lib/emqx/releases/{version}/emqx.rel", $"{{release, {{\"emqx\", \"{version}\"}}}}.\n", 0, 0, "0644")
        .With("/usr/lib/emqx/releases/emqx_vars", $"REL_VSN=\"{version}\"\n", 0, 0, "0644")
        .With("/usr/lib/systemd/system/emqx.service", "[Service]\nUser=ipfs\nExecStart=/usr/bin/emqx foreground\n", 0, 0, "0644")
        .Folder("/etc/emqx", "0750", 0, 900);

    private static async Task CleanAsync(string system, PaperHost host, string file, HardenWishes wishes, string rest)
    {
        string[] before = Open(system, host, file);
        HardenPlan plan = Hardeners.Find(system).Plan(host, wishes with { File = file }, new CountedSecrets());
        host.After(plan);
        using var authority = new TestAuthority(host.Now);
        foreach (CertificateWish wish in plan.Certificates)
        {
            using CertificateMaterial material = await authority.IssueAsync(wish, CancellationToken.None);
            foreach (FileChange made in CertificateFiles.Make(host, wish, material))
            {
                host.With(made.Path, made.New, made.Rights.Owner, made.Rights.Group, made.Rights.Octal);
            }
        }

        string[] after = Open(system, host, [file, .. plan.Files.Select(static change => change.Path).Where(static path => path.EndsWith("-init.conf"))]);
        string[] left = [.. after.Where(line => !rest.Split(' ').Contains(line.Split(' ')[0]))];

        before.Length.ShouldBeGreaterThan(after.Length);
        left.ShouldBeEmpty();
        if (system != "emqx")
        {
            rest.Split(' ', StringSplitOptions.RemoveEmptyEntries).ShouldAllBe(allowed => after.Any(line => line.StartsWith(allowed + " ")), "what is allowed and not found is remedied");
        }
    }

    private static string[] Open(string system, IHost host, params string[] files)
    {
        ImmutableArray<ExaminedSubject> subjects = [.. Doctors.Single(doctor => doctor.System == system).Examine(host, new ExaminationRequest([.. files]))];
        return [.. subjects.ShouldHaveSingleItem().Findings.Where(static finding => finding.IsOpen && finding.Severity > Severity.Info).Select(static finding => $"{finding.Check} {finding.Severity} {finding.Text}")];
    }
}

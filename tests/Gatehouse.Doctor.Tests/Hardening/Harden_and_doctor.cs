using System.Collections.Immutable;
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

    // Limits, and an audit log that needs a paid edition: only the administrator knows them. The cookie and the first password stand in the file.
    private const string EmqxRest = "AUD-001 FIL-002 LIS-010 MQT-003 MQT-004";

    [Fact]
    public async Task EMQX_in_a_mesh_behind_a_gate() => await CleanAsync(
        "emqx", Emqx("127.77.0.1"), "/etc/emqx/emqx.conf", new HardenWishes { Gate = true, Mesh = true, Version = "5.8.6" }, EmqxRest);

    [Fact]
    public async Task EMQX_with_TLS_of_its_own() => await CleanAsync(
        "emqx", Emqx("10.0.0.5"), "/etc/emqx/emqx.conf", new HardenWishes { Gate = true, Version = "5.8.6" }, EmqxRest + " ERL-010 RPC-001");

    [Fact]
    public async Task Ignite_behind_a_gate() => await CleanAsync(
        "ignite",
        new PaperHost().With("/etc/ignite3db/ignite-config.conf", Planned.Fixture("ignite-package.conf"), mode: "0644"),
        "/etc/ignite3db/ignite-config.conf",
        new HardenWishes { Gate = true, Bind = "10.0.0.5", Nodes = ["10.0.0.5", "10.0.0.6"] },
        "IGN-REST-004 IGN-CLI-008 IGN-CMP-001 IGN-TLS-008"); // no setting but the firewall; limits; one certificate for three channels

    [Theory]
    [InlineData("ipfs-cluster-init.json")]
    [InlineData("ipfs-cluster-open.json")]
    public async Task IPFS_Cluster_behind_a_gate(string fixture) =>
        await CleanAsync("ipfs-cluster", ClusterHost(fixture), Cluster, new HardenWishes { Peers = [Peer], Gate = true, Injector = 5011 }, "IC009 IC027 IC095"); // a key to be moved, the topic of a cluster that runs, names that are nobody's

    [Fact]
    public async Task IPFS_Cluster_on_a_socket() =>
        await CleanAsync("ipfs-cluster", ClusterHost("ipfs-cluster-init.json"), Cluster, new HardenWishes { Peers = ["self"], Socket = "/run/ipfs-cluster/rest.sock" }, "IC027");

    [Fact]
    public async Task IPFS_Cluster_with_TLS_of_its_own() =>
        await CleanAsync("ipfs-cluster", ClusterHost("ipfs-cluster-init.json"), Cluster, new HardenWishes { Peers = ["self"], Expose = "10.0.0.5", Names = ["ipfs1.example.org"] }, "IC027");

    [Fact]
    public async Task Kubo_behind_a_gate() => await CleanAsync(
        "kubo",
        new PaperHost().With("/home/ipfs/.ipfs/config", Planned.Fixture("kubo-open.json"), mode: "0644").With("/home/ipfs/.ipfs/swarm.key", Swarm, mode: "0644").Folder("/home/ipfs/.ipfs", "0700", 900, 900),
        "/home/ipfs/.ipfs/config",
        new HardenWishes { Gate = true },
        "KU005"); // what was added by path could not be read any more

    [Theory]
    [InlineData("elasticsearch-off.yml")]
    [InlineData("elasticsearch-auto.yml")]
    public async Task Elasticsearch_behind_a_gate(string fixture) => await CleanAsync(
        "elasticsearch",
        new PaperHost().With("/etc/elasticsearch/elasticsearch.yml", Planned.Fixture(fixture), 0, 901, "0660").Folder("/etc/elasticsearch", "2750", 0, 901),
        "/etc/elasticsearch/elasticsearch.yml",
        new HardenWishes { Gate = true, User = "elasticsearch", Nodes = ["10.0.0.5", "10.0.0.6"], Names = ["node-1.example.org"] },
        "ES-060"); // scripts of queries and dashboards

    [Fact]
    public async Task OpenSearch_behind_a_gate() => await CleanAsync(
        "opensearch",
        new PaperHost().With("/etc/opensearch/opensearch.yml", Planned.Fixture("opensearch-demo.yml"), 901, 901).Folder("/etc/opensearch", "0750", 901, 901),
        "/etc/opensearch/opensearch.yml",
        new HardenWishes { Gate = true, Nodes = ["os1", "os2"], Names = ["os1"] },
        "ES-041 ES-060"); // in audit.yml, which securityadmin.sh loads

    private const string Swarm = "/key/swarm/psk/1.0.0/\n/base16/\n9f3ac1d077e2458bb6f01c2d93ae5f6480177acb2be94d50c8e3661fa7d40b29\n";

    private static PaperHost ClusterHost(string fixture) => new PaperHost()
        .With(Cluster, Planned.Fixture(fixture), mode: "0644").With("/home/ipfs/.ipfs-cluster/identity.json", "{}", mode: "0644").Folder("/home/ipfs/.ipfs-cluster", "0700", 900, 900);

    private static PaperHost Emqx(string address) => new PaperHost()
        .With("/etc/emqx/emqx.conf", Planned.Fixture("emqx-package.conf").Replace("10.0.0.5", address).Replace("listeners.tcp.plain { bind = \"0.0.0.0:1884\" }\n", ""), 0, 900, "0644")
        .With("/etc/emqx/vm.args", "-heart\n", 0, 900, "0644")
        .With("/etc/emqx/acl.conf", "{allow, {ipaddr, \"127.0.0.1\"}, all, [\"$SYS/#\", \"#\"]}.\n{allow, all}.\n", 0, 900, "0644")
        .With("/usr/lib/emqx/releases/5.8.6/emqx.rel", "{release, {\"emqx\", \"5.8.6\"}}.\n", 0, 0, "0644")
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

        string[] after = Open(system, host, file);
        string[] left = [.. after.Where(line => !rest.Split(' ').Contains(line.Split(' ')[0]))];

        before.Length.ShouldBeGreaterThan(after.Length);
        left.ShouldBeEmpty();
    }

    private static string[] Open(string system, IHost host, string file)
    {
        ImmutableArray<ExaminedSubject> subjects = [.. Doctors.Single(doctor => doctor.System == system).Examine(host, new ExaminationRequest([file]))];
        return [.. subjects.ShouldHaveSingleItem().Findings.Where(static finding => finding.IsOpen && finding.Severity > Severity.Info).Select(static finding => $"{finding.Check} {finding.Severity} {finding.Text}")];
    }
}

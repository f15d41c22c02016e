using System.Collections.Immutable;
using System.Text;
using Gatehouse.Doctor.Facts;
using Gatehouse.Doctor.Hardening;
using Gatehouse.Doctor.Hardening.Ipfs;
using Gatehouse.Doctor.Texts.Json;
using Gatehouse.Problems;
using Shouldly;
using Xunit;

namespace Gatehouse.Doctor.Tests.Hardening;

/// <summary>What becomes of IPFS Cluster's service.json.</summary>
public class Harden_ipfs_cluster
{
    private const string Path = "/home/ipfs/.ipfs-cluster/service.json";
    private const string Peer = "12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN";
    private const string Other = "12D3KooWHdiAxVd8uMQR1hGWXccidmfCwLqcMpGwR6QcTP6QRMuD";

    [Fact]
    public void What_init_wrote_for_a_cluster_of_one()
    {
        PaperHost host = With("ipfs-cluster-init.json").With("/home/ipfs/.ipfs-cluster/identity.json", "{}", mode: "0644");
        Plan(host, new HardenWishes { File = Path, Peers = ["self"] }).ShouldBeGolden("ipfs-cluster-init");
    }

    [Fact]
    public void An_open_one_behind_a_gate_with_everything_kept() => Plan(
        With("ipfs-cluster-open.json", "0644").Folder("/etc/gatehouse", "0700"),
        new HardenWishes { File = Path, Peers = [Peer, Other], Keep = ["pinsvcapi", "proxy"], Gate = true, Injector = 5011, GatePassword = "/etc/gatehouse/cluster.pass" }).ShouldBeGolden("ipfs-cluster-open");

    [Theory]
    [InlineData("ipfs-cluster-init.json")]
    [InlineData("ipfs-cluster-open.json")]
    public void A_plan_on_its_own_result_is_empty_and_makes_no_secret(string fixture)
    {
        var wishes = new HardenWishes { File = Path, Peers = [Peer, Other], Gate = true, GatePassword = "/etc/gatehouse/cluster.pass" };
        PaperHost host = With(fixture).Folder("/etc/gatehouse", "0700");
        host.After(Plan(host, wishes));

        var secrets = new CountedSecrets();
        HardenPlan again = new IpfsClusterHardener().Plan(host, wishes, secrets);

        again.IsDone.ShouldBeTrue(Planned.Shown(again));
        secrets.Made.ShouldBeEmpty();

        // Without saying again who the peers are: they stand in the file now.
        new IpfsClusterHardener().Plan(host, wishes with { Peers = [] }, secrets).IsDone.ShouldBeTrue();
    }

    [Fact]
    public void No_secret_is_shown_old_or_new()
    {
        PaperHost host = With("ipfs-cluster-open.json").Folder("/etc/gatehouse", "0700");
        var secrets = new CountedSecrets();

        HardenPlan plan = new IpfsClusterHardener().Plan(host, new HardenWishes { File = Path, Peers = [Peer], Keep = ["pinsvcapi"], GatePassword = "/etc/gatehouse/cluster.pass" }, secrets);
        string shown = Planned.Shown(plan);

        secrets.Made.Count.ShouldBe(2);
        foreach (string secret in secrets.Made.Concat(["hunter2-of-alice", "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"]))
        {
            shown.ShouldNotContain(secret);
            plan.ToString().ShouldNotContain(secret);
        }

        shown.ShouldContain("\"gatehouse\": \"****\"");
        shown.ShouldContain("its content is a secret");
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("abc", true)]
    [InlineData("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", true)]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", true)]
    [InlineData("6162636465666768696a6b6c6d6e6f707172737475767778797a414243444546", true)]
    [InlineData("9f3ac1d077e2458bb6f01c2d93ae5f6480177acb2be94d50c8e3661fa7d40b29", false)]
    public void A_weak_secret_is_replaced_and_a_good_one_stays(string secret, bool isReplaced)
    {
        PaperHost host = new PaperHost().With(Path, $$$"""{"cluster": {"secret": "{{{secret}}}"}, "consensus": {"crdt": {"trusted_peers": [] } } }""");
        HardenPlan plan = Plan(host, new HardenWishes { File = Path });

        (Of(plan)["cluster.secret"].Text != secret).ShouldBe(isReplaced);
        plan.Made.Any(static made => made.Contains("cluster.secret")).ShouldBe(isReplaced);
    }

    [Fact]
    public void The_secret_of_the_others_is_taken_and_a_weak_one_refused()
    {
        const string Given = "9f3ac1d077e2458bb6f01c2d93ae5f6480177acb2be94d50c8e3661fa7d40b29";
        PaperHost host = With("ipfs-cluster-open.json");

        Of(Plan(host, new HardenWishes { File = Path, Peers = [Peer], Secret = Given + "\n" }))["cluster.secret"].Text.ShouldBe(Given);
        Refused(host, new HardenWishes { File = Path, Peers = [Peer], Secret = new string('a', 64) }).Id.ShouldBe("GH8162");
    }

    [Fact]
    public void What_only_the_administrator_knows_is_asked_for()
    {
        Refused(With("ipfs-cluster-open.json"), new HardenWishes { File = Path }).ShouldSatisfyAllConditions(
            static p => p.Id.ShouldBe("GH8162"),
            static p => p.Hint!.ShouldContain("--peers self"));
        Refused(With("ipfs-cluster-open.json"), new HardenWishes { File = Path, Peers = ["*"] }).Id.ShouldBe("GH8162");
        Refused(new PaperHost(), new HardenWishes { File = Path }).Id.ShouldBe("GH8160");
        Refused(new PaperHost(), new HardenWishes()).Id.ShouldBe("GH8160");
    }

    [Theory]
    [InlineData("""{"source": "http://config.example/service.json"}""")]
    [InlineData("""{"consensus": {}}""")]
    [InlineData("""{"consensus": {"crdt": {}, "raft": {}}}""")]
    public void What_no_edit_makes_safe_is_refused(string text) => Refused(new PaperHost().With(Path, text), new HardenWishes { File = Path, Peers = ["self"] }).Id.ShouldBe("GH8161");

    [Fact]
    public void A_variable_that_takes_it_back_is_named()
    {
        PaperHost host = With("ipfs-cluster-open.json");
        host.Processes =
        [
            new ProcessFact
            {
                Id = 812,
                Name = "ipfs-cluster-se",
                Arguments = ["ipfs-cluster-service", "--config", "/home/ipfs/.ipfs-cluster", "daemon"],
                User = 900,
                WorkingDirectory = "/",
                Environment = ImmutableDictionary<string, string>.Empty.Add("CLUSTER_SECRET", "").Add("CLUSTER_CRDT_TRUSTEDPEERS", "*"),
            },
        ];

        HardenPlan plan = Plan(host, new HardenWishes { Peers = [Peer] });

        plan.Subject.ShouldBe(Path);
        plan.Account.ShouldSatisfyAllConditions(static a => a.Name.ShouldBe("ipfs"), static a => a.Why.ShouldContain("process"));
        plan.Overrides.ShouldContain(static text => text.Contains("CLUSTER_SECRET") && text.Contains("cluster.secret"));
        plan.Overrides.ShouldContain(static text => text.Contains("CLUSTER_CRDT_TRUSTEDPEERS"));
    }

    [Fact]
    public void Metrics_and_traces_are_on_loopback_or_off()
    {
        const string Open = """{"cluster": {}, "consensus": {"crdt": {"trusted_peers": []}}, "observations": {"metrics": {"enable_stats": true, "prometheus_endpoint": "/ip4/0.0.0.0/tcp/8888"}, "tracing": {"enable_tracing": true, "jaeger_agent_endpoint": "/ip4/10.0.0.9/udp/6831"}}}""";
        PaperHost host = new PaperHost().With(Path, Open);
        HardenPlan kept = Plan(host, new HardenWishes { File = Path });
        Of(kept)["observations.metrics.enable_stats"].AsBoolean().ShouldBe(true);
        Of(kept)["observations.metrics.prometheus_endpoint"].Text.ShouldBe("/ip4/127.0.0.1/tcp/8888");
        kept.Steps.Count(static step => step.Contains("--drop ")).ShouldBe(2);

        HardenPlan off = Plan(host, new HardenWishes { File = Path, Drop = ["metrics", "tracing"] });
        Of(off)["observations.metrics.enable_stats"].AsBoolean().ShouldBe(false);
        Of(off)["observations.tracing.enable_tracing"].AsBoolean().ShouldBe(false);
        Of(off)["observations.tracing.jaeger_agent_endpoint"].Text.ShouldBe("/ip4/127.0.0.1/udp/6831");
        off.Steps.ShouldNotContain(static step => step.Contains("--drop "));
        off.Warnings.ShouldNotContain(static text => text.Contains("REST API goes"));
    }

    [Theory]
    [InlineData("CLUSTER_METRICS_ENABLESTATS", "true", 1)]
    [InlineData("CLUSTER_METRICS_ENABLESTATS", "false", 0)]
    [InlineData("CLUSTER_METRICS_PROMETHEUSENDPOINT", "/ip4/0.0.0.0/tcp/8888", 1)]
    [InlineData("CLUSTER_METRICS_PROMETHEUSENDPOINT", "/ip4/127.0.0.1/tcp/8889", 0)]
    [InlineData("CLUSTER_TRACING_ENABLETRACING", "true", 1)]
    [InlineData("CLUSTER_TRACING_JAEGERAGENTENDPOINT", "/dns4/jaeger/udp/6831", 1)]
    public void A_variable_or_option_that_switches_metrics_or_traces_on_is_named_where_the_file_is_silent(string variable, string value, int count)
    {
        PaperHost host = new PaperHost().With(Path, """{"cluster": {}, "consensus": {"crdt": {"trusted_peers": []}}, "observations": {"metrics": {}, "tracing": {}}}""");
        host.Processes = [Daemon(["daemon"], ImmutableDictionary<string, string>.Empty.Add(variable, value))];
        Plan(host, new HardenWishes()).Overrides.Count(text => text.Contains(variable)).ShouldBe(count);

        host.Processes = [Daemon(["daemon", "--stats", "--tracing=true"], ImmutableDictionary<string, string>.Empty)];
        Plan(host, new HardenWishes()).Overrides.Count(static text => text.Contains("started with --")).ShouldBe(2);
    }

    [Fact]
    public void On_a_socket_or_exposed_with_tls_or_not_at_all()
    {
        HardenWishes wishes = new() { File = Path, Peers = [Peer] };
        HardenPlan socket = Plan(With("ipfs-cluster-init.json"), wishes with { Socket = "/run/ipfs-cluster/rest.sock" });
        Of(socket)["api.restapi.http_listen_multiaddress"].Text.ShouldBe("/unix/run/ipfs-cluster/rest.sock");
        socket.Certificates.ShouldBeEmpty();

        HardenPlan exposed = Plan(With("ipfs-cluster-init.json"), wishes with { Expose = "10.0.0.5", Names = ["ipfs1.example.org"] });
        Of(exposed).ShouldSatisfyAllConditions(
            static s => s["api.restapi.http_listen_multiaddress"].Text.ShouldBe("/ip4/10.0.0.5/tcp/9094"),
            static s => s["api.restapi.ssl_cert_file"].Text.ShouldBe("gatehouse-api.crt"),
            static s => s["api.restapi.ssl_key_file"].Text.ShouldBe("gatehouse-api.key"),
            static s => s["api.restapi.basic_auth_credentials.gatehouse"].Text!.Length.ShouldBe(43));
        exposed.Certificates.ShouldHaveSingleItem().ShouldSatisfyAllConditions(
            static wish => wish.Profile.ShouldBe("ipfs"),
            static wish => wish.Names.ShouldBe(["ipfs1.example.org", "10.0.0.5", "localhost", "127.0.0.1"]));
        exposed.Steps.ShouldContain(static step => step.Contains("--apply each week"));

        HardenPlan dropped = Plan(With("ipfs-cluster-init.json"), wishes with { Drop = ["restapi"] });
        Of(dropped)["api.restapi"].IsSet.ShouldBeFalse();
        dropped.Warnings.ShouldContain(static text => text.Contains("ipfs-cluster-ctl needs it"));
        dropped.Made.ShouldBeEmpty();

        Refused(With("ipfs-cluster-init.json"), wishes with { Drop = ["cluster"] }).Id.ShouldBe("GH8162");
        Refused(With("ipfs-cluster-init.json"), wishes with { Expose = "10.0.0.5", Gate = true }).Id.ShouldBe("GH8162");
        Refused(With("ipfs-cluster-init.json"), wishes with { Socket = "rest.sock" }).Id.ShouldBe("GH8162");
    }

    private static ProcessFact Daemon(string[] arguments, ImmutableDictionary<string, string> environment) => new()
    {
        Id = 812,
        Name = "ipfs-cluster-se",
        Arguments = ["ipfs-cluster-service", "--config", "/home/ipfs/.ipfs-cluster", .. arguments],
        User = 900,
        WorkingDirectory = "/",
        Environment = environment,
    };

    private static PaperHost With(string fixture, string mode = "0600") => new PaperHost().With(Path, Planned.Fixture(fixture), mode: mode);

    private static HardenPlan Plan(PaperHost host, HardenWishes wishes) => new IpfsClusterHardener().Plan(host, wishes, new CountedSecrets());

    private static Problem Refused(PaperHost host, HardenWishes wishes) => Should.Throw<ProblemException>(() => Plan(host, wishes)).Problem;

    private static Gatehouse.Doctor.Texts.SettingTree Of(HardenPlan plan) => JsonFile.Read(plan.Files[0].New, Path).Settings;
}

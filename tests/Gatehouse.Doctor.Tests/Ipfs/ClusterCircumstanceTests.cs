using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Ipfs.Cluster;
using Gatehouse.Doctor.Rules;
using Shouldly;
using Xunit;

namespace Gatehouse.Doctor.Tests.Ipfs;

/// <summary>What files alone do not say: processes, environments, sockets, modes, certificates, other files of the host.</summary>
public class ClusterCircumstanceTests
{
    private const string Secret = "b18184353b44aa8f37448aae2f5e0af18ba7f28f32426050b7112e66680c2a26";

    [Fact]
    public void An_empty_variable_takes_the_secret_away()
    {
        IReadOnlyList<Finding> found = ClusterCases.Find(Running("CLUSTER_SECRET="));

        ClusterCases.Open(found).ShouldBe("IC001 critical, IC003 critical");
        Evidence evidence = found.Single(static f => f.Check == "IC001").Evidence.ShouldHaveSingleItem();
        evidence.Kind.ShouldBe(EvidenceKind.Environment);
        evidence.Shown.ShouldBe("CLUSTER_SECRET=\"\"");
    }

    [Fact]
    public void A_peer_that_refuses_to_run_without_a_secret_is_not_open() =>
        ClusterCases.Open(ClusterCases.Find(Running("CLUSTER_SECRET=", "LIBP2P_FORCE_PNET=1"))).ShouldBe("IC001 medium, IC003 medium");

    [Fact]
    public void Another_secret_in_the_environment_is_told_and_not_shown()
    {
        string other = new('a', 32);
        IReadOnlyList<Finding> found = ClusterCases.Find(Running($"CLUSTER_SECRET=0f1e2d3c4b5a69788796a5b4c3d2e1f0{other}"));

        Finding differs = found.Single(static f => f.Check == "IC006");
        differs.Severity.ShouldBe(Severity.Medium);
        differs.Evidence.Length.ShouldBe(2);
        differs.Evidence.ShouldAllBe(static e => !e.Shown.Contains("0f1e") && !e.Shown.Contains("b181"));
    }

    [Fact]
    public void The_environment_stands_above_the_file()
    {
        IReadOnlyList<Finding> found = ClusterCases.Find(Running("CLUSTER_CRDT_TRUSTEDPEERS=*", "CLUSTER_RESTAPI_HTTPLISTENMULTIADDRESS=/ip4/0.0.0.0/tcp/9094", "CLUSTER_PINSVCAPI_HTTPLISTENMULTIADDRESS=/ip4/0.0.0.0/tcp/9097"));

        ClusterCases.Open(found).ShouldBe("IC020 high, IC031 critical");
    }

    [Fact]
    public void Peers_behind_bootstrap_are_trusted_unless_the_option_says_otherwise()
    {
        ClusterCases.Open(ClusterCases.Find(Running([], " --bootstrap /ip4/10.0.0.6/tcp/9096"))).ShouldBe("IC025 medium");
        ClusterCases.Open(ClusterCases.Find(Running([], " -j=/ip4/10.0.0.6/tcp/9096"))).ShouldBe("IC025 medium");
        ClusterCases.Open(ClusterCases.Find(Running([], " --no-trust --bootstrap /ip4/10.0.0.6/tcp/9096"))).ShouldBe("");
    }

    [Fact]
    public void An_option_switches_metrics_on()
    {
        FakeHost host = Running([], " --stats", ClusterCases.Text("""observations.metrics={"enable_stats": false, "prometheus_endpoint": "/ip4/0.0.0.0/tcp/8888"}"""));

        ClusterCases.Open(ClusterCases.Find(host)).ShouldBe("IC080 high");
    }

    [Theory]
    [InlineData("0.0.0.0:9094", "IC031 critical")]
    [InlineData("127.0.0.1:9094", "")]
    [InlineData("0.0.0.0:9095", "IC071 critical")]
    [InlineData("10.0.0.5:9096", "")]
    public void What_the_process_listens_on_counts_whatever_the_file_says(string socket, string expected) =>
        ClusterCases.Open(ClusterCases.Find(Running().Socket(socket, 812))).ShouldBe(expected);

    [Fact]
    public void A_socket_is_seen_by_its_user_where_the_process_hides_its_own()
    {
        FakeHost host = Running().Socket("0.0.0.0:9094", 812);
        host.Process(host.Processes.Single() with { Sockets = [] });
        ClusterCases.Open(ClusterCases.Find(host)).ShouldBe("IC031 critical");

        // Of another user.
        ClusterCases.Open(ClusterCases.Find(Running().Socket("0.0.0.0:9094"))).ShouldBe("");
    }

    [Fact]
    public void A_listener_that_the_file_has_no_more_is_told_as_unknown()
    {
        Finding finding = ClusterCases.Find(Running().Socket("0.0.0.0:9097", 812)).Single(static f => f.Check == "IC050");

        finding.IsUnknown.ShouldBeTrue();
        finding.Evidence.ShouldHaveSingleItem().Kind.ShouldBe(EvidenceKind.Port);
    }

    [Fact]
    public void A_process_whose_environment_is_hidden_is_not_silent()
    {
        FakeHost host = Running();
        host.Process(host.Processes.Single() with { Environment = null });
        IReadOnlyList<Finding> found = ClusterCases.Find(host);

        found.Where(static f => f.Check == "IC003").ShouldHaveSingleItem().IsUnknown.ShouldBeTrue();
        host.Process(host.Processes.Single() with { Arguments = ["ipfs-cluster-service", "daemon"] });
        found = ClusterCases.Find(host);
        found.Count(static f => f.Check == "IC001" && f.IsUnknown && f.Subject == "pid 812 (ipfs-cluster-se)").ShouldBe(1);
    }

    [Theory]
    [InlineData("/etc/ipfs-cluster/service.json", "0640")]
    [InlineData("/etc/ipfs-cluster/service.json", "0604")]
    [InlineData("/etc/ipfs-cluster/identity.json", "0644")]
    [InlineData("/etc/ipfs-cluster", "0750")]
    public void Files_that_others_may_open_are_found(string path, string mode)
    {
        FakeHost host = ClusterCases.Host(ClusterCases.Text("")).Mode(path, mode);

        ClusterCases.Open(ClusterCases.Find(host)).ShouldBe("IC008 high");
        ClusterCases.Find(host).Single(static f => f.Check == "IC008").Evidence.ShouldHaveSingleItem().Place.ShouldBe(path);
    }

    [Fact]
    public void A_key_that_Kubo_has_too_is_found()
    {
        FakeHost host = ClusterCases.Host(ClusterCases.Text("")).File("/var/lib/ipfs/config", """{ "Addresses": {} }""", "0600")
            .File("/var/lib/ipfs/swarm.key", $"/key/swarm/psk/1.0.0/\n/base16/\n{Secret.ToUpperInvariant()}\n", "0600");
        ClusterCases.Open(ClusterCases.Find(host)).ShouldBe("IC007 medium");

        host.File("/var/lib/ipfs/swarm.key", $"/key/swarm/psk/1.0.0/\n/base16/\n{Secret.Replace('b', 'c')}\n", "0600");
        ClusterCases.Open(ClusterCases.Find(host)).ShouldBe("");
    }

    [Fact]
    public void Two_peers_of_one_cluster_with_two_secrets_are_found()
    {
        FakeHost host = ClusterCases.Host(ClusterCases.Text("")).Folder("/srv/ipfs-cluster", "0700")
            .File("/srv/ipfs-cluster/service.json", ClusterCases.Text("cluster.secret=\"f072c076271aaca40c97002d7a34de925a7b77c1db5d41d1a992fced3feaa7be\""), "0600");
        ClusterCases.Open(ClusterCases.Find(host)).ShouldBe("IC006 medium");

        host.File("/srv/ipfs-cluster/service.json", ClusterCases.Text("cluster.secret=\"f072c076271aaca40c97002d7a34de925a7b77c1db5d41d1a992fced3feaa7be\"\nconsensus.crdt.cluster_name=\"other\"\nconsensus.crdt.trusted_peers=[\"12D3KooWNLzpEpTfiq78KpadMwA2gAvvrkTcXnLx2WnTkWbknnJo\"]"), "0600");
        ClusterCases.Open(ClusterCases.Find(host)).ShouldBe("");
    }

    [Fact]
    public void A_remote_configuration_leaves_the_rest_unknown()
    {
        IReadOnlyList<Finding> found = ClusterCases.Find(ClusterCases.Host("""{ "source": "https://user:hunter2@config.example.org/service.json" }"""));

        ClusterCases.Open(found).ShouldBe("IC010 medium");
        found.Single(static f => f.Check == "IC001").IsUnknown.ShouldBeTrue();
        found.SelectMany(static f => f.Evidence).ShouldAllBe(static e => !e.Shown.Contains("hunter2"));
        ClusterCases.Open(ClusterCases.Find(ClusterCases.Host("""{ "source": "http://config.example.org/service.json" }"""))).ShouldBe("IC010 high");
    }

    [Theory]
    [InlineData("{ \"cluster\": {", 1)]
    [InlineData("{\n  \"cluster\": { // mine\n", 2)]
    public void A_file_that_cannot_be_read_leaves_everything_unknown(string text, int line)
    {
        Finding[] found = [.. ClusterCases.Find(ClusterCases.Host(text)).Where(static f => f.Check is not "IC096")];

        found.ShouldAllBe(static f => f.IsUnknown);
        found.Length.ShouldBe(new ClusterDoctor().Checks.Length - 4); // without those on modes, variables, options and version
        found[0].Evidence.ShouldHaveSingleItem().Line.ShouldBe(line);
    }

    [Theory]
    [InlineData("/opt/ipfs-cluster-service_v1.1.4_linux-amd64/ipfs-cluster-service", "IC096 medium")]
    [InlineData("/nix/store/abc-ipfs-cluster-1.0.8/bin/ipfs-cluster-service", "IC096 medium")]
    [InlineData("/opt/ipfs-cluster-service_v1.1.6_linux-amd64/ipfs-cluster-service", "")]
    [InlineData("/opt/ipfs-cluster-service_v1.2.0_linux-amd64/ipfs-cluster-service", "")]
    [InlineData("/usr/local/bin/ipfs-cluster-service", "")]
    public void The_version_is_taken_from_the_path_of_the_program(string path, string expected)
    {
        FakeHost host = Running();
        host.Process(host.Processes.Single() with { Executable = path });
        ClusterCases.Open(ClusterCases.Find(host)).ShouldBe(expected);
    }

    [Theory]
    [InlineData("rsa2048 issued", "")]
    [InlineData("rsa2048 self", "IC033 medium")]
    [InlineData("rsa1024 issued", "IC033 high")]
    [InlineData("ecdsa issued", "IC033 medium")]
    [InlineData("rsa2048 issued ended", "IC033 high")]
    public void The_certificate_is_looked_at(string kind, string expected)
    {
        FakeHost host = ClusterCases.Host(ClusterCases.Text("api.restapi.ssl_cert_file=\"tls.crt\"\napi.restapi.ssl_key_file=\"tls.key\""))
            .File("/etc/ipfs-cluster/tls.crt", Certificate(kind), "0644").File("/etc/ipfs-cluster/tls.key", "key", "0600");

        ClusterCases.Open(ClusterCases.Find(host)).ShouldBe(expected);
    }

    [Fact]
    public void Only_what_was_named_is_looked_at()
    {
        FakeHost host = ClusterCases.Host(ClusterCases.Text("")).File("/srv/one/service.json", ClusterCases.Text("cluster.secret=\"\""), "0600").Folder("/srv/one", "0700")
            .File("/srv/named.json", ClusterCases.Text(""), "0600").File("/srv/other.json", "{}", "0600");
        var doctor = new ClusterDoctor();

        doctor.Examine(host, new ExaminationRequest(["/srv"])).Select(static s => s.System.Subject).ShouldBe(["/srv/one/service.json"]);
        doctor.Examine(host, new ExaminationRequest(["/srv/one/"])).Select(static s => s.System.Subject).ShouldBe(["/srv/one/service.json"]);
        doctor.Examine(host, new ExaminationRequest(["/srv/named.json", "/srv/other.json"])).Select(static s => s.System.Subject).ShouldBe(["/srv/named.json"]);
        doctor.Examine(host, ExaminationRequest.WholeHost).Select(static s => s.System.Subject).ShouldBe([ClusterCases.File]);
    }

    private static FakeHost Running(params string[] environment) => Running(environment, "");

    private static FakeHost Running(string[] environment, string options, string? text = null) =>
        ClusterCases.Host(text ?? ClusterCases.Text("")).User(990, "ipfs").Process(
            812,
            "ipfs-cluster-se",
            "/opt/ipfs-cluster-service_v1.1.6/ipfs-cluster-service --config /etc/ipfs-cluster daemon" + options,
            environment.Select(static v => v.Split('=', 2)).ToDictionary(static p => p[0], static p => p[1], StringComparer.Ordinal),
            user: 990);

    private static string Certificate(string kind)
    {
        DateTimeOffset now = new FakeHost().Now;
        DateTimeOffset end = kind.EndsWith("ended", StringComparison.Ordinal) ? now.AddDays(-1) : now.AddDays(90);
        using var rsa = RSA.Create(kind.StartsWith("rsa1024", StringComparison.Ordinal) ? 1024 : 2048);
        using var ecdsa = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = kind.StartsWith("ecdsa", StringComparison.Ordinal)
            ? new CertificateRequest("CN=cluster.example.org", ecdsa, HashAlgorithmName.SHA256)
            : new CertificateRequest("CN=cluster.example.org", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        if (kind.Contains("self", StringComparison.Ordinal))
        {
            using X509Certificate2 own = request.CreateSelfSigned(now.AddDays(-30), end);
            return own.ExportCertificatePem();
        }

        using var authority = RSA.Create(2048);
        using X509Certificate2 issued = request.Create(
            new X500DistinguishedName("CN=lab"), X509SignatureGenerator.CreateForRSA(authority, RSASignaturePadding.Pkcs1), now.AddDays(-30), end, [1, 2, 3]);
        return issued.ExportCertificatePem();
    }
}

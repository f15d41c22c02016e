using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Ipfs;
using Gatehouse.Doctor.Ipfs.Cluster;
using Gatehouse.Doctor.Ipfs.Kubo;
using Gatehouse.Doctor.Rules;
using Shouldly;
using Xunit;

namespace Gatehouse.Doctor.Tests.Ipfs;

/// <summary>What starts a program: which file it really uses, and where that is said.</summary>
public class StartTests
{
    [Theory]
    [InlineData("ipfs-cluster-service daemon", "HOME=/home/a", "/home/a/.ipfs-cluster/service.json")]
    [InlineData("ipfs-cluster-service daemon", "HOME=/home/a IPFS_CLUSTER_PATH=/srv/peer/", "/srv/peer/service.json")]
    [InlineData("ipfs-cluster-service -c /srv/x daemon", "HOME=/home/a IPFS_CLUSTER_PATH=/srv/peer", "/srv/x/service.json")]
    [InlineData("ipfs-cluster-service --config=peer daemon", "HOME=/home/a", "/job/peer/service.json")]
    [InlineData("ipfs-cluster-service --config ../peer daemon", "HOME=/home/a", "/peer/service.json")]
    [InlineData("ipfs-cluster-service daemon", "A=b", "/home/of/1000/.ipfs-cluster/service.json")]
    public void A_process_uses_the_file_that_it_was_told(string arguments, string environment, string file)
    {
        FakeHost host = new FakeHost().File("/etc/passwd", "a:x:1000:1000::/home/of/1000:/bin/sh\n").Process(
            7, "ipfs-cluster-se", arguments, environment.Split(' ').Select(static v => v.Split('=', 2)).ToDictionary(static p => p[0], static p => p[1], StringComparer.Ordinal), user: 1000, workingDirectory: "/job");

        Installations.Find(host, ExaminationRequest.WholeHost, ClusterFinder.Program).ShouldHaveSingleItem().File.ShouldBe(file);
    }

    [Fact]
    public void A_process_in_a_container_uses_the_file_of_its_own_root()
    {
        FakeHost host = new FakeHost().Process(7, "ipfs", "ipfs daemon", new Dictionary<string, string> { ["IPFS_PATH"] = "/data/ipfs" }, root: "/proc/7/root");

        Installations.Find(host, ExaminationRequest.WholeHost, KuboFinder.Program).ShouldHaveSingleItem().File.ShouldBe("/proc/7/root/data/ipfs/config");
    }

    [Theory]
    [InlineData("ipfs-cluster-ctl daemon")]
    [InlineData("ipfs-cluster-service init")]
    [InlineData("vim ipfs-cluster-service daemon")]
    public void Other_processes_are_left_alone(string arguments) =>
        new ClusterDoctor().Examine(new FakeHost().Process(7, "x", arguments), ExaminationRequest.WholeHost).ShouldBeEmpty();

    [Fact]
    public void A_unit_and_its_process_are_one_installation()
    {
        FakeHost host = ClusterCases.Host(ClusterCases.Text("")).File(
            "/etc/systemd/system/cluster.service",
            "[Service]\nEnvironment=CLUSTER_SECRET=\nExecStart=/opt/ipfs-cluster-service_v1.1.6/ipfs-cluster-service --config /etc/ipfs-cluster daemon\n");
        host.Process(7, "ipfs-cluster-se", "/opt/ipfs-cluster-service_v1.1.6/ipfs-cluster-service --config /etc/ipfs-cluster daemon");
        IReadOnlyList<Finding> found = ClusterCases.Find(host);

        // What runs has the secret of the file; the next start has none.
        ClusterCases.Open(found).ShouldBe("IC003 critical");
        Evidence evidence = found.Single(static f => f.Check == "IC003").Evidence.ShouldHaveSingleItem();
        evidence.Place.ShouldBe("/etc/systemd/system/cluster.service");
        evidence.Line.ShouldBe(2);
    }

    [Fact]
    public void A_drop_in_stands_above_its_unit()
    {
        FakeHost host = ClusterCases.Host(ClusterCases.Text(""))
            .File("/usr/lib/systemd/system/cluster.service", "[Service]\nExecStart=/opt/ipfs-cluster-1.1.6/ipfs-cluster-service -c /srv/other daemon\n")
            .File("/etc/systemd/system/cluster.service.d/10-local.conf", "[Service]\nExecStart=\nExecStart=/opt/ipfs-cluster-1.1.6/ipfs-cluster-service -c /etc/ipfs-cluster daemon --bootstrap /ip4/10.0.0.6/tcp/9096\n");

        ClusterCases.Open(ClusterCases.Find(host)).ShouldBe("IC025 medium");
        ClusterCases.Find(host).Single(static f => f.Check == "IC025").Evidence.ShouldHaveSingleItem().Where.ShouldBe("/etc/systemd/system/cluster.service.d/10-local.conf:3");
    }

    [Fact]
    public void A_masked_unit_starts_nothing()
    {
        FakeHost host = new FakeHost().File("/etc/systemd/system/cluster.service", "").File("/usr/lib/systemd/system/cluster.service", "[Service]\nExecStart=/usr/bin/ipfs-cluster-service daemon\n");

        // An empty file of the same name in /etc hides the other.
        Installations.Find(host, ExaminationRequest.WholeHost, ClusterFinder.Program).ShouldBeEmpty();
    }

    [Fact]
    public void A_variable_that_the_shell_gives_is_not_known()
    {
        FakeHost host = new FakeHost().File("/opt/c/compose.yml", "services:\n  one:\n    image: ipfs/ipfs-cluster:v1.1.6\n    environment:\n      CLUSTER_SECRET: ${CLUSTER_SECRET}\n");
        Find(host).Single(static f => f.Check == "IC003").IsUnknown.ShouldBeTrue();

        host.File("/opt/c/.env", "CLUSTER_SECRET=\n");
        Finding empty = Find(host).Single(static f => f.Check == "IC003");
        empty.IsOpen.ShouldBeTrue();
        empty.Evidence.ShouldHaveSingleItem().Where.ShouldStartWith("/opt/c/compose.yml:5");

        host.File("/opt/c/.env", "CLUSTER_SECRET=b18184353b44aa8f37448aae2f5e0af18ba7f28f32426050b7112e66680c2a26\n");
        Find(host).ShouldNotContain(static f => f.Check == "IC003");

        static IReadOnlyList<Finding> Find(FakeHost host) => [.. new ClusterDoctor().Examine(host, new ExaminationRequest(["/opt/c/compose.yml"])).SelectMany(static s => s.Findings)];
    }

    [Theory]
    [InlineData("'*'", "secret", "High")]
    [InlineData("'*'", "''", "Critical")]
    [InlineData("12D3KooWFM6tn5CGtYqiGo8gJ2NqvDGTU6Wsgm4uPEJ98YX6Sxf9", "secret", "")]
    public void A_variable_of_a_service_without_a_file_trusts_everybody(string trusted, string secret, string severity)
    {
        FakeHost host = new FakeHost().File("/opt/c/compose.yml", $"services:\n  one:\n    image: ipfs/ipfs-cluster:v1.1.6\n    environment:\n      CLUSTER_SECRET: {secret}\n      CLUSTER_CRDT_TRUSTEDPEERS: {trusted}\n");
        Finding found = new ClusterDoctor().Examine(host, new ExaminationRequest(["/opt/c"])).Single().Findings.Single(static f => f.Check == "IC020");

        found.IsUnknown.ShouldBe(severity.Length == 0);
        if (severity.Length > 0)
        {
            found.Severity.ToString().ShouldBe(severity);
            found.Evidence[0].Where.ShouldStartWith("/opt/c/compose.yml:6");
        }
    }

    [Theory]
    [InlineData("5001:5001", true)]
    [InlineData("0.0.0.0:15001:5001", true)]
    [InlineData("127.0.0.1:5001:5001", false)]
    [InlineData("4001:4001", false)]
    public void The_image_of_Kubo_with_a_published_port_is_open(string port, bool isOpen)
    {
        FakeHost host = new FakeHost().File("/opt/c/compose.yml", $"services:\n  one:\n    image: ipfs/kubo:v0.38.1\n    ports: [\"{port}\"]\n    volumes: [\"data:/data/ipfs\"]\n");
        Finding found = new KuboDoctor().Examine(host, new ExaminationRequest(["/opt/c"])).Single().Findings.Single(static f => f.Check == "KU001");

        found.IsUnknown.ShouldBe(!isOpen);
        found.Severity.ShouldBe(Severity.Critical);
    }

    [Fact]
    public void A_file_of_variables_that_cannot_be_read_is_not_silent()
    {
        FakeHost host = ClusterCases.Host(ClusterCases.Text(""))
            .File("/etc/systemd/system/cluster.service", "[Service]\nEnvironmentFile=/etc/cluster.env\nEnvironmentFile=-/etc/none.env\nExecStart=/opt/ipfs-cluster-1.1.6/ipfs-cluster-service -c /etc/ipfs-cluster daemon\n")
            .Unreadable("/etc/cluster.env");
        Finding unclear = ClusterCases.Find(host).Single(static f => f.Check == "IC003");
        unclear.IsUnknown.ShouldBeTrue();
        unclear.Text.ShouldContain("/etc/cluster.env");

        host.File("/etc/cluster.env", "CLUSTER_SECRET=\"\"\n");
        ClusterCases.Open(ClusterCases.Find(host)).ShouldBe("IC001 critical, IC003 critical");

        host.File("/etc/cluster.env", "OTHER=1\n");
        ClusterCases.Find(host).ShouldNotContain(static f => f.Check == "IC003");
    }

    [Theory]
    [InlineData("/etc/systemd/system/cluster.service", "[Service\nExecStart=/usr/bin/ipfs-cluster-service daemon\n")]
    [InlineData("/opt/compose.yaml", "services:\n  one: [\n    image: ipfs/ipfs-cluster\n")]
    public void A_start_that_cannot_be_read_is_not_silent(string path, string text)
    {
        ExaminedSubject subject = new ClusterDoctor().Examine(new FakeHost().File(path, text), new ExaminationRequest([path])).ShouldHaveSingleItem();

        subject.System.Subject.ShouldBe(path);
        subject.Findings.ShouldAllBe(static f => f.IsUnknown);
        subject.Findings.ShouldContain(static f => f.Check == "IC003");
    }
}

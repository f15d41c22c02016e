using System.Net;
using Gatehouse.Doctor.Ipfs;
using Shouldly;
using Xunit;

namespace Gatehouse.Doctor.Tests.Ipfs;

/// <summary>Addresses, command lines, versions and homes as rules see them.</summary>
public class AddressTests
{
    [Theory]
    [InlineData("/ip4/127.0.0.1/tcp/9094", "Loopback", 9094, false)]
    [InlineData("/ip4/127.9.9.9/tcp/9094", "Loopback", 9094, false)]
    [InlineData("/ip6/::1/tcp/9094", "Loopback", 9094, false)]
    [InlineData("/ip6/::ffff:127.0.0.1/tcp/9094", "Loopback", 9094, false)]
    [InlineData("/dns4/localhost/tcp/9094", "Loopback", 9094, false)]
    [InlineData("/ip4/0.0.0.0/tcp/9094", "Any", 9094, false)]
    [InlineData("/ip6/::/tcp/9094", "Any", 9094, false)]
    [InlineData("/ip4/0.0.0.0/udp/9096/quic", "Any", 9096, true)]
    [InlineData("/ip4/10.0.0.5/tcp/9096/ws", "Address", 9096, false)]
    [InlineData("/ip6zone/eth0/ip6/fe80::1/tcp/9096", "Address", 9096, false)]
    [InlineData("/dns4/ipfs0/tcp/5001", "Name", 5001, false)]
    [InlineData("/unix/run/ipfs/api.sock", "Unix", 0, false)]
    [InlineData("/ip4/10.0.0.5", "Address", 0, false)]
    [InlineData("127.0.0.1:9094", "Unreadable", 0, false)]
    [InlineData("/ip4/::1/tcp/9094", "Unreadable", 0, false)]
    [InlineData("/ip4/127.0.0.1/tcp/99999", "Unreadable", 0, false)]
    [InlineData("/ip4/127.0.0.1/tcp", "Unreadable", 0, false)]
    [InlineData("/ip6zone/eth0", "Unreadable", 0, false)]
    [InlineData("", "Unreadable", 0, false)]
    public void An_address_says_who_reaches_it(string text, string reach, int port, bool isUdp)
    {
        var address = ServiceAddress.Parse(text);

        address.Reach.ToString().ShouldBe(reach);
        address.Port.ShouldBe(port);
        address.IsUdp.ShouldBe(isUdp);
    }

    [Fact]
    public void Options_are_read_as_Go_reads_them()
    {
        string[] arguments = ["ipfs-cluster-service", "-c", "/one", "--config=/two", "daemon", "--bootstrap", "a,b", "-no-trust", "--stats=false", "-"];

        CommandLine.Value([.. arguments], "config", "c").ShouldBe("/two");
        CommandLine.Values([.. arguments], "bootstrap", "j").ShouldBe(["a,b"]);
        CommandLine.Has([.. arguments], "no-trust").ShouldBeTrue();
        CommandLine.Has([.. arguments], "stats").ShouldBeFalse();
        CommandLine.Has([.. arguments], "tracing").ShouldBeFalse();
        CommandLine.Value([.. arguments], "identity").ShouldBeNull();
    }

    [Theory]
    [InlineData("ipfs/ipfs-cluster:v1.1.4", "1.1.4")]
    [InlineData("docker.io/ipfs/kubo:0.38.1", "0.38.1")]
    [InlineData("ipfs/ipfs-cluster:latest", null)]
    [InlineData("/opt/ipfs-cluster-service_v1.0.8_linux-amd64/ipfs-cluster-service", "1.0.8")]
    [InlineData("/nix/store/x-kubo-0.30.0/bin/ipfs", "0.30.0")]
    [InlineData("/usr/bin/ipfs", null)]
    [InlineData("/srv/10.0.0.5/ipfs", null)]
    [InlineData(null, null)]
    public void A_version_is_taken_from_a_name(string? name, string? version) => ReleaseName.VersionIn(name).ShouldBe(version);

    [Theory]
    [InlineData("ipfs/ipfs-cluster:latest", true)]
    [InlineData("registry.example.org:5000/ipfs/ipfs-cluster@sha256:abc", true)]
    [InlineData("example/ipfs-cluster", true)]
    [InlineData("ipfs/kubo:latest", false)]
    [InlineData("example/my-ipfs-cluster-ui", false)]
    [InlineData(null, false)]
    public void An_image_is_told_by_its_name(string? image, bool isIts) => Doctor.Ipfs.Cluster.ClusterFinder.Program.IsIn(image).ShouldBe(isIts);

    [Theory]
    [InlineData("10.1.2.3", true)]
    [InlineData("172.31.0.1", true)]
    [InlineData("172.32.0.1", false)]
    [InlineData("fd00::1", true)]
    [InlineData("fe80::1", true)]
    [InlineData("::ffff:192.168.1.1", true)]
    [InlineData("203.0.113.9", false)]
    [InlineData("2001:db8::1", false)]
    public void Private_networks_are_known(string address, bool isPrivate) => PrivateNetworks.Contain(IPAddress.Parse(address)).ShouldBe(isPrivate);

    [Fact]
    public void Homes_are_those_of_the_root_that_was_asked()
    {
        FakeHost host = new FakeHost().File("/etc/passwd", "root:x:0:0:root:/root:/bin/sh\nbroken\nipfs:x:990:990::/var/lib/ipfs:/bin/false\n").File("/proc/9/root/etc/passwd", "a:x:1000:1000::/data:/bin/sh\n");

        Homes.Read(host).ShouldBe([new Homes(0, "root", "/root"), new Homes(990, "ipfs", "/var/lib/ipfs")]);
        Homes.Read(host, "/proc/9/root").ShouldBe([new Homes(1000, "a", "/data")]);
    }
}

using Gatehouse.Doctor.Emqx;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Rules;
using Shouldly;
using Xunit;

namespace Gatehouse.Doctor.Tests.Emqx;

/// <summary>Ports of a container are judged by what the compose file publishes, and where.</summary>
public class Compose_of_EMQX
{
    [Theory]
    [InlineData("    ports: [\"1883:1883\"]\n", "0.0.0.0:1883")]
    [InlineData("    ports: [\"10.0.0.5:2883:1883\"]\n", "10.0.0.5:2883")]
    [InlineData("    ports: [\"1880-1889:1880-1889\"]\n", "0.0.0.0:1883")]
    [InlineData("    ports:\n      - { target: 1883, published: 1884, host_ip: 10.0.0.5 }\n", "10.0.0.5:1884")]
    [InlineData("    ports: [\"1883\"]\n", "0.0.0.0:0")]
    [InlineData("    network_mode: host\n", "0.0.0.0:1883")]
    [InlineData("    ports: [\"${WHERE}:1883\"]\n", "0.0.0.0:1883")]
    public void A_port_that_others_reach_is_named_with_its_place(string more, string where) =>
        Look(more).ShouldContain(finding => finding.Check == "LIS-001" && finding.Text.Contains("tcp:default", StringComparison.Ordinal) && finding.Text.Contains(where, StringComparison.Ordinal));

    [Theory]
    [InlineData("")]
    [InlineData("    ports: [\"127.0.0.1:1883:1883\"]\n")]
    [InlineData("    ports: [\"[::1]:1883:1883\"]\n")]
    [InlineData("    ports: [\"1883:1884\"]\n")]
    [InlineData("    ports: [\"1883:1883/udp\"]\n")]
    [InlineData("    expose: [\"1883\"]\n")]
    [InlineData("    network_mode: none\n")]
    public void A_port_of_loopback_or_of_the_container_alone_is_not(string more) => Look(more).ShouldNotContain(static finding => finding.Check == "LIS-001" || finding.Check == "NET-001");

    [Fact]
    public void Published_ports_between_nodes_and_of_the_dashboard_are_named_and_others_not()
    {
        string[] open = [.. Look("    ports: [\"5369:5369\", \"127.0.0.1:18083:18083\"]\n").Select(static finding => finding.Check)];

        open.ShouldContain("RPC-001");
        open.ShouldNotContain("DSH-003");
        open.ShouldNotContain("ERL-010");
        Look("    ports: [\"18083:18083\"]\n").ShouldContain(static finding => finding.Check == "DSH-003" && finding.Evidence[0].Shown.Contains("18083:18083", StringComparison.Ordinal));
    }

    // The name and a good cookie are told, so that ports between nodes are known.
    private static Finding[] Look(string more)
    {
        FakeHost host = new FakeHost().File("/srv/compose.yaml", $"services:\n  broker:\n    image: emqx/emqx:5.8.6\n    environment:\n      EMQX_NODE__NAME: emqx@10.0.0.5\n      EMQX_NODE__COOKIE: Zq4tWm8kRx2Yb6Ns9Vc3Ld7Fg5HjPe1A\n{more}");
        return [.. new EmqxDoctor().Examine(host, new ExaminationRequest(["/srv/compose.yaml"])).Single().Findings.Where(static finding => finding.IsOpen)];
    }
}

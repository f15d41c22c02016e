using Gatehouse.Network;
using Shouldly;
using Xunit;

namespace Gatehouse.Tests.Network;

/// <summary>The rule by which EMQX's nodes find each other's ports, with the names it was measured on.</summary>
public sealed class ErlangPortsTests
{
    [Theory]
    [InlineData("emqx@h", 4370)]
    [InlineData("emqx-1a@h", 4370)]
    [InlineData("e2e@h", 4370)]
    [InlineData("emqx1@h", 4371)]
    [InlineData("emqx_01@h", 4371)]
    [InlineData("emqx60001@h", 4371)]
    [InlineData("emqx-3@h", 4373)]
    [InlineData("emqx10@10.0.0.5", 4380)]
    [InlineData("emqx60000@h", 4370)]
    [InlineData("emqx59999@h", 64369)]
    [InlineData("emqx61165@h", 5535)]
    [InlineData("emqx99999@h", 44369)]
    [InlineData("emqx@node7", 4370)]
    [InlineData("emqx2", 4372)]
    [InlineData("12@h", 4382)]
    [InlineData("emqx2@3@4", 4372)]
    [InlineData("emqx\u0663@h", 4370)]
    [InlineData("@h", 4370)]
    [InlineData("", 4370)]
    public void The_digits_that_end_the_name_are_the_offset(string node, int port)
    {
        ErlangPorts.Distribution(node).ShouldBe(port);
        ErlangPorts.Rpc(node).ShouldBe(port + 1000);
    }

    [Fact]
    public void Any_number_of_digits_is_one_number()
    {
        string node = "n1" + new string('0', 38) + "7@h";
        ErlangPorts.Offset(node).ShouldBe((int)((System.Numerics.BigInteger.Pow(10, 39) + 7) % 60_000));
        ErlangPorts.Offset("n" + new string('9', 250)).ShouldBe((int)((System.Numerics.BigInteger.Pow(10, 250) - 1) % 60_000));
    }

    [Fact]
    public void Another_base_moves_the_distribution_only()
    {
        ErlangPorts.Distribution("emqx3@h", 9000).ShouldBe(9003);
        ErlangPorts.Rpc("emqx3@h").ShouldBe(5373);
        ErlangPorts.Distribution("emqx59999@h", 5536).ShouldBe(65535);
        ErlangPorts.Distribution("emqx59999@h", 5537).ShouldBeNull();
    }

    [Theory]
    [InlineData("emqx1", true)]
    [InlineData("emqx1@127.77.0.1", true)]
    [InlineData("emqx_01-a@n1.mesh", true)]
    [InlineData("emqx@[::1]", true)]
    [InlineData("remsh@h", false)]
    [InlineData("remsh12", false)]
    [InlineData("@h", false)]
    [InlineData("emqx@", false)]
    [InlineData("em qx", false)]
    [InlineData("emqx/1", false)]
    [InlineData("emqx1@a@b", false)]
    [InlineData("", false)]
    public void Names_that_no_node_has_are_refused(string node, bool valid)
    {
        ErlangPorts.IsNodeName(node, out string? why).ShouldBe(valid);
        (why is null).ShouldBe(valid);
    }

    [Fact]
    public void A_longer_name_than_Erlang_takes_is_refused() => ErlangPorts.IsNodeName(new string('a', 256), out _).ShouldBeFalse();

    [Fact]
    public void Kinds_give_the_ports_of_a_program()
    {
        Of("erlang", "emqx2@h").ShouldBe([4372, 5372]);
        Of("erlang", "emqx2@h", static r => r with { Docker = true }).ShouldBe([4372, 5369]);
        Of("erlang", "emqx2@h", static r => r with { Base = 9000 }).ShouldBe([9002, 5372]);
        Of("erlang", "emqx2@h", static r => r with { Ports = [25672, 4369] }).ShouldBe([25672, 4369]);
        Of("erlang", "emqx59999@h", static r => r with { Base = 6000 }).ShouldBe([0, 65369]);
        Of("ignite", "node3").ShouldBe([3344]);
        Of("ignite", "node3", static r => r with { ByPort = true }).ShouldBe([3347]);
        Of("elasticsearch-transport", "x").ShouldBe([9300]);
        Of("ipfs-swarm", "x9").ShouldBe([9096]);
        Of("tcp", "x9", static r => r with { Ports = [4000, 65530], ByPort = true }).ShouldBe([4009, 0]);
        MeshKinds.Find("udp").ShouldBeNull();
    }

    private static IEnumerable<int> Of(string kind, string program, Func<MeshPortRule, MeshPortRule>? change = null)
    {
        var rule = new MeshPortRule(MeshKinds.Find(kind)!);
        return (change is null ? rule : change(rule)).Of(program);
    }
}

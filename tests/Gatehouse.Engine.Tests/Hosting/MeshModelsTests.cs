using System.Collections.Immutable;
using System.Net;
using Gatehouse.Engine.Configuration;
using Gatehouse.Engine.Configuration.Cluster;
using Gatehouse.Engine.Connections;
using Gatehouse.Engine.Hosting.Cluster;
using Gatehouse.Engine.Hosting.Joining;
using Gatehouse.Engine.Mesh;
using Gatehouse.Membership;
using Gatehouse.Problems;
using Gatehouse.Problems.Cluster;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Hosting;

/// <summary>What the mesh runs on, made from the configuration and the names of the nodes.</summary>
public sealed class MeshModelsTests
{
    [Fact]
    public void Ports_of_peers_follow_the_names_of_their_programs()
    {
        MeshServiceModel erlang = Models("e: { kind: erlang, program: emqx1@127.77.0.1, programs: { host-b: emqx2 } }").Services[0];

        erlang.OwnPorts.ShouldBe([4371, 5371]);
        erlang.PortsOf("host-b").ShouldBe([4372, 5372]);
        erlang.PortsOf("host3").ShouldBe([4373, 5373], "the node's own name where nothing says otherwise");
        erlang.Separation.ShouldBe(MeshSeparation.Address);
        erlang.Target.ShouldBeNull();
    }

    [Fact]
    public void Ports_of_peers_may_be_said()
    {
        MeshServiceModel rabbit = Models("r: { kind: tcp, ports: [4369, 25672], peer_ports: { host-b: [4369, 25673], node-a: [1, 2] } }").Services[0];

        rabbit.OwnPorts.ShouldBe([4369, 25672], "this node's own are `ports`");
        rabbit.PortsOf("host-b").ShouldBe([4369, 25673]);
        rabbit.PortsOf("host-c").ShouldBe([4369, 25672]);
    }

    [Fact]
    public void Where_ports_tell_apart_a_peer_on_the_own_port_is_not_offered()
    {
        const string Text = "e: { kind: ignite, separate: port, program: i1, programs: { b: i2, c: i60001 } }";
        MeshServiceModel ignite = Models(Text).Services[0];

        ignite.OwnPorts.ShouldBe([3345]);
        ignite.PortsOf("b").ShouldBe([3346]);
        ignite.PortsOf("c").ShouldBeEmpty();
        ignite.Separation.ShouldBe(MeshSeparation.Port);
    }

    [Fact]
    public void Users_are_looked_up_and_defaults_are_narrow()
    {
        ImmutableArray<MeshServiceModel> services = Models(
            "a: { kind: ignite }\n    b: { kind: tcp, ports: [1], run_as: ['1000'] }\n    c: { kind: tcp, ports: [2], run_as: any, allow_users: [root] }").Services;

        services[0].RunAs.AllowedUserIds.ShouldBe([0u, LocalUsers.Own]);
        services[0].AllowUsers.IsAny.ShouldBeFalse();
        services[1].RunAs.AllowedUserIds.ShouldBe([1000u]);
        services[1].AllowUsers.AllowedUserIds.ShouldBe([1000u]);
        services[2].RunAs.IsAny.ShouldBeTrue();
        services[2].AllowUsers.AllowedUserIds.ShouldBe([0u]);
    }

    [Fact]
    public void A_user_that_is_gone_is_told()
    {
        var problems = new List<Problem>();

        MeshModels.Make(Read("a: { kind: ignite, run_as: [nobody-of-this-name] }"), "a", problems).ShouldBeNull();

        problems.ShouldHaveSingleItem().Id.ShouldBe(ConfigurationProblems.UnknownUser.Id);
    }

    [Fact]
    public void Nodes_whose_programs_cannot_be_told_apart_are_named()
    {
        NodeConfiguration configuration = Read("e: { kind: erlang, separate: port, program: emqx1, programs: { node-b: emqx2 } }");
        MembershipDocument membership = With("node-a", "node-b", "node2", "node-x");

        ImmutableArray<Problem> problems = MeshModels.Check(configuration, "node-a", membership);

        problems.ShouldHaveSingleItem().Id.ShouldBe(MeshConfigurationProblems.PeerPorts.Id);
        problems[0].Text.ShouldContain("`node-b` and `node2`");
        MeshModels.Check(configuration with { Mesh = configuration.Mesh with { Services = [configuration.Mesh.Services[0] with { Separate = "address" }] } }, "node-a", membership)
            .ShouldBeEmpty();
    }

    [Theory]
    [InlineData("0.0.0.0:7444", "", "10.0.0.5:7444")]
    [InlineData("[::]:7544", "", "10.0.0.5:7544 [2001:db8::5]:7544")]
    [InlineData("10.0.0.9:7444", "", "10.0.0.9:7444")]
    [InlineData("0.0.0.0:7444", "outside.example.com:17444", "outside.example.com:17444")]
    public void Peers_are_told_where_to_dial(string listen, string advertise, string told)
    {
        var mesh = new MeshConfiguration { Listen = listen, Advertise = advertise.Length == 0 ? [] : [advertise] };

        string.Join(' ', OwnAddresses.Mesh(mesh, static () => Hosts("127.0.0.1", "fe80::1", "10.0.0.5", "2001:db8::5", "169.254.1.1", "10.0.0.5", "::1"))).ShouldBe(told);
    }

    [Theory]
    [InlineData("0.0.0.0:7444")]
    [InlineData("127.0.0.1:7444")]
    public void A_host_without_a_network_has_no_address_to_tell(string listen) =>
        OwnAddresses.Mesh(new MeshConfiguration { Listen = listen }, static () => Hosts("127.0.0.1", "::1")).ShouldBeEmpty();

    private static MeshSettings Models(string services)
    {
        var problems = new List<Problem>();
        MeshSettings? settings = MeshModels.Make(Read(services), "node-a", problems);
        problems.ShouldBeEmpty();
        return settings.ShouldNotBeNull();
    }

    private static NodeConfiguration Read(string services) =>
        ConfigurationReader.Read("version: 1\nmesh:\n  services:\n    " + services + "\n", "f").Value.ShouldNotBeNull();

    private static MembershipDocument With(params string[] names) => MembershipDocument.Default with
    {
        Nodes = MembershipDocument.Default.Nodes.AddRange(names.Select(static (n, i) => KeyValuePair.Create(n, Node(n, i + 1)))),
    };

    private static NodeDocument Node(string name, int number) => new()
    {
        Name = name,
        Id = number.ToString("x16", System.Globalization.CultureInfo.InvariantCulture),
        Number = number,
        PeerAddress = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"127.77.0.{number}"),
        WrapKey = [],
        SigningKey = [],
        MeshKey = new string('0', 64),
        Joined = DateTimeOffset.UnixEpoch,
        JoinedBy = "test",
    };

    private static IEnumerable<IPAddress> Hosts(params string[] addresses) => addresses.Select(IPAddress.Parse);
}

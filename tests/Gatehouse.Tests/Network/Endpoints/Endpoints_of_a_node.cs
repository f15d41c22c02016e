using System.Collections.Immutable;
using System.Net;
using Gatehouse.Network;
using Gatehouse.Network.Endpoints;
using Shouldly;
using Xunit;

namespace Gatehouse.Tests.Network.Endpoints;

/// <summary>Which ports a node has, and who may reach each.</summary>
public sealed class Endpoints_of_a_node
{
    [Fact]
    public void Everything_that_Gatehouse_opens_is_there()
    {
        NodeShape node = Sample.Node(Sample.Gate("elasticsearch", "elasticsearch", "0.0.0.0:9243", 9200));
        Audience(node, 7443).ShouldBe(Audiences.Operators | Audiences.Peers);
        Audience(node, 7444).ShouldBe(Audiences.Peers);
        Audience(node, 7445).ShouldBe(Audiences.None);
        Audience(node, 9243).ShouldBe(Audiences.Clients);
        Audience(node, 9200).ShouldBe(Audiences.None);
        At(node, 9200).Protection.ToString().ShouldBe("gate elasticsearch");
    }

    [Fact]
    public void A_gate_for_this_host_only_is_open_to_nobody_else() =>
        Audience(Sample.Node(Sample.Gate("es", "elasticsearch", "127.0.0.1:9243", 9200)), 9243).ShouldBe(Audiences.None);

    [Theory]
    [InlineData("elasticsearch", 9243, 9200, 9300, Audiences.Peers)]
    [InlineData("ignite", 10843, 10800, 3344, Audiences.Peers)]
    [InlineData("ignite", 10843, 10800, 10300, Audiences.None)]
    [InlineData("ignite", 10843, 10800, 10400, Audiences.None)]
    [InlineData("ipfs-cluster", 9494, 9094, 9096, Audiences.Peers)]
    [InlineData("ipfs-cluster", 9494, 9094, 9095, Audiences.None)]
    [InlineData("ipfs-cluster", 9494, 9094, 9097, Audiences.None)]
    [InlineData("ipfs-cluster", 9494, 9094, 5001, Audiences.None)]
    [InlineData("mqtt", 8883, 1883, 4370, Audiences.Peers)]
    [InlineData("mqtt", 8883, 1883, 4379, Audiences.Peers)]
    [InlineData("mqtt", 8883, 1883, 5370, Audiences.Peers)]
    [InlineData("mqtt", 8883, 1883, 5369, Audiences.Peers)]
    [InlineData("mqtt", 8883, 1883, 4369, Audiences.None)]
    [InlineData("mqtt", 8883, 1883, 8083, Audiences.None)]
    [InlineData("mqtt", 8883, 1883, 18083, Audiences.Operators)]
    [InlineData("kubo", 5443, 5001, 4001, Audiences.Anyone)]
    public void The_other_doors_of_a_guarded_system_follow_its_manual_and_none_goes_around_the_gate(string system, int gate, int guarded, int port, Audiences audience)
    {
        NodeShape node = Sample.Node(Sample.Gate("g", system, $"0.0.0.0:{gate}", guarded));
        Audience(node, port).ShouldBe(audience);
        At(node, port).IsDeclared.ShouldBeFalse();
    }

    [Theory]
    [InlineData("emqx", "emqx1@10.0.0.1", 4371, Audiences.Peers)]
    [InlineData("emqx", "emqx1@10.0.0.1", 5371, Audiences.Peers)]
    [InlineData("emqx", "emqx1@10.0.0.1", 1883, Audiences.Clients)]
    [InlineData("ignite", "10.0.0.1", 3344, Audiences.Peers)]
    [InlineData("ignite", "10.0.0.1", 10300, Audiences.None)]
    [InlineData("ipfs-cluster", "10.0.0.1", 9096, Audiences.Peers)]
    [InlineData("ipfs-cluster", "10.0.0.1", 9094, Audiences.None)]
    [InlineData("kubo", "10.0.0.1", 4001, Audiences.Anyone)]
    [InlineData("kubo", "10.0.0.1", 8080, Audiences.None)]
    [InlineData("elasticsearch", "10.0.0.1", 9300, Audiences.Peers)]
    [InlineData("opensearch", "10.0.0.1", 9300, Audiences.Peers)]
    [InlineData("opensearch", "10.0.0.1", 9200, Audiences.Clients)]
    [InlineData("opensearch", "10.0.0.1", 9600, Audiences.Operators)]
    public void A_system_without_a_gate_has_the_ports_of_its_manual(string system, string node, int port, Audiences audience)
    {
        ImmutableArray<Endpoint> endpoints = EndpointMap.Of([KnownPorts.System(system).ShouldNotBeNull()], [node]);

        endpoints.First(e => e.Ports.Contains(port)).Audience.ShouldBe(audience);
        endpoints.ShouldNotContain(static e => e.Ports.Contains(4370));
    }

    [Fact]
    public void What_the_mesh_carries_is_open_to_nobody_for_peers_come_through_the_mesh()
    {
        NodeShape node = Sample.Node(Sample.Gate("mqtt", "mqtt", "0.0.0.0:8883", 1883)) with { Services = [new ServiceShape("erlang", "erlang", [4371, 5371])] };
        EndpointMap.Of(node).Where(static e => e.Ports.Contains(4371)).ShouldAllBe(static e => e.Audience == Audiences.None);
        EndpointMap.Of(node).Where(static e => e.Ports.Contains(4370)).ShouldAllBe(static e => e.Audience == Audiences.None);
        EndpointMap.Of(node).Single(static e => e.IsDeclared && e.Ports.Contains(5371)).Protection.ToString().ShouldBe("mesh erlang");
    }

    [Fact]
    public void A_port_of_a_gate_is_not_taken_for_the_system_behind_it()
    {
        NodeShape node = Sample.Node(Sample.Gate("mqtt", "mqtt", "0.0.0.0:8883", 1883));
        EndpointMap.Of(node).Where(static e => e.Ports.Contains(8883)).Select(static e => e.What).ShouldBe(["gate mqtt"]);
    }

    [Fact]
    public void Numbers_that_everybody_uses_count_only_where_they_are_configured()
    {
        NodeShape node = Sample.Node(Sample.Gate("kubo", "kubo", "0.0.0.0:5443", 5001));
        EndpointMap.Of(node).ShouldNotContain(static e => e.Ports.Contains(8080));
        NodeShape both = Sample.Node(Sample.Gate("kubo", "kubo", "0.0.0.0:5443", 5001), Sample.Gate("kubo-gateway", "kubo", "0.0.0.0:8443", 8080));
        Audience(both, 8080).ShouldBe(Audiences.None);
    }

    [Fact]
    public void An_upstream_on_another_host_is_a_call_and_no_port_of_this_one()
    {
        NodeShape node = Sample.Node(new GateShape("es", "elasticsearch", IPEndPoint.Parse("0.0.0.0:9243"), [new UpstreamShape("10.9.9.9", 9200, null)]));
        Endpoint call = At(node, 9200);
        call.Direction.ShouldBe(Direction.Outgoing);
        call.Target.ShouldBe("10.9.9.9");
        EndpointMap.Of(node).ShouldNotContain(static e => e.Ports.Contains(9300));
    }

    [Fact]
    public void Without_gates_the_manuals_rules_hold_and_nodes_decide_their_ports()
    {
        Endpoint[] emqx = [.. EndpointMap.Of([KnownPorts.System("emqx")!], ["emqx1@10.0.0.1", "emqx12@10.0.0.2"])];
        emqx.Where(static e => e.What.EndsWith("Erlang distribution", StringComparison.Ordinal)).Select(static e => e.Ports.First).ShouldBe([4371, 4382]);
        emqx.Single(static e => e.Ports.Contains(1883)).Audience.ShouldBe(Audiences.Clients);
        EndpointMap.Of([KnownPorts.System("elasticsearch")!], []).Single(static e => e.Ports.Contains(9200)).Audience.ShouldBe(Audiences.Clients);
        EndpointMap.Of([KnownPorts.System("rabbitmq")!], []).Single(static e => e.Ports.Contains(4369)).Audience.ShouldBe(Audiences.Peers);
    }

    [Fact]
    public void Each_guarded_port_of_the_port_table_stands_in_a_system()
    {
        foreach (KnownPort known in KnownPorts.All)
        {
            foreach (int port in known.GuardedPorts)
            {
                KnownPorts.Systems.SelectMany(static s => s.Ports).ShouldContain(p => p.Gate == known.Name && p.Ports.Contains(port), known.Name);
            }
        }
    }

    [Fact]
    public void Each_kind_of_the_mesh_stands_in_a_system()
    {
        foreach (MeshKind kind in MeshKinds.All.Where(static k => k.Name != MeshKinds.Tcp))
        {
            foreach (int port in kind.Ports)
            {
                KnownPorts.Systems.SelectMany(static s => s.Ports).ShouldContain(p => p.Service == kind.Name && p.Ports.Contains(port), kind.Name);
            }
        }
    }

    private static Endpoint At(NodeShape node, int port) => EndpointMap.Of(node).First(e => e.Ports.Contains(port));

    private static Audiences Audience(NodeShape node, int port) => At(node, port).Audience;
}

using System.Net;
using Gatehouse.Network.Endpoints;
using Shouldly;
using Xunit;

namespace Gatehouse.Tests.Network.Endpoints;

/// <summary>What is said about the sockets of a host.</summary>
public sealed class Review_of_what_listens
{
    private static readonly NodeShape Node = Sample.Node(Sample.Gate("es", "elasticsearch", "0.0.0.0:9243", 9200));

    private static readonly SeenListener[] Own = [Ours("0.0.0.0", 7443), Ours("127.0.0.1", 7445), Ours("0.0.0.0", 9243)];

    [Fact]
    public void A_node_as_it_should_be_has_no_findings() =>
        Problems([.. Own, Theirs("127.0.0.1", 9200), Theirs("::1", 9200)]).ShouldBeEmpty();

    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("::")]
    [InlineData("10.1.2.3")]
    [InlineData("::ffff:10.1.2.3")]
    public void A_guarded_port_off_loopback_is_found(string address) => Problems([.. Own, Theirs(address, 9200)]).ShouldBe(["GH7301"]);

    [Fact]
    public void Mapped_loopback_is_loopback() => Problems([.. Own, Theirs("::ffff:127.0.0.1", 9200)]).ShouldBeEmpty();

    [Fact]
    public void Another_door_of_a_guarded_system_is_found_too()
    {
        NodeShape broker = Sample.Node(Sample.Gate("mqtt", "mqtt", "0.0.0.0:8883", 1883));
        Problems([Ours("0.0.0.0", 7443), Ours("127.0.0.1", 7445), Ours("0.0.0.0", 8883), Theirs("0.0.0.0", 8083)], broker).ShouldBe(["GH7301"]);
        Problems([Ours("0.0.0.0", 7443), Ours("127.0.0.1", 7445), Ours("0.0.0.0", 8883), Theirs("127.0.0.1", 8083)], broker).ShouldBeEmpty();
    }

    [Fact]
    public void A_port_for_peers_is_named_and_no_finding()
    {
        SeenEndpoint transport = PortReview.Of(EndpointMap.Of(Node), [.. Own, Theirs("0.0.0.0", 9300)], DaemonState.Running).Single(static s => s.Endpoint.Ports.Contains(9300));
        transport.State.ShouldBe(EndpointState.Open);
        transport.Problem.ShouldBeNull();
    }

    [Fact]
    public void A_missing_gate_is_found_while_the_daemon_runs()
    {
        Problems([Ours("0.0.0.0", 7443), Ours("127.0.0.1", 7445)]).ShouldBe(["GH7302"]);
        Problems([], daemon: DaemonState.Stopped).ShouldBeEmpty();
        Problems([], daemon: DaemonState.Unknown).ShouldBeEmpty();
    }

    [Fact]
    public void The_mesh_may_be_closed() => Problems(Own).ShouldBeEmpty();

    [Theory]
    [InlineData(DaemonState.Running)]
    [InlineData(DaemonState.Stopped)]
    public void Somebody_else_on_a_port_of_Gatehouse_is_found(DaemonState daemon) =>
        Problems([Ours("0.0.0.0", 7443), Ours("127.0.0.1", 7445), Theirs("127.0.0.1", 9243)], daemon: daemon).ShouldBe(["GH7303"]);

    [Fact]
    public void A_gate_on_one_address_and_its_system_on_another_with_the_same_port_are_told_apart()
    {
        NodeShape same = Sample.Node(Sample.Gate("es", "elasticsearch", "10.0.0.5:9200", 9200));
        SeenListener[] fine = [Ours("0.0.0.0", 7443), Ours("127.0.0.1", 7445), Ours("10.0.0.5", 9200), Theirs("127.0.0.1", 9200)];
        Problems(fine, same).ShouldBeEmpty();
        Problems([.. fine, Theirs("10.0.0.6", 9200)], same).ShouldBe(["GH7301"]);
    }

    [Fact]
    public void Somebody_on_the_address_of_a_peer_is_found_and_nobody_there_is_no_finding()
    {
        NodeShape node = Node with { Services = [new ServiceShape("erlang", "erlang", [4371]) { Peers = [new ServicePeer("host2", IPAddress.Parse("127.77.0.2"), [4372])] }] };
        Problems([.. Own, Theirs("127.77.0.1", 4371)], node).ShouldBeEmpty();
        Problems([.. Own, Ours("127.77.0.2", 4372)], node).ShouldBeEmpty();
        Problems([.. Own, Theirs("127.77.0.2", 4372)], node).ShouldBe(["GH7303"]);
    }

    private static SeenListener Ours(string address, int port) => new(Transport.Tcp, IPAddress.Parse(address), port, "gatehouse") { IsOurs = true };

    private static SeenListener Theirs(string address, int port) => new(Transport.Tcp, IPAddress.Parse(address), port, "service");

    private static string[] Problems(SeenListener[] listeners, NodeShape? node = null, DaemonState daemon = DaemonState.Running) =>
        [.. PortReview.Of(EndpointMap.Of(node ?? Node), listeners, daemon).Select(static s => s.Problem?.Id).OfType<string>()];
}

using System.Collections.Immutable;
using Gatehouse.Network.Endpoints;

namespace Gatehouse.Network;

/// <summary>The ports of whole systems, node-to-node ones too, with the rule of each system's own manual.</summary>
public static partial class KnownPorts
{
    /// <summary>Erlang's port mapper.</summary>
    public const int Epmd = 4369;

    /// <summary>RabbitMQ's port between nodes.</summary>
    public const int RabbitDistribution = 25672;

    // Nodes told apart by a number have low ones; whoever counts higher names the nodes.
    private const int UsualNodes = 9;

    /// <summary>Known systems, by name.</summary>
    public static ImmutableArray<KnownSystem> Systems { get; } =
    [
        new("elasticsearch", "Elasticsearch", ["elasticsearch"],
        [
            Guarded("HTTP API", "elasticsearch", Audiences.Clients, "clients use it; with its security off it lets anybody in"),
            Carried("transport", "elasticsearch-transport", Audiences.Peers, "whoever speaks it is a node and controls the cluster"),
            new("remote cluster server", PortSpan.Of(9443), Audiences.Peers, "other clusters come in here with an API key") { IsCommon = true },
        ]),
        new("opensearch", "OpenSearch", [],
        [
            Guarded("REST API", "elasticsearch", Audiences.Clients, "clients use it; with the security plugin off it lets anybody in"),
            Carried("transport", "elasticsearch-transport", Audiences.Peers, "whoever speaks it is a node and controls the cluster"),
            new("performance analyzer", PortSpan.Of(9600), Audiences.Operators, "it asks for no password") { IsCommon = true },
        ]),
        new("kibana", "Kibana", [],
        [
            Guarded("web interface", "kibana", Audiences.Clients, "people use it with a browser"),
        ]),
        new("emqx", "MQTT broker", ["mqtt", "emqx-api"],
        [
            Guarded("MQTT", "mqtt", Audiences.Clients, "clients use it, in clear text"),
            new("MQTT over TLS", PortSpan.Of(8883), Audiences.Clients, "clients use it; the certificate it ships with is the same everywhere"),
            Guarded("MQTT over WebSocket", "mqtt-websocket", Audiences.Clients, "clients use it, in clear text"),
            new("MQTT over WebSocket and TLS", PortSpan.Of(8084), Audiences.Clients, "clients use it; the certificate it ships with is the same everywhere"),
            new("MQTT over QUIC", PortSpan.Of(14567), Audiences.Clients, "clients use it where it is switched on") { Transport = Transport.Udp },
            Guarded("dashboard and management API", "emqx-api", Audiences.Operators, "its administrator runs code on the host"),
            new("dashboard over TLS", PortSpan.Of(18084), Audiences.Operators, "its administrator runs code on the host"),
            new("Erlang distribution", new PortSpan(ErlangPorts.DistributionBase, ErlangPorts.DistributionBase + UsualNodes), Audiences.Peers, "only the cookie protects it, and a known one is shipped")
                { Service = MeshKinds.Erlang, HasOffset = true },
            new("calls between nodes (fixed port)", PortSpan.Of(ErlangPorts.RpcFixed), Audiences.Peers, "only the cookie protects it") { Service = MeshKinds.Erlang },
            new("calls between nodes", new PortSpan(ErlangPorts.RpcBase, ErlangPorts.RpcBase + UsualNodes), Audiences.Peers, "only the cookie protects it")
                { Service = MeshKinds.Erlang, HasOffset = true },
            new("Erlang port mapper", PortSpan.Of(Epmd), Audiences.None, "EMQX does not use it; it lists nodes and ports to anybody"),
        ]),
        new("rabbitmq", "RabbitMQ", [],
        [
            new("AMQP over TLS", PortSpan.Of(5671), Audiences.Clients, "clients use it"),
            new("AMQP", PortSpan.Of(5672), Audiences.Clients, "clients use it, in clear text"),
            new("MQTT over TLS", PortSpan.Of(8883), Audiences.Clients, "clients use it"),
            Guarded("MQTT", "mqtt", Audiences.Clients, "clients use it, in clear text"),
            new("management", new PortSpan(15671, 15672), Audiences.Operators, "its administrator reads and changes everything"),
            new("metrics", new PortSpan(15691, 15692), Audiences.Operators, "it asks for no password"),
            new("Erlang port mapper", PortSpan.Of(Epmd), Audiences.Peers, "nodes find each other by it; it lists nodes and ports to anybody"),
            new("Erlang distribution", PortSpan.Of(RabbitDistribution), Audiences.Peers, "only the cookie protects it"),
        ]),
        new("ignite", "Ignite 3", ["ignite", "ignite-rest"],
        [
            Guarded("thin clients", "ignite", Audiences.Clients, "clients use it; any of them may run code on every node"),
            Guarded("REST", "ignite-rest", Audiences.None, "it listens on every interface and cannot be told otherwise"),
            Guarded("REST over TLS", "ignite-rest", Audiences.None, "it listens on every interface and cannot be told otherwise", 1),
            Carried("node network", "ignite", Audiences.Peers, "whoever speaks it is a node: the handshake asks for nothing"),
            new("node finder (multicast)", PortSpan.Of(47401), Audiences.Peers, "nodes find each other by it where it is switched on") { Transport = Transport.Udp },
        ]),
        new("ipfs-cluster", "IPFS Cluster", ["ipfs-cluster", "ipfs-pinning", "ipfs-proxy"],
        [
            Guarded("swarm", "ipfs-swarm", Audiences.Peers, "the cluster's secret guards it, and a peer without trust still reads all pins") with { Service = MeshKinds.IpfsSwarm },
            Guarded("REST API", "ipfs-cluster", Audiences.None, "to be exposed with TLS and authentication only, which a gate adds"),
            Guarded("pinning service", "ipfs-pinning", Audiences.None, "to be exposed with TLS and authentication only, which a gate adds"),
            Guarded("IPFS proxy", "ipfs-proxy", Audiences.None, "never to be exposed: it knows neither TLS nor authentication"),
            Guarded("metrics and profiling", "ipfs-metrics", Audiences.None, "never to be exposed: it shows the process's memory and asks for nothing") with { IsCommon = true },
            new("traces", PortSpan.Of(6831), Audiences.None, "a peer with tracing switched on sends names of pins there in clear text") { Transport = Transport.Udp, Direction = Direction.Outgoing },
            Guarded("Kubo RPC", "kubo", Audiences.None, "never to be exposed: whoever reaches it owns the node"),
        ]),
        new("kubo", "Kubo", ["kubo"],
        [
            new("swarm", PortSpan.Of(4001), Audiences.Anyone, "the public IPFS network meets here"),
            new("swarm over QUIC", PortSpan.Of(4001), Audiences.Anyone, "the public IPFS network meets here") { Transport = Transport.Udp },
            Guarded("RPC", "kubo", Audiences.None, "never to be exposed: whoever reaches it owns the node"),
            Guarded("gateway", "kubo-gateway", Audiences.None, "serves any content to anybody; a gate decides what") with { IsCommon = true },
        ]),
    ];

    /// <summary>The system with a name, or null.</summary>
    public static KnownSystem? System(string name) => Systems.FirstOrDefault(system => system.Name == name);

    /// <summary>The systems that stand behind a gate of a vocabulary.</summary>
    public static IEnumerable<KnownSystem> Behind(string vocabulary) => Systems.Where(system => system.Vocabularies.Contains(vocabulary));

    private static SystemPort Guarded(string what, string gate, Audiences rule, string why, int number = 0) =>
        new(what, PortSpan.Of(Named(gate).GuardedPorts[number]), rule, why) { Gate = gate };

    private static SystemPort Carried(string what, string kind, Audiences rule, string why) =>
        new(what, PortSpan.Of(MeshKinds.All.First(k => k.Name == kind).Ports[0]), rule, why) { Service = kind };
}

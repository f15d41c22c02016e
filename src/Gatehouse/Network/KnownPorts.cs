using System.Collections.Immutable;

namespace Gatehouse.Network;

/// <summary>A system whose client port Gatehouse knows.</summary>
/// <param name="Name">Name of the gate that <c>up</c> makes for it.</param>
/// <param name="Title">What it is, for people.</param>
/// <param name="GatePort">Port the gate listens on.</param>
/// <param name="GuardedPorts">Ports the system itself listens on, the usual one first.</param>
/// <param name="Protocol">What the gate speaks.</param>
/// <param name="System">The vocabulary of its operations.</param>
/// <param name="IsSupported">Whether this version can open a gate for it; otherwise it is named and left closed.</param>
public sealed record KnownPort(
    string Name,
    string Title,
    int GatePort,
    ImmutableArray<int> GuardedPorts,
    string Protocol,
    string System,
    bool IsSupported = false);

/// <summary>The one table of ports (design section 6); discovery, checks and the docs read it.</summary>
public static partial class KnownPorts
{
    /// <summary>Admin API and enrolment.</summary>
    public const int Admin = 7443;

    /// <summary>Mesh.</summary>
    public const int Mesh = 7444;

    /// <summary>Own metrics and health, loopback.</summary>
    public const int Metrics = 7445;

    /// <summary>The built-in whoami gate.</summary>
    public const int Whoami = 7480;

    /// <summary>Known systems by gate port.</summary>
    public static ImmutableArray<KnownPort> All { get; } =
    [
        new("elasticsearch", "Elasticsearch or OpenSearch", 9243, [9200], "http", "elasticsearch", IsSupported: true),
        new("kibana", "Kibana or OpenSearch Dashboards", 5643, [5601], "http", "http", IsSupported: true),
        new("mqtt", "MQTT broker", 8883, [1883], "mqtt", "mqtt", IsSupported: true),
        new("mqtt-websocket", "MQTT broker over WebSocket", 8084, [8083], "mqtt", "mqtt", IsSupported: true),
        new("emqx-api", "EMQX management API", 18084, [18083], "http", "emqx-api", IsSupported: true),
        new("ignite", "Ignite thin clients", 10843, [10800], "ignite", "ignite", IsSupported: true),
        new("ignite-rest", "Ignite REST", 10343, [10300, 10400], "http", "ignite-rest", IsSupported: true),
        new("ipfs-cluster", "IPFS Cluster REST API", 9494, [9094], "http", "ipfs-cluster", IsSupported: true),
        new("ipfs-pinning", "IPFS Cluster pinning service", 9497, [9097], "http", "ipfs-pinning", IsSupported: true),
        new("ipfs-proxy", "IPFS Cluster proxy", 9495, [9095], "http", "ipfs-proxy", IsSupported: true),
        new("ipfs-metrics", "IPFS Cluster and Kubo metrics", 8988, [8888], "http", "metrics", IsSupported: true),
        new("kubo", "Kubo RPC", 5443, [5001], "http", "kubo", IsSupported: true),
        new("kubo-gateway", "Kubo gateway", 8443, [8080], "http", "kubo", IsSupported: true),
        new("ipfs-swarm", "IPFS Cluster swarm without a mesh", 9496, [9096], "libp2p-psk", "ipfs-cluster"),
    ];

    /// <summary>The row with a name.</summary>
    public static KnownPort Named(string name) => All.First(known => known.Name == name);

    /// <summary>The system that usually listens on a port, or null.</summary>
    public static KnownPort? ForGuardedPort(int port)
    {
        foreach (KnownPort known in All)
        {
            if (known.GuardedPorts.Contains(port))
            {
                return known;
            }
        }

        return null;
    }
}

using System.Collections.Immutable;
using System.Net;

namespace Gatehouse.Network.Endpoints;

/// <summary>What of a node's configuration makes ports.</summary>
public sealed record NodeShape
{
    /// <summary>Listener of the admin API.</summary>
    public required IPEndPoint Admin { get; init; }

    /// <summary>Listener of the metrics, or null.</summary>
    public IPEndPoint? Metrics { get; init; }

    /// <summary>Listener of the mesh.</summary>
    public required IPEndPoint Mesh { get; init; }

    /// <summary>Gates that are switched on.</summary>
    public ImmutableArray<GateShape> Gates { get; init; } = [];

    /// <summary>Services of the mesh.</summary>
    public ImmutableArray<ServiceShape> Services { get; init; } = [];

    /// <summary>What this node itself calls: store, receivers of the trail.</summary>
    public ImmutableArray<CallShape> Calls { get; init; } = [];
}

/// <summary>A gate.</summary>
/// <param name="Name">Its name.</param>
/// <param name="System">The vocabulary of its operations.</param>
/// <param name="Listen">Its listener.</param>
/// <param name="Upstreams">The guarded ports.</param>
public sealed record GateShape(string Name, string System, IPEndPoint Listen, ImmutableArray<UpstreamShape> Upstreams);

/// <summary>A guarded port.</summary>
/// <param name="Host">Host as configured.</param>
/// <param name="Port">Port.</param>
/// <param name="Address">Its address on this host; null: it is on another one.</param>
public sealed record UpstreamShape(string Host, int Port, IPAddress? Address);

/// <summary>A service of the mesh.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Kind">Its kind: <c>erlang</c>, <c>ignite</c>, <c>elasticsearch-transport</c>, <c>ipfs-swarm</c> or <c>tcp</c>.</param>
/// <param name="Ports">Ports of this node's program, and of its peers' where <see cref="Peers"/> does not know them.</param>
public sealed record ServiceShape(string Name, string Kind, ImmutableArray<int> Ports)
{
    /// <summary>Where Gatehouse listens on this host for the programs of its peers.</summary>
    public ImmutableArray<ServicePeer> Peers { get; init; } = [];
}

/// <summary>A peer's program as this host sees it.</summary>
/// <param name="Name">The peer.</param>
/// <param name="Address">Loopback address that stands for it.</param>
/// <param name="Ports">Its ports there.</param>
public sealed record ServicePeer(string Name, IPAddress Address, ImmutableArray<int> Ports);

/// <summary>Something that this node calls.</summary>
/// <param name="What">For people: <c>store</c>, <c>audit output syslog</c>.</param>
/// <param name="Host">Host.</param>
/// <param name="Port">Port.</param>
/// <param name="Transport">TCP or UDP.</param>
public sealed record CallShape(string What, string Host, int Port, Transport Transport = Transport.Tcp);

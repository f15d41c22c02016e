using System.Collections.Immutable;

namespace Gatehouse.Doctor.Hardening;

/// <summary>What the administrator says about the hardening; each system takes the part that concerns it.</summary>
public sealed record HardenWishes
{
    /// <summary>The main configuration file or its folder, or null to look for it.</summary>
    public string? File { get; init; }

    /// <summary>The user whom the service runs as, a name or number; null to find out.</summary>
    public string? User { get; init; }

    /// <summary>IPFS Cluster: ids of the peers that are trusted; <c>self</c> alone for a cluster of one.</summary>
    public ImmutableArray<string> Peers { get; init; } = [];

    /// <summary>Nodes of the cluster, by the names or addresses that they call each other by.</summary>
    public ImmutableArray<string> Nodes { get; init; } = [];

    /// <summary>Names and addresses that certificates carry.</summary>
    public ImmutableArray<string> Names { get; init; } = [];

    /// <summary>What would be taken away otherwise: <c>pinsvcapi</c>, <c>proxy</c>, <c>gateway</c>, <c>ws</c>, <c>quic</c>.</summary>
    public ImmutableArray<string> Keep { get; init; } = [];

    /// <summary>What goes though it is usually kept: <c>restapi</c>, <c>metrics</c>, <c>tracing</c>, <c>filestore</c>, <c>urlstore</c>, <c>scripts</c>.</summary>
    public ImmutableArray<string> Drop { get; init; } = [];

    /// <summary>IPFS Cluster: the address of the REST API with TLS of its own, where no gate stands in front; or null.</summary>
    public string? Expose { get; init; }

    /// <summary>IPFS Cluster: the Unix socket that the REST API listens on instead of a port, or null.</summary>
    public string? Socket { get; init; }

    /// <summary>Whether a gate of this host stands in front: then clients are taken from loopback only.</summary>
    public bool Gate { get; init; }

    /// <summary>Whether the mesh carries the ports between nodes.</summary>
    public bool Mesh { get; init; }

    /// <summary>The address that ports between nodes are bound to, or null to leave them.</summary>
    public string? Bind { get; init; }

    /// <summary>IPFS Cluster: port of the gate through which it calls Kubo, or null.</summary>
    public int? Injector { get; init; }

    /// <summary>A secret that the cluster has already (a swarm's, a cookie); null to keep a good one or make one.</summary>
    public string? Secret { get; init; }

    /// <summary>Where the password that a gate needs at the service is written for it, or null.</summary>
    public string? GatePassword { get; init; }

    /// <summary>The system's version where it cannot be seen.</summary>
    public string? Version { get; init; }

    /// <summary>Its file and no secret.</summary>
    public override string ToString() => File ?? "";
}

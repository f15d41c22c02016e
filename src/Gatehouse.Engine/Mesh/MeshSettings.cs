using System.Collections.Immutable;
using System.Net;
using Gatehouse.Engine.Configuration;
using Gatehouse.Engine.Connections;

namespace Gatehouse.Engine.Mesh;

/// <summary>What the node's configuration says about the mesh.</summary>
internal sealed record MeshSettings
{
    /// <summary>Where the mesh listens. Changing it needs a new the mesh host.</summary>
    public required IPEndPoint Listen { get; init; }

    /// <summary>Budgets of the mesh port; the deadline of the proof is the handshake's.</summary>
    public LimitsConfiguration Limits { get; init; } = new();

    /// <summary>The services; names are unique.</summary>
    public ImmutableArray<MeshServiceModel> Services { get; init; } = [];

    /// <summary>This node's version, as peers are told.</summary>
    public string Version { get; init; } = "0";

    /// <summary>How long carried connections may go on when the mesh is stopped.</summary>
    public TimeSpan Drain { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How often each peer is asked whether it is there.</summary>
    public TimeSpan HealthEvery { get; init; } = TimeSpan.FromSeconds(5);
}

/// <summary>How the peers' programs are told apart on one host.</summary>
internal enum MeshSeparation
{
    /// <summary>Each peer has a loopback address of its own (<see cref="MeshPeer.PeerAddress"/>), ports are the programs' own.</summary>
    Address = 0,

    /// <summary>All peers are at 127.0.0.1, each at a port of its own; for programs that bind every interface.</summary>
    Port = 1,
}

/// <summary>A node-to-node port that the mesh carries, with everything computed.</summary>
internal sealed record MeshServiceModel
{
    /// <summary>Its name, the same on all nodes: 1 to 64 of <c>a-z 0-9 . _ -</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Its kind, as configured; for people.</summary>
    public string Kind { get; init; } = "tcp";

    /// <summary>The ports of this node's own program. A stream names a port by its index here: the order is the same on all nodes.</summary>
    public required ImmutableArray<int> OwnPorts { get; init; }

    /// <summary>
    /// The ports of a peer's program by the peer's node name, paired by index with <see cref="OwnPorts"/>; null: the same as this
    /// node's. An empty answer: nothing is offered for that peer. Cheap; asked again for each view.
    /// </summary>
    public Func<string, ImmutableArray<int>>? PeerPorts { get; init; }

    /// <summary>Who may own the program's listening socket on this node.</summary>
    public UpstreamOwnerRule RunAs { get; init; } = UpstreamOwnerRule.Root;

    /// <summary>Whose local processes may use the peers' addresses.</summary>
    public UpstreamOwnerRule AllowUsers { get; init; } = UpstreamOwnerRule.Root;

    /// <summary>How peers are told apart.</summary>
    public MeshSeparation Separation { get; init; }

    /// <summary>The program's setting that makes it bind one address, for messages: <c>inet_dist_use_interface</c>; null where there is none.</summary>
    public string? BindSetting { get; init; }

    /// <summary>Where this node's own program is dialled; null: the node's own address, or 127.0.0.1 where ports tell peers apart.</summary>
    public IPAddress? Target { get; init; }

    /// <summary>The ports of a peer's program.</summary>
    public ImmutableArray<int> PortsOf(string peer) => PeerPorts is null ? OwnPorts : PeerPorts(peer);
}

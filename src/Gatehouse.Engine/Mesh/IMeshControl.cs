using System.Collections.Immutable;
using System.Net;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Mesh;

/// <summary>What people may ask of a running mesh.</summary>
internal interface IMeshControl
{
    /// <summary>What is known now; asks nobody.</summary>
    MeshFacts Facts();

    /// <summary>Asks a peer whether it is there, so many times, one after another; null: there is no such peer.</summary>
    Task<ImmutableArray<MeshPing>?> PingAsync(string peer, int count, CancellationToken cancellation);

    /// <summary>Tries every address of every peer now, and has each say how it sees this node.</summary>
    Task<ImmutableArray<MeshReach>> NetcheckAsync(CancellationToken cancellation);
}

/// <summary>The mesh at one moment.</summary>
/// <param name="Listen">Where it listens, null while it does not.</param>
/// <param name="Peers">The other nodes, by name.</param>
/// <param name="Services">Each service's local addresses.</param>
/// <param name="Counters">What it did since the start.</param>
internal sealed record MeshFacts(
    IPEndPoint? Listen, ImmutableArray<MeshPeerFacts> Peers, ImmutableArray<MeshServiceFacts> Services, MeshCounts Counters)
{
    /// <summary>Of a mesh that should be open and could not listen.</summary>
    public static MeshFacts Closed { get; } = new(null, [], [], new MeshCounts());
}

/// <summary>How a peer is seen.</summary>
internal sealed record MeshPeerFacts
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Its id.</summary>
    public required string Id { get; init; }

    /// <summary>Its loopback address.</summary>
    public required IPAddress PeerAddress { get; init; }

    /// <summary>Where it is dialled.</summary>
    public required ImmutableArray<string> Addresses { get; init; }

    /// <summary>Reachable or not.</summary>
    public required MeshPeerState State { get; init; }

    /// <summary>The address that answered last, or null.</summary>
    public required string? Address { get; init; }

    /// <summary>Its version, null before its first answer.</summary>
    public required string? Version { get; init; }

    /// <summary>Of the last answer, null without one.</summary>
    public required TimeSpan? RoundTrip { get; init; }

    /// <summary>Its clock minus this node's as of the last answer, null without one.</summary>
    public required TimeSpan? Skew { get; init; }

    /// <summary>When it answered last, null: never since the start.</summary>
    public required DateTimeOffset? LastSeen { get; init; }

    /// <summary>Why it does not answer, null while it does.</summary>
    public required Problem? Failure { get; init; }

    /// <summary>Services it is trusted for here.</summary>
    public required ImmutableArray<string> Services { get; init; }

    /// <summary>Connections carried to it now.</summary>
    public required int Outgoing { get; init; }

    /// <summary>Connections carried from it now.</summary>
    public required int Incoming { get; init; }
}

/// <summary>Whether a peer answers.</summary>
internal enum MeshPeerState
{
    /// <summary>Not asked yet.</summary>
    Unknown = 0,

    /// <summary>It answered last.</summary>
    Up = 1,

    /// <summary>It did not.</summary>
    Down = 2,
}

/// <summary>A service on this node.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Kind">Its kind.</param>
/// <param name="Addresses">Where peers' programs are offered on this host.</param>
internal sealed record MeshServiceFacts(string Name, string Kind, ImmutableArray<MeshAddressFacts> Addresses);

/// <summary>One local address of a service.</summary>
/// <param name="Peer">Whose program is there.</param>
/// <param name="Address">The address and port.</param>
/// <param name="IsListening">Whether it is open.</param>
/// <param name="Problem">Why not, or null.</param>
internal sealed record MeshAddressFacts(string Peer, IPEndPoint Address, bool IsListening, Problem? Problem);

/// <summary>What the mesh did since the start.</summary>
internal sealed record MeshCounts
{
    /// <summary>Connections carried now, both ways.</summary>
    public long Open { get; init; }

    /// <summary>TLS connections made to peers, proven.</summary>
    public long Made { get; init; }

    /// <summary>TLS connections taken from peers, proven.</summary>
    public long Taken { get; init; }

    /// <summary>Connections carried by a TLS connection that stood already.</summary>
    public long Reused { get; init; }

    /// <summary>By service, peer and direction: only those that carried something.</summary>
    public ImmutableArray<MeshLaneCounts> Lanes { get; init; } = [];

    /// <summary>Refusals by reason, frozen words.</summary>
    public ImmutableSortedDictionary<string, long> Refused { get; init; } = ImmutableSortedDictionary<string, long>.Empty;

    /// <summary>TLS connections made or taken.</summary>
    public long Tunnels => Made + Taken;

    /// <summary>Connections carried.</summary>
    public long Carried => Lanes.Sum(static one => one.Carried);

    /// <summary>Bytes of programs sent to peers.</summary>
    public long Sent => Lanes.Sum(static one => one.Sent);

    /// <summary>Bytes of programs received from peers.</summary>
    public long Received => Lanes.Sum(static one => one.Received);
}

/// <summary>What was carried of one service to or from one peer.</summary>
/// <param name="Peer">The peer.</param>
/// <param name="Service">The service.</param>
/// <param name="IsOutgoing">Whether a program of this host called.</param>
/// <param name="Open">Connections carried now.</param>
/// <param name="Carried">Connections carried.</param>
/// <param name="Sent">Bytes of programs sent to the peer.</param>
/// <param name="Received">Bytes of programs received from it.</param>
internal sealed record MeshLaneCounts(string Peer, string Service, bool IsOutgoing, long Open, long Carried, long Sent, long Received);

/// <summary>One answer to a ping, or why there is none.</summary>
/// <param name="Address">Where it was asked, or null.</param>
/// <param name="RoundTrip">Until the answer; null without one.</param>
/// <param name="Setup">What connecting and proving took before; zero on a connection that stood already.</param>
/// <param name="Failure">Why there is no answer.</param>
internal sealed record MeshPing(string? Address, TimeSpan? RoundTrip, TimeSpan Setup, Problem? Failure);

/// <summary>How one address of a peer is reached.</summary>
/// <param name="Peer">The peer.</param>
/// <param name="Address">The address tried.</param>
/// <param name="Connect">TCP's part, null where there was no connection.</param>
/// <param name="Total">Until the peer was proven and answered; null where it was not.</param>
/// <param name="Skew">Its clock minus this node's; null without an answer.</param>
/// <param name="SeenAs">The address this node comes from as the peer sees it; null where it does not say.</param>
/// <param name="Failure">Why it is not reached.</param>
internal sealed record MeshReach(
    string Peer, string Address, TimeSpan? Connect, TimeSpan? Total, TimeSpan? Skew, IPAddress? SeenAs, Problem? Failure);

namespace Gatehouse.Problems.Cluster;

/// <summary>The mesh: GH5700 to GH5739.</summary>
public static class MeshProblems
{
    /// <summary>A caller that proved no accepted secret.</summary>
    public static readonly ProblemDefinition SecretNotProven = new("GH5700", "A caller at the mesh port proved no secret");

    /// <summary>Right secret, clock too far off.</summary>
    public static readonly ProblemDefinition ClockSkew = new("GH5701", "The clocks of two nodes are too far apart");

    /// <summary>A first message for the second time.</summary>
    public static readonly ProblemDefinition Replayed = new("GH5702", "A first message came for the second time");

    /// <summary>No room to remember more first messages.</summary>
    public static readonly ProblemDefinition NoncesFull = new("GH5703", "The mesh cannot remember more first messages");

    /// <summary>A certificate that is no node's.</summary>
    public static readonly ProblemDefinition CertificateRefused = new("GH5704", "A mesh certificate is not of a node of this cluster");

    /// <summary>A node that is not in the cluster, or has another key.</summary>
    public static readonly ProblemDefinition PeerUnknown = new("GH5705", "A node is not, or no longer, one of this cluster");

    /// <summary>A peer that is not trusted for a service.</summary>
    public static readonly ProblemDefinition PeerUntrusted = new("GH5706", "A peer is not trusted for the service");

    /// <summary>A service that is not declared.</summary>
    public static readonly ProblemDefinition ServiceUnknown = new("GH5707", "A mesh service is not declared on the called node");

    /// <summary>The program's port is another user's.</summary>
    public static readonly ProblemDefinition WrongOwner = new("GH5708", "The port of a cluster program belongs to another user");

    /// <summary>The program does not listen.</summary>
    public static readonly ProblemDefinition NoListener = new("GH5709", "The cluster program does not listen");

    /// <summary>A local user who may not use peers' addresses.</summary>
    public static readonly ProblemDefinition LocalUserRefused = new("GH5710", "A local user may not use a peer's address");

    /// <summary>A peer's address is held by a program of this host.</summary>
    public static readonly ProblemDefinition AddressTaken = new("GH5711", "A peer's address is taken by a program of this host");

    /// <summary>No connection to a peer.</summary>
    public static readonly ProblemDefinition PeerUnreachable = new("GH5712", "A peer cannot be reached");

    /// <summary>A peer that does not answer the first message.</summary>
    public static readonly ProblemDefinition PeerSilent = new("GH5713", "A peer does not answer");

    /// <summary>A peer that refuses this node.</summary>
    public static readonly ProblemDefinition PeerRefused = new("GH5714", "A peer refuses this node");

    /// <summary>Frames that are not the mesh's.</summary>
    public static readonly ProblemDefinition ProtocolViolated = new("GH5715", "The other side does not speak as a mesh node");

    /// <summary>A stop is under way.</summary>
    public static readonly ProblemDefinition Draining = new("GH5716", "The mesh takes no new connections");

    /// <summary>A limit of connections is reached.</summary>
    public static readonly ProblemDefinition Busy = new("GH5717", "The mesh has as many connections as it may have");

    /// <summary>A bug or a trail that takes no records.</summary>
    public static readonly ProblemDefinition Failed = new("GH5718", "A mesh connection failed inside a node");

    /// <summary>The mesh port cannot be opened.</summary>
    public static readonly ProblemDefinition CannotListen = new("GH5719", "The mesh port cannot be opened");

    /// <summary>All of this range.</summary>
    public static IReadOnlyList<ProblemDefinition> All { get; } =
    [
        SecretNotProven, ClockSkew, Replayed, NoncesFull, CertificateRefused, PeerUnknown, PeerUntrusted, ServiceUnknown, WrongOwner, NoListener,
        LocalUserRefused, AddressTaken, PeerUnreachable, PeerSilent, PeerRefused, ProtocolViolated, Draining, Busy, Failed, CannotListen,
    ];
}

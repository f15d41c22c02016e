namespace Gatehouse.Administration.Cluster;

/// <summary><c>GET /v1/peers</c>: the nodes as this one sees them, and which services they are trusted for.</summary>
public sealed record PeerListResponse
{
    /// <summary>This node's name.</summary>
    public required string Node { get; set; }

    /// <summary>Where the mesh listens, <c>ADDRESS:PORT</c>; null while it does not: a single node has none.</summary>
    public string? Listen { get; set; }

    /// <summary>Every node of the cluster by name, this one too.</summary>
    public IReadOnlyList<PeerView> Peers { get; set; } = [];

    /// <summary>Services that somebody is trusted for, or that this node has, by name.</summary>
    public IReadOnlyList<TrustedServiceView> Services { get; set; } = [];
}

/// <summary>A node as a peer.</summary>
public sealed record PeerView
{
    /// <summary>Its name.</summary>
    public required string Name { get; set; }

    /// <summary>Its number in the cluster.</summary>
    public int Number { get; set; }

    /// <summary>The loopback address that stands for it on every host.</summary>
    public required string PeerAddress { get; set; }

    /// <summary>Where its mesh is dialled.</summary>
    public IReadOnlyList<string> Addresses { get; set; } = [];

    /// <summary><c>self</c>, <c>up</c>, <c>down</c>, or <c>unknown</c>: not asked yet.</summary>
    public required string State { get; set; }

    /// <summary>The address that answered last.</summary>
    public string? Address { get; set; }

    /// <summary>Milliseconds from question to answer.</summary>
    public double? LatencyMs { get; set; }

    /// <summary>Its clock minus this node's, milliseconds.</summary>
    public double? SkewMs { get; set; }

    /// <summary>Its version.</summary>
    public string? Version { get; set; }

    /// <summary>When it answered last, UTC.</summary>
    public DateTimeOffset? LastSeen { get; set; }

    /// <summary>Services that it is trusted for; <c>*</c> is not among them, its services are.</summary>
    public IReadOnlyList<string> Services { get; set; } = [];

    /// <summary>Connections of programs carried to it now.</summary>
    public int Outgoing { get; set; }

    /// <summary>Connections of programs carried from it now.</summary>
    public int Incoming { get; set; }

    /// <summary>Why it does not answer.</summary>
    public ErrorBody? Failure { get; set; }
}

/// <summary>Who is trusted for a service.</summary>
public sealed record TrustedServiceView
{
    /// <summary>The service.</summary>
    public required string Service { get; set; }

    /// <summary>Its kind on this node; null: this node does not have it.</summary>
    public string? Kind { get; set; }

    /// <summary>Names of nodes, or <c>*</c> alone.</summary>
    public IReadOnlyList<string> Peers { get; set; } = [];
}

/// <summary><c>POST /v1/trusted-peers/{service}</c>.</summary>
public sealed record TrustRequest
{
    /// <summary>Names of nodes to trust besides those that are; <c>*</c> alone: every node, those to come too.</summary>
    public required IReadOnlyList<string> Peers { get; set; }
}

/// <summary><c>POST /v1/peers/{name}/ping</c>.</summary>
public sealed record PingResponse
{
    /// <summary>The peer.</summary>
    public required string Peer { get; set; }

    /// <summary>In the order asked.</summary>
    public IReadOnlyList<PingView> Answers { get; set; } = [];
}

/// <summary>One question to a peer.</summary>
public sealed record PingView
{
    /// <summary>Where it was asked.</summary>
    public string? Address { get; set; }

    /// <summary>Milliseconds until the answer; null without one.</summary>
    public double? LatencyMs { get; set; }

    /// <summary>Milliseconds that connecting and proving took before; 0 on a connection that stood.</summary>
    public double SetupMs { get; set; }

    /// <summary>Why there is no answer.</summary>
    public ErrorBody? Failure { get; set; }
}

/// <summary><c>POST /v1/netcheck</c>: every way to every peer tried now, and what stands at the ends.</summary>
public sealed record NetcheckResponse
{
    /// <summary>This node's name.</summary>
    public required string Node { get; set; }

    /// <summary>Where the mesh listens; null while it does not.</summary>
    public string? Listen { get; set; }

    /// <summary>Each address of each peer.</summary>
    public IReadOnlyList<ReachView> Paths { get; set; } = [];

    /// <summary>Each service of this node.</summary>
    public IReadOnlyList<ServiceCheckView> Services { get; set; } = [];

    /// <summary>What is wrong, in words; empty: nothing is.</summary>
    public IReadOnlyList<NetcheckFinding> Findings { get; set; } = [];
}

/// <summary>How an address of a peer is reached.</summary>
public sealed record ReachView
{
    /// <summary>The peer.</summary>
    public required string Peer { get; set; }

    /// <summary>The address tried.</summary>
    public required string Address { get; set; }

    /// <summary>How far it went: <c>none</c>, <c>tcp</c> (connected, the rest failed) or <c>proven</c> (secret, certificate and answer).</summary>
    public required string Reached { get; set; }

    /// <summary>Milliseconds of TCP's part.</summary>
    public double? TcpMs { get; set; }

    /// <summary>Milliseconds until the peer was proven and answered.</summary>
    public double? TotalMs { get; set; }

    /// <summary>Its clock minus this node's, milliseconds.</summary>
    public double? SkewMs { get; set; }

    /// <summary>The address this node comes from, as the peer sees it.</summary>
    public string? SeenAs { get; set; }

    /// <summary>Its version, where it is known.</summary>
    public string? Version { get; set; }

    /// <summary>Days that its certificate is still valid, where the cluster knows it.</summary>
    public double? CertificateDays { get; set; }

    /// <summary>Why it is not reached.</summary>
    public ErrorBody? Failure { get; set; }
}

/// <summary>A service of this node, both ends of it.</summary>
public sealed record ServiceCheckView
{
    /// <summary>Its name.</summary>
    public required string Name { get; set; }

    /// <summary>Its kind.</summary>
    public required string Kind { get; set; }

    /// <summary>Who is trusted for it.</summary>
    public IReadOnlyList<string> Trusted { get; set; } = [];

    /// <summary>Peers with which it works in both directions: each trusts the other.</summary>
    public IReadOnlyList<string> BothWays { get; set; } = [];

    /// <summary>This host's program.</summary>
    public IReadOnlyList<ProgramView> Programs { get; set; } = [];

    /// <summary>Where peers' programs are offered on this host.</summary>
    public IReadOnlyList<OfferView> Offers { get; set; } = [];
}

/// <summary>A port of this host's program.</summary>
public sealed record ProgramView
{
    /// <summary>Where it should listen.</summary>
    public required string Address { get; set; }

    /// <summary><c>listening</c>, <c>nobody</c>, <c>refused</c> (another user's), <c>everywhere</c> (on every interface), or <c>elsewhere</c> (no address of this host).</summary>
    public required string State { get; set; }

    /// <summary>Whose it is.</summary>
    public string? User { get; set; }

    /// <summary>The process, with its id where it can be seen.</summary>
    public string? Process { get; set; }
}

/// <summary>A peer's program as it is offered on this host.</summary>
public sealed record OfferView
{
    /// <summary>Whose program.</summary>
    public required string Peer { get; set; }

    /// <summary>Where it is reached here.</summary>
    public required string Address { get; set; }

    /// <summary>Whether it is open.</summary>
    public bool Listening { get; set; }

    /// <summary>Why it is not.</summary>
    public ErrorBody? Failure { get; set; }
}

/// <summary>Something that is wrong, and what to do.</summary>
public sealed record NetcheckFinding
{
    /// <summary><c>error</c>: something does not work; <c>warning</c>: it will not, or not as meant.</summary>
    public required string Severity { get; set; }

    /// <summary>Its permanent id, where it has one.</summary>
    public string? Id { get; set; }

    /// <summary>What is wrong.</summary>
    public required string Text { get; set; }

    /// <summary>What to do.</summary>
    public string? Hint { get; set; }
}

using System.Net;

namespace Gatehouse.Network.Endpoints;

/// <summary>A port that somebody listens on or sends to, who protects it, and who may reach it.</summary>
public sealed record Endpoint
{
    /// <summary>What it is, for people: <c>gate elasticsearch</c>, <c>Elasticsearch HTTP API</c>.</summary>
    public required string What { get; init; }

    /// <summary>Who listens.</summary>
    public required EndpointHolder Holder { get; init; }

    /// <summary>The known system it belongs to, or null.</summary>
    public string? System { get; init; }

    /// <summary>The address it listens on as configured; null where only the system's own configuration says it.</summary>
    public IPAddress? Address { get; init; }

    /// <summary>Where an outgoing one goes: host and port, or null.</summary>
    public string? Target { get; init; }

    /// <summary>Ports.</summary>
    public required PortSpan Ports { get; init; }

    /// <summary>TCP or UDP.</summary>
    public Transport Transport { get; init; }

    /// <summary>Whether connections come in or go out.</summary>
    public Direction Direction { get; init; }

    /// <summary>Who protects it.</summary>
    public Protection Protection { get; init; }

    /// <summary>Who may reach it from other hosts.</summary>
    public Audiences Audience { get; init; }

    /// <summary>Whether this node's configuration names it; otherwise it is a usual port of a system that stands behind a gate.</summary>
    public bool IsDeclared { get; init; }

    /// <summary>Whether Gatehouse rightly does not listen at times: the mesh and its services, as long as there is no peer to carry for.</summary>
    public bool MayBeSilent { get; init; }

    /// <summary>Why <see cref="Audience"/> is what it is, in one line.</summary>
    public required string Why { get; init; }
}

/// <summary>Who listens on an endpoint.</summary>
public enum EndpointHolder
{
    /// <summary>Gatehouse itself.</summary>
    Gatehouse,

    /// <summary>A system that Gatehouse guards, or could.</summary>
    System,

    /// <summary>Somebody on another host, whom this one calls.</summary>
    Elsewhere,
}

/// <summary>Transport protocol.</summary>
public enum Transport
{
    /// <summary>TCP.</summary>
    Tcp,

    /// <summary>UDP.</summary>
    Udp,
}

/// <summary>Which way the first packet goes, seen from this host.</summary>
public enum Direction
{
    /// <summary>To this host.</summary>
    Incoming,

    /// <summary>From this host.</summary>
    Outgoing,
}

/// <summary>Who may reach a port from other hosts.</summary>
[Flags]
public enum Audiences
{
    /// <summary>Nobody: this host only.</summary>
    None = 0,

    /// <summary>Programs and people that use the guarded systems.</summary>
    Clients = 1,

    /// <summary>The other nodes of the cluster.</summary>
    Peers = 2,

    /// <summary>Whoever runs Gatehouse.</summary>
    Operators = 4,

    /// <summary>Every address: a port that is public by its nature.</summary>
    Anyone = 8,
}

/// <summary>Who protects a port.</summary>
/// <param name="Kind">What kind of guard.</param>
/// <param name="Name">The gate's or the service's name; null for the others.</param>
public readonly record struct Protection(ProtectionKind Kind, string? Name = null)
{
    /// <summary><c>gate NAME</c>, <c>mesh NAME</c>, <c>Gatehouse</c>, or <c>nothing</c>.</summary>
    public override string ToString() => Kind switch
    {
        ProtectionKind.Gate => $"gate {Name}",
        ProtectionKind.Mesh => $"mesh {Name}",
        ProtectionKind.Gatehouse => "Gatehouse",
        _ => "nothing",
    };
}

/// <summary>Kinds of guards.</summary>
public enum ProtectionKind
{
    /// <summary>Nothing of Gatehouse stands before it.</summary>
    Nothing,

    /// <summary>A gate stands before it.</summary>
    Gate,

    /// <summary>A service of the mesh carries it.</summary>
    Mesh,

    /// <summary>It is Gatehouse's own.</summary>
    Gatehouse,
}

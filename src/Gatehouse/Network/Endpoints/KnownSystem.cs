using System.Collections.Immutable;

namespace Gatehouse.Network.Endpoints;

/// <summary>A system whose ports Gatehouse knows, with the rule of its own manual for each.</summary>
/// <param name="Name">Its word on the command line: <c>elasticsearch</c>, <c>emqx</c>, <c>rabbitmq</c>, <c>ignite</c>, <c>ipfs-cluster</c>, <c>kubo</c>, <c>kibana</c>.</param>
/// <param name="Title">What it is, for people.</param>
/// <param name="Vocabularies">Systems of gates behind which it stands: <c>mqtt</c> and <c>emqx-api</c> for EMQX.</param>
/// <param name="Ports">Its usual ports.</param>
public sealed record KnownSystem(string Name, string Title, ImmutableArray<string> Vocabularies, ImmutableArray<SystemPort> Ports);

/// <summary>A usual port of a system.</summary>
/// <param name="What">What listens there, for people: <c>HTTP API</c>.</param>
/// <param name="Ports">Its ports.</param>
/// <param name="Rule">Who may reach it where nothing of Gatehouse stands before it, by the system's own manual.</param>
/// <param name="Why">The rule's reason in one line.</param>
public sealed record SystemPort(string What, PortSpan Ports, Audiences Rule, string Why)
{
    /// <summary>TCP or UDP.</summary>
    public Transport Transport { get; init; }

    /// <summary>Outgoing ports are named, and no firewall rule is made of them.</summary>
    public Direction Direction { get; init; }

    /// <summary>Row of <see cref="KnownPorts.All"/> whose gate guards it, or null.</summary>
    public string? Gate { get; init; }

    /// <summary>Kind of mesh service that carries it, or null.</summary>
    public string? Service { get; init; }

    /// <summary>Whether the number at the end of a node's name is added to it (<see cref="ErlangPorts"/>).</summary>
    public bool HasOffset { get; init; }

    /// <summary>Whether so many other programs use the number that it counts only where it is configured or the system is asked for by name.</summary>
    public bool IsCommon { get; init; }
}

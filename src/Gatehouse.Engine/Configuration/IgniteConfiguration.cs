using System.Collections.Immutable;

namespace Gatehouse.Engine.Configuration;

/// <summary>What a gate of protocol <c>ignite</c> has besides. Its user at the nodes is <see cref="GateConfiguration.UpstreamUser"/>.</summary>
internal sealed record IgniteConfiguration
{
    /// <summary>The client's handshake and the node's answer must be there by then.</summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Largest handshake of a client in bytes.</summary>
    public long MaxHandshake { get; init; } = 64 * 1024;

    /// <summary>Largest frame after it in bytes, either way.</summary>
    public long MaxFrame { get; init; } = 64 * 1024 * 1024;

    /// <summary>A connection without a frame for this long is closed; clients are told, and send heartbeats at a third of it.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Connections of one user at once; 0: no limit.</summary>
    public int ConnectionsPerUser { get; init; }

    /// <summary>New connections a second from one source, four times as many at once; 0: no limit.</summary>
    public int ConnectionsPerSecond { get; init; } = 100;

    /// <summary>Requests of one connection under way at once.</summary>
    public int MaxPending { get; init; } = 1024;

    /// <summary><c>refuse</c> or <c>pass</c>: arguments of jobs that only the job's own code can read (type 2).</summary>
    public string CustomMarshalled { get; init; } = Words.Refuse;

    /// <summary>How old the list of tables and their ids may be.</summary>
    public TimeSpan TablesRefresh { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Whether a client that asks for no server name of <see cref="Nodes"/> is refused instead of going to the gate's upstream.</summary>
    public bool ServerNamesOnly { get; init; }

    /// <summary>Nodes that clients reach one by one, by the server name that they ask TLS for.</summary>
    public ImmutableArray<IgniteNodeConfiguration> Nodes { get; init; } = [];
}

/// <summary>One node behind a gate of protocol <c>ignite</c>.</summary>
internal sealed record IgniteNodeConfiguration
{
    /// <summary>Its name here and in the trail.</summary>
    public required string Name { get; init; }

    /// <summary>Server names in lower case that lead to it.</summary>
    public ImmutableArray<string> ServerNames { get; init; } = [];

    /// <summary>Its client port, in the form of the gate's own <c>upstream</c>.</summary>
    public string Upstream { get; init; } = "";
}

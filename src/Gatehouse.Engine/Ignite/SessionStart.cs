using System.Collections.Immutable;
using Gatehouse.Policy;
using Gatehouse.Protocols.Ignite;

namespace Gatehouse.Engine.Ignite;

/// <summary>What a handshake that was let in begins with.</summary>
internal sealed class SessionStart
{
    /// <summary>The gate's model when it came.</summary>
    public required IgniteGateModel Model { get; init; }

    /// <summary>The node that it goes to.</summary>
    public required NodeTarget Target { get; init; }

    /// <summary>The gate's realms now.</summary>
    public required Func<ImmutableArray<string>> Realms { get; init; }

    /// <summary>What decisions ask of the connection.</summary>
    public required CallerFacts Facts { get; init; }

    /// <summary>Its rights; kept by the sweeps.</summary>
    public required CallRights Rights { get; init; }

    /// <summary>Step 8.</summary>
    public required CallRecords Records { get; init; }

    /// <summary>The kind of client, as it said.</summary>
    public required int ClientCode { get; init; }

    /// <summary>What client and gate know; after the node's answer what all three know.</summary>
    public required IgniteFeatures Features { get; set; }

    /// <summary>What the handshake was given in step 6; without it no node is dialled.</summary>
    public required Permit Permit { get; init; }

    /// <summary>The node's name, as it said.</summary>
    public string NodeName { get; set; } = "";

    /// <summary>Longest time without a byte of the client.</summary>
    public TimeSpan IdleLimit { get; set; }
}

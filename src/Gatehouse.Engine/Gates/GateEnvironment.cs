using Gatehouse.Engine.Auditing;
using Gatehouse.Engine.Connections;
using Gatehouse.Engine.Listeners;
using Gatehouse.Engine.Realms;
using Gatehouse.Engine.Snapshots;
using Microsoft.Extensions.Logging;

namespace Gatehouse.Engine.Gates;

/// <summary>What every gate of the node shares.</summary>
internal sealed record GateEnvironment
{
    private long _requests;

    /// <summary>The node's name.</summary>
    public required string Node { get; init; }

    /// <summary>Steps 1 to 3.</summary>
    public required ListenerPipeline Pipeline { get; init; }

    /// <summary>The state that requests are decided on.</summary>
    public required SnapshotHolder Snapshots { get; init; }

    /// <summary>Step 4.</summary>
    public required IAuthenticator Authenticator { get; init; }

    /// <summary>Step 8.</summary>
    public required IAuditTrail Trail { get; init; }

    /// <summary>Who owns local sockets.</summary>
    public required SocketOwners Owners { get; init; }

    /// <summary>The steps of systems that have their own, for a gate; null for the others.</summary>
    public Func<GateModel, GateEnvironment, ISystemSteps?>? Systems { get; init; }

    /// <summary>Makes the gates of protocols that live in rooms of their own; null for the others.</summary>
    public Func<GateModel, GateEnvironment, IGate?>? Protocols { get; init; }

    /// <summary>The clock.</summary>
    public required TimeProvider Time { get; init; }

    /// <summary>Where logs go.</summary>
    public required ILoggerFactory Loggers { get; init; }

    /// <summary>The next request's number on this node, from 1.</summary>
    public ulong NextRequestId() => (ulong)Interlocked.Increment(ref _requests);
}

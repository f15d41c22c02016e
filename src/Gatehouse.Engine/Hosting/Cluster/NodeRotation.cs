using Gatehouse.Engine.Mesh;
using Gatehouse.Engine.Rotation;
using Gatehouse.Engine.Store;
using Gatehouse.Membership.Rotations;
using Gatehouse.Problems;
using Gatehouse.Trust.Nodes;
using Microsoft.Extensions.Logging;

namespace Gatehouse.Engine.Hosting.Cluster;

/// <summary>Rotations on the running node.</summary>
internal sealed class NodeRotation : IAsyncDisposable
{
    private readonly RotationAgent _agent;

    /// <summary>Puts it together; <see cref="Start"/> begins.</summary>
    /// <param name="store">Where acknowledgements are.</param>
    /// <param name="parts">Snapshots, changes and certificates of the node.</param>
    /// <param name="trust">The node's trust.</param>
    /// <param name="mesh">What the mesh decides on.</param>
    /// <param name="handshakes">The running mesh's handshakes; it comes and goes with the second node.</param>
    /// <param name="time">The clock.</param>
    /// <param name="loggers">Where it logs.</param>
    public NodeRotation(
        IStateStore store, NodeParts parts, NodeTrust trust, IMeshState mesh, Func<HandshakeTurns?> handshakes, TimeProvider time, ILoggerFactory loggers)
    {
        Control = new RotationControl(store, parts.Changes, trust, time);
        var inUse = new TrustInUse(trust, mesh, () => parts.Certificates.Get(null));
        _agent = new RotationAgent(store, parts.Snapshots, Control, trust, inUse, handshakes, time, loggers.CreateLogger<RotationAgent>());
    }

    /// <summary>For the admin API.</summary>
    public RotationControl Control { get; }

    /// <summary>Begins to follow rotations.</summary>
    public void Start() => _agent.Start();

    /// <summary>Begins a rotation of the data key that goes on by itself, as when a node was taken out; the problem where it could not begin.</summary>
    public async ValueTask<Problem?> RotateDataKeyAsync(string actor, CancellationToken cancellation) =>
        await Control.BeginAsync(RotationKinds.DataKey, actor, isAutomatic: true, cancellation) is { Succeeded: false } refused ? refused.Problems[0] : null;

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _agent.DisposeAsync();
}

using System.Collections.Immutable;
using Gatehouse.Engine.Gates;

namespace Gatehouse.Engine.Telemetry;

/// <summary>Whether this node does its work, for load balancers and supervisors: fixed words, no names.</summary>
internal sealed class NodeHealth(MetricsSources sources)
{
    private volatile bool _isStopping;

    /// <summary>The node ends: no new work should come.</summary>
    public void Stop() => _isStopping = true;

    /// <summary>Why it does not; empty when it does.</summary>
    public ImmutableArray<string> Reasons()
    {
        ImmutableArray<string>.Builder reasons = ImmutableArray.CreateBuilder<string>();
        if (_isStopping)
        {
            reasons.Add("stopping");
        }

        // Generation 0 is an empty store: nobody could be decided on.
        if (sources.Snapshots.Current.Generation == 0)
        {
            reasons.Add("no_snapshot");
        }

        // The store has been away for too long, or this node is no member any more: requests are denied.
        if (sources.Snapshots.Current.IsStale)
        {
            reasons.Add("state_too_old");
        }

        if (!_isStopping && sources.Gates().Any(static gate => gate.State == GateState.Failed))
        {
            reasons.Add("gate_not_listening");
        }

        if (!sources.Audit().IsHealthy)
        {
            reasons.Add("trail_not_writing");
        }

        return reasons.ToImmutable();
    }
}

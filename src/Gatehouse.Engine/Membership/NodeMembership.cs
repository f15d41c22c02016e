using System.Collections.Immutable;
using Gatehouse.Problems;
using Gatehouse.Trust.Nodes;

namespace Gatehouse.Engine.Membership;

/// <summary>What the admin API works with to manage nodes.</summary>
internal sealed record NodeMembership
{
    /// <summary>Lets nodes in.</summary>
    public required Enrolment Enrolment { get; init; }

    /// <summary>How often that may be tried.</summary>
    public required EnrolmentLimits Limits { get; init; }

    /// <summary>Signs of life.</summary>
    public required Heartbeats Heartbeats { get; init; }

    /// <summary>This node's trust.</summary>
    public required NodeTrust Trust { get; init; }

    /// <summary>Whether other nodes can read the store.</summary>
    public required Func<bool> IsShared { get; init; }

    /// <summary>Where others reach this node's admin API; empty: nowhere.</summary>
    public required Func<ImmutableArray<string>> AdminAddresses { get; init; }

    /// <summary>Begins a rotation of the data key, as somebody; the problem where it could not.</summary>
    public Func<string, CancellationToken, ValueTask<Problem?>>? RotateDataKey { get; init; }

    /// <summary>Called after this node left the cluster: it ends.</summary>
    public required Action Left { get; init; }
}

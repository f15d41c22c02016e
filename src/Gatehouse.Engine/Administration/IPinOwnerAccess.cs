using Gatehouse.Administration;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Administration;

/// <summary>Whose pins of IPFS Clusters are, for people.</summary>
internal interface IPinOwnerAccess
{
    /// <summary>The cluster of a gate; null: it has none.</summary>
    string? ClusterOf(string gate);

    /// <summary>Those asked for, from behind a place.</summary>
    PinOwnerListResponse List(PinOwnerQuery query);

    /// <summary>Makes a CID a principal's too, without asking the cluster, and records it; a problem where it was not.</summary>
    ValueTask<Problem?> AssignAsync(string actor, PinOwnerRequest request, CancellationToken cancellation);

    /// <summary>Takes a CID from one owner, or from all, without asking the cluster, and records it; a problem where it was not.</summary>
    ValueTask<Problem?> ReleaseAsync(string actor, string cluster, string cid, string? user, CancellationToken cancellation);

    /// <summary>Takes first owners from the marks of a cluster's pins, and records it.</summary>
    ValueTask<(PinRebuildResponse? Done, Problem? Problem)> RebuildAsync(string actor, string gate, CancellationToken cancellation);
}

/// <summary>Which ownerships are asked for.</summary>
/// <param name="Cluster">Of this cluster.</param>
/// <param name="User">Of owners of this name, or <c>REALM/NAME</c>.</param>
/// <param name="Cid">Of this CID.</param>
/// <param name="After">Behind this place.</param>
/// <param name="Limit">At most so many.</param>
internal sealed record PinOwnerQuery(string? Cluster, string? User, string? Cid, string? After, int Limit);

namespace Gatehouse.Engine.Ipfs.Ownership;

/// <summary>Where all pins of a gate's cluster can be read.</summary>
internal interface IPinSource
{
    /// <summary>The gate's cluster, by which the ledger knows it; null: it is no gate of IPFS Cluster's REST API.</summary>
    string? ClusterOf(string gate);

    /// <summary>All pins of that gate's cluster, from <c>GET /allocations</c>. Faults where the upstream does not answer with all of them.</summary>
    /// <exception cref="Gatehouse.Problems.ProblemException">GH5549.</exception>
    IAsyncEnumerable<PinSeen> ReadAsync(string gate, CancellationToken cancellation);
}

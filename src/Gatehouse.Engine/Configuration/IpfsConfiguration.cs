namespace Gatehouse.Engine.Configuration;

/// <summary>What a gate of a system of IPFS (<c>ipfs-cluster</c>, <c>ipfs-pinning</c>, <c>ipfs-proxy</c>, <c>kubo</c>) has besides.</summary>
internal sealed record IpfsConfiguration
{
    /// <summary>Name of the cluster whose pins these are; gates before one cluster share its ledger of owners.</summary>
    public string Cluster { get; init; } = "ipfs-cluster";

    /// <summary>Most pins of one principal; 0: as many as it likes.</summary>
    public int MaxPins { get; init; }

    /// <summary>Largest body of an add in bytes; the gate's <c>max_body</c> holds everywhere else.</summary>
    public long MaxAdd { get; init; } = 16L * 1024 * 1024 * 1024;

    /// <summary>Whether <c>GET /health</c> of Cluster's APIs is answered without a login, as Cluster itself does for load balancers.</summary>
    public bool OpenHealth { get; init; } = true;

    /// <summary>Adds that one principal may have under way at a time.</summary>
    public int AddsPerUser { get; init; } = 4;
}

using System.Text;
using Gatehouse.Protocols.Ipfs;

namespace Gatehouse.Engine.Forwarding;

/// <summary>
/// What a gate may ask its upstream for itself. It is the one way past <see cref="Policy.Permit"/>: nobody's right is at stake,
/// as nothing of a client's goes into it and the answer is the gate's. So the targets are written here and nowhere else, all of
/// them GET without a body, and there is no way to make another one.
/// </summary>
internal sealed class UpstreamQuestion
{
    private static readonly UpstreamQuestion[] Healths =
    [
        new("/health"), new("/health/liveness"), new("/health/readiness"),
        new("/management/v1/health"), new("/management/v1/health/liveness"), new("/management/v1/health/readiness"),
    ];

    private UpstreamQuestion(string target) => Target = Encoding.ASCII.GetBytes(target);

    /// <summary>Every index, alias and data stream, from Elasticsearch 7.9 on and in every OpenSearch.</summary>
    public static UpstreamQuestion Names { get; } = new("/_resolve/index/*?expand_wildcards=all");

    /// <summary>Every index with its aliases, in Elasticsearch before 7.9.</summary>
    public static UpstreamQuestion Aliases { get; } = new("/_alias");

    /// <summary>Every node of an EMQX cluster with its version.</summary>
    public static UpstreamQuestion EmqxNodes { get; } = new("/api/v5/nodes");

    /// <summary>Whether IPFS Cluster is well, which it tells everybody.</summary>
    public static UpstreamQuestion IpfsHealth { get; } = new("/health");

    /// <summary>The health of an Ignite node by one of its targets, which it tells everybody; null for any other target.</summary>
    public static UpstreamQuestion? IgniteHealth(string target) => Array.Find(Healths, h => h.Target.Span.SequenceEqual(Encoding.UTF8.GetBytes(target)));

    /// <summary>One pin of IPFS Cluster. The CID was read and is written anew: letters and digits, nothing else of a client's.</summary>
    public static UpstreamQuestion Allocation(Cid pin) => new($"/allocations/{pin.Exact}");

    /// <summary>Every pin of IPFS Cluster, a line each.</summary>
    public static UpstreamQuestion Allocations { get; } = new("/allocations?filter=all");

    /// <summary>One pin at IPFS Cluster's pinning service, where a request's id is the CID.</summary>
    public static UpstreamQuestion PinningPin(Cid pin) => new($"/pins/{pin.Exact}");

    /// <summary>One pin at IPFS Cluster's proxy, which takes this command by GET too.</summary>
    public static UpstreamQuestion ProxyPin(Cid pin) => new($"/api/v0/pin/ls?arg={pin.Exact}");

    /// <summary>Path and query.</summary>
    public ReadOnlyMemory<byte> Target { get; }
}

/// <summary>What came of a question.</summary>
/// <param name="Outcome">How it went on the way.</param>
/// <param name="Status">Status of the response, 0 where there was none.</param>
/// <param name="Body">The whole body; empty where it did not come.</param>
/// <param name="Detail">What failed, for people; holds no secret.</param>
internal readonly record struct UpstreamReply(ForwardOutcome Outcome, int Status, ReadOnlyMemory<byte> Body, string? Detail)
{
    /// <summary>Whether a complete response came, of whatever status.</summary>
    public bool IsComplete => Outcome.Result == ForwardResult.Ok;
}

using Gatehouse.Engine.Forwarding;
using Gatehouse.Engine.Gates;
using Gatehouse.Engine.Ipfs.Ownership;
using Gatehouse.Protocols.Ipfs;

namespace Gatehouse.Engine.Ipfs;

/// <summary>A request of one of these systems after step 5.</summary>
internal sealed class IpfsCourse : RequestCourse
{
    /// <summary>What the request says; null for a health check.</summary>
    public IpfsRequest? Request { get; init; }

    /// <summary>The ownership whose id the request names, at the pinning service; null elsewhere.</summary>
    public PinOwnership? Named { get; init; }

    /// <summary>Answers in the upstream's place, or goes there and does something besides; null: it is forwarded.</summary>
    public Func<HttpExchange, ValueTask<ForwardOutcome>>? Answer { get; set; }

    /// <summary>The pin held for this request alone, or another thing that ends with it; null where there is none.</summary>
    public IDisposable? Held { get; set; }

    /// <inheritdoc/>
    public override void End() => Held?.Dispose();
}

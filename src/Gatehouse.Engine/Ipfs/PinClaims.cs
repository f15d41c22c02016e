using Gatehouse.Engine.Gates;
using Gatehouse.Engine.Ipfs.Ownership;
using Gatehouse.Protocols.Ipfs;

namespace Gatehouse.Engine.Ipfs;

/// <summary>Two pins held at a time. They are taken in one order whoever asks, so that no two requests wait for each other.</summary>
internal sealed class PinClaims : IDisposable
{
    private PinClaims(PinClaim newer, PinClaim old) => (New, Old) = (newer, old);

    /// <summary>The pin that comes about.</summary>
    public PinClaim New { get; }

    /// <summary>The pin that goes; the same where it is one pin.</summary>
    public PinClaim Old { get; }

    /// <summary>Whether it is one pin.</summary>
    public bool IsOne => ReferenceEquals(New, Old);

    /// <summary>Takes both, or neither.</summary>
    public static async ValueTask<(Refusal? Refusal, PinClaims? Claims)> TakeAsync(PinLedger ledger, string cluster, Cid newer, Cid old, PinOwner owner)
    {
        int order = string.CompareOrdinal(newer.Exact, old.Exact);
        PinTake first = await ledger.TakeAsync(cluster, order <= 0 ? newer.Exact : old.Exact, owner, CancellationToken.None);
        if (!first.TryGet(out PinClaim? one))
        {
            return (PinWork.NotTaken(first.Outcome), null);
        }

        if (order == 0)
        {
            return (null, new PinClaims(one, one));
        }

        PinTake second = await ledger.TakeAsync(cluster, order < 0 ? old.Exact : newer.Exact, owner, CancellationToken.None);
        if (second.TryGet(out PinClaim? other))
        {
            return (null, order < 0 ? new PinClaims(one, other) : new PinClaims(other, one));
        }

        one.Dispose();
        return (PinWork.NotTaken(second.Outcome), null);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        New.Dispose();
        if (!IsOne)
        {
            Old.Dispose();
        }
    }
}

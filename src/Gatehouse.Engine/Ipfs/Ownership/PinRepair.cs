namespace Gatehouse.Engine.Ipfs.Ownership;

/// <summary>Brings a ledger and its cluster together again: after a crash, and after the ledger was lost.</summary>
internal sealed class PinRepair(PinLedger ledger, PinMarks marks)
{
    /// <summary>
    /// Asks the upstream about what is pending: pinned, it is the owners' who asked for it; else it is not. What a request holds right now
    /// is left to it.
    /// </summary>
    /// <param name="cluster">The cluster.</param>
    /// <param name="isPinned">Whether the upstream has it; null: it did not say.</param>
    /// <param name="cancellation">Ends it between two CIDs.</param>
    public async ValueTask<PinReconciled> ReconcileAsync(
        string cluster, Func<string, CancellationToken, Task<bool?>> isPinned, CancellationToken cancellation)
    {
        (int confirmed, int dropped, int left) = (0, 0, 0);
        foreach (string cid in ledger.Pending(cluster))
        {
            cancellation.ThrowIfCancellationRequested();
            if (!(await ledger.TakeAsync(cluster, cid, PinOwner.None, TimeSpan.Zero, cancellation)).TryGet(out PinClaim? claim))
            {
                left++;
                continue;
            }

            using (claim)
            {
                bool? answer = await isPinned(cid, cancellation);
                if (answer is not { } pinned
                    || await ledger.ChangeAsync(claim.Entry, one => !one.IsPending ? one : pinned ? one with { State = PinState.Owned } : null, cancellation) is null)
                {
                    left++;
                }
                else
                {
                    (confirmed, dropped) = pinned ? (confirmed + 1, dropped) : (confirmed, dropped + 1);
                }
            }
        }

        return new PinReconciled(confirmed, dropped, left);
    }

    /// <summary>
    /// Takes first owners from the marks of the cluster's pins. A CID that is somebody's stays as it is: who left it since must not come back
    /// by an old mark. Other owners of shared pins stand in the ledger alone, and in the trail.
    /// </summary>
    /// <param name="cluster">The cluster.</param>
    /// <param name="pins">Its pins.</param>
    /// <param name="isKnown">Whether an owner still may come in.</param>
    /// <param name="cancellation">Ends it.</param>
    public async ValueTask<PinRebuilt> RebuildAsync(
        string cluster, IAsyncEnumerable<PinSeen> pins, Func<PinOwner, bool> isKnown, CancellationToken cancellation)
    {
        var done = new PinRebuilt();
        await foreach (PinSeen pin in pins.WithCancellation(cancellation))
        {
            done = done with { Seen = done.Seen + 1 };
            if (ledger.IsOwned(cluster, pin.Cid))
            {
                done = done with { Owned = done.Owned + 1 };
            }
            else if (!pin.Meta.TryGetValue(PinMarks.MetaKey, out string? mark))
            {
                done = done with { Unmarked = done.Unmarked + 1 };
            }
            else if (!marks.TryRead(cluster, pin.Cid, mark, out PinOwner? owner, out DateTimeOffset created))
            {
                done = done with { Forged = done.Forged + 1 };
            }
            else if (!isKnown(owner))
            {
                done = done with { Gone = done.Gone + 1 };
            }
            else
            {
                PinOutcome outcome = await ledger.AssignAsync(Ownership(cluster, pin, owner, created), cancellation);
                done = outcome == PinOutcome.Granted ? done with { Added = done.Added + 1 } : done with { Failed = done.Failed + 1 };
            }
        }

        return done;
    }

    private static PinOwnership Ownership(string cluster, PinSeen pin, PinOwner owner, DateTimeOffset created) => new()
    {
        Cluster = cluster,
        Cid = pin.Cid,
        Owner = owner,
        RequestId = "",
        Name = pin.Name,
        Meta = pin.Meta.Where(static pair => pair.Key != PinMarks.MetaKey).ToDictionary(StringComparer.Ordinal),
        Created = created,
    };
}

/// <summary>A pin as a cluster shows it.</summary>
/// <param name="Cid">Its CID, in canonical text.</param>
/// <param name="Meta">Its metadata.</param>
/// <param name="Name">Its name.</param>
internal readonly record struct PinSeen(string Cid, IReadOnlyDictionary<string, string> Meta, string Name);

/// <summary>What came of asking about pending CIDs.</summary>
/// <param name="Confirmed">CIDs that are pinned.</param>
/// <param name="Dropped">CIDs that are not.</param>
/// <param name="Left">Those without an answer, held by a request, or not written.</param>
internal readonly record struct PinReconciled(int Confirmed, int Dropped, int Left);

/// <summary>What came of reading all pins' marks.</summary>
internal readonly record struct PinRebuilt
{
    /// <summary>Pins there are.</summary>
    public int Seen { get; init; }

    /// <summary>Those that were somebody's.</summary>
    public int Owned { get; init; }

    /// <summary>Those that are their first owner's again.</summary>
    public int Added { get; init; }

    /// <summary>Those without a mark: not made through the gate.</summary>
    public int Unmarked { get; init; }

    /// <summary>Those whose mark was not made here for them.</summary>
    public int Forged { get; init; }

    /// <summary>Those whose owner is no more.</summary>
    public int Gone { get; init; }

    /// <summary>Those that the ledger did not take.</summary>
    public int Failed { get; init; }
}

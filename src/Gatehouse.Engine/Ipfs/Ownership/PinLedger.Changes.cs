using System.Security.Cryptography;

namespace Gatehouse.Engine.Ipfs.Ownership;

/// <content>Changes, all of them by who holds the CID.</content>
internal sealed partial class PinLedger
{
    internal PinOwnership? MineOf(PinClaim claim) => Locked(_ => claim.Entry.Find(claim.Owner)?.Wanted);

    internal PinOwnership[] OthersOf(PinClaim claim) =>
        Locked(_ => claim.Entry.Owners.Where(one => one.Owner != claim.Owner).OrderBy(static one => one.Created).ToArray());

    internal async ValueTask<PinOutcome> AddAsync(
        PinClaim claim, string name, IReadOnlyDictionary<string, string> meta, int most, PinState state, CancellationToken cancellation, DateTimeOffset? created = null)
    {
        if (name.Length + meta.Sum(static pair => (long)pair.Key.Length + pair.Value.Length) > _limits.MaxText
            || !PinRecord.IsText(name) || meta.Any(static pair => !PinRecord.IsText(pair.Key) || !PinRecord.IsText(pair.Value)))
        {
            return PinOutcome.TooLong;
        }

        PinSlot slot;
        Task<bool> written;
        PinOwnership? before;
        lock (_table.Lock)
        {
            if (claim.IsEnded || _isEnded)
            {
                return PinOutcome.Unavailable;
            }

            slot = PinTable.SlotOf(claim.Entry, claim.Owner);
            before = slot.Wanted;
            PinOwnership? mine = before is { State: not PinState.Damaged } ? before : null;
            if (mine is { State: PinState.Owned } && mine.Says(name, meta))
            {
                claim.Changed = (before, slot);
                return PinOutcome.Granted;
            }

            PinOwnership next = mine is null
                ? New(claim, created) with { Name = name, Meta = meta, State = state }
                : mine with { Name = name, Meta = meta, State = mine.State == PinState.Owned ? PinState.Owned : state };
            PinOutcome room = mine is null ? RoomFor(next, most) : PinOutcome.Granted;
            if (room != PinOutcome.Granted)
            {
                return room;
            }

            _table.Set(slot, next);
            claim.Changed = (before, slot);
            written = _writer.EnqueueAndWait(slot);
        }

        return await SettleAsync(written, slot, before, cancellation) ? PinOutcome.Granted : PinOutcome.Unavailable;
    }

    internal async ValueTask<PinRemoval> RemoveAsync(PinClaim claim, CancellationToken cancellation)
    {
        PinSlot slot;
        PinOwnership before;
        Task<bool> written;
        bool isLast;
        lock (_table.Lock)
        {
            if (claim.IsEnded || _isEnded)
            {
                return PinRemoval.Unavailable;
            }

            if (claim.Entry.Find(claim.Owner) is not { } found)
            {
                return PinRemoval.NotOwner;
            }

            // Of others whose pin is not certain nobody knows that the upstream has not taken it: they stay too.
            (slot, before) = (found, found.Wanted!); // found by it
            isLast = claim.Entry.Owners.All(one => ReferenceEquals(one, before));
            _table.Set(slot, isLast ? before with { State = PinState.Leaving } : null);
            claim.Changed = isLast ? (before, slot) : null;
            written = _writer.EnqueueAndWait(slot);
        }

        return !await SettleAsync(written, slot, before, cancellation) ? PinRemoval.Unavailable
            : isLast ? PinRemoval.LastLeaves : PinRemoval.OthersStay;
    }

    internal async ValueTask<bool> EndAsync(PinClaim claim, bool isDone, CancellationToken cancellation)
    {
        Task<bool> written;
        lock (_table.Lock)
        {
            if (claim.IsEnded || claim.Changed is not (var before, var slot))
            {
                return !claim.IsEnded;
            }

            claim.Changed = null;
            PinOwnership? now = slot.Wanted;
            PinOwnership? next = !isDone ? before
                : now is { State: PinState.Adding } ? now with { State = PinState.Owned }
                : now is { State: PinState.Leaving } ? null
                : now;
            if (ReferenceEquals(next, now))
            {
                return true;
            }

            _table.Set(slot, next);
            written = _writer.EnqueueAndWait(slot);
        }

        // What the upstream did holds, on disk or not: it is tried again, never taken back.
        return await WrittenAsync(written, cancellation);
    }

    /// <summary>Changes all owners of a CID that is held; gives what was changed, as it was. Null: the store failed, and what it did not take is as before.</summary>
    internal async ValueTask<IReadOnlyList<PinOwnership>?> ChangeAsync(PinEntry entry, Func<PinOwnership, PinOwnership?> change, CancellationToken cancellation)
    {
        List<(PinSlot Slot, PinOwnership Before, Task<bool> Written)> changed = [];
        lock (_table.Lock)
        {
            foreach (PinSlot slot in entry.Slots.ToArray())
            {
                if (slot.Wanted is { } one && change(one) is var next && !ReferenceEquals(next, one))
                {
                    _table.Set(slot, next);
                    changed.Add((slot, one, _writer.EnqueueAndWait(slot)));
                }
            }
        }

        bool isWritten = true;
        foreach ((PinSlot slot, PinOwnership before, Task<bool> written) in changed)
        {
            isWritten &= await SettleAsync(written, slot, before, cancellation);
        }

        return isWritten ? [.. changed.Select(static one => one.Before)] : null;
    }

    internal void Release(PinClaim claim)
    {
        lock (_table.Lock)
        {
            if (!claim.IsEnded)
            {
                claim.IsEnded = true;
                claim.Entry.Release();
                _table.Tidy(claim.Entry);
            }
        }
    }

    private PinOwnership New(PinClaim claim, DateTimeOffset? created)
    {
        long milliseconds = (created ?? _time.GetUtcNow()).ToUnixTimeMilliseconds(); // as the store has it
        return new PinOwnership
        {
            Cluster = claim.Cluster,
            Cid = claim.Cid,
            Owner = claim.Owner,
            RequestId = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16)),
            Created = DateTimeOffset.FromUnixTimeMilliseconds(milliseconds),
        };
    }

    private PinOutcome RoomFor(PinOwnership next, int most)
    {
        int bound = most > 0 ? Math.Min(most, _limits.MaxPerOwner) : _limits.MaxPerOwner;
        if (_table.CountOf(next.Cluster, next.Owner) >= bound)
        {
            return PinOutcome.TooMany;
        }

        if (_table.HasRoom(next))
        {
            return PinOutcome.Granted;
        }

        Log.Full(_logger, Count);
        return PinOutcome.Full;
    }

    /// <summary>Waits for the store; what it did not take, or not in time, is as before.</summary>
    private async ValueTask<bool> SettleAsync(Task<bool> written, PinSlot slot, PinOwnership? before, CancellationToken cancellation)
    {
        bool isWritten = false;
        try
        {
            isWritten = await WrittenAsync(written, cancellation);
            return isWritten;
        }
        finally
        {
            if (!isWritten)
            {
                lock (_table.Lock)
                {
                    _table.Set(slot, before);
                    _writer.Enqueue(slot);
                }
            }
        }
    }

    private async ValueTask<bool> WrittenAsync(Task<bool> written, CancellationToken cancellation)
    {
        try
        {
            return await written.WaitAsync(_limits.WriteTime, _time, cancellation);
        }
        catch (TimeoutException)
        {
            return false;
        }
    }
}

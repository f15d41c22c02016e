using Gatehouse.Engine.Store;
using Microsoft.Extensions.Logging;

namespace Gatehouse.Engine.Ipfs.Ownership;

/// <summary>
/// Who pinned which CID of which cluster: whoever may pin may else change and remove the pins of all, for the cluster knows CIDs only.
/// Kept in the store below <c>pins/</c>, all of it in memory besides. One object a node; this node is the only one that writes there.
/// Thread-safe.
/// </summary>
internal sealed partial class PinLedger : IAsyncDisposable
{
    private const int PageSize = 5000;
    private static readonly TimeSpan EndTime = TimeSpan.FromSeconds(10);

    private readonly IStateStore _store;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly PinLimits _limits;
    private readonly PinTable _table;
    private readonly PinWriter _writer;
    private readonly ITimer _timer;
    private int _waiting;
    private int _loading;
    private volatile bool _isLoaded;
    private volatile bool _isEnded;

    public PinLedger(IStateStore store, TimeProvider time, ILogger logger, PinLimits limits)
    {
        (_store, _time, _logger, _limits) = (store, time, logger, limits);
        _table = new PinTable(limits);
        _writer = new PinWriter(store, _table, time, logger);
        _writer.Start();
        _timer = time.CreateTimer(static state => ((PinLedger)state!).OnTimer(), this, limits.SweepEvery, limits.SweepEvery);
    }

    /// <summary>Whether what the store keeps is known; until then nothing can be taken, and nothing is anybody's.</summary>
    public bool IsLoaded => _isLoaded;

    /// <summary>Ownerships in memory.</summary>
    public int Count => _table.Count;

    /// <summary>Reads what is kept. A store that fails is tried again with each round.</summary>
    public async ValueTask LoadAsync(CancellationToken cancellation)
    {
        if (_isLoaded || _isEnded || Interlocked.Exchange(ref _loading, 1) != 0)
        {
            return; // it is done, no longer wanted, or under way
        }

        try
        {
            long began = _time.GetTimestamp();
            int damaged = await ReadAllAsync(cancellation);
            _isLoaded = true;
            Log.Loaded(_logger, Count, (long)_time.GetElapsedTime(began).TotalMilliseconds, Locked(static table => table.Pending.Count()));
            if (damaged > 0)
            {
                Log.Damaged(_logger, damaged);
            }
        }
        catch (Exception fault) when (fault is not (OutOfMemoryException or OperationCanceledException))
        {
            // Whatever it is: nobody knows who owns what, so nobody changes anything.
            Log.NotLoaded(_logger, fault);
        }
        finally
        {
            Volatile.Write(ref _loading, 0);
        }
    }

    /// <summary>Takes a CID for one owner's request; waits until those before it are done.</summary>
    /// <param name="cluster">The cluster, the same word for every gate that leads there.</param>
    /// <param name="cid">The CID in its canonical text.</param>
    /// <param name="owner">Who asks.</param>
    /// <param name="cancellation">Ends waiting.</param>
    public ValueTask<PinTake> TakeAsync(string cluster, string cid, PinOwner owner, CancellationToken cancellation) =>
        TakeAsync(cluster, cid, owner, _limits.LockTime, cancellation);

    /// <summary>Whether a CID is this owner's, alone or with others.</summary>
    public bool IsOwner(string cluster, string cid, PinOwner owner) => Find(cluster, cid, owner) is not null;

    /// <summary>Whether it is anybody's.</summary>
    public bool IsOwned(string cluster, string cid) => OwnersOf(cluster, cid).Count > 0;

    /// <summary>Whose it is, the first owner first.</summary>
    public IReadOnlyList<PinOwnership> OwnersOf(string cluster, string cid)
    {
        string key = PinRecord.KeyOf(cluster, cid);
        return Locked(table => table.Find(key)?.Owners.OrderBy(static one => one.Created).ToArray()) ?? [];
    }

    /// <summary>What is an owner's, the newest first.</summary>
    public IReadOnlyList<PinOwnership> OwnedBy(string cluster, PinOwner owner)
    {
        PinOwnership[] all = Locked(table => table.OwnedBy(cluster, owner));
        Array.Sort(all, static (a, b) => b.Created.CompareTo(a.Created) is var order and not 0 ? order : string.CompareOrdinal(a.RequestId, b.RequestId));
        return all;
    }

    /// <summary>How many are an owner's.</summary>
    public int CountOf(string cluster, PinOwner owner) => Locked(table => table.CountOf(cluster, owner));

    /// <summary>One by the pinning service's id; null: there is none in this cluster. Whose it is must be looked at.</summary>
    public PinOwnership? Find(string cluster, string requestId) =>
        Locked(table => table.FindRequest(requestId)) is { } found && found.Cluster == cluster ? found : null;

    /// <summary>One owner's ownership of a CID.</summary>
    public PinOwnership? Find(string cluster, string cid, PinOwner owner)
    {
        string key = PinRecord.KeyOf(cluster, cid);
        return Locked(table => table.Find(key)?.Find(owner)?.Wanted);
    }

    /// <summary>CIDs of which the upstream's answer to a pin or unpin is not known.</summary>
    public IReadOnlyList<string> Pending(string cluster) =>
        Locked(table => table.Pending.Where(one => one.Cluster == cluster).Select(static one => one.Cid).Distinct(StringComparer.Ordinal).ToArray());

    /// <summary>CIDs of a cluster that are somebody's.</summary>
    public IReadOnlyList<string> Cids(string cluster) =>
        Locked(table => table.Slots.Where(slot => slot.Wanted?.Cluster == cluster).Select(static slot => slot.Wanted!.Cid).Distinct(StringComparer.Ordinal).ToArray());

    /// <summary>A page for people, by CID's key and owner; the place to go on behind, or null.</summary>
    public (IReadOnlyList<PinOwnership> Page, string? Next) List(Func<PinOwnership, bool> wanted, string? after, int limit)
    {
        List<(string Place, PinOwnership One)> found = Locked(table => table.Slots
            .Where(slot => slot.Wanted is { } one && string.CompareOrdinal(slot.Place, after) > 0 && wanted(one))
            .Select(static slot => (slot.Place, slot.Wanted!)).ToList());
        found.Sort(static (a, b) => string.CompareOrdinal(a.Place, b.Place));
        return ([.. found.Take(limit).Select(static one => one.One)], found.Count > limit ? found[limit - 1].Place : null);
    }

    /// <summary>Makes it an owner's without asking the upstream, as an administrator says or a mark does.</summary>
    public async ValueTask<PinOutcome> AssignAsync(PinOwnership one, CancellationToken cancellation)
    {
        PinTake take = await TakeAsync(one.Cluster, one.Cid, one.Owner, _limits.LockTime, cancellation);
        if (!take.TryGet(out PinClaim? claim))
        {
            return take.Outcome;
        }

        using (claim)
        {
            return await AddAsync(claim, one.Name, one.Meta, 0, PinState.Owned, cancellation, one.Created);
        }
    }

    /// <summary>Makes it nobody's, or not this owner's any more, without asking the upstream; gives who lost it.</summary>
    public async ValueTask<(PinOutcome Outcome, IReadOnlyList<PinOwnership> Lost)> ForgetAsync(
        string cluster, string cid, Func<PinOwnership, bool> which, CancellationToken cancellation)
    {
        PinTake take = await TakeAsync(cluster, cid, PinOwner.None, _limits.LockTime, cancellation);
        if (!take.TryGet(out PinClaim? claim))
        {
            return (take.Outcome, []);
        }

        using (claim)
        {
            return await ChangeAsync(claim.Entry, one => which(one) ? null : one, cancellation) is { } lost
                ? (PinOutcome.Granted, lost)
                : (PinOutcome.Unavailable, []);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_isEnded)
        {
            return;
        }

        _isEnded = true;
        await _timer.DisposeAsync();
        _writer.Retry();
        await _writer.CompleteAsync(EndTime, TimeProvider.System);
    }

    /// <summary>As <see cref="TakeAsync(string, string, PinOwner, CancellationToken)"/>, with an own bound.</summary>
    internal async ValueTask<PinTake> TakeAsync(string cluster, string cid, PinOwner owner, TimeSpan wait, CancellationToken cancellation)
    {
        if (cluster.Length > _limits.MaxWord || cid.Length > _limits.MaxWord || cid.Length == 0 || !PinRecord.IsText(cid))
        {
            return PinTake.Refused(PinOutcome.TooLong);
        }

        string key = PinRecord.KeyOf(cluster, cid);
        PinEntry entry;
        TaskCompletionSource turn;
        lock (_table.Lock)
        {
            if (!_isLoaded || _isEnded)
            {
                return PinTake.Refused(PinOutcome.Unavailable);
            }

            entry = _table.GetOrAdd(key);
            if (entry.TryHold())
            {
                return PinTake.Granted(new PinClaim(this, entry, cluster, cid, owner));
            }

            if (_waiting >= _limits.MaxWaiting || wait == TimeSpan.Zero)
            {
                return PinTake.Refused(PinOutcome.Busy);
            }

            turn = entry.Wait();
            _waiting++;
        }

        return await WaitAsync(entry, turn, wait, cancellation)
            ? PinTake.Granted(new PinClaim(this, entry, cluster, cid, owner))
            : PinTake.Refused(PinOutcome.Busy);
    }

    private async ValueTask<bool> WaitAsync(PinEntry entry, TaskCompletionSource turn, TimeSpan wait, CancellationToken cancellation)
    {
        bool isMine = false;
        try
        {
            await turn.Task.WaitAsync(wait, _time, cancellation);
            isMine = true;
        }
        catch (TimeoutException)
        {
            // Its turn did not come.
        }
        finally
        {
            lock (_table.Lock)
            {
                _waiting--;
                if (!isMine && !turn.TrySetCanceled(CancellationToken.None))
                {
                    // It came just now: the next one's.
                    entry.Release();
                    _table.Tidy(entry);
                }
            }
        }

        return isMine;
    }

    private async ValueTask<int> ReadAllAsync(CancellationToken cancellation)
    {
        int damaged = 0;
        string? after = null;
        do
        {
            RuntimePage page = await _store.ListRuntimeAsync(PinRecord.Place, after, PageSize, cancellation);
            lock (_table.Lock)
            {
                foreach (RuntimeEntry stored in page.Entries)
                {
                    damaged += PinRecord.TryParsePlace(stored.Key, out string? key) && !_table.Load(key, stored.Key, stored.Value) ? 1 : 0;
                }
            }

            after = page.Next;
        }
        while (after is not null);
        return damaged;
    }

    private T Locked<T>(Func<PinTable, T> read)
    {
        lock (_table.Lock)
        {
            return read(_table);
        }
    }

    private void OnTimer()
    {
        if (_isLoaded)
        {
            _writer.Retry();
        }
        else if (!_isEnded)
        {
            _ = Task.Run(() => LoadAsync(CancellationToken.None).AsTask());
        }
    }
}

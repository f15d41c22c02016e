using Gatehouse.Engine.Store;
using Microsoft.Extensions.Logging;

namespace Gatehouse.Engine.Mqtt.ClientIds;

/// <summary>
/// Who owns which client id of which broker, as long as the broker may keep its session: whoever connects with the id gets the
/// session's subscriptions and messages. Kept in the store below <c>client-ids/</c>, all of it in memory besides. One object a node;
/// this node is the only one that writes there. Thread-safe.
/// </summary>
/// <remarks>
/// Time is counted, not read: a clock that is set does neither shorten nor prolong a life while the node runs. What a store shared by
/// several nodes needs besides is a compare-and-swap where <see cref="ClaimAsync"/> waits for the writer; the signatures stay.
/// </remarks>
internal sealed class ClientIdBook : IAsyncDisposable
{
    private const int PageSize = 5000;
    private static readonly TimeSpan EndTime = TimeSpan.FromSeconds(10);

    private readonly IStateStore _store;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ClientIdLimits _limits;
    private readonly ClientIdClock _clock;
    private readonly ClientIdTable _table;
    private readonly ClientIdWriter _writer;
    private readonly ClientIdAlarms _alarms;
    private readonly ITimer _timer;
    private int _loading;
    private volatile bool _isLoaded;
    private volatile bool _isEnded;

    public ClientIdBook(IStateStore store, TimeProvider time, ILogger logger, ClientIdLimits limits)
    {
        (_store, _time, _logger, _limits) = (store, time, logger, limits);
        _clock = new ClientIdClock(time);
        _table = new ClientIdTable(_clock, limits, logger);
        _alarms = new ClientIdAlarms(logger, limits);
        _writer = new ClientIdWriter(store, () => Now, _table.Remove, logger);
        _writer.Start();
        _timer = time.CreateTimer(static state => ((ClientIdBook)state!).OnTimer(), this, limits.SweepEvery, limits.SweepEvery);
    }

    /// <summary>Whether what the store keeps is known; until then every claim is refused.</summary>
    public bool IsLoaded => _isLoaded;

    /// <summary>Client ids in memory.</summary>
    public int Count => _table.Count;

    private TimeSpan Now => _clock.Now;

    /// <summary>Reads what is kept. A store that fails is tried again with each round; until then every claim is refused.</summary>
    public async ValueTask LoadAsync(CancellationToken cancellation)
    {
        if (_isLoaded || _isEnded || Interlocked.Exchange(ref _loading, 1) != 0)
        {
            return; // it is done, no longer wanted, or under way
        }

        try
        {
            long began = _time.GetTimestamp();
            await ReadAllAsync(cancellation);
            _isLoaded = true;
            Log.Loaded(_logger, Count, (long)_time.GetElapsedTime(began).TotalMilliseconds);
        }
        catch (Exception fault) when (fault is not (OutOfMemoryException or OperationCanceledException))
        {
            // Whatever it is: nobody knows who owns what, so nobody gets in.
            _alarms.NotLoaded(Now, fault);
        }
        finally
        {
            Volatile.Write(ref _loading, 0);
        }
    }

    /// <summary>
    /// Claims a client id for a connection, before its CONNECT is forwarded. The owner may always; anybody else once it is nobody's. Granted
    /// with a life, the ownership is in the store already. An id that the broker assigned is claimed when it is learned.
    /// </summary>
    /// <param name="broker">The broker whose sessions are meant, the same word for every gate that leads there.</param>
    /// <param name="clientId">The id as the client sent it, not empty.</param>
    /// <param name="owner">Who connects.</param>
    /// <param name="life">How long the session may outlive the connection, as CONNECT asks.</param>
    /// <param name="cancellation">Ends waiting for the store; the claim is undone then.</param>
    public async ValueTask<ClientIdResult> ClaimAsync(
        string broker, string clientId, ClientIdOwner owner, ClientIdLife life, CancellationToken cancellation)
    {
        ArgumentException.ThrowIfNullOrEmpty(broker);
        ArgumentException.ThrowIfNullOrEmpty(clientId);
        var key = ClientIdKey.Of(broker, clientId);
        ClientIdClaim claim;
        Task<bool> written;
        lock (_table.ShardOf(key).Lock)
        {
            if (!_isLoaded || _isEnded)
            {
                return ClientIdResult.Refused(ClientIdOutcome.Unavailable);
            }

            ClientIdOutcome outcome = TryTake(key, broker, clientId, owner, life, out ClientIdEntry? entry);
            if (outcome != ClientIdOutcome.Granted)
            {
                return ClientIdResult.Refused(outcome);
            }

            claim = new ClientIdClaim(this, entry!, life, Now); // granted
            if (!entry!.TryGetWrite(Now, out _) || life.IsNone)
            {
                return ClientIdResult.Granted(claim);
            }

            written = _writer.Waiting < _limits.MaxWaiting ? _writer.EnqueueAndWait(entry) : Task.FromResult(false);
        }

        if (await WaitAsync(written, claim, cancellation))
        {
            return ClientIdResult.Granted(claim);
        }

        Abandon(claim);
        return ClientIdResult.Refused(ClientIdOutcome.Unavailable);
    }

    /// <summary>A page of client ids by key, from behind <paramref name="after"/>.</summary>
    public ClientIdPage List(Func<ClientIdFacts, bool> wanted, ClientIdKey? after, int limit) => _table.List(wanted, after, limit);

    /// <summary>One client id; null: it is nobody's.</summary>
    public ClientIdFacts? Find(ClientIdKey key)
    {
        lock (_table.ShardOf(key).Lock)
        {
            return _table.Find(key)?.Facts();
        }
    }

    /// <summary>Makes a client id nobody's; when it is done, the store has forgotten it. Not one that is connected.</summary>
    public async ValueTask<ClientIdRelease> ReleaseAsync(ClientIdKey key, CancellationToken cancellation)
    {
        Task<bool> written;
        lock (_table.ShardOf(key).Lock)
        {
            if (!_isLoaded || _isEnded)
            {
                return ClientIdRelease.Unavailable;
            }

            if (_table.Find(key) is not { } entry)
            {
                return ClientIdRelease.NotThere;
            }

            if (entry.Live > 0)
            {
                return ClientIdRelease.Connected;
            }

            entry.IsReleasing = true;
            written = _writer.EnqueueAndWait(entry);
        }

        return await WaitAsync(written, null, cancellation) ? ClientIdRelease.Done : ClientIdRelease.Unavailable;
    }

    /// <summary>Frees what has had its time and writes down what is not in the store as it should be.</summary>
    public void Sweep() => Sweep(isLast: false);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_isEnded)
        {
            return;
        }

        _isEnded = true;
        await _timer.DisposeAsync();
        if (_isLoaded)
        {
            Sweep(isLast: true);
        }

        await _writer.CompleteAsync(EndTime, TimeProvider.System);
    }

    internal async ValueTask<bool> AcceptAsync(ClientIdClaim claim, ClientIdLife life, CancellationToken cancellation)
    {
        Task<bool> written;
        lock (claim.Entry.Shard.Lock)
        {
            if (claim.IsEnded)
            {
                return false;
            }

            ClientIdEntry entry = claim.Entry;
            entry.Pending -= claim.IsAccepted ? 0 : 1;
            (claim.IsAccepted, claim.Life) = (true, life);
            entry.Touch(life, claim.IsNewest);
            if (!entry.TryGetWrite(Now, out ClientIdRecord? record))
            {
                return true;
            }

            if (record is null || life.IsNone)
            {
                _writer.Enqueue(entry);
                return true;
            }

            written = _writer.EnqueueAndWait(entry);
        }

        return await WaitAsync(written, null, cancellation);
    }

    internal void End(ClientIdClaim claim, ClientIdLife? life)
    {
        lock (claim.Entry.Shard.Lock)
        {
            if (claim.IsEnded)
            {
                return;
            }

            ClientIdEntry entry = claim.Entry;
            claim.IsEnded = true;
            if (!claim.IsAccepted)
            {
                // Nobody knows whether the broker took it: what was before may hold, or what was asked for.
                entry.Pending--;
                entry.UncertainUntil = Now + _limits.Grace;
                entry.Touch(ClientIdLife.Longer(claim.Life, life ?? claim.Life), isAll: false);
            }
            else if (life is { } changed)
            {
                entry.Touch(changed, claim.IsNewest);
            }
            else
            {
                entry.Touch();
            }

            Leave(entry);
        }
    }

    internal void Abandon(ClientIdClaim claim)
    {
        lock (claim.Entry.Shard.Lock)
        {
            if (!claim.IsEnded)
            {
                claim.IsEnded = true;
                claim.Entry.Pending -= claim.IsAccepted ? 0 : 1;
                Leave(claim.Entry);
            }
        }
    }

    private void Leave(ClientIdEntry entry)
    {
        entry.Leave(Now, _clock.Wall, _limits);
        if (entry.IsGone)
        {
            _table.Remove(entry);
        }
        else if (entry.TryGetWrite(Now, out _))
        {
            _writer.Enqueue(entry);
        }
    }

    /// <summary>Takes the entry for the owner where it may be; the shard's lock is held.</summary>
    private ClientIdOutcome TryTake(
        ClientIdKey key, string broker, string clientId, ClientIdOwner owner, ClientIdLife life, out ClientIdEntry? entry)
    {
        entry = _table.GetOrAdd(key);
        if (entry is null)
        {
            _alarms.Full(Now);
            return ClientIdOutcome.TooMany;
        }

        if (entry.IsReleasing)
        {
            return ClientIdOutcome.Unavailable;
        }

        if (entry.IsFree)
        {
            entry.Take(_table.Owners.Rent(owner), broker, clientId);
        }
        else if (entry.Owner != owner)
        {
            return ClientIdOutcome.TakenByOther;
        }

        if (entry.TryRaise(life, _limits.MaxKeptPerOwner))
        {
            return ClientIdOutcome.Granted;
        }

        entry.Expire(Now); // what was taken a moment ago is nobody's again
        if (entry.IsGone)
        {
            _table.Remove(entry);
        }

        _alarms.OwnerFull(Now, owner);
        return ClientIdOutcome.TooMany;
    }

    private async ValueTask<bool> WaitAsync(Task<bool> written, ClientIdClaim? claim, CancellationToken cancellation)
    {
        try
        {
            return await written.WaitAsync(_limits.WriteTime, _time, cancellation);
        }
        catch (TimeoutException)
        {
            return false;
        }
        catch (OperationCanceledException) when (claim is not null)
        {
            Abandon(claim);
            throw;
        }
    }

    private async ValueTask ReadAllAsync(CancellationToken cancellation)
    {
        string? after = null;
        do
        {
            RuntimePage page = await _store.ListRuntimeAsync(ClientIdRecord.Place, after, PageSize, cancellation);
            foreach (RuntimeEntry stored in page.Entries)
            {
                if (ClientIdRecord.TryParsePlace(stored.Key, out ClientIdKey key))
                {
                    _table.Load(key, stored.Value);
                }
            }

            after = page.Next;
        }
        while (after is not null);
    }

    private void Sweep(bool isLast) => _table.ForEach(entry =>
    {
        if (isLast)
        {
            entry.Settle(Now);
        }

        if (entry.TryGetWrite(Now, out _))
        {
            _writer.Enqueue(entry);
        }
        else if (entry.IsGone)
        {
            _table.Remove(entry);
        }
    });

    private void OnTimer()
    {
        if (_isLoaded)
        {
            Sweep(isLast: false);
        }
        else if (!_isEnded)
        {
            _ = Task.Run(() => LoadAsync(CancellationToken.None).AsTask());
        }
    }
}

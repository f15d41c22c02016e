using Microsoft.Extensions.Logging;

namespace Gatehouse.Engine.Mqtt.ClientIds;

/// <summary>All entries, in shards that lie in the order of the keys. Thread-safe; entries are used under their shard's lock.</summary>
internal sealed class ClientIdTable
{
    private const int ShardCount = 64;

    private readonly ClientIdClock _clock;
    private readonly ClientIdLimits _limits;
    private readonly ILogger _logger;
    private readonly ClientIdShard[] _shards;
    private int _count;

    public ClientIdTable(ClientIdClock clock, ClientIdLimits limits, ILogger logger)
    {
        (_clock, _limits, _logger) = (clock, limits, logger);
        _shards = [.. Enumerable.Range(0, ShardCount).Select(_ => new ClientIdShard(Owners))];
    }

    /// <summary>Entries there are.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Owners there are.</summary>
    public ClientIdOwners Owners { get; } = new();

    /// <summary>Where a key lies.</summary>
    public ClientIdShard ShardOf(ClientIdKey key) => _shards[key.First * ShardCount / 256];

    /// <summary>The entry of a key, made where there is none; null: there are as many as there may be. Its lock is held.</summary>
    public ClientIdEntry? GetOrAdd(ClientIdKey key)
    {
        ClientIdShard shard = ShardOf(key);
        if (shard.Entries.TryGetValue(key, out ClientIdEntry? entry))
        {
            entry.Expire(_clock.Now);
            return entry;
        }

        if (Interlocked.Increment(ref _count) > _limits.MaxEntries)
        {
            Interlocked.Decrement(ref _count);
            return null;
        }

        entry = new ClientIdEntry(shard, key);
        shard.Entries.Add(key, entry);
        return entry;
    }

    /// <summary>The entry of a key. Its lock is held.</summary>
    public ClientIdEntry? Find(ClientIdKey key)
    {
        ClientIdEntry? entry = ShardOf(key).Entries.GetValueOrDefault(key);
        entry?.Expire(_clock.Now);
        return entry is { IsFree: false } ? entry : null;
    }

    /// <summary>Forgets an entry. Its lock is held.</summary>
    public void Remove(ClientIdEntry entry)
    {
        if (entry.Shard.Entries.Remove(entry.Key))
        {
            Interlocked.Decrement(ref _count);
        }
    }

    /// <summary>Goes through all entries, each under its lock; it may be removed.</summary>
    public void ForEach(Action<ClientIdEntry> look)
    {
        foreach (ClientIdShard shard in _shards)
        {
            lock (shard.Lock)
            {
                foreach (ClientIdEntry entry in shard.Entries.Values)
                {
                    look(entry);
                }
            }
        }
    }

    /// <summary>A page by key.</summary>
    public ClientIdPage List(Func<ClientIdFacts, bool> wanted, ClientIdKey? after, int limit)
    {
        var found = new List<ClientIdFacts>();
        int first = after is { } from ? from.First * ShardCount / 256 : 0;
        foreach (ClientIdShard shard in _shards.AsSpan(first))
        {
            int before = found.Count;
            lock (shard.Lock)
            {
                foreach (ClientIdEntry entry in shard.Entries.Values)
                {
                    entry.Expire(_clock.Now);
                    if (!entry.IsFree && (after is not { } behind || entry.Key.CompareTo(behind) > 0) && entry.Facts() is var facts && wanted(facts))
                    {
                        found.Add(facts);
                    }
                }
            }

            found.Sort(before, found.Count - before, Comparer<ClientIdFacts>.Create(static (a, b) => a.Key.CompareTo(b.Key)));
            if (found.Count > limit)
            {
                found.RemoveRange(limit, found.Count - limit);
                return new ClientIdPage(found, found[^1].Key);
            }
        }

        return new ClientIdPage(found, null);
    }

    /// <summary>Takes in what the store has, over every bound: what is kept must be known. A null value is a damaged one.</summary>
    public void Load(ClientIdKey key, byte[]? stored)
    {
        ClientIdShard shard = ShardOf(key);
        lock (shard.Lock)
        {
            var entry = new ClientIdEntry(shard, key);
            if (!shard.Entries.TryAdd(key, entry))
            {
                return; // an attempt that failed half-way came so far
            }

            Interlocked.Increment(ref _count);
            if (stored is null || !ClientIdRecord.TryRead(stored, out ClientIdRecord? record))
            {
                entry.LoadDamaged();
                Log.Damaged(_logger, key.ToString());
                return;
            }

            // Connected when it was written: the life begins now. An end further away than the whole life tells of a clock that was set.
            DateTimeOffset wall = _clock.Wall;
            TimeSpan whole = TimeSpan.FromSeconds(record.Life.Seconds) + _limits.Grace;
            TimeSpan remaining = record.Until is { } until && until - wall < whole ? until - wall : whole;
            TimeSpan now = _clock.Now;
            entry.Load(Owners.Rent(record.Owner), record, now + remaining, record.Until ?? wall + whole, now + _limits.Settle);
        }
    }
}

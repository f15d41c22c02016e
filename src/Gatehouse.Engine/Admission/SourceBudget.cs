namespace Gatehouse.Engine.Admission;

/// <summary>How many of something each source has now. Holds only sources that have some, so nobody can fill it for free.</summary>
internal sealed class SourceBudget
{
    private const int ShardCount = 32;

    private readonly Shard[] _shards = new Shard[ShardCount];

    public SourceBudget()
    {
        for (int i = 0; i < _shards.Length; i++)
        {
            _shards[i] = new Shard();
        }
    }

    /// <summary>Takes one unless the source has <paramref name="limit"/> already.</summary>
    public bool TryTake(SourceKey source, int limit)
    {
        Shard shard = ShardOf(source);
        lock (shard.Lock)
        {
            shard.Counts.TryGetValue(source, out int count);
            if (count >= limit)
            {
                return false;
            }

            shard.Counts[source] = count + 1;
            return true;
        }
    }

    /// <summary>Gives one back.</summary>
    public void Return(SourceKey source)
    {
        Shard shard = ShardOf(source);
        lock (shard.Lock)
        {
            if (shard.Counts.TryGetValue(source, out int count) && count > 1)
            {
                shard.Counts[source] = count - 1;
            }
            else
            {
                shard.Counts.Remove(source);
            }
        }
    }

    /// <summary>Sources that hold something.</summary>
    public int Count => _shards.Sum(static s => s.Counts.Count);

    // HashCode is seeded per process: a source cannot choose its shard or bucket.
    private Shard ShardOf(SourceKey source) => _shards[(uint)HashCode.Combine(source.Bits, source.IsIPv6) % ShardCount];

    private sealed class Shard
    {
        public Lock Lock { get; } = new();

        public Dictionary<SourceKey, int> Counts { get; } = new(SeededComparer.Instance);
    }

    private sealed class SeededComparer : IEqualityComparer<SourceKey>
    {
        public static readonly SeededComparer Instance = new();

        public bool Equals(SourceKey x, SourceKey y) => x == y;

        public int GetHashCode(SourceKey obj) => HashCode.Combine(obj.Bits, obj.IsIPv6);
    }
}

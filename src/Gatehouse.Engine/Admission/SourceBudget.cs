using System.Runtime.CompilerServices;

namespace Gatehouse.Engine.Admission;

/// <summary>
/// How many of something each source has now at each listener: whoever fills a budget at one gate takes nothing from neighbours
/// behind the same address at another. Holds only sources that have some, so nobody can fill it for free.
/// </summary>
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

    /// <summary>Takes one unless the source has <paramref name="limit"/> at this listener already.</summary>
    public bool TryTake(ListenerBudget listener, SourceKey source, int limit)
    {
        var holder = new Holder(listener, source);
        Shard shard = ShardOf(holder);
        lock (shard.Lock)
        {
            shard.Counts.TryGetValue(holder, out int count);
            if (count >= limit)
            {
                return false;
            }

            shard.Counts[holder] = count + 1;
            return true;
        }
    }

    /// <summary>Gives one back.</summary>
    public void Return(ListenerBudget listener, SourceKey source)
    {
        var holder = new Holder(listener, source);
        Shard shard = ShardOf(holder);
        lock (shard.Lock)
        {
            if (shard.Counts.TryGetValue(holder, out int count) && count > 1)
            {
                shard.Counts[holder] = count - 1;
            }
            else
            {
                shard.Counts.Remove(holder);
            }
        }
    }

    /// <summary>Sources that hold something, each as often as there are listeners where they do.</summary>
    public int Count => _shards.Sum(static s => s.Counts.Count);

    private Shard ShardOf(Holder holder) => _shards[(uint)SeededComparer.Instance.GetHashCode(holder) % ShardCount];

    private readonly record struct Holder(ListenerBudget Listener, SourceKey Source);

    private sealed class Shard
    {
        public Lock Lock { get; } = new();

        public Dictionary<Holder, int> Counts { get; } = new(SeededComparer.Instance);
    }

    // HashCode is seeded per process: a source cannot choose its shard or bucket. A listener is itself, whatever its gate's name.
    private sealed class SeededComparer : IEqualityComparer<Holder>
    {
        public static readonly SeededComparer Instance = new();

        public bool Equals(Holder x, Holder y) => ReferenceEquals(x.Listener, y.Listener) && x.Source == y.Source;

        public int GetHashCode(Holder obj) => HashCode.Combine(RuntimeHelpers.GetHashCode(obj.Listener), obj.Source.Bits, obj.Source.IsIPv6);
    }
}

using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Gatehouse.Policy.Tables;

/// <summary>
/// Compiled role sets, the least recently used one goes first. A set is found by the identity of its list of roles
/// without a lock; only a list not seen lately goes through the lock and is found by content. Thread-safe.
/// </summary>
internal sealed class RuleSetCache(FrozenRoles roles, int capacity = RuleSetCache.DefaultCapacity, long weightLimit = RuleSetCache.DefaultWeight)
{
    /// <summary>Most role sets kept: as many as a directory of thousands of groups makes; their bytes are what limits them.</summary>
    public const int DefaultCapacity = 32 * 1024;

    /// <summary>Most bytes of tables kept over all sets.</summary>
    public const long DefaultWeight = 256L * 1024 * 1024;

    private readonly Lock _lock = new();
    private readonly Recent?[] _recent = new Recent?[16 * 1024];
    private readonly Dictionary<string, LinkedListNode<Entry>> _entries = new(StringComparer.Ordinal);
    private readonly LinkedList<Entry> _order = new();
    private long _weight;

    /// <summary>How many sets are kept now.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _entries.Count;
            }
        }
    }

    /// <summary>The set for a list of roles, compiled now if need be, by one thread only.</summary>
    public RuleSet Get(ImmutableArray<string> names)
    {
        string[] key = ImmutableCollectionsMarshal.AsArray(names) ?? [];
        int at = RuntimeHelpers.GetHashCode(key) & (_recent.Length - 1);
        return Volatile.Read(ref _recent[at]) is Recent recent && ReferenceEquals(recent.Key, key) ? recent.Rules : Find(key, at);
    }

    private RuleSet Find(string[] key, int at)
    {
        CompiledRole[] known = roles.Known(key);
        string content = string.Join('\n', known.Select(static r => r.Name));
        LinkedListNode<Entry>? node;
        lock (_lock)
        {
            if (_entries.TryGetValue(content, out node))
            {
                _order.Remove(node);
            }
            else
            {
                node = new LinkedListNode<Entry>(new Entry(content, new Lazy<RuleSet>(() => roles.Build(known))));
                _entries.Add(content, node);
            }

            _order.AddFirst(node);
        }

        RuleSet rules = node.Value.Rules.Value;
        Weigh(node, rules.Weight);
        Volatile.Write(ref _recent[at], new Recent(key, rules));
        return rules;
    }

    private void Weigh(LinkedListNode<Entry> node, long weight)
    {
        lock (_lock)
        {
            if (node.List is null)
            {
                // Pushed out while it was compiled.
                return;
            }

            _weight += weight - node.Value.Weight;
            node.Value.Weight = weight;
            while (_order.Last is LinkedListNode<Entry> last && last != _order.First && (_entries.Count > capacity || _weight > weightLimit))
            {
                _order.RemoveLast();
                _entries.Remove(last.Value.Content);
                _weight -= last.Value.Weight;
            }
        }
    }

    private sealed record Recent(string[] Key, RuleSet Rules);

    private sealed class Entry(string content, Lazy<RuleSet> rules)
    {
        public string Content { get; } = content;

        public Lazy<RuleSet> Rules { get; } = rules;

        public long Weight { get; set; }
    }
}

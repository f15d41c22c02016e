using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Gatehouse.Policy.Tables;

/// <summary>
/// Compiled role sets, the least recently used one goes first. A set is found without a lock, by the place that its list of roles
/// remembers or by the identity of the names; only a list not seen lately goes through the lock and is found by content.
/// Thread-safe.
/// </summary>
internal sealed class RuleSetCache(FrozenRoles roles, int capacity = RuleSetCache.DefaultCapacity, long weightLimit = RuleSetCache.DefaultWeight)
{
    /// <summary>Most role sets kept: as many as a directory of thousands of groups makes; their bytes are what limits them.</summary>
    public const int DefaultCapacity = 32 * 1024;

    /// <summary>Most bytes of tables kept over all sets.</summary>
    public const long DefaultWeight = 256L * 1024 * 1024;

    private const int RecentLists = 16 * 1024;
    private const int FirstPlaces = 256;
    private const int MostPlaces = 64 * 1024;
    private static int _epochs;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, LinkedListNode<Entry>> _entries = new(StringComparer.Ordinal);
    private readonly LinkedList<Entry> _order = new();
    private Recent?[]? _recent;
    private Places? _places;
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
        Recent?[] lists = Volatile.Read(ref _recent) ?? MakeRecent();
        ref Recent? place = ref lists[RuntimeHelpers.GetHashCode(key) & (RecentLists - 1)];
        if (Volatile.Read(ref place) is Recent recent && ReferenceEquals(recent.Key, key))
        {
            return recent.Rules;
        }

        RuleSet rules = Find(key, out _);
        Volatile.Write(ref place, new Recent(key, rules));
        return rules;
    }

    /// <summary>The same for a list that remembers where its set is.</summary>
    public RuleSet Get(RoleList list)
    {
        // A place names one set for as long as there are places of its epoch, and no other cache has the epoch: what is there is
        // the right one, or nothing once it was pushed out.
        long place = list.Place;
        Places? places = Volatile.Read(ref _places);
        if (places is not null && (int)(place >> 32) == places.Epoch && (uint)place < (uint)places.Sets.Length
            && Volatile.Read(ref places.Sets[(int)place]) is { } known)
        {
            return known;
        }

        RuleSet rules = Find(ImmutableCollectionsMarshal.AsArray(list.Names) ?? [], out place);
        list.Place = place;
        return rules;
    }

    /// <summary>Takes over the sets of another policy of which no role has changed.</summary>
    public void TakeOver(RuleSetCache other)
    {
        Entry[] there;
        lock (other._lock)
        {
            there = [.. other._order.Where(static entry => entry.Rules.IsValueCreated)];
        }

        lock (_lock)
        {
            foreach (Entry entry in there)
            {
                if (Array.TrueForAll(entry.Rules.Value.Roles, role => ReferenceEquals(roles.Find(role.Name), role)))
                {
                    var taken = new Entry(entry.Content, entry.Rules) { Weight = entry.Rules.Value.Weight };
                    _entries.Add(taken.Content, _order.AddLast(taken));
                    _weight += taken.Weight;
                }
            }
        }
    }

    private RuleSet Find(string[] key, out long place)
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
        lock (_lock)
        {
            // A list may have been pushed out while it was compiled.
            place = 0;
            if (node.List is not null)
            {
                place = PlaceOf(node.Value);
                Weigh(node.Value, rules.Weight);
            }
        }

        return rules;
    }

    private long PlaceOf(Entry entry)
    {
        Places places = _places ??= new Places(FirstPlaces);
        if ((int)(entry.Place >> 32) == places.Epoch)
        {
            return entry.Place;
        }

        if (places.Used == places.Sets.Length)
        {
            // No place is ever given twice: when all are used up, all lists look for theirs anew.
            places = places.Used < MostPlaces ? places.Grow() : new Places(FirstPlaces);
            Volatile.Write(ref _places, places);
        }

        Volatile.Write(ref places.Sets[places.Used], entry.Rules.Value);
        entry.Place = ((long)places.Epoch << 32) | (uint)places.Used++;
        return entry.Place;
    }

    private void Weigh(Entry added, long weight)
    {
        _weight += weight - added.Weight;
        added.Weight = weight;
        while (_order.Last is LinkedListNode<Entry> last && last != _order.First && (_entries.Count > capacity || _weight > weightLimit))
        {
            _order.RemoveLast();
            _entries.Remove(last.Value.Content);
            _weight -= last.Value.Weight;
            if (_places is { } places && (int)(last.Value.Place >> 32) == places.Epoch)
            {
                Volatile.Write(ref places.Sets[(int)last.Value.Place], null);
            }
        }
    }

    private Recent?[] MakeRecent()
    {
        var made = new Recent?[RecentLists];
        return Interlocked.CompareExchange(ref _recent, made, null) ?? made;
    }

    private sealed record Recent(string[] Key, RuleSet Rules);

    private sealed class Entry(string content, Lazy<RuleSet> rules)
    {
        public string Content { get; } = content;

        public Lazy<RuleSet> Rules { get; } = rules;

        public long Weight { get; set; }

        public long Place { get; set; }
    }

    /// <summary>Sets by number. Written under the lock only; 0 is no epoch.</summary>
    private sealed class Places
    {
        public Places(int count)
            : this(NextEpoch(), new RuleSet?[count])
        {
        }

        private Places(int epoch, RuleSet?[] sets)
        {
            Epoch = epoch;
            Sets = sets;
        }

        public int Epoch { get; }

        public RuleSet?[] Sets { get; }

        public int Used { get; set; }

        public Places Grow()
        {
            var sets = new RuleSet?[Sets.Length * 2];
            Sets.CopyTo(sets, 0);
            return new Places(Epoch, sets) { Used = Used };
        }

        private static int NextEpoch()
        {
            int epoch = Interlocked.Increment(ref _epochs);
            return epoch == 0 ? Interlocked.Increment(ref _epochs) : epoch;
        }
    }
}

using System.Collections.Immutable;
using System.Numerics;

namespace Gatehouse.Network;

/// <summary>
/// Address rules, parsed and in the order in which the tables are made from them. Parsing and sorting are what compiling a
/// million rules costs, so the entries are kept and the next list of rules is made from them and what it changed. Immutable.
/// </summary>
internal sealed class RuleEntries
{
    private const int HalfBits = 64;

    private RuleEntries()
    {
    }

    /// <summary>IPv4 rules.</summary>
    public required RangeEntry<uint>[] V4 { get; init; }

    /// <summary>IPv6 rules of whole /64 networks, by their halves.</summary>
    public required RangeEntry<ulong>[] V6 { get; init; }

    /// <summary>The other IPv6 rules; all of them where one cuts a /64 in two and is wider than it.</summary>
    public required RangeEntry<UInt128>[] V6Long { get; init; }

    /// <summary>Whether <see cref="V6Long"/> holds every IPv6 rule.</summary>
    public required bool IsV6LongWhole { get; init; }

    /// <summary>Verdict and pattern of rules that name hosts, in the order of the rules.</summary>
    public required ImmutableArray<(int Verdict, HostPattern Pattern)> Names { get; init; }

    /// <summary>The verdicts of rules for everybody.</summary>
    public required ImmutableArray<int> Everyone { get; init; }

    /// <summary>How many rules allow.</summary>
    public required int Allows { get; init; }

    /// <summary>What holds where no range does: the strongest rule for everybody, deny where there is an allow rule, else allow.</summary>
    public int Default
    {
        get
        {
            int strongest = -1;
            foreach (int verdict in Everyone)
            {
                strongest = strongest < 0 || AddressFilter.CompareStrength(verdict, strongest) > 0 ? verdict : strongest;
            }

            return strongest >= 0 ? strongest : Allows > 0 ? AddressFilter.DenyBit : 0;
        }
    }

    /// <summary>Bytes they take.</summary>
    public long Bytes => (V4.LongLength * 12) + (V6.LongLength * 24) + (V6Long.LongLength * 48);

    /// <summary>
    /// The entries of a list that differs from this one's in one run of rules. Null where that cannot be told from the entries
    /// and all rules have to be read.
    /// </summary>
    /// <param name="first">Where the run begins in both lists.</param>
    /// <param name="removed">How many rules it had.</param>
    /// <param name="count">How many it has.</param>
    /// <param name="added">Their entries.</param>
    /// <param name="allows">How many rules of the whole list allow.</param>
    public RuleEntries? Replace(int first, int removed, int count, RuleEntries added, int allows)
    {
        // A rule that needs whole addresses moves all IPv6 rules to the other table, and back when it goes.
        if (IsV6LongWhole != added.IsV6LongWhole && (V6.Length + V6Long.Length > 0) && (added.V6.Length + added.V6Long.Length > 0))
        {
            return null;
        }

        var shift = new Shift(first, removed, count - removed);
        RangeEntry<UInt128>[] v6Long = Merge(V6Long, added.V6Long, shift);
        bool isWhole = IsV6LongWhole || added.IsV6LongWhole;
        if (isWhole && !Array.Exists(v6Long, NeedsWhole))
        {
            return null;
        }

        var names = Names.Select(n => (Verdict: shift.Of(n.Verdict), n.Pattern)).Where(static n => n.Verdict >= 0).Concat(added.Names);
        return new RuleEntries
        {
            V4 = Merge(V4, added.V4, shift),
            V6 = Merge(V6, added.V6, shift),
            V6Long = v6Long,
            IsV6LongWhole = isWhole,
            Names = [.. names.OrderBy(static n => n.Verdict)],
            Everyone = [.. Everyone.Select(shift.Of).Where(static v => v >= 0).Concat(added.Everyone)],
            Allows = allows,
        };
    }

    // Verdicts that stay keep their order when rules before them come or go, so what is sorted stays sorted.
    private static RangeEntry<T>[] Merge<T>(RangeEntry<T>[] old, RangeEntry<T>[] added, Shift shift)
        where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T>
    {
        if (added.Length == 0 && shift.IsNone)
        {
            return old;
        }

        var merged = new RangeEntry<T>[old.Length + added.Length];
        int count = 0;
        int next = 0;
        foreach (ref readonly RangeEntry<T> entry in old.AsSpan())
        {
            int verdict = shift.Of(entry.Verdict);
            if (verdict < 0)
            {
                continue;
            }

            RangeEntry<T> kept = entry with { Verdict = verdict };
            while (next < added.Length && added[next].CompareTo(kept) < 0)
            {
                merged[count++] = added[next++];
            }

            merged[count++] = kept;
        }

        while (next < added.Length)
        {
            merged[count++] = added[next++];
        }

        Array.Resize(ref merged, count);
        return merged;
    }

    private static bool IsOfHalves(RangeEntry<UInt128> entry) => (ulong)entry.Start == 0 && (ulong)entry.Last == ulong.MaxValue;

    private static bool NeedsWhole(RangeEntry<UInt128> entry) => !IsOfHalves(entry) && entry.Start >> HalfBits != entry.Last >> HalfBits;

    /// <summary>Where a verdict goes when rules before it come or go.</summary>
    private readonly record struct Shift(int First, int Removed, int By)
    {
        /// <summary>Whether every verdict stays as it is.</summary>
        public bool IsNone => Removed == 0 && By == 0;

        /// <summary>The verdict afterwards, or -1 where its rule is gone.</summary>
        public int Of(int verdict)
        {
            int rule = (verdict >> 1) - 1;
            return rule < First ? verdict : rule < First + Removed ? -1 : verdict + (By << 1);
        }
    }

    /// <summary>Collects parsed rules.</summary>
    public sealed class Builder(int capacity)
    {
        private readonly List<RangeEntry<uint>> _v4 = new(capacity);
        private readonly List<RangeEntry<UInt128>> _v6 = [];
        private readonly ImmutableArray<(int, HostPattern)>.Builder _names = ImmutableArray.CreateBuilder<(int, HostPattern)>();
        private readonly ImmutableArray<int>.Builder _everyone = ImmutableArray.CreateBuilder<int>();

        /// <summary>Adds a range. <c>::/0</c> and other wide IPv6 networks hold no IPv4 address: the families are apart.</summary>
        public void Add(in AddressRange range, int verdict)
        {
            if (range.IsIPv4)
            {
                _v4.Add(new RangeEntry<uint>((uint)range.First, (uint)range.Last, verdict));
            }
            else
            {
                _v6.Add(new RangeEntry<UInt128>(range.First, range.Last, verdict));
            }
        }

        /// <summary>Adds a rule that names hosts.</summary>
        public void Add(HostPattern pattern, int verdict) => _names.Add((verdict, pattern));

        /// <summary>Adds a rule for everybody.</summary>
        public void AddEveryone(int verdict) => _everyone.Add(verdict);

        /// <summary>Sorts what was added.</summary>
        public RuleEntries Finish(int allows)
        {
            bool isWhole = _v6.Exists(NeedsWhole);
            RangeEntry<uint>[] v4 = [.. _v4];
            RangeEntry<UInt128>[] v6Long = isWhole ? [.. _v6] : [.. _v6.Where(static e => !IsOfHalves(e))];
            RangeEntry<ulong>[] v6 = isWhole ? [] : [.. _v6.Where(IsOfHalves).Select(static e => new RangeEntry<ulong>((ulong)(e.Start >> HalfBits), (ulong)(e.Last >> HalfBits), e.Verdict))];
            EntrySort.Sort(v4);
            EntrySort.Sort(v6);
            Array.Sort(v6Long);
            return new RuleEntries
            {
                V4 = v4,
                V6 = v6,
                V6Long = v6Long,
                IsV6LongWhole = isWhole,
                Names = _names.ToImmutable(),
                Everyone = _everyone.ToImmutable(),
                Allows = allows,
            };
        }
    }
}

using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Gatehouse.Network;

/// <summary>
/// Disjoint ranges of one address family with the rule that holds in each, sorted, with an index over their leading bits. It
/// names the rule behind a verdict; the verdict itself comes from <see cref="EffectTable{T}"/>.
/// </summary>
/// <typeparam name="T">The address: <see cref="uint"/>, <see cref="ulong"/> or <see cref="UInt128"/>.</typeparam>
internal sealed class RangeTable<T>
    where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T>
{
    private const int MaxIndexBits = 16;

    // Start and verdict lie side by side: the search ends in the cache line that holds the answer.
    private readonly Range[] _ranges;
    private readonly int[] _buckets;
    private readonly T _first;
    private readonly T _span;
    private readonly int _shift;
    private readonly int _default;

    private RangeTable(Range[] ranges, int defaultVerdict)
    {
        _ranges = ranges;
        _default = defaultVerdict;
        if (ranges.Length == 0)
        {
            _buckets = [];
            return;
        }

        // The index covers only the span in which rules lie: a million rules of one /8 are as quick as a million spread out.
        _first = ranges[0].Start;
        _span = ranges[^1].Start - _first;
        int spanBits = (Unsafe.SizeOf<T>() * 8) - int.CreateChecked(T.LeadingZeroCount(_span));
        int indexBits = Math.Clamp(BitOperations.Log2((uint)ranges.Length) + 1, 1, MaxIndexBits);
        _shift = Math.Max(0, spanBits - indexBits);
        int count = int.CreateChecked(_span >> _shift) + 1;
        _buckets = new int[count + 1];
        int range = 0;
        for (int bucket = 0; bucket < count; bucket++)
        {
            // First range that begins in this bucket or later.
            while (range < ranges.Length && int.CreateChecked((ranges[range].Start - _first) >> _shift) < bucket)
            {
                range++;
            }

            _buckets[bucket] = range;
        }

        _buckets[count] = ranges.Length;
    }

    /// <summary>Bytes it takes.</summary>
    public long Bytes => ((long)_ranges.Length * Unsafe.SizeOf<Range>()) + ((long)_buckets.Length * sizeof(int));

    /// <summary>Every range: where it begins, and its verdict.</summary>
    public IEnumerable<(T Start, int Verdict)> All => _ranges.Select(static r => (r.Start, r.Verdict));

    /// <summary>Makes a table. Entries are sorted in place; of those that hold an address the one with the fewest addresses wins.</summary>
    public static RangeTable<T> Build(List<RangeEntry<T>> entries, int defaultVerdict)
    {
        Span<RangeEntry<T>> sorted = CollectionsMarshal.AsSpan(entries);
        sorted.Sort();
        var builder = new Builder(sorted.Length, defaultVerdict);
        foreach (ref readonly RangeEntry<T> entry in sorted)
        {
            builder.Add(entry);
        }

        return builder.Finish();
    }

    /// <summary>The verdict of the most specific network that holds an address, or the default.</summary>
    public int Find(T address)
    {
        T offset = address - _first;
        int[] buckets = _buckets;
        if (address < _first || buckets.Length == 0)
        {
            return _default;
        }

        // Beyond the last start: the last range goes on to the end of the family.
        if (offset > _span)
        {
            return _ranges[^1].Verdict;
        }

        int bucket = (int)uint.CreateTruncating(offset >> _shift);
        int low = buckets[bucket];
        int length = buckets[bucket + 1] - low;

        // The last start at or below the address; it lies in the bucket or is the one just before it.
        ref Range ranges = ref MemoryMarshal.GetArrayDataReference(_ranges);
        int position = low - 1;
        while (length > 0)
        {
            int half = (length + 1) >> 1;
            position = Unsafe.Add(ref ranges, position + half).Start <= address ? position + half : position;
            length -= half;
        }

        return _ranges[position].Verdict;
    }

    private readonly record struct Range(T Start, int Verdict);

    /// <summary>
    /// Sweeps over the sorted entries. Ranges may overlap without one lying in the other, so those open at the sweep's place
    /// are kept by strength; one that has ended is taken off when it comes to the top.
    /// </summary>
    private sealed class Builder(int capacity, int defaultVerdict)
    {
        private readonly List<Range> _ranges = new(capacity * 2);
        private readonly PriorityQueue<RangeEntry<T>, RangeEntry<T>> _open = new(Comparer<RangeEntry<T>>.Create(RangeEntry<T>.ByStrength));

        public void Add(RangeEntry<T> entry)
        {
            while (_open.TryPeek(out RangeEntry<T> top, out _) && top.Last < entry.Start)
            {
                CloseTop();
            }

            _open.Enqueue(entry, entry);
            Emit(entry.Start, _open.Peek().Verdict);
        }

        public RangeTable<T> Finish()
        {
            while (_open.TryPeek(out RangeEntry<T> top, out _) && top.Last != T.MaxValue)
            {
                CloseTop();
            }

            return new RangeTable<T>([.. _ranges], defaultVerdict);
        }

        // The strongest has ended: the next one that has not holds from there on.
        private void CloseTop()
        {
            T next = _open.Dequeue().Last + T.One;
            while (_open.TryPeek(out RangeEntry<T> top, out _) && top.Last < next)
            {
                _open.Dequeue();
            }

            Emit(next, _open.TryPeek(out RangeEntry<T> heir, out _) ? heir.Verdict : defaultVerdict);
        }

        private void Emit(T start, int verdict)
        {
            if (_ranges.Count > 0 && _ranges[^1].Start == start)
            {
                _ranges[^1] = new Range(start, verdict);
            }
            else if (_ranges.Count == 0 || _ranges[^1].Verdict != verdict)
            {
                _ranges.Add(new Range(start, verdict));
            }
        }
    }
}

/// <summary>A range with its verdict, ordered as the sweep needs it: by start, wider first, weaker verdict first.</summary>
/// <param name="Start">First address.</param>
/// <param name="Last">Last address.</param>
/// <param name="Verdict">See <see cref="AddressFilter"/>.</param>
internal readonly record struct RangeEntry<T>(T Start, T Last, int Verdict) : IComparable<RangeEntry<T>>
    where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T>
{
    /// <summary>Orders by strength, the strongest first: fewest addresses, then deny, then the one named first.</summary>
    public static int ByStrength(RangeEntry<T> left, RangeEntry<T> right)
    {
        int order = (left.Last - left.Start).CompareTo(right.Last - right.Start);
        return order != 0 ? order : AddressFilter.CompareStrength(right.Verdict, left.Verdict);
    }

    /// <inheritdoc/>
    public int CompareTo(RangeEntry<T> other)
    {
        int order = Start.CompareTo(other.Start);
        order = order != 0 ? order : other.Last.CompareTo(Last);
        return order != 0 ? order : AddressFilter.CompareStrength(Verdict, other.Verdict);
    }
}

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

    /// <summary>The addresses at which the effect turns, the one below the first range being <paramref name="denies"/>.</summary>
    public T[] Turns(bool denies)
    {
        T[] turns = new T[_ranges.Length];
        int count = 0;
        foreach (ref readonly Range range in _ranges.AsSpan())
        {
            if (AddressFilter.IsDeny(range.Verdict) != denies)
            {
                denies = !denies;
                turns[count++] = range.Start;
            }
        }

        Array.Resize(ref turns, count);
        return turns;
    }

    /// <summary>Makes a table of sorted entries; of those that hold an address the one with the fewest addresses wins.</summary>
    public static RangeTable<T> Build(RangeEntry<T>[] sorted, int defaultVerdict)
    {
        if (sorted.Length == 0)
        {
            return new RangeTable<T>([], defaultVerdict);
        }

        // Networks lie in each other or apart: the innermost is the one that began last. Ranges may cross.
        return new RangeTable<T>(NestedSweep(sorted, defaultVerdict) ?? CrossingSweep(sorted, defaultVerdict), defaultVerdict);
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

    // Null where two entries cross.
    private static Range[]? NestedSweep(RangeEntry<T>[] sorted, int defaultVerdict)
    {
        var output = new Output(sorted.Length);
        var open = new Stack<(T Last, int Verdict)>();
        foreach (ref readonly RangeEntry<T> entry in sorted.AsSpan())
        {
            while (open.TryPeek(out (T Last, int) top) && top.Last < entry.Start)
            {
                Close(open, ref output, defaultVerdict);
            }

            if (open.TryPeek(out (T Last, int) around) && entry.Last > around.Last)
            {
                return null;
            }

            open.Push((entry.Last, entry.Verdict));
            output.Emit(entry.Start, entry.Verdict);
        }

        while (open.TryPeek(out (T Last, int) top) && top.Last != T.MaxValue)
        {
            Close(open, ref output, defaultVerdict);
        }

        return output.Finish();
    }

    private static void Close(Stack<(T Last, int Verdict)> open, ref Output output, int defaultVerdict)
    {
        T next = open.Pop().Last + T.One;
        while (open.TryPeek(out (T Last, int) top) && top.Last < next)
        {
            open.Pop();
        }

        output.Emit(next, open.TryPeek(out (T, int Verdict) heir) ? heir.Verdict : defaultVerdict);
    }

    // Those open at the sweep's place are kept by strength; one that has ended is taken off when it comes to the top.
    private static Range[] CrossingSweep(RangeEntry<T>[] sorted, int defaultVerdict)
    {
        var output = new Output(sorted.Length);
        var open = new PriorityQueue<RangeEntry<T>, RangeEntry<T>>(Comparer<RangeEntry<T>>.Create(RangeEntry<T>.ByStrength));
        foreach (ref readonly RangeEntry<T> entry in sorted.AsSpan())
        {
            while (open.TryPeek(out RangeEntry<T> top, out _) && top.Last < entry.Start)
            {
                CloseStrongest(open, ref output, defaultVerdict);
            }

            open.Enqueue(entry, entry);
            output.Emit(entry.Start, open.Peek().Verdict);
        }

        while (open.TryPeek(out RangeEntry<T> top, out _) && top.Last != T.MaxValue)
        {
            CloseStrongest(open, ref output, defaultVerdict);
        }

        return output.Finish();
    }

    // The strongest has ended: the next one that has not holds from there on.
    private static void CloseStrongest(PriorityQueue<RangeEntry<T>, RangeEntry<T>> open, ref Output output, int defaultVerdict)
    {
        T next = open.Dequeue().Last + T.One;
        while (open.TryPeek(out RangeEntry<T> top, out _) && top.Last < next)
        {
            open.Dequeue();
        }

        output.Emit(next, open.TryPeek(out RangeEntry<T> heir, out _) ? heir.Verdict : defaultVerdict);
    }

    private readonly record struct Range(T Start, int Verdict);

    /// <summary>Ranges as they come out of a sweep; each entry gives two at most.</summary>
    private struct Output(int entries)
    {
        private readonly Range[] _ranges = new Range[checked(entries * 2)];
        private int _count;

        public void Emit(T start, int verdict)
        {
            if (_count > 0 && _ranges[_count - 1].Start == start)
            {
                _ranges[_count - 1] = new Range(start, verdict);
            }
            else if (_count == 0 || _ranges[_count - 1].Verdict != verdict)
            {
                _ranges[_count++] = new Range(start, verdict);
            }
        }

        public readonly Range[] Finish() => _ranges.AsSpan(0, _count).ToArray();
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

using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Gatehouse.Layout;

namespace Gatehouse.Network;

/// <summary>
/// The hot half of the filter: nothing but the addresses at which allow turns to deny or back. Neighbours of one effect are
/// merged, so the effect of an address is the parity of its place. The span of all turns is cut into equal buckets, each one
/// line of the processor's cache whose entries are compared at once: an address waits for memory once.
/// </summary>
/// <typeparam name="T">The address: <see cref="uint"/> or <see cref="ulong"/>.</typeparam>
internal sealed class EffectTable<T>
    where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T>
{
    // A line: how many turns lie before it, how many in it, then the upper 32 bits of each one's place in the bucket.
    private const int LineEntries = 16;
    private const int LineHeader = 2;
    private const int LineTurns = LineEntries - LineHeader;

    // Of buckets filled so on average one in 700 has more than a line holds.
    private const int Fill = 6;
    private const int WordBits = 64;

    private readonly T[] _turns;
    private readonly byte[] _memory;
    private readonly int _start;
    private readonly T _first;
    private readonly T _span;
    private readonly ulong _factor;
    private readonly bool _isExact;
    private readonly bool _deniesBelow;

    /// <summary>Makes a table of sorted ranges, the effect below the first one being <paramref name="deniesBelow"/>.</summary>
    public EffectTable(RangeTable<T> ranges, bool deniesBelow)
    {
        _deniesBelow = deniesBelow;
        _turns = ranges.Turns(deniesBelow);
        _memory = [];
        if (_turns.Length == 0)
        {
            return;
        }

        _first = _turns[0];
        _span = _turns[^1] - _first;
        // A place is the offset times the factor: the upper word is the bucket, the lower one the way through it. It grows with
        // the offset, and where the factor is large no two offsets have the same upper 32 bits in one bucket.
        int buckets = (_turns.Length / Fill) + 1;
        _factor = (ulong)UInt128.Min(((UInt128)buckets << WordBits) / (UInt128.CreateChecked(_span) + 1), ulong.MaxValue);
        _isExact = _factor > uint.MaxValue;
        _memory = LineMemory.Allocate(checked((int)((BucketOf(_span, out _) + 1) * (uint)LineMemory.LineSize)), out _start);
        for (int turn = 0; turn < _turns.Length;)
        {
            ulong bucket = BucketOf(_turns[turn] - _first, out uint key);
            ref uint line = ref LineAt(bucket);
            line = (uint)turn;
            int count = 0;
            do
            {
                if (count < LineTurns)
                {
                    Unsafe.Add(ref line, LineHeader + count) = key;
                }

                count++;
                turn++;
            }
            while (turn < _turns.Length && BucketOf(_turns[turn] - _first, out key) == bucket);
            Unsafe.Add(ref line, 1) = (uint)count;
        }

        CountEmptyOnes();
    }

    /// <summary>Bytes it takes.</summary>
    public long Bytes => ((long)_turns.Length * Unsafe.SizeOf<T>()) + _memory.Length;

    /// <summary>Whether an address is denied.</summary>
    public bool Denies(T address)
    {
        T offset = address - _first;
        if (_turns.Length == 0 || address < _first)
        {
            return _deniesBelow;
        }

        int passed = offset > _span ? _turns.Length : PassedInLine(address, offset);
        return _deniesBelow ^ ((passed & 1) != 0);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int PassedInLine(T address, T offset)
    {
        ref uint line = ref LineAt(BucketOf(offset, out uint key));
        int before = (int)line;
        int count = (int)Unsafe.Add(ref line, 1);
        if (count > LineTurns)
        {
            return Passed(address, before, count);
        }

        Vector512<uint> keys = Vector512.LoadUnsafe(ref line);
        uint inUse = ((1u << count) - 1) << LineHeader;
        Vector512<uint> sought = Vector512.Create(key);
        uint passed = (uint)Vector512.LessThanOrEqual(keys, sought).ExtractMostSignificantBits() & inUse;
        if (!_isExact && ((uint)Vector512.Equals(keys, sought).ExtractMostSignificantBits() & inUse) != 0)
        {
            return Passed(address, before, count);
        }

        return before + BitOperations.PopCount(passed);
    }

    // Turns at or below the address: those before, and some of so many from there on. Without branches on the outcome.
    private int Passed(T address, int before, int count)
    {
        ref T turns = ref MemoryMarshal.GetArrayDataReference(_turns);
        while (count > 0)
        {
            int half = (count + 1) >> 1;
            before += Unsafe.Add(ref turns, before + half - 1) <= address ? half : 0;
            count -= half;
        }

        return before;
    }

    // A line without turns must say how many lie before it.
    private void CountEmptyOnes()
    {
        ulong buckets = BucketOf(_span, out _) + 1;
        uint before = 0;
        for (ulong bucket = 0; bucket < buckets; bucket++)
        {
            ref uint line = ref LineAt(bucket);
            line = before;
            before += Unsafe.Add(ref line, 1);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ulong BucketOf(T offset, out uint key)
    {
        ulong bucket = Math.BigMul(ulong.CreateTruncating(offset), _factor, out ulong rest);
        key = (uint)(rest >> 32);
        return bucket;
    }

    // The bucket is one that BucketOf gave for an offset within the span.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ref uint LineAt(ulong bucket) =>
        ref Unsafe.As<byte, uint>(ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_memory), (nuint)_start + (nuint)(bucket * (uint)LineMemory.LineSize)));
}

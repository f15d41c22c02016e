using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Gatehouse.Network;

/// <summary>
/// The hot half of the filter: nothing but the addresses at which allow turns to deny or back. Neighbours of one effect are
/// merged, so the effect of an address is the parity of its place, and a million networks fit into few megabytes.
/// </summary>
/// <typeparam name="T">The address: <see cref="uint"/> or <see cref="ulong"/>.</typeparam>
internal sealed class EffectTable<T>
    where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T>
{
    private const int MaxIndexBits = 18;

    private readonly T[] _turns;
    private readonly int[] _buckets;
    private readonly T _first;
    private readonly T _span;
    private readonly int _shift;
    private readonly bool _deniesBelow;

    /// <summary>Makes a table of sorted ranges, the effect below the first one being <paramref name="deniesBelow"/>.</summary>
    public EffectTable(RangeTable<T> ranges, bool deniesBelow)
    {
        _deniesBelow = deniesBelow;
        var turns = new List<T>();
        bool denies = deniesBelow;
        foreach ((T start, int verdict) in ranges.All)
        {
            if (AddressFilter.IsDeny(verdict) != denies)
            {
                denies = !denies;
                turns.Add(start);
            }
        }

        _turns = [.. turns];
        if (_turns.Length == 0)
        {
            _buckets = [];
            return;
        }

        _first = _turns[0];
        _span = _turns[^1] - _first;
        int spanBits = (Unsafe.SizeOf<T>() * 8) - int.CreateChecked(T.LeadingZeroCount(_span));
        int indexBits = Math.Clamp(BitOperations.Log2((uint)_turns.Length) + 1, 1, MaxIndexBits);
        _shift = Math.Max(0, spanBits - indexBits);
        _buckets = new int[int.CreateChecked(_span >> _shift) + 2];
        int turn = 0;
        for (int bucket = 0; bucket < _buckets.Length - 1; bucket++)
        {
            // First turn in this bucket or later.
            while (int.CreateChecked((_turns[turn] - _first) >> _shift) < bucket)
            {
                turn++;
            }

            _buckets[bucket] = turn;
        }

        _buckets[^1] = _turns.Length;
    }

    /// <summary>Bytes it takes.</summary>
    public long Bytes => ((long)_turns.Length * Unsafe.SizeOf<T>()) + ((long)_buckets.Length * sizeof(int));

    /// <summary>Whether an address is denied.</summary>
    public bool Denies(T address)
    {
        int[] buckets = _buckets;
        if (buckets.Length == 0 || address < _first)
        {
            return _deniesBelow;
        }

        T offset = address - _first;
        int passed = _turns.Length;
        if (offset <= _span)
        {
            int bucket = (int)uint.CreateTruncating(offset >> _shift);
            passed = buckets[bucket];
            int length = buckets[bucket + 1] - passed;

            // Turns at or below the address: those before the bucket, and some of it. Without branches on the outcome.
            ref T turns = ref MemoryMarshal.GetArrayDataReference(_turns);
            while (length > 0)
            {
                int half = (length + 1) >> 1;
                passed += Unsafe.Add(ref turns, passed + half - 1) <= address ? half : 0;
                length -= half;
            }
        }

        return _deniesBelow ^ ((passed & 1) != 0);
    }
}

using System.Numerics;

namespace Gatehouse.Network;

/// <summary>Sorts entries: by their start digit by digit, which does not compare, then the few of one start by what is left.</summary>
internal static class EntrySort
{
    private const int DigitBits = 11;
    private const int Digits = 1 << DigitBits;

    // Below this the counting costs more than comparing.
    private const int Few = 4096;

    /// <summary>Sorts in place by <see cref="RangeEntry{T}.CompareTo"/>.</summary>
    public static void Sort<T>(RangeEntry<T>[] entries)
        where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T>
    {
        if (entries.Length < Few)
        {
            Array.Sort(entries);
            return;
        }

        RangeEntry<T>[] from = entries;
        RangeEntry<T>[] to = new RangeEntry<T>[entries.Length];
        int[] places = new int[Digits];
        int bits = T.MaxValue.GetShortestBitLength();
        for (int shift = 0; shift < bits; shift += DigitBits)
        {
            if (Pass(from, to, places, shift))
            {
                (from, to) = (to, from);
            }
        }

        if (from != entries)
        {
            from.CopyTo(entries, 0);
        }

        for (int i = 0; i < entries.Length;)
        {
            int end = i + 1;
            while (end < entries.Length && entries[end].Start == entries[i].Start)
            {
                end++;
            }

            if (end - i > 1)
            {
                Array.Sort(entries, i, end - i);
            }

            i = end;
        }
    }

    // False where all have the same digit: nothing was moved.
    private static bool Pass<T>(RangeEntry<T>[] from, RangeEntry<T>[] to, int[] places, int shift)
        where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T>
    {
        Array.Clear(places);
        foreach (ref readonly RangeEntry<T> entry in from.AsSpan())
        {
            places[DigitOf(entry.Start, shift)]++;
        }

        if (places[DigitOf(from[0].Start, shift)] == from.Length)
        {
            return false;
        }

        int at = 0;
        foreach (ref int place in places.AsSpan())
        {
            (place, at) = (at, at + place);
        }

        foreach (ref readonly RangeEntry<T> entry in from.AsSpan())
        {
            to[places[DigitOf(entry.Start, shift)]++] = entry;
        }

        return true;
    }

    private static int DigitOf<T>(T start, int shift)
        where T : unmanaged, IBinaryInteger<T> => (int)(uint.CreateTruncating(start >> shift) & (Digits - 1));
}

namespace Gatehouse.Protocols.Zip;

/// <summary>A Huffman code of RFC 1951 section 3.2.2 as a table: one look-up a symbol up to nine bits, a walk beyond.</summary>
internal sealed class HuffmanTable
{
    private const int MaxBits = 15;
    private const int FastBits = 9;

    private readonly ushort[] _fast = new ushort[1 << FastBits];
    private readonly ushort[] _symbols = new ushort[288];
    private readonly int[] _counts = new int[MaxBits + 1];

    /// <summary>
    /// Builds it. False for lengths that are no code: more codes than fit, or fewer; one single code of one bit may stand alone, and
    /// none at all where <paramref name="mayBeEmpty"/> (RFC 1951 section 3.2.7 for distances).
    /// </summary>
    public bool TryBuild(ReadOnlySpan<byte> lengths, bool mayBeEmpty)
    {
        Span<int> offsets = stackalloc int[MaxBits + 2];
        Array.Clear(_counts);
        foreach (byte length in lengths)
        {
            _counts[length]++;
        }

        int used = lengths.Length - _counts[0];
        _counts[0] = 0;
        int left = 1;
        for (int bits = 1; bits <= MaxBits; bits++)
        {
            left = (left << 1) - _counts[bits];
            if (left < 0)
            {
                return false;
            }

            offsets[bits + 1] = offsets[bits] + _counts[bits];
        }

        if (left > 0 && !(mayBeEmpty && (used == 0 || (used == 1 && _counts[1] == 1))))
        {
            return false;
        }

        for (int symbol = 0; symbol < lengths.Length; symbol++)
        {
            if (lengths[symbol] != 0)
            {
                _symbols[offsets[lengths[symbol]]++] = (ushort)symbol;
            }
        }

        FillFast();
        return true;
    }

    /// <summary>The next symbol and its bits; -1 where there are too few, -2 where no code begins so.</summary>
    public int Decode(ulong bits, int available, out int length)
    {
        ushort entry = _fast[bits & ((1 << FastBits) - 1)];
        length = entry & 15;
        if (length != 0)
        {
            return length <= available ? entry >> 4 : -1;
        }

        int code = 0;
        int first = 0;
        int index = 0;
        for (length = 1; length <= MaxBits; length++)
        {
            if (length > available)
            {
                return -1;
            }

            code |= (int)(bits & 1);
            bits >>= 1;
            int count = _counts[length];
            if (code - count < first)
            {
                return _symbols[index + (code - first)];
            }

            index += count;
            first = (first + count) << 1;
            code <<= 1;
        }

        return -2;
    }

    private void FillFast()
    {
        Array.Clear(_fast);
        int code = 0;
        int index = 0;
        for (int length = 1; length <= FastBits; length++)
        {
            for (int i = 0; i < _counts[length]; i++, code++)
            {
                int reversed = Reverse(code, length);
                for (int at = reversed; at < _fast.Length; at += 1 << length)
                {
                    _fast[at] = (ushort)((_symbols[index] << 4) | length);
                }

                index++;
            }

            code <<= 1;
        }
    }

    private static int Reverse(int code, int length)
    {
        int reversed = 0;
        for (int i = 0; i < length; i++)
        {
            reversed = (reversed << 1) | (code & 1);
            code >>= 1;
        }

        return reversed;
    }
}

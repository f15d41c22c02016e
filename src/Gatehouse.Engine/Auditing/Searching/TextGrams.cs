using System.Buffers;
using System.Text;

namespace Gatehouse.Engine.Auditing.Searching;

/// <summary>
/// Which two, three and six ASCII characters in a row a block's lines hold, in any case, as bits of a hash; and which one, two
/// and three characters in a row of which one at least is beyond ASCII, as names in other scripts are short and rare. A text of
/// which one is missing is in none of the block's lines. The short ones are there for short texts, sixes tell numbers and names
/// apart.
/// </summary>
internal sealed class TextGrams
{
    /// <summary>Bytes of a block's bits.</summary>
    public const int Size = 1 << (Width - 3);

    private const int Width = 18;
    private const int Pair = 2;
    private const int Short = 3;
    private const int Long = 6;
    private const int HashLength = 64;

    private static readonly SearchValues<byte> Hex = SearchValues.Create("0123456789abcdefABCDEF"u8);

    private readonly int[] _bits;

    private TextGrams(int[] bits) => _bits = bits;

    /// <summary>Characters beyond ASCII that some comparison takes for an ASCII letter of another case.</summary>
    public static ReadOnlySpan<char> Folding => "\u0130\u0131\u017F\u212A";

    /// <summary>What to look for, or null where the text has neither two ASCII characters in a row nor one beyond ASCII.</summary>
    public static TextGrams? Of(string? text)
    {
        if (text is null)
        {
            return null;
        }

        // What is not ASCII becomes one byte that ends a row.
        byte[] bytes = [.. text.Select(static c => char.IsAscii(c) ? (byte)c : byte.MaxValue)];
        bool mayBeInHash = text.Contains('"', StringComparison.Ordinal) || !bytes.AsSpan().ContainsAnyExcept(Hex);
        var bits = new HashSet<int>();
        for (int i = 0; i < bytes.Length; i++)
        {
            AddRow(bits, bytes.AsSpan(i), Pair);
            AddRow(bits, bytes.AsSpan(i), Short);
            if (i + Long <= bytes.Length && (!mayBeInHash || bytes.AsSpan(i, Long).ContainsAnyExcept(Hex)))
            {
                AddRow(bits, bytes.AsSpan(i), Long);
            }
        }

        AddWide(bits, text);
        return bits.Count == 0 ? null : new TextGrams([.. bits]);
    }

    /// <summary>Notes a line.</summary>
    public static void Add(ReadOnlySpan<byte> line, Span<byte> into)
    {
        if (!Ascii.IsValid(line) && !TryAddWide(line, into))
        {
            // Rare enough: this block is always read.
            into.Fill(0xFF);
            return;
        }

        Range hash = HashOf(line);
        int skipFrom = hash.Start.Value + Long - 1;
        int skipTo = hash.End.Value;
        ulong row = 0;
        for (int i = 0; i < line.Length; i++)
        {
            row = (row << 8) | Lower(line[i]);
            if (i >= Pair - 1)
            {
                Set(into, BitOfPair(row));
            }

            if (i >= Short - 1)
            {
                Set(into, BitOfShort(row));
            }

            if (i >= Long - 1 && (i < skipFrom || i >= skipTo))
            {
                Set(into, BitOfLong(row));
            }
        }
    }

    /// <summary>Whether a line of the block may hold the text.</summary>
    public bool AreIn(ReadOnlySpan<byte> block)
    {
        foreach (int bit in _bits)
        {
            if ((block[bit >> 3] & (1 << (bit & 7))) == 0)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>
    /// Where the hash of the line before stands, as nearly every line has it at its end: sixes inside of it would fill the
    /// bits. It lies between quotation marks and has hex digits only, so that a text with another character and without a
    /// quotation mark is never partly in it.
    /// </summary>
    private static Range HashOf(ReadOnlySpan<byte> line)
    {
        ReadOnlySpan<byte> key = ",\"gatehouse.prev\":\""u8;
        int start = line.Length - 2 - HashLength;
        bool isThere = start >= key.Length && line.EndsWith("\"}"u8) && line[..start].EndsWith(key)
            && !line.Slice(start, HashLength).ContainsAnyExcept(Hex);
        return isThere ? start..(start + HashLength) : line.Length..line.Length;
    }

    /// <summary>Notes what of a line is not ASCII; false where it has characters that compare like an ASCII letter.</summary>
    private static bool TryAddWide(ReadOnlySpan<byte> line, Span<byte> into)
    {
        char[] rented = ArrayPool<char>.Shared.Rent(Encoding.UTF8.GetMaxCharCount(line.Length));
        try
        {
            // As a search decodes it, so that what is no UTF-8 is the same character here and there.
            ReadOnlySpan<char> text = rented.AsSpan(0, Encoding.UTF8.GetChars(line, rented));
            if (text.ContainsAny(Folding))
            {
                return false;
            }

            for (int at = text.IndexOfAnyExceptInRange('\0', '\x7F'); at < text.Length; at++)
            {
                for (int length = 1; length <= Math.Min(Short, at + 1); length++)
                {
                    ReadOnlySpan<char> row = text.Slice(at + 1 - length, length);
                    if (!Ascii.IsValid(row))
                    {
                        Set(into, BitOfWide(row));
                    }
                }
            }

            return true;
        }
        finally
        {
            ArrayPool<char>.Shared.Return(rented);
        }
    }

    /// <summary>The same of a text that is looked for. Characters that compare like an ASCII letter say nothing.</summary>
    private static void AddWide(HashSet<int> bits, ReadOnlySpan<char> text)
    {
        for (int at = 0; at < text.Length; at++)
        {
            for (int length = 1; length <= Math.Min(Short, at + 1); length++)
            {
                ReadOnlySpan<char> row = text.Slice(at + 1 - length, length);
                if (!Ascii.IsValid(row) && !row.ContainsAny(Folding))
                {
                    bits.Add(BitOfWide(row));
                }
            }
        }
    }

    private static void AddRow(HashSet<int> bits, ReadOnlySpan<byte> text, int length)
    {
        if (text.Length < length || text[..length].Contains(byte.MaxValue))
        {
            return;
        }

        ulong row = 0;
        foreach (byte c in text[..length])
        {
            row = (row << 8) | Lower(c);
        }

        bits.Add(length switch { Pair => BitOfPair(row), Short => BitOfShort(row), _ => BitOfLong(row) });
    }

    private static void Set(Span<byte> into, int bit) => into[bit >> 3] |= (byte)(1 << (bit & 7));

    private static int BitOfPair(ulong row) => Bit((row & 0xFFFF) | (1UL << 55));

    private static int BitOfShort(ulong row) => Bit((row & 0xFFFFFF) | (1UL << 56));

    private static int BitOfLong(ulong row) => Bit(row & 0xFFFF_FFFF_FFFF);

    private static int BitOfWide(ReadOnlySpan<char> row)
    {
        ulong folded = (ulong)row.Length << 57;
        foreach (char c in row)
        {
            folded = (folded & (0xFFUL << 56)) | (((folded << 16) | CaseFold.Of(c)) & 0xFFFF_FFFF_FFFF);
        }

        return Bit(folded);
    }

    private static int Bit(ulong row) => (int)((row * 0x9E3779B97F4A7C15) >> (64 - Width));

    private static byte Lower(byte c) => (uint)(c - 'A') <= 'Z' - 'A' ? (byte)(c | 0x20) : c;
}

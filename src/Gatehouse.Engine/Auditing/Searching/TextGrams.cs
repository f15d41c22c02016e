using System.Buffers;
using System.Text;

namespace Gatehouse.Engine.Auditing.Searching;

/// <summary>
/// Which three and which six ASCII characters in a row a block's lines hold, in any case, as bits of a hash. A text of which one
/// is missing is in none of the block's lines. Threes are there for short texts, sixes tell numbers and names apart.
/// </summary>
internal sealed class TextGrams
{
    /// <summary>Bytes of a block's bits.</summary>
    public const int Size = 1 << (Width - 3);

    private const int Width = 18;
    private const int Short = 3;
    private const int Long = 6;
    private const int HashLength = 64;

    private static readonly SearchValues<byte> Hex = SearchValues.Create("0123456789abcdefABCDEF"u8);

    private readonly int[] _bits;

    private TextGrams(int[] bits) => _bits = bits;

    /// <summary>Characters beyond ASCII that some comparison takes for an ASCII letter of another case.</summary>
    public static ReadOnlySpan<char> Folding => "\u0130\u0131\u017F\u212A";

    /// <summary>What to look for, or null where the text has no three ASCII characters in a row.</summary>
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
            AddRow(bits, bytes.AsSpan(i), Short);
            if (i + Long <= bytes.Length && (!mayBeInHash || bytes.AsSpan(i, Long).ContainsAnyExcept(Hex)))
            {
                AddRow(bits, bytes.AsSpan(i), Long);
            }
        }

        return bits.Count == 0 ? null : new TextGrams([.. bits]);
    }

    /// <summary>Notes a line.</summary>
    public static void Add(ReadOnlySpan<byte> line, Span<byte> into)
    {
        if (!Ascii.IsValid(line) && Encoding.UTF8.GetString(line).AsSpan().ContainsAny(Folding))
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

        bits.Add(length == Short ? BitOfShort(row) : BitOfLong(row));
    }

    private static void Set(Span<byte> into, int bit) => into[bit >> 3] |= (byte)(1 << (bit & 7));

    private static int BitOfShort(ulong row) => Bit((row & 0xFFFFFF) | (1UL << 56));

    private static int BitOfLong(ulong row) => Bit(row & 0xFFFF_FFFF_FFFF);

    private static int Bit(ulong row) => (int)((row * 0x9E3779B97F4A7C15) >> (64 - Width));

    private static byte Lower(byte c) => (uint)(c - 'A') <= 'Z' - 'A' ? (byte)(c | 0x20) : c;
}

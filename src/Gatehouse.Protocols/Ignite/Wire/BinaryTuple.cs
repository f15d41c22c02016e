using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;

namespace Gatehouse.Protocols.Ignite.Wire;

/// <summary>
/// A row as bytes (IEP-92): a byte that says how wide offsets are, an offset for the end of each value, the values. All
/// little-endian.
/// </summary>
internal static class BinaryTuple
{
    private const byte Escape = 0x80;

    /// <summary>The first of so many values as a text, at most so many bytes long. All offsets must hold together.</summary>
    public static bool TryFirstText(ReadOnlySpan<byte> tuple, int count, int maxBytes, out string text)
    {
        text = "";

        // Two bits of width; the other bits are for prefixes of an index, and no row that a client sends has them.
        if (count < 1 || tuple.IsEmpty || tuple[0] > 2)
        {
            return false;
        }

        int width = 1 << tuple[0];
        long values = 1 + ((long)count * width);
        if (values > tuple.Length)
        {
            return false;
        }

        long end = 0;
        long first = 0;
        for (int i = 0; i < count; i++)
        {
            long next = Offset(tuple[(1 + (i * width))..], width);
            first = i == 0 ? next : first;
            if (next < end)
            {
                return false;
            }

            end = next;
        }

        return values + end == tuple.Length && TryText(tuple.Slice((int)values, (int)first), maxBytes, out text);
    }

    // Of no bytes it is null. One that is empty, or begins with the escape, has the escape before it.
    private static bool TryText(ReadOnlySpan<byte> value, int maxBytes, out string text)
    {
        text = "";
        if (value.IsEmpty)
        {
            return false;
        }

        ReadOnlySpan<byte> utf8 = value[0] == Escape ? value[1..] : value;
        if (utf8.Length > maxBytes || !Utf8.IsValid(utf8))
        {
            return false;
        }

        text = Encoding.UTF8.GetString(utf8);
        return true;
    }

    private static long Offset(ReadOnlySpan<byte> at, int width) => width switch
    {
        1 => at[0],
        2 => BinaryPrimitives.ReadUInt16LittleEndian(at),
        _ => BinaryPrimitives.ReadUInt32LittleEndian(at),
    };
}

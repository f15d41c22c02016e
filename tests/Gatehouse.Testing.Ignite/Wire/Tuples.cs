using System.Buffers.Binary;
using System.Text;

namespace Gatehouse.Testing.Ignite.Wire;

/// <summary>BinaryTuples: a byte with the size of the offsets, the end of each value, the values; null is a value of no bytes.</summary>
public static class Tuples
{
    /// <summary>A tuple of these values.</summary>
    public static byte[] Build(params byte[]?[] values)
    {
        byte[][] area = [.. values.Select(v => v switch
        {
            null => [],
            [] => [0x80],
            [0x80, ..] => [0x80, .. v],
            _ => v,
        })];
        int total = area.Sum(v => v.Length);
        int log = total switch { <= byte.MaxValue => 0, <= ushort.MaxValue => 1, _ => 2 };
        var tuple = new MemoryStream();
        tuple.WriteByte((byte)log);
        byte[] offset = new byte[4];
        int end = 0;
        foreach (byte[] value in area)
        {
            end += value.Length;
            BinaryPrimitives.WriteInt32LittleEndian(offset, end);
            tuple.Write(offset, 0, 1 << log);
        }

        foreach (byte[] value in area)
        {
            tuple.Write(value);
        }

        return tuple.ToArray();
    }

    /// <summary>A tuple of strings.</summary>
    public static byte[] Texts(params string?[] values) => Build([.. values.Select(v => v is null ? null : Encoding.UTF8.GetBytes(v))]);

    /// <summary>One value of a tuple of which the number of elements is known; null where it is null.</summary>
    public static byte[]? Element(ReadOnlySpan<byte> tuple, int index, int count)
    {
        int size = 1 << (tuple[0] & 3);
        int area = 1 + (size * count);
        int start = index == 0 ? 0 : Offset(tuple, index - 1, size);
        ReadOnlySpan<byte> value = tuple[(area + start)..(area + Offset(tuple, index, size))];
        return value switch
        {
            [] => null,
            [0x80, ..] => value[1..].ToArray(),
            _ => value.ToArray(),
        };
    }

    /// <summary>How many elements a tuple has: the one number for which its last offset is its end.</summary>
    public static int Count(ReadOnlySpan<byte> tuple)
    {
        int size = 1 << (tuple[0] & 3);
        for (int count = 1; 1 + (size * count) <= tuple.Length; count++)
        {
            if (1 + (size * count) + Offset(tuple, count - 1, size) == tuple.Length)
            {
                return count;
            }
        }

        return 0;
    }

    /// <summary>The same as text.</summary>
    public static string? TextAt(ReadOnlySpan<byte> tuple, int index, int count) =>
        Element(tuple, index, count) is { } value ? Encoding.UTF8.GetString(value) : null;

    private static int Offset(ReadOnlySpan<byte> tuple, int index, int size)
    {
        ReadOnlySpan<byte> at = tuple.Slice(1 + (index * size), size);
        return size switch
        {
            1 => at[0],
            2 => BinaryPrimitives.ReadUInt16LittleEndian(at),
            4 => BinaryPrimitives.ReadInt32LittleEndian(at),
            _ => throw new FormatException("offsets of 8 bytes"),
        };
    }
}

using System.Buffers.Binary;
using System.Text;

namespace Gatehouse.Protocols.Tests.Ignite;

/// <summary>MessagePack of the tests' own, written from its specification.</summary>
internal static class Pack
{
    public static byte[] Nil => [0xc0];

    public static byte[] True => [0xc3];

    public static byte[] False => [0xc2];

    /// <summary>Smallest form; unsigned where that is as short.</summary>
    public static byte[] N(long value) => value switch
    {
        >= -32 and <= 127 => [(byte)value],
        >= 0 and <= byte.MaxValue => [0xcc, (byte)value],
        >= 0 and <= ushort.MaxValue => [0xcd, .. Big(value, 2)],
        >= 0 and <= uint.MaxValue => [0xce, .. Big(value, 4)],
        >= 0 => [0xcf, .. Big(value, 8)],
        >= sbyte.MinValue => [0xd0, (byte)value],
        >= short.MinValue => [0xd1, .. Big(value, 2)],
        >= int.MinValue => [0xd2, .. Big(value, 4)],
        _ => [0xd3, .. Big(value, 8)],
    };

    /// <summary>A text as clients write it that measure by characters: three bytes for each and one more.</summary>
    public static byte[] S(string text)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(text);
        return ((text.Length + 1) * 3) switch
        {
            <= 31 => [(byte)(0xa0 | utf8.Length), .. utf8],
            <= 255 => [0xd9, (byte)utf8.Length, .. utf8],
            <= 65535 => [0xda, .. Big(utf8.Length, 2), .. utf8],
            _ => [0xdb, .. Big(utf8.Length, 4), .. utf8],
        };
    }

    public static byte[] B(params byte[] value) => value.Length switch
    {
        <= 255 => [0xc4, (byte)value.Length, .. value],
        <= 65535 => [0xc5, .. Big(value.Length, 2), .. value],
        _ => [0xc6, .. Big(value.Length, 4), .. value],
    };

    public static byte[] G(string guid)
    {
        byte[] big = Guid.Parse(guid).ToByteArray(bigEndian: true);
        Array.Reverse(big, 0, 8);
        Array.Reverse(big, 8, 8);
        return [0xd8, 3, .. big];
    }

    public static byte[] Bits(params byte[] bits) => bits.Length switch
    {
        1 => [0xd4, 8, .. bits],
        2 => [0xd5, 8, .. bits],
        4 => [0xd6, 8, .. bits],
        8 => [0xd7, 8, .. bits],
        16 => [0xd8, 8, .. bits],
        _ => [0xc7, (byte)bits.Length, 8, .. bits],
    };

    /// <summary>A BinaryTuple with offsets of one byte.</summary>
    public static byte[] Tuple(params byte[][] values)
    {
        int end = 0;
        byte[] offsets = [.. values.Select(v => (byte)(end += v.Length))];
        return [0, .. offsets, .. values.SelectMany(static v => v)];
    }

    public static byte[] All(params byte[][] values) => [.. values.SelectMany(static v => v)];

    public static byte[] Frame(byte[] payload) => [.. Big(payload.Length, 4), .. payload];

    private static byte[] Big(long value, int width)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(bytes, value);
        return bytes[(8 - width)..];
    }
}

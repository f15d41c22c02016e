using System.Buffers.Binary;
using System.Text;

namespace Gatehouse.Testing.Ignite.Wire;

/// <summary>Writes the MessagePack values that the thin client protocol uses, each in its smallest form.</summary>
/// <param name="wideStrings">
/// Takes the form of a string by the most bytes that its characters could take, three for each and three more: so the real clients
/// in .NET do it, of whose first frame the size is known. They also keep room for numbers which they learn later, and end some
/// requests with operands that not every node reads.
/// </param>
public sealed class PackWriter(bool wideStrings = false)
{
    private readonly MemoryStream _bytes = new();

    /// <summary>Whether it writes as the clients in .NET do.</summary>
    public bool IsWide => wideStrings;

    /// <summary>What was written.</summary>
    public byte[] ToArray() => _bytes.ToArray();

    /// <summary>An integer in its smallest form.</summary>
    public PackWriter Int(long value) => value switch
    {
        >= -32 and <= 127 => Raw((byte)value),
        > 0 and <= byte.MaxValue => Raw(0xCC, (byte)value),
        > 0 and <= ushort.MaxValue => Head(0xCD, value, 2),
        > 0 and <= uint.MaxValue => Head(0xCE, value, 4),
        > 0 => Head(0xCF, value, 8),
        >= sbyte.MinValue => Head(0xD0, value, 1),
        >= short.MinValue => Head(0xD1, value, 2),
        >= int.MinValue => Head(0xD2, value, 4),
        _ => Head(0xD3, value, 8),
    };

    /// <summary>An integer in the room of 64 bits that was kept for it.</summary>
    public PackWriter Kept(long value) => Head(0xD3, value, 8);

    /// <summary>How many values follow: an int32 however small where they are counted while they are written.</summary>
    public PackWriter Count(int value) => wideStrings ? Head(0xD2, value, 4) : Int(value);

    /// <summary>The id of a transaction, which may begin after the row was written: then it comes as a uint64 however small.</summary>
    public PackWriter Token(long value) => wideStrings ? Head(0xCF, value, 8) : Int(value);

    /// <summary>A string, or nil.</summary>
    public PackWriter Text(string? value)
    {
        if (value is null)
        {
            return Nil();
        }

        byte[] bytes = Encoding.UTF8.GetBytes(value);
        int most = wideStrings ? Encoding.UTF8.GetMaxByteCount(value.Length) : bytes.Length;
        _ = most switch
        {
            < 32 => Raw((byte)(0xA0 | bytes.Length)),
            <= byte.MaxValue => Head(0xD9, bytes.Length, 1),
            <= ushort.MaxValue => Head(0xDA, bytes.Length, 2),
            _ => Head(0xDB, bytes.Length, 4),
        };
        return Raw(bytes);
    }

    /// <summary>Binary data.</summary>
    public PackWriter Bin(ReadOnlySpan<byte> value)
    {
        _ = value.Length switch
        {
            <= byte.MaxValue => Head(0xC4, value.Length, 1),
            <= ushort.MaxValue => Head(0xC5, value.Length, 2),
            _ => Head(0xC6, value.Length, 4),
        };
        return Raw(value);
    }

    /// <summary>True or false.</summary>
    public PackWriter Bool(bool value) => Raw(value ? (byte)0xC3 : (byte)0xC2);

    /// <summary>No value.</summary>
    public PackWriter Nil() => Raw(0xC0);

    /// <summary>Extension 3: two little-endian longs, the most significant first; or nil.</summary>
    public PackWriter Uuid(Guid? value)
    {
        if (value is not { } id)
        {
            return Nil();
        }

        Span<byte> bytes = stackalloc byte[16];
        id.TryWriteBytes(bytes, bigEndian: true, out _);
        bytes[..8].Reverse();
        bytes[8..].Reverse();
        return Raw(0xD8, 3).Raw(bytes);
    }

    /// <summary>Extension 8: a bit set in little-endian order.</summary>
    public PackWriter Bits(params int[] set)
    {
        byte[] bytes = new byte[set.Length == 0 ? 0 : (set.Max() / 8) + 1];
        foreach (int bit in set)
        {
            bytes[bit / 8] |= (byte)(1 << (bit % 8));
        }

        _ = bytes.Length switch
        {
            1 => Raw(0xD4, 8),
            2 => Raw(0xD5, 8),
            4 => Raw(0xD6, 8),
            8 => Raw(0xD7, 8),
            16 => Raw(0xD8, 8),
            _ => Raw(0xC7, (byte)bytes.Length, 8),
        };
        return Raw(bytes);
    }

    /// <summary>Bytes as they are.</summary>
    public PackWriter Raw(params ReadOnlySpan<byte> bytes)
    {
        _bytes.Write(bytes);
        return this;
    }

    private PackWriter Head(byte form, long value, int length)
    {
        Span<byte> all = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(all, value);
        return Raw(form).Raw(all[(8 - length)..]);
    }
}

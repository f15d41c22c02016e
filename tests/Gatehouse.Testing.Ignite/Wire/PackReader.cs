using System.Buffers.Binary;
using System.Text;

namespace Gatehouse.Testing.Ignite.Wire;

/// <summary>Reads MessagePack as the node does: longer forms than needed, bad UTF-8 and trailing bytes are all let pass.</summary>
public sealed class PackReader(ReadOnlyMemory<byte> bytes)
{
    /// <summary>Bytes read until now.</summary>
    public int Position { get; private set; }

    /// <summary>True where nothing is left.</summary>
    public bool IsEnd => Position == bytes.Length;

    /// <summary>What is not yet read.</summary>
    public ReadOnlyMemory<byte> Rest => bytes[Position..];

    /// <summary>True where the next value is nil; it is not read.</summary>
    public bool IsNil => Peek() == 0xC0;

    /// <summary>An int: the 64-bit forms are an error, and uint32 is read as a signed one.</summary>
    public int Int()
    {
        byte form = Peek();
        return form is 0xCF or 0xD3 ? throw new FormatException($"form {form:x2} for an int") : (int)Long();
    }

    /// <summary>A long in any form; uint64 is read as a signed one.</summary>
    public long Long()
    {
        byte form = Byte();
        return form switch
        {
            < 0x80 or >= 0xE0 => (sbyte)form,
            0xCC => Byte(),
            0xCD => BinaryPrimitives.ReadUInt16BigEndian(Take(2)),
            0xCE => BinaryPrimitives.ReadUInt32BigEndian(Take(4)),
            0xCF or 0xD3 => BinaryPrimitives.ReadInt64BigEndian(Take(8)),
            0xD0 => (sbyte)Byte(),
            0xD1 => BinaryPrimitives.ReadInt16BigEndian(Take(2)),
            0xD2 => BinaryPrimitives.ReadInt32BigEndian(Take(4)),
            _ => throw new FormatException($"form {form:x2} for an integer"),
        };
    }

    /// <summary>A string.</summary>
    public string Text()
    {
        byte form = Byte();
        int length = form switch
        {
            >= 0xA0 and <= 0xBF => form & 0x1F,
            0xD9 => Byte(),
            0xDA => BinaryPrimitives.ReadUInt16BigEndian(Take(2)),
            0xDB => BinaryPrimitives.ReadInt32BigEndian(Take(4)),
            _ => throw new FormatException($"form {form:x2} for a string"),
        };
        return Encoding.UTF8.GetString(Take(length));
    }

    /// <summary>A string or nil.</summary>
    public string? TextOrNil() => TakeNil() ? null : Text();

    /// <summary>A long or nil.</summary>
    public long? LongOrNil() => TakeNil() ? null : Long();

    /// <summary>True or false.</summary>
    public bool Bool() => Byte() switch
    {
        0xC2 => false,
        0xC3 => true,
        byte form => throw new FormatException($"form {form:x2} for a bool"),
    };

    /// <summary>Binary data.</summary>
    public byte[] Bin()
    {
        byte form = Byte();
        int length = form switch
        {
            0xC4 => Byte(),
            0xC5 => BinaryPrimitives.ReadUInt16BigEndian(Take(2)),
            0xC6 => BinaryPrimitives.ReadInt32BigEndian(Take(4)),
            _ => throw new FormatException($"form {form:x2} for binary data"),
        };
        return Take(length).ToArray();
    }

    /// <summary>A UUID.</summary>
    public Guid Uuid()
    {
        (int type, byte[] data) = Extension();
        if (type != 3 || data.Length != 16)
        {
            throw new FormatException($"extension {type} of {data.Length} bytes for a UUID");
        }

        Array.Reverse(data, 0, 8);
        Array.Reverse(data, 8, 8);
        return new Guid(data, bigEndian: true);
    }

    /// <summary>A UUID or nil.</summary>
    public Guid? UuidOrNil() => TakeNil() ? null : Uuid();

    /// <summary>The bytes of a bit set.</summary>
    public byte[] Bits()
    {
        (int type, byte[] data) = Extension();
        return type == 8 ? data : throw new FormatException($"extension {type} for a bit set");
    }

    /// <summary>Reads the next value if it is nil.</summary>
    public bool TakeNil()
    {
        if (!IsNil)
        {
            return false;
        }

        Position++;
        return true;
    }

    /// <summary>Passes over one value of any scalar kind.</summary>
    public void Skip()
    {
        byte form = Peek();
        _ = form switch
        {
            0xC0 or 0xC2 or 0xC3 => Byte(),
            0xC4 or 0xC5 or 0xC6 => Bin().Length,
            0xCA => Take(5).Length,
            0xCB => Take(9).Length,
            0xC7 or 0xC8 or 0xC9 or (>= 0xD4 and <= 0xD8) => Extension().Data.Length,
            (>= 0xA0 and <= 0xBF) or 0xD9 or 0xDA or 0xDB => Text().Length,
            _ => Long(),
        };
    }

    private (int Type, byte[] Data) Extension()
    {
        byte form = Byte();
        int length = form switch
        {
            >= 0xD4 and <= 0xD8 => 1 << (form - 0xD4),
            0xC7 => Byte(),
            0xC8 => BinaryPrimitives.ReadUInt16BigEndian(Take(2)),
            0xC9 => BinaryPrimitives.ReadInt32BigEndian(Take(4)),
            _ => throw new FormatException($"form {form:x2} for an extension"),
        };
        return ((sbyte)Byte(), Take(length).ToArray());
    }

    private byte Peek() => Position < bytes.Length ? bytes.Span[Position] : throw new FormatException("the payload ends early");

    private byte Byte()
    {
        byte value = Peek();
        Position++;
        return value;
    }

    private ReadOnlySpan<byte> Take(int length)
    {
        if (length < 0 || length > bytes.Length - Position)
        {
            throw new FormatException("the payload ends early");
        }

        Position += length;
        return bytes.Span.Slice(Position - length, length);
    }
}

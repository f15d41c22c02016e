using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;

namespace Gatehouse.Protocols.Ignite.Wire;

/// <summary>Values one after another. Every read says whether the value was there, and moves only then.</summary>
internal ref struct MessagePackReader(ReadOnlySpan<byte> bytes)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;

    /// <summary>Bytes read.</summary>
    public int Position { get; private set; }

    /// <summary>Whether all were read.</summary>
    public readonly bool IsAtEnd => Position == _bytes.Length;

    private readonly ReadOnlySpan<byte> Rest => _bytes[Position..];

    /// <summary>
    /// An integer in any form, as a node reads it. Clients do not always write the smallest one: where they learn a value after
    /// what follows it, they keep room for the largest, for a count as for the id of a transaction that has not begun. A uint64
    /// above the highest long is refused: a node reads it as negative.
    /// </summary>
    public bool TryLong(out long value) => TryNumber(maxWidth: 8, out value);

    /// <summary>The same in a form of at most 32 bits; a node takes no wider one where it wants an int.</summary>
    public bool TryInt(out int value) => TryInt(int.MinValue, int.MaxValue, out value);

    /// <summary>The same between bounds.</summary>
    public bool TryInt(int min, int max, out int value)
    {
        int before = Position;
        if (TryNumber(maxWidth: 4, out long number) && number >= min && number <= max)
        {
            value = (int)number;
            return true;
        }

        Position = before;
        value = 0;
        return false;
    }

    /// <summary>A small integer of exactly one byte, so that another can be put in its place.</summary>
    public bool TryOneByte(int max, out int value)
    {
        value = 0;
        if (IsAtEnd || _bytes[Position] > 0x7f || _bytes[Position] > max)
        {
            return false;
        }

        value = _bytes[Position++];
        return true;
    }

    /// <summary>How many values follow.</summary>
    public bool TryCount(out int value) => TryInt(0, int.MaxValue, out value);

    public bool TryBool(out bool value)
    {
        value = false;
        if (IsAtEnd || (_bytes[Position] & 0xfe) != 0xc2)
        {
            return false;
        }

        value = _bytes[Position++] == 0xc3;
        return true;
    }

    /// <summary>Reads a nil if there is one.</summary>
    public bool TryNil()
    {
        if (IsAtEnd || _bytes[Position] != 0xc0)
        {
            return false;
        }

        Position++;
        return true;
    }

    /// <summary>
    /// A text, valid UTF-8, its length in any form: .NET clients choose the form before they have encoded, by the most bytes that
    /// so many characters can take.
    /// </summary>
    public bool TryText(out ReadOnlySpan<byte> utf8)
    {
        utf8 = default;
        ReadOnlySpan<byte> rest = Rest;
        if (rest.IsEmpty)
        {
            return false;
        }

        int width = rest[0] switch { >= 0xa0 and <= 0xbf => 0, 0xd9 => 1, 0xda => 2, 0xdb => 4, _ => -1 };
        if (!TryLength(rest, width, rest[0] & 0x1f, out int length))
        {
            return false;
        }

        ReadOnlySpan<byte> text = rest.Slice(1 + width, length);
        if (!Utf8.IsValid(text))
        {
            return false;
        }

        utf8 = text;
        Position += 1 + width + length;
        return true;
    }

    /// <summary>A text of at most so many bytes.</summary>
    public bool TryString(int maxBytes, out string value)
    {
        int before = Position;
        if (TryText(out ReadOnlySpan<byte> utf8) && utf8.Length <= maxBytes)
        {
            value = Encoding.UTF8.GetString(utf8);
            return true;
        }

        Position = before;
        value = "";
        return false;
    }

    /// <summary>A text or nil.</summary>
    public bool TryStringOrNil(int maxBytes, out string? value)
    {
        value = null;
        if (TryNil())
        {
            return true;
        }

        bool isText = TryString(maxBytes, out string text);
        value = isText ? text : null;
        return isText;
    }

    /// <summary>Binary, its length in any form.</summary>
    public bool TryBinary(out ReadOnlySpan<byte> value)
    {
        value = default;
        ReadOnlySpan<byte> rest = Rest;
        if (rest.IsEmpty)
        {
            return false;
        }

        int width = rest[0] switch { 0xc4 => 1, 0xc5 => 2, 0xc6 => 4, _ => -1 };
        if (!TryLength(rest, width, 0, out int length))
        {
            return false;
        }

        value = rest.Slice(1 + width, length);
        Position += 1 + width + length;
        return true;
    }

    /// <summary>A UUID: extension 3 of two little-endian longs, the most significant first.</summary>
    public bool TryGuid(out Guid value)
    {
        value = Guid.Empty;
        ReadOnlySpan<byte> rest = Rest;
        if (!TryExtension(rest, out byte type, out int length, out int total) || type != MessagePackWriter.GuidType || length != 16)
        {
            return false;
        }

        Span<byte> big = stackalloc byte[16];
        ReadOnlySpan<byte> halves = rest[(total - length)..];
        BinaryPrimitives.WriteInt64BigEndian(big, BinaryPrimitives.ReadInt64LittleEndian(halves));
        BinaryPrimitives.WriteInt64BigEndian(big[8..], BinaryPrimitives.ReadInt64LittleEndian(halves[8..]));
        value = new Guid(big, bigEndian: true);
        Position += total;
        return true;
    }

    /// <summary>A UUID or nil.</summary>
    public bool TryGuidOrNil(out Guid? value)
    {
        value = null;
        if (TryNil())
        {
            return true;
        }

        bool isGuid = TryGuid(out Guid guid);
        value = isGuid ? guid : null;
        return isGuid;
    }

    /// <summary>A set of bits: extension 8.</summary>
    public bool TryBitSet()
    {
        ReadOnlySpan<byte> rest = Rest;
        if (!TryExtension(rest, out byte type, out _, out int total) || type != MessagePackWriter.BitSetType)
        {
            return false;
        }

        Position += total;
        return true;
    }

    /// <summary>One value of any kind, whole and well formed; arrays and maps with all that is in them.</summary>
    public bool TrySkip()
    {
        int before = Position;
        for (long pending = 1; pending > 0; pending--)
        {
            if (!TrySkipOne(out long inside))
            {
                Position = before;
                return false;
            }

            pending += inside;
        }

        return true;
    }

    // inside: how many values belong to the array or map whose head this was.
    private bool TrySkipOne(out long inside)
    {
        inside = 0;
        ReadOnlySpan<byte> rest = Rest;
        if (rest.IsEmpty)
        {
            return false;
        }

        switch (rest[0])
        {
            case 0xc0 or 0xc2 or 0xc3:
                Position++;
                return true;
            case 0xca or 0xcb:
                int size = rest[0] == 0xca ? 5 : 9;
                Position += rest.Length >= size ? size : 0;
                return rest.Length >= size;
            case 0xc4 or 0xc5 or 0xc6:
                return TryBinary(out _);
            case (>= 0xa0 and <= 0xbf) or 0xd9 or 0xda or 0xdb:
                return TryText(out _);
            case (>= 0xd4 and <= 0xd8) or 0xc7 or 0xc8 or 0xc9:
                bool isWhole = TryExtension(rest, out _, out _, out int total);
                Position += total;
                return isWhole;
            case (>= 0x80 and <= 0x9f) or (>= 0xdc and <= 0xdf):
                return TryHead(rest, out inside);
            default:
                return TryNumber(maxWidth: 8, out _);
        }
    }

    // An array or a map; each value in it has at least a byte, so that a count says nothing that the bytes cannot hold.
    private bool TryHead(ReadOnlySpan<byte> rest, out long inside)
    {
        byte code = rest[0];
        bool isMap = code is (>= 0x80 and <= 0x8f) or 0xde or 0xdf;
        int width = code switch { 0xdc or 0xde => 2, 0xdd or 0xdf => 4, _ => 0 };
        inside = 0;
        if (rest.Length <= width)
        {
            return false;
        }

        uint count = width switch
        {
            0 => code & 0x0fu,
            2 => BinaryPrimitives.ReadUInt16BigEndian(rest[1..]),
            _ => BinaryPrimitives.ReadUInt32BigEndian(rest[1..]),
        };
        inside = isMap ? 2L * count : count;
        if (inside > rest.Length - 1 - width)
        {
            return false;
        }

        Position += 1 + width;
        return true;
    }

    private bool TryNumber(int maxWidth, out long value)
    {
        value = 0;
        ReadOnlySpan<byte> rest = Rest;
        if (rest.IsEmpty)
        {
            return false;
        }

        byte code = rest[0];
        int width = code switch
        {
            <= 0x7f or >= 0xe0 => 0,
            0xcc or 0xd0 => 1,
            0xcd or 0xd1 => 2,
            0xce or 0xd2 => 4,
            0xcf or 0xd3 => 8,
            _ => -1,
        };
        if (width < 0 || width > maxWidth || rest.Length <= width)
        {
            return false;
        }

        long number = Number(code, rest);
        if (code == 0xcf && number < 0)
        {
            return false;
        }

        value = number;
        Position += 1 + width;
        return true;
    }

    private static long Number(byte code, ReadOnlySpan<byte> rest) => code switch
    {
        <= 0x7f => code,
        >= 0xe0 => (sbyte)code,
        0xcc => rest[1],
        0xcd => BinaryPrimitives.ReadUInt16BigEndian(rest[1..]),
        0xce => BinaryPrimitives.ReadUInt32BigEndian(rest[1..]),
        0xd0 => (sbyte)rest[1],
        0xd1 => BinaryPrimitives.ReadInt16BigEndian(rest[1..]),
        0xd2 => BinaryPrimitives.ReadInt32BigEndian(rest[1..]),
        _ => BinaryPrimitives.ReadInt64BigEndian(rest[1..]),
    };

    // The length behind the first byte, and whether so many bytes are there.
    private static bool TryLength(ReadOnlySpan<byte> rest, int width, int inCode, out int length)
    {
        length = 0;
        if (width < 0 || rest.Length <= width)
        {
            return false;
        }

        uint said = width switch
        {
            0 => (uint)inCode,
            1 => rest[1],
            2 => BinaryPrimitives.ReadUInt16BigEndian(rest[1..]),
            _ => BinaryPrimitives.ReadUInt32BigEndian(rest[1..]),
        };
        length = (int)Math.Min(said, int.MaxValue);
        return said <= (uint)(rest.Length - 1 - width);
    }

    private static bool TryExtension(ReadOnlySpan<byte> rest, out byte type, out int length, out int total)
    {
        type = 0;
        length = 0;
        total = 0;
        if (rest.IsEmpty)
        {
            return false;
        }

        int width = rest[0] switch { >= 0xd4 and <= 0xd8 => 0, 0xc7 => 1, 0xc8 => 2, 0xc9 => 4, _ => -1 };
        int @fixed = width == 0 ? 1 << (rest[0] - 0xd4) : 0;
        if (!TryLength(rest, width, @fixed, out length) || length > rest.Length - 2 - width)
        {
            return false;
        }

        type = rest[1 + width];
        total = 2 + width + length;
        return true;
    }
}

using System.Buffers.Binary;
using System.Text;

namespace Gatehouse.Protocols.Ignite.Wire;

/// <summary>Values one after another in their smallest form, into room that the caller has measured.</summary>
internal ref struct MessagePackWriter(Span<byte> to)
{
    /// <summary>Extension type of a UUID.</summary>
    public const byte GuidType = 3;

    /// <summary>Extension type of a set of bits.</summary>
    public const byte BitSetType = 8;

    /// <summary>Most bytes of a number, and of what stands before a text.</summary>
    public const int MostOfNumber = 9;

    private readonly Span<byte> _to = to;

    /// <summary>Bytes written.</summary>
    public int Position { get; private set; }

    /// <summary>Bytes behind the first of a number's smallest form: 0, 1, 2, 4 or 8.</summary>
    public static int WidthOf(long value) => value switch
    {
        >= -32 and <= 0x7f => 0,
        >= sbyte.MinValue and <= byte.MaxValue => 1,
        >= short.MinValue and <= ushort.MaxValue => 2,
        >= int.MinValue and <= uint.MaxValue => 4,
        _ => 8,
    };

    public void Number(long value)
    {
        Span<byte> span = _to[Position..];
        int width = WidthOf(value);
        bool isNegative = value < 0;
        span[0] = width switch
        {
            0 => (byte)value,
            1 => isNegative ? (byte)0xd0 : (byte)0xcc,
            2 => isNegative ? (byte)0xd1 : (byte)0xcd,
            4 => isNegative ? (byte)0xd2 : (byte)0xce,
            _ => isNegative ? (byte)0xd3 : (byte)0xcf,
        };
        switch (width)
        {
            case 1:
                span[1] = (byte)value;
                break;
            case 2:
                BinaryPrimitives.WriteUInt16BigEndian(span[1..], (ushort)value);
                break;
            case 4:
                BinaryPrimitives.WriteUInt32BigEndian(span[1..], (uint)value);
                break;
            case 8:
                BinaryPrimitives.WriteInt64BigEndian(span[1..], value);
                break;
        }

        Position += 1 + width;
    }

    public void Nil() => _to[Position++] = 0xc0;

    public void Text(string value)
    {
        int length = Encoding.UTF8.GetByteCount(value);
        TextHead(length);
        Position += Encoding.UTF8.GetBytes(value, _to[Position..]);
    }

    /// <summary>A text that is UTF-8 already.</summary>
    public void Text(ReadOnlySpan<byte> utf8)
    {
        TextHead(utf8.Length);
        Raw(utf8);
    }

    public void Binary(ReadOnlySpan<byte> value)
    {
        Head(value.Length, 0xc4);
        Raw(value);
    }

    /// <summary>A UUID: two little-endian longs, the most significant first.</summary>
    public void Guid(Guid value)
    {
        Span<byte> big = stackalloc byte[16];
        value.TryWriteBytes(big, bigEndian: true, out _);
        Span<byte> span = _to[Position..];
        span[0] = 0xd8;
        span[1] = GuidType;
        BinaryPrimitives.WriteInt64LittleEndian(span[2..], BinaryPrimitives.ReadInt64BigEndian(big));
        BinaryPrimitives.WriteInt64LittleEndian(span[10..], BinaryPrimitives.ReadInt64BigEndian(big[8..]));
        Position += 18;
    }

    /// <summary>Bytes that are values already.</summary>
    public void Raw(ReadOnlySpan<byte> values)
    {
        values.CopyTo(_to[Position..]);
        Position += values.Length;
    }

    private void TextHead(int length)
    {
        if (length <= 31)
        {
            _to[Position++] = (byte)(0xa0 | length);
            return;
        }

        Head(length, 0xd9);
    }

    // Three codes follow one another: of 8, 16 and 32 bits.
    private void Head(int length, byte first)
    {
        Span<byte> span = _to[Position..];
        switch (length)
        {
            case <= byte.MaxValue:
                span[0] = first;
                span[1] = (byte)length;
                Position += 2;
                break;
            case <= ushort.MaxValue:
                span[0] = (byte)(first + 1);
                BinaryPrimitives.WriteUInt16BigEndian(span[1..], (ushort)length);
                Position += 3;
                break;
            default:
                span[0] = (byte)(first + 2);
                BinaryPrimitives.WriteInt32BigEndian(span[1..], length);
                Position += 5;
                break;
        }
    }
}

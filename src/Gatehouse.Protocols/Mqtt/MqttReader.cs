using System.Buffers.Binary;

namespace Gatehouse.Protocols.Mqtt;

/// <summary>Fields of a packet, section 1.5. Every read says whether the bytes were there.</summary>
internal ref struct MqttReader(ReadOnlySpan<byte> bytes)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;

    /// <summary>Bytes read.</summary>
    public int Position { get; private set; }

    /// <summary>Whether all were read.</summary>
    public readonly bool IsAtEnd => Position == _bytes.Length;

    /// <summary>Bytes not read yet.</summary>
    public readonly ReadOnlySpan<byte> Rest => _bytes[Position..];

    public bool TryByte(out byte value)
    {
        value = 0;
        if (Position >= _bytes.Length)
        {
            return false;
        }

        value = _bytes[Position++];
        return true;
    }

    public bool TryUInt16(out ushort value)
    {
        if (!BinaryPrimitives.TryReadUInt16BigEndian(_bytes[Position..], out value))
        {
            return false;
        }

        Position += 2;
        return true;
    }

    public bool TryUInt32(out uint value)
    {
        if (!BinaryPrimitives.TryReadUInt32BigEndian(_bytes[Position..], out value))
        {
            return false;
        }

        Position += 4;
        return true;
    }

    /// <summary>Two bytes of length, and so many bytes.</summary>
    public bool TryBinary(out ReadOnlySpan<byte> value)
    {
        value = default;
        ReadOnlySpan<byte> rest = _bytes[Position..];
        if (!BinaryPrimitives.TryReadUInt16BigEndian(rest, out ushort length) || length > rest.Length - 2)
        {
            return false;
        }

        value = rest.Slice(2, length);
        Position += 2 + length;
        return true;
    }

    /// <summary>A variable byte integer in its shortest form, section 1.5.5.</summary>
    public bool TryVariable(out int value)
    {
        value = 0;
        ReadOnlySpan<byte> rest = _bytes[Position..];
        for (int i = 0; i < 4 && i < rest.Length; i++)
        {
            byte b = rest[i];
            value |= (b & 0x7f) << (7 * i);
            if (b < 0x80)
            {
                Position += i + 1;
                return b != 0 || i == 0;
            }
        }

        return false;
    }

    /// <summary>A length of properties and so many bytes, which are not looked into.</summary>
    public bool TryProperties(out ReadOnlySpan<byte> raw)
    {
        raw = default;
        if (!TryVariable(out int length) || length > _bytes.Length - Position)
        {
            return false;
        }

        raw = _bytes.Slice(Position, length);
        Position += length;
        return true;
    }
}

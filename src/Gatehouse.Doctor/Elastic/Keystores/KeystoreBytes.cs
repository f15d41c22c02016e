using System.Buffers.Binary;

namespace Gatehouse.Doctor.Elastic.Keystores;

/// <summary>Bytes of a store from front to back. What is too short is refused.</summary>
internal sealed class KeystoreBytes(byte[] bytes, bool isLittle)
{
    private int _at;

    /// <summary>One.</summary>
    public int Byte() => Span(1)[0];

    /// <summary>A number of two bytes, always with the high one first.</summary>
    public int Short() => BinaryPrimitives.ReadUInt16BigEndian(Span(2));

    /// <summary>A number of four bytes.</summary>
    public int Number() => isLittle ? BinaryPrimitives.ReadInt32LittleEndian(Span(4)) : BinaryPrimitives.ReadInt32BigEndian(Span(4));

    /// <summary>So many.</summary>
    public byte[] Take(int count) => Span(count).ToArray();

    /// <summary>All that follow.</summary>
    public byte[] Rest() => Take(bytes.Length - _at);

    private ReadOnlySpan<byte> Span(int count)
    {
        if (count < 0 || count > bytes.Length - _at)
        {
            throw new InvalidDataException();
        }

        ReadOnlySpan<byte> taken = bytes.AsSpan(_at, count);
        _at += count;
        return taken;
    }
}

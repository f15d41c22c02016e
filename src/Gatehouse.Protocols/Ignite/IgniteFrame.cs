using System.Buffers.Binary;

namespace Gatehouse.Protocols.Ignite;

/// <summary>What bytes are, as a frame.</summary>
public enum IgniteFraming : byte
{
    /// <summary>Right so far and not whole.</summary>
    NeedMore,

    /// <summary>A whole frame.</summary>
    Complete,

    /// <summary>No frame that is taken.</summary>
    Refused,
}

/// <summary>The head of a frame: four bytes of length, big-endian, and before the first of a direction the magic. In bytes.</summary>
/// <param name="HeaderLength">4, or 8 with the magic; 0 while the head is not whole.</param>
/// <param name="Length">The payload.</param>
public readonly record struct IgniteFrame(int HeaderLength, int Length)
{
    /// <summary>The whole frame.</summary>
    public long TotalLength => (long)HeaderLength + Length;

    /// <summary>The first bytes of a direction.</summary>
    internal static ReadOnlySpan<byte> Magic => "IGNI"u8;

    /// <summary>
    /// Reads the head. A wrong magic is refused at its first wrong byte, a length above the limit by the head alone. With
    /// <see cref="IgniteFraming.NeedMore"/> the frame is there as soon as its head is whole.
    /// </summary>
    /// <param name="buffer">Bytes from the beginning of a frame; more may follow it.</param>
    /// <param name="withMagic">Whether it is the first of its direction.</param>
    /// <param name="maxPayload">Longest payload taken.</param>
    /// <param name="frame">The head.</param>
    /// <param name="error">Why it was refused.</param>
    public static IgniteFraming TryRead(
        ReadOnlySpan<byte> buffer, bool withMagic, int maxPayload, out IgniteFrame frame, out IgniteError error)
    {
        frame = default;
        error = IgniteError.None;
        int at = withMagic ? Magic.Length : 0;
        int shown = Math.Min(at, buffer.Length);
        if (!buffer[..shown].SequenceEqual(Magic[..shown]))
        {
            error = IgniteError.WrongMagic;
            return IgniteFraming.Refused;
        }

        if (buffer.Length < at + 4)
        {
            return IgniteFraming.NeedMore;
        }

        uint length = BinaryPrimitives.ReadUInt32BigEndian(buffer[at..]);
        if (length == 0 || length > (uint)Math.Max(maxPayload, 0))
        {
            // No payload is empty: the shortest request and response have two values.
            error = length == 0 ? IgniteError.Malformed : IgniteError.FrameTooLarge;
            return IgniteFraming.Refused;
        }

        frame = new IgniteFrame(at + 4, (int)length);
        return buffer.Length >= frame.TotalLength ? IgniteFraming.Complete : IgniteFraming.NeedMore;
    }
}

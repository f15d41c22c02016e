using System.Buffers.Binary;

namespace Gatehouse.Testing.Ignite.Wire;

/// <summary>Four bytes of length in big-endian order, then the payload; IGNI once before the first frame of each direction.</summary>
public static class Frames
{
    /// <summary>IGNI.</summary>
    public static ReadOnlySpan<byte> Magic => "IGNI"u8;

    /// <summary>A frame around the payload.</summary>
    public static byte[] Of(ReadOnlySpan<byte> payload)
    {
        byte[] frame = new byte[4 + payload.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, payload.Length);
        payload.CopyTo(frame.AsSpan(4));
        return frame;
    }

    /// <summary>The next payload; null where the connection ends before a frame begins.</summary>
    public static async Task<byte[]?> ReadAsync(Stream stream, CancellationToken cancellation)
    {
        byte[] head = new byte[4];
        int read = await stream.ReadAtLeastAsync(head, 4, throwOnEndOfStream: false, cancellation);
        if (read == 0)
        {
            return null;
        }

        int length = BinaryPrimitives.ReadInt32BigEndian(head);
        if (read < 4 || length < 0)
        {
            throw new InvalidDataException("a broken frame");
        }

        // The node allows two gigabytes before anybody has signed in; this much is enough for a test.
        if (length > 256 * 1024 * 1024)
        {
            throw new InvalidDataException($"a frame of {length} bytes");
        }

        byte[] payload = new byte[length];
        await stream.ReadExactlyAsync(payload, cancellation);
        return payload;
    }
}

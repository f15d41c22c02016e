using System.Buffers.Text;

namespace Gatehouse.Engine.Forwarding;

/// <summary>Chunk framing as we write it (RFC 9112 section 7.1): no extensions, lower-case size.</summary>
internal static class ChunkFrame
{
    /// <summary>What follows a chunk's data.</summary>
    public static ReadOnlyMemory<byte> End { get; } = "\r\n"u8.ToArray();

    /// <summary>Writes size and line end of a chunk; gives the number of bytes written.</summary>
    public static int WriteSize(Span<byte> into, long size)
    {
        _ = Utf8Formatter.TryFormat(size, into, out int written, 'x');
        into[written++] = (byte)'\r';
        into[written++] = (byte)'\n';
        return written;
    }
}

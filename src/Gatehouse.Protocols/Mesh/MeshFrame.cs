using System.Buffers.Binary;

namespace Gatehouse.Protocols.Mesh;

/// <summary>Kinds of frames inside of TLS. Frozen: append only.</summary>
public enum MeshFrameType : byte
{
    /// <summary>Never sent.</summary>
    None = 0,

    /// <summary>From the called node, once, first: who it is (<see cref="MeshGreeting"/>).</summary>
    Greeting = 1,

    /// <summary>The caller wants a stream (<see cref="MeshOpen"/>).</summary>
    Open = 2,

    /// <summary>What comes of it (<see cref="MeshOpened"/>).</summary>
    Opened = 3,

    /// <summary>Bytes of the stream, either way.</summary>
    Data = 4,

    /// <summary>The sender's program has ended its side; nothing follows from there. Empty.</summary>
    End = 5,

    /// <summary>The sender's program, or the way to it, broke; nothing follows. Empty.</summary>
    Reset = 6,

    /// <summary>Is anybody there (<see cref="MeshPingFrame"/>)?</summary>
    Ping = 7,

    /// <summary>The answer.</summary>
    Pong = 8,

    /// <summary>How does the called node see the caller? Empty.</summary>
    Netcheck = 9,

    /// <summary>The answer (<see cref="MeshSeen"/>).</summary>
    Seen = 10,

    /// <summary>The called node stops: no new streams. Empty.</summary>
    Drain = 11,

    /// <summary>The caller tells something of the cluster that the store cannot be told now: JSON.</summary>
    Notice = 12,

    /// <summary>It was heard. Empty.</summary>
    Noticed = 13,
}

/// <summary>The four bytes before each frame's content: type 1, length 3 (big-endian).</summary>
public static class MeshFrame
{
    /// <summary>Bytes of the header.</summary>
    public const int HeaderSize = 4;

    /// <summary>Most bytes of a stream in one frame.</summary>
    public const int MaxData = 64 * 1024;

    /// <summary>Most bytes of a notice.</summary>
    public const int MaxNotice = 1000;

    /// <summary>Most bytes of any other frame.</summary>
    public const int MaxControl = 256;

    /// <summary>Writes a header.</summary>
    public static void WriteHeader(Span<byte> header, MeshFrameType type, int length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)length, (uint)MaxData);
        BinaryPrimitives.WriteUInt32BigEndian(header, ((uint)type << 24) | (uint)length);
    }

    /// <summary>Reads a header; false where there is no such type or it cannot have that length.</summary>
    public static bool TryReadHeader(ReadOnlySpan<byte> header, out MeshFrameType type, out int length)
    {
        type = MeshFrameType.None;
        length = 0;
        if (header.Length < HeaderSize)
        {
            return false;
        }

        uint word = BinaryPrimitives.ReadUInt32BigEndian(header);
        type = (MeshFrameType)(word >> 24);
        length = (int)(word & 0xFF_FFFF);
        return type switch
        {
            MeshFrameType.Data => length is > 0 and <= MaxData,
            MeshFrameType.End or MeshFrameType.Reset or MeshFrameType.Netcheck or MeshFrameType.Drain or MeshFrameType.Noticed => length == 0,
            MeshFrameType.Notice => length is > 0 and <= MaxNotice,
            MeshFrameType.Greeting => length is >= MeshGreeting.MinSize and <= MeshGreeting.MaxSize,
            MeshFrameType.Open => length is >= MeshOpen.MinSize and <= MeshOpen.MaxSize,
            MeshFrameType.Opened => length == MeshOpened.Size,
            MeshFrameType.Ping or MeshFrameType.Pong => length == MeshPingFrame.Size,
            MeshFrameType.Seen => length is MeshSeen.SizeV4 or MeshSeen.SizeV6,
            _ => false,
        };
    }
}

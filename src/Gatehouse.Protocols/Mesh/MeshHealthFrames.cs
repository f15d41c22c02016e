using System.Buffers.Binary;
using System.Net;

namespace Gatehouse.Protocols.Mesh;

/// <summary>Question and answer of <c>ping</c>: token 8, the sender's clock 8 (Unix milliseconds).</summary>
public static class MeshPingFrame
{
    /// <summary>Bytes of the content.</summary>
    public const int Size = 16;

    /// <summary>Writes header and content; how many bytes.</summary>
    public static int Write(Span<byte> frame, MeshFrameType type, ulong token, long unixMilliseconds)
    {
        MeshFrame.WriteHeader(frame, type, Size);
        BinaryPrimitives.WriteUInt64BigEndian(frame[MeshFrame.HeaderSize..], token);
        BinaryPrimitives.WriteInt64BigEndian(frame[(MeshFrame.HeaderSize + 8)..], unixMilliseconds);
        return MeshFrame.HeaderSize + Size;
    }

    /// <summary>Reads the content; false when it has another length.</summary>
    public static bool TryRead(ReadOnlySpan<byte> content, out ulong token, out long unixMilliseconds)
    {
        token = 0;
        unixMilliseconds = 0;
        if (content.Length != Size)
        {
            return false;
        }

        token = BinaryPrimitives.ReadUInt64BigEndian(content);
        unixMilliseconds = BinaryPrimitives.ReadInt64BigEndian(content[8..]);
        return true;
    }
}

/// <summary>The answer of <c>netcheck</c>: port 2, address 4 or 16, as the called node sees the caller.</summary>
public static class MeshSeen
{
    /// <summary>Bytes with an IPv4 address.</summary>
    public const int SizeV4 = 2 + 4;

    /// <summary>Bytes with an IPv6 address.</summary>
    public const int SizeV6 = 2 + 16;

    /// <summary>Writes header and content; how many bytes.</summary>
    public static int Write(Span<byte> frame, IPEndPoint seen)
    {
        Span<byte> content = frame[MeshFrame.HeaderSize..];
        BinaryPrimitives.WriteUInt16BigEndian(content, (ushort)seen.Port);
        if (!seen.Address.TryWriteBytes(content[2..], out int length))
        {
            throw new ArgumentException("no room for an address", nameof(frame));
        }

        MeshFrame.WriteHeader(frame, MeshFrameType.Seen, 2 + length);
        return MeshFrame.HeaderSize + 2 + length;
    }

    /// <summary>Reads the content; false when it has another length.</summary>
    public static bool TryRead(ReadOnlySpan<byte> content, out IPEndPoint seen)
    {
        seen = new IPEndPoint(IPAddress.None, 0);
        if (content.Length is not (SizeV4 or SizeV6))
        {
            return false;
        }

        seen = new IPEndPoint(new IPAddress(content[2..]), BinaryPrimitives.ReadUInt16BigEndian(content));
        return true;
    }
}

using System.Buffers.Binary;
using System.Globalization;
using System.Net;

namespace Gatehouse.Network;

/// <summary>One line of <c>/proc/net/tcp</c>, <c>tcp6</c>, <c>udp</c> or <c>udp6</c> (proc(5)).</summary>
/// <param name="Own">The end on this host.</param>
/// <param name="Other">The other end; port 0 where there is none.</param>
/// <param name="State">The kernel's number of the state: 10 listens, 7 is unconnected.</param>
/// <param name="User">Number of the user who opened it.</param>
/// <param name="Inode">Its number in the kernel.</param>
public readonly record struct SocketLine(IPEndPoint Own, IPEndPoint Other, int State, uint User, uint Inode)
{
    private const int Unconnected = 7;
    private const int InListen = 10;

    /// <summary>Whether it is a TCP socket that listens.</summary>
    public bool Listens => State == InListen;

    /// <summary>Whether it is a UDP socket that takes datagrams from anybody.</summary>
    public bool TakesDatagrams => State == Unconnected && Own.Port > 0;

    /// <summary>Reads a line; false for the head line and lines cut short.</summary>
    public static bool TryParse(string line, out SocketLine socket)
    {
        socket = default;
        string[] parts = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length < 10
            || !TryParseEndPoint(parts[1], out IPEndPoint? own)
            || !TryParseEndPoint(parts[2], out IPEndPoint? other)
            || !int.TryParse(parts[3], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int state)
            || !uint.TryParse(parts[7], NumberStyles.None, CultureInfo.InvariantCulture, out uint user)
            || !uint.TryParse(parts[9], NumberStyles.None, CultureInfo.InvariantCulture, out uint inode))
        {
            return false;
        }

        socket = new SocketLine(own, other, state, user, inode);
        return true;
    }

    // Addresses are 32-bit words in host order, written in hexadecimal; the port is in reading order.
    private static bool TryParseEndPoint(string text, out IPEndPoint endPoint)
    {
        endPoint = new IPEndPoint(IPAddress.Any, 0);
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        if (colon is not (8 or 32)
            || !int.TryParse(text.AsSpan(colon + 1), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int port))
        {
            return false;
        }

        Span<byte> bytes = stackalloc byte[16];
        for (int word = 0; word < colon / 8; word++)
        {
            if (!uint.TryParse(text.AsSpan(word * 8, 8), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uint value))
            {
                return false;
            }

            if (BitConverter.IsLittleEndian)
            {
                BinaryPrimitives.WriteUInt32LittleEndian(bytes[(word * 4)..], value);
            }
            else
            {
                BinaryPrimitives.WriteUInt32BigEndian(bytes[(word * 4)..], value);
            }
        }

        endPoint = new IPEndPoint(new IPAddress(bytes[..(colon / 2)]), port);
        return true;
    }
}

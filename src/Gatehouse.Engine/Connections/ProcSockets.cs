using System.Buffers.Binary;
using System.Globalization;
using System.Net;

namespace Gatehouse.Engine.Connections;

/// <summary>The fallback where netlink is not to be had: /proc/net/tcp and tcp6 (proc(5)).</summary>
internal static class ProcSockets
{
    private const int Unconnected = 7;
    private const int InListen = 10;

    /// <summary>Every socket that listens on a port. Whether an IPv6 wildcard takes IPv4 cannot be seen here: it is taken to.</summary>
    public static List<KernelSocket> Listeners(int port) =>
        [.. Read().Where(row => row.State == InListen && row.Own.Port == port).Select(static row => row.Socket)];

    /// <summary>Every TCP socket that listens.</summary>
    public static IEnumerable<Row> Listening() => Read().Where(static row => row.State == InListen);

    /// <summary>Every UDP socket that takes datagrams from anybody.</summary>
    public static IEnumerable<Row> Datagrams() => Read("/proc/net/udp", "/proc/net/udp6").Where(static row => row.State == Unconnected && row.Own.Port > 0);

    /// <summary>The socket with exactly these ends, or null.</summary>
    public static KernelSocket? Connected(IPEndPoint own, IPEndPoint other)
    {
        foreach (Row row in Read())
        {
            if (SocketDiagnostics.IsConnected(row.State) && Same(row.Own, own) && Same(row.Other, other))
            {
                return row.Socket;
            }
        }

        return null;
    }

    /// <summary>Reads one line of either file; false for the head line and lines cut short.</summary>
    internal static bool TryParse(string line, out Row row)
    {
        row = default;
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

        row = new Row(own, other, state, new KernelSocket(own.Address, user, inode));
        return true;
    }

    private static IEnumerable<Row> Read() => Read("/proc/net/tcp", "/proc/net/tcp6");

    private static IEnumerable<Row> Read(params string[] files)
    {
        foreach (string file in files)
        {
            if (!File.Exists(file))
            {
                continue;
            }

            foreach (string line in File.ReadLines(file))
            {
                if (TryParse(line, out Row row))
                {
                    yield return row;
                }
            }
        }
    }

    private static bool Same(IPEndPoint left, IPEndPoint right) =>
        left.Port == right.Port && Unmapped(left.Address).Equals(Unmapped(right.Address));

    private static IPAddress Unmapped(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

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

    /// <summary>One line.</summary>
    internal readonly record struct Row(IPEndPoint Own, IPEndPoint Other, int State, KernelSocket Socket);
}

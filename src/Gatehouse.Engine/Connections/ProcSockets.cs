using System.Net;
using Gatehouse.Network;

namespace Gatehouse.Engine.Connections;

/// <summary>The fallback where netlink is not to be had: /proc/net/tcp and tcp6 (proc(5)).</summary>
internal static class ProcSockets
{
    /// <summary>Every socket that listens on a port. Whether an IPv6 wildcard takes IPv4 cannot be seen here: it is taken to.</summary>
    public static List<KernelSocket> Listeners(int port) => [.. Listening().Where(row => row.Own.Port == port).Select(SocketOf)];

    /// <summary>Every TCP socket that listens.</summary>
    public static IEnumerable<SocketLine> Listening() => Read().Where(static row => row.Listens);

    /// <summary>Every UDP socket that takes datagrams from anybody.</summary>
    public static IEnumerable<SocketLine> Datagrams() => Read("/proc/net/udp", "/proc/net/udp6").Where(static row => row.TakesDatagrams);

    /// <summary>The socket with exactly these ends, or null.</summary>
    public static KernelSocket? Connected(IPEndPoint own, IPEndPoint other)
    {
        foreach (SocketLine row in Read())
        {
            if (SocketDiagnostics.IsConnected(row.State) && Same(row.Own, own) && Same(row.Other, other))
            {
                return SocketOf(row);
            }
        }

        return null;
    }

    /// <summary>The kernel's facts of a line.</summary>
    public static KernelSocket SocketOf(SocketLine line) => new(line.Own.Address, line.User, line.Inode);

    private static IEnumerable<SocketLine> Read() => Read("/proc/net/tcp", "/proc/net/tcp6");

    private static IEnumerable<SocketLine> Read(params string[] files)
    {
        foreach (string file in files)
        {
            if (!File.Exists(file))
            {
                continue;
            }

            foreach (string line in File.ReadLines(file))
            {
                if (SocketLine.TryParse(line, out SocketLine row))
                {
                    yield return row;
                }
            }
        }
    }

    private static bool Same(IPEndPoint left, IPEndPoint right) =>
        left.Port == right.Port && Unmapped(left.Address).Equals(Unmapped(right.Address));

    private static IPAddress Unmapped(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
}

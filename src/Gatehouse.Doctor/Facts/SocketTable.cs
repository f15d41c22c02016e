using System.Collections.Immutable;
using Gatehouse.Network;

namespace Gatehouse.Doctor.Facts;

/// <summary>Sockets of this network namespace that take something from others.</summary>
internal static class SocketTable
{
    /// <summary>All of them, by port.</summary>
    public static ImmutableArray<SocketFact> Read() =>
    [
        .. Lines("/proc/net/tcp", "/proc/net/tcp6").Where(static line => line.Listens).Select(static line => new SocketFact(line.Own, IsUdp: false, line.User, line.Inode))
            .Concat(Lines("/proc/net/udp", "/proc/net/udp6").Where(static line => line.TakesDatagrams).Select(static line => new SocketFact(line.Own, IsUdp: true, line.User, line.Inode)))
            .OrderBy(static socket => socket.EndPoint.Port),
    ];

    private static IEnumerable<SocketLine> Lines(params string[] files)
    {
        foreach (string file in files.Where(File.Exists))
        {
            foreach (string text in File.ReadLines(file))
            {
                if (SocketLine.TryParse(text, out SocketLine line))
                {
                    yield return line;
                }
            }
        }
    }
}

using System.Collections.Immutable;
using Gatehouse.Network;
using Gatehouse.Trust.Files;
using Microsoft.Win32.SafeHandles;

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
        foreach (string path in files)
        {
            using SafeFileHandle? file = QuietFile.Open(path, isOfTheKernel: true, out _);
            if (file is null)
            {
                continue; // no IPv6 here
            }

            using var reader = new StreamReader(new FileStream(file, FileAccess.Read));
            while (reader.ReadLine() is { } text)
            {
                if (SocketLine.TryParse(text, out SocketLine line))
                {
                    yield return line;
                }
            }
        }
    }
}

using System.Collections.Immutable;
using System.Net.Sockets;
using Gatehouse.Engine.Connections;
using Gatehouse.Network;
using Gatehouse.Network.Endpoints;

namespace Gatehouse.Engine.Ports;

/// <summary>Who listens on this host, as the kernel lists it.</summary>
internal static class LiveListeners
{
    private const string SocketName = "gatehouse.sock";

    /// <summary>Everybody who listens on ports that are looked for. Blocks for milliseconds.</summary>
    /// <param name="endpoints">The ports that matter.</param>
    /// <param name="daemon">The daemon, or null where it does not run.</param>
    public static ImmutableArray<SeenListener> Find(IReadOnlyCollection<Endpoint> endpoints, PeerCredentials? daemon) =>
    [
        .. Rows(Transport.Tcp, ProcSockets.Listening()).Concat(Rows(Transport.Udp, ProcSockets.Datagrams()))
            .Where(row => endpoints.Any(e => e.Direction == Direction.Incoming && e.Transport == row.Transport && e.Ports.Contains(row.Port)))
            .Select(row => Describe(row, daemon)),
    ];

    /// <summary>Whether the daemon of a data folder runs, and which process it is, by whoever holds its socket.</summary>
    public static (DaemonState State, PeerCredentials? Process) Daemon(string dataFolder)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(Path.Combine(dataFolder, SocketName)));
            return PeerCredentials.TryRead(socket, out PeerCredentials process) ? (DaemonState.Running, process) : (DaemonState.Unknown, null);
        }
        catch (SocketException refused)
        {
            return (refused.SocketErrorCode == SocketError.AccessDenied ? DaemonState.Unknown : DaemonState.Stopped, null);
        }
        catch (ArgumentException)
        {
            // The path is longer than a socket's may be.
            return (DaemonState.Unknown, null);
        }
    }

    private static IEnumerable<Found> Rows(Transport transport, IEnumerable<SocketLine> rows) =>
        rows.Select(row => new Found(transport, row.Own.Port, ProcSockets.SocketOf(row)));

    private static SeenListener Describe(Found row, PeerCredentials? daemon)
    {
        bool isSeen = ProcessFiles.TryFindHolder(row.Socket.Inode, out int process, out string? name);
        return new SeenListener(row.Transport, row.Socket.Address, row.Port, LocalUsers.NameOf(row.Socket.UserId))
        {
            ProcessId = isSeen ? process : null,
            Process = isSeen ? name : null,

            // Without a look at its files a socket is the daemon's when it is the daemon's user's.
            IsOurs = daemon is { } known && (isSeen && known.ProcessId > 0 ? process == known.ProcessId : row.Socket.UserId == known.UserId),
        };
    }

    private readonly record struct Found(Transport Transport, int Port, KernelSocket Socket);
}

using System.Net;
using System.Net.Sockets;
using Gatehouse.Engine.Connections;
using Gatehouse.Engine.Listeners.Sockets;
using Gatehouse.Problems;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Gatehouse.Engine.Listeners;

/// <summary>The transports of gates and of the admin API.</summary>
internal static class GateTransport
{
    private const int MaxSocketPath = 107;
    private const int Backlog = 1024;

    /// <summary>
    /// Makes the factory for a <c>KestrelServer</c> of our own. A listen address that cannot be bound ends its start with
    /// a <see cref="ProblemException"/> (GH4010 names the owner).
    /// </summary>
    /// <param name="inline">
    /// True for gates: the transport of our own, whose completions run on the socket threads, where nothing may block. False
    /// for the admin API: Kestrel's, which goes to the thread pool.
    /// </param>
    /// <param name="loggers">Where the transport logs.</param>
    /// <param name="time">The clock; the system's without.</param>
    public static IConnectionListenerFactory CreateFactory(bool inline, ILoggerFactory loggers, TimeProvider? time = null) =>
        inline
            ? new SocketTransport(Listen, time ?? TimeProvider.System, loggers.CreateLogger<SocketTransport>())
            : new SocketTransportFactory(
                Options.Create(new SocketTransportOptions
                {
                    NoDelay = true,
                    Backlog = Backlog,
                    CreateBoundListenSocket = Bind,
                }),
                loggers);

    private static Socket Listen(EndPoint endPoint)
    {
        Socket socket = Bind(endPoint);
        try
        {
            socket.Listen(Backlog);
            return socket;
        }
        catch (SocketException fault)
        {
            socket.Dispose();
            throw Explain(endPoint, fault);
        }
    }

    private static Socket Bind(EndPoint endPoint)
    {
        try
        {
            return endPoint is UnixDomainSocketEndPoint ? BindUnix(endPoint.ToString() ?? "") : SocketTransportOptions.CreateDefaultBoundListenSocket(endPoint);
        }
        catch (SocketException fault)
        {
            throw Explain(endPoint, fault);
        }
    }

    // Stale sockets of a daemon that was killed are removed; a live one, or anything else at that path, is left alone.
    private static Socket BindUnix(string path)
    {
        if (System.Text.Encoding.UTF8.GetByteCount(path) > MaxSocketPath)
        {
            throw NetworkProblems.SocketPathUnusable.Exception($"`{path}` is longer than {MaxSocketPath} bytes", "use a shorter data folder");
        }

        if (File.Exists(path) || Directory.Exists(path))
        {
            RemoveStale(path);
        }

        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            // Made in a folder of mode 0700; the mode of the file itself follows at once.
            socket.Bind(new UnixDomainSocketEndPoint(path));
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            return socket;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or SocketException)
        {
            socket.Dispose();
            if (fault is SocketException)
            {
                throw;
            }

            throw NetworkProblems.SocketPathUnusable.Exception($"`{path}` could not be made: {fault.Message}", null, fault);
        }
    }

    private static void RemoveStale(string path)
    {
        if (new FileInfo(path).LinkTarget is not null || !LocalUsers.TryGetSocketOwner(path, out uint owner))
        {
            throw NetworkProblems.SocketPathUnusable.Exception($"`{path}` exists and is no socket", "move it away");
        }

        if (owner != LocalUsers.Own && LocalUsers.Own != 0)
        {
            throw NetworkProblems.SocketPathUnusable.Exception($"`{path}` belongs to user `{LocalUsers.NameOf(owner)}`");
        }

        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            probe.Connect(new UnixDomainSocketEndPoint(path));
        }
        catch (SocketException fault) when (fault.SocketErrorCode == SocketError.ConnectionRefused)
        {
            File.Delete(path);
            return;
        }

        string by = PeerCredentials.TryRead(probe, out PeerCredentials peer) ? $" (pid {peer.ProcessId})" : "";
        throw NetworkProblems.PortInUse.Exception($"`{path}` is in use by a running process{by}");
    }

    private static ProblemException Explain(EndPoint endPoint, SocketException fault)
    {
        if (endPoint is not IPEndPoint ip)
        {
            return NetworkProblems.SocketPathUnusable.Exception($"`{endPoint}` could not be made: {fault.Message}", null, fault);
        }

        return fault.SocketErrorCode switch
        {
            SocketError.AddressAlreadyInUse => NetworkProblems.PortInUse.Exception(
                $"port {ip.Port} is in use{Owner(ip.Port)}", $"stop it, or listen elsewhere than `{ip}`", fault),
            SocketError.AccessDenied => NetworkProblems.CannotListen.Exception(
                $"may not listen on `{ip}`", "ports below 1024 need root or CAP_NET_BIND_SERVICE", fault),
            SocketError.AddressNotAvailable => NetworkProblems.CannotListen.Exception(
                $"`{ip.Address}` is not an address of this host", null, fault),
            _ => NetworkProblems.CannotListen.Exception($"cannot listen on `{ip}`: {fault.Message}", null, fault),
        };
    }

    private static string Owner(int port)
    {
        SocketOwner? owner = SocketOwners.FindListener(port);
        return owner switch
        {
            null => "",
            { ProcessId: 0 } => $", owned by user `{owner.UserName}`",
            _ when owner.ProcessId == Environment.ProcessId => " by this daemon itself: two gates have the same address",
            _ => $", owned by `{Printable(owner.ProcessName)}` (pid {owner.ProcessId}, user `{owner.UserName}`)",
        };
    }

    // A process chooses its own name.
    private static string Printable(string? name) =>
        string.Concat((name ?? "unknown").Where(static c => c is > ' ' and <= '~' and not '`'));
}

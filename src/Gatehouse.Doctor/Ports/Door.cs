using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using Gatehouse.Doctor.Facts;
using Gatehouse.Doctor.Probes;
using Gatehouse.Doctor.Rules;

namespace Gatehouse.Doctor.Ports;

/// <summary>A port that an installation listens on, with the addresses of this host at which it can be asked.</summary>
/// <param name="Port">Its number.</param>
/// <param name="EndPoints">Where it is asked, loopback first.</param>
/// <param name="Owner">What has it, for the memory of what was tried.</param>
internal sealed record Door(int Port, ImmutableArray<IPEndPoint> EndPoints, string Owner)
{
    // A host of many containers has an address for each of their networks.
    private const int MostEndPoints = 8;

    // They hold a port for a container.
    private static readonly string[] Publishers = ["docker-proxy", "rootlessport", "conmon", "slirp4netns", "pasta"];

    /// <summary>Where other hosts reach it.</summary>
    public ImmutableArray<IPEndPoint> Exposed => [.. EndPoints.Where(static e => !IsLoopback(e.Address))];

    /// <summary>Whether other hosts reach it.</summary>
    public bool IsExposed => EndPoints.Any(static e => !IsLoopback(e.Address));

    /// <summary>The ports among some that an installation really listens on, and that may be asked.</summary>
    public static ImmutableArray<Door> Of(Subject subject, Prober prober, params IEnumerable<int> ports)
    {
        ImmutableArray<SocketFact> sockets = [.. SocketsOf(subject).Where(static s => !s.IsUdp)];
        string owner = $"{subject.System} {subject.Name} {subject.Process?.Id}";
        return
        [
            .. ports.Distinct().Select(port => new Door(port, EndPointsOf(subject.Host, [.. sockets.Where(s => s.EndPoint.Port == port)], prober), owner))
                .Where(static door => !door.EndPoints.IsEmpty),
        ];
    }

    /// <summary>One port, or null where nothing of the installation listens there.</summary>
    public static Door? At(Subject subject, Prober prober, int port) => Of(subject, prober, port).FirstOrDefault();

    /// <summary>Whether an address is this host's loopback.</summary>
    public static bool IsLoopback(IPAddress address) => IPAddress.IsLoopback(Plain(address));

    /// <summary>
    /// Sockets of the installation's process. Where these may not be seen, sockets of the host that no process which can be seen has: those of another
    /// program are not the installation's, whatever its files say.
    /// </summary>
    public static ImmutableArray<SocketFact> SocketsOf(Subject subject)
    {
        if (subject.Process is { Sockets.IsEmpty: false } process)
        {
            return process.Sockets;
        }

        HashSet<uint> foreign = [.. subject.Host.Processes.Where(static p => !Publishers.Contains(p.Name)).SelectMany(static p => p.Sockets).Select(static s => s.Inode)];
        return [.. subject.Host.Sockets.Where(socket => !foreign.Contains(socket.Inode) && (subject.Process is null || subject.Process.Root.Length > 0 || socket.User == subject.Process.User))];
    }

    private static ImmutableArray<IPEndPoint> EndPointsOf(IHost host, SocketFact[] sockets, Prober prober) =>
    [
        .. sockets.SelectMany(socket => AddressesOf(host, socket)).Distinct().Where(prober.MayAsk)
            .OrderBy(static a => IsLoopback(a) ? 0 : 1).ThenBy(static a => a.AddressFamily == AddressFamily.InterNetwork ? 0 : 1)
            .Take(MostEndPoints).Select(address => new IPEndPoint(address, sockets[0].EndPoint.Port)),
    ];

    // `[::]` takes IPv4, too, unless the program says otherwise, which the tables do not show: nobody answers there then.
    private static IEnumerable<IPAddress> AddressesOf(IHost host, SocketFact socket)
    {
        IPAddress address = Plain(socket.EndPoint.Address);
        bool isTaken = host.Sockets.Any(other => other.Inode != socket.Inode && !other.IsUdp && other.EndPoint.Port == socket.EndPoint.Port && other.EndPoint.AddressFamily == AddressFamily.InterNetwork);
        return address.Equals(IPAddress.Any) ? host.Addresses.Where(static a => a.AddressFamily == AddressFamily.InterNetwork)
            : address.Equals(IPAddress.IPv6Any) ? host.Addresses.Where(a => a.AddressFamily == AddressFamily.InterNetworkV6 || !isTaken)
            : [address];
    }

    private static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
}

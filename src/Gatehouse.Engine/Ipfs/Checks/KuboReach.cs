using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Text;
using Gatehouse.Administration;
using Gatehouse.Engine.Configuration;
using Gatehouse.Engine.Gates;
using Gatehouse.Protocols.Ipfs;

namespace Gatehouse.Engine.Ipfs.Checks;

/// <summary>
/// Whether Kubo's RPC can be reached around the gate: it knows no users, so who reaches it at another address of this host than loopback may
/// do everything. Asked with <c>POST /api/v0/version</c>, which changes nothing.
/// </summary>
internal static class KuboReach
{
    private const int UsualPort = 5001;
    private const int MaxAddresses = 32;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    private enum Answer
    {
        NotKubo,
        Open,
        Locked,
    }

    /// <summary>The addresses of this host by which others may reach it.</summary>
    public static IReadOnlyList<IPAddress> OwnAddresses() =>
    [
        .. NetworkInterface.GetAllNetworkInterfaces()
            .Where(static one => one.OperationalStatus == OperationalStatus.Up && one.NetworkInterfaceType != NetworkInterfaceType.Loopback)
            .SelectMany(static one => one.GetIPProperties().UnicastAddresses)
            .Select(static one => one.Address)
            .Where(static one => !IPAddress.IsLoopback(one))
            .Distinct()
            .Take(MaxAddresses),
    ];

    /// <summary>The ports at which the RPC of the Kubo behind a gate may be; none where a gate has nothing to do with Kubo.</summary>
    public static IReadOnlyList<int> PortsOf(GateModel model) => model.System switch
    {
        IpfsCatalogues.ClusterSystem or IpfsCatalogues.PinningSystem or IpfsCatalogues.ProxySystem => [UsualPort],
        IpfsCatalogues.KuboSystem when model.Upstream.Address is { Kind: UpstreamKind.Http or UpstreamKind.Https, Port: var port } => port == UsualPort ? [port] : [UsualPort, port],
        IpfsCatalogues.KuboSystem => [UsualPort],
        _ => [],
    };

    /// <summary>Looks.</summary>
    /// <param name="ports">Where Kubo's RPC may be.</param>
    /// <param name="addresses">The addresses to look at.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellation">Ends it.</param>
    public static async Task<GateCheck> CheckAsync(
        IReadOnlyList<int> ports, IReadOnlyList<IPAddress> addresses, TimeProvider time, CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(Limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        IPEndPoint[] places = [.. addresses.SelectMany(address => ports.Select(port => new IPEndPoint(address, port)))];
        Answer[] answers = await Task.WhenAll(places.Select(place => AskAsync(place, either.Token)));
        cancellation.ThrowIfCancellationRequested();
        int open = Array.IndexOf(answers, Answer.Open);
        int locked = Array.IndexOf(answers, Answer.Locked);
        const string Remedy = "; set `Addresses.API` of Kubo to /ip4/127.0.0.1/tcp/5001";
        return open >= 0 ? Check(false, $"Kubo's RPC serves everybody who reaches {places[open]}, around the gate{Remedy}")
            : locked >= 0 ? Check(false, $"Kubo's RPC asks for credentials at {places[locked]}, but /debug, /logs and /webui lie open there{Remedy}")
            : Check(true, "Kubo's RPC answers at loopback alone, as far as this host can see");
    }

    private static async Task<Answer> AskAsync(IPEndPoint place, CancellationToken cancellation)
    {
        try
        {
            using var socket = new Socket(place.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(place, cancellation);
            await socket.SendAsync(
                Encoding.ASCII.GetBytes($"POST /api/v0/version HTTP/1.1\r\nHost: {place}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"), cancellation);
            byte[] line = new byte["HTTP/1.1 200 ".Length];
            for (int read = 0; read < line.Length;)
            {
                int count = await socket.ReceiveAsync(line.AsMemory(read), cancellation);
                if (count == 0)
                {
                    return Answer.NotKubo;
                }

                read += count;
            }

            // A gate says 401; Kubo with API.Authorizations 403 (core/corehttp/commands.go).
            return line.AsSpan().SequenceEqual("HTTP/1.1 200 "u8) ? Answer.Open : line.AsSpan().SequenceEqual("HTTP/1.1 403 "u8) ? Answer.Locked : Answer.NotKubo;
        }
        catch (Exception closed) when (closed is SocketException or OperationCanceledException)
        {
            return Answer.NotKubo; // refused, or silent for too long
        }
    }

    private static GateCheck Check(bool passed, string detail) => new() { Name = "bypass", Passed = passed, Detail = detail };
}

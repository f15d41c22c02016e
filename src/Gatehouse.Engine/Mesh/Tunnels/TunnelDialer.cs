using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using Gatehouse.Problems;
using Gatehouse.Problems.Cluster;
using Gatehouse.Protocols.Mesh;

namespace Gatehouse.Engine.Mesh.Tunnels;

/// <summary>Why something with a peer failed.</summary>
/// <param name="Reason">Frozen word.</param>
/// <param name="Problem">For people.</param>
internal sealed record MeshFailure(string Reason, Problem Problem);

/// <summary>What came of dialling a peer: a tunnel or a failure.</summary>
/// <param name="Tunnel">The caller's side of it.</param>
/// <param name="Failure">Why there is none.</param>
/// <param name="Address">The address that was dialled last, as configured.</param>
/// <param name="Connect">What TCP took; null where there was no connection.</param>
internal readonly record struct TunnelDial(CallerTunnel? Tunnel, MeshFailure? Failure, string? Address, TimeSpan? Connect);

/// <summary>Makes tunnels to peers: connects to whichever address answers first, proves the secret, then TLS and the greeting.</summary>
internal sealed class TunnelDialer(MeshContext context, LiveTunnels tunnels)
{
    private static readonly TimeSpan ConnectLimit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ProveLimit = TimeSpan.FromSeconds(5);

    // RFC 8305 section 5: how long one address has before the next is tried as well.
    private static readonly TimeSpan Stagger = TimeSpan.FromMilliseconds(250);

    // The address that answered last, by peer.
    private readonly ConcurrentDictionary<string, string> _good = new(StringComparer.Ordinal);

    /// <summary>Dials a peer by its addresses, the one that answered last first.</summary>
    public async Task<TunnelDial> DialAsync(MeshPeer peer)
    {
        List<string> left = [.. peer.Addresses];
        if (_good.TryGetValue(peer.Name, out string? good) && left.Remove(good))
        {
            left.Insert(0, good);
        }

        TunnelDial last = new(null, Fail(MeshReasons.Unreachable, MeshProblems.PeerUnreachable, $"no address of `{peer.Name}` is known"), null, null);
        while (left.Count > 0)
        {
            long began = context.Time.GetTimestamp();
            (Socket? socket, string address, string? fault) = await ConnectAnyAsync(left);
            if (socket is null)
            {
                return last.Connect is not null ? last : new TunnelDial(
                    null, Fail(MeshReasons.Unreachable, MeshProblems.PeerUnreachable, $"`{peer.Name}` cannot be reached at {string.Join(", ", left)}: {fault}"), address, null);
            }

            last = await ProveAsync(peer, socket, address, context.Time.GetElapsedTime(began));
            if (last.Tunnel is not null)
            {
                _good[peer.Name] = address;
                return last;
            }

            left.Remove(address);
        }

        return last;
    }

    /// <summary>Dials one address of a peer.</summary>
    public async Task<TunnelDial> DialAsync(MeshPeer peer, string address)
    {
        long began = context.Time.GetTimestamp();
        (Socket? socket, _, string? fault) = await ConnectAnyAsync([address]);
        return socket is null
            ? new TunnelDial(null, Fail(MeshReasons.Unreachable, MeshProblems.PeerUnreachable, $"`{peer.Name}` cannot be reached at {address}: {fault}"), address, null)
            : await ProveAsync(peer, socket, address, context.Time.GetElapsedTime(began));
    }

    private async Task<(Socket? Socket, string Address, string? Fault)> ConnectAnyAsync(List<string> addresses)
    {
        using CancellationTokenSource limit = new(ConnectLimit, context.Time);
        List<Task<(Socket? Socket, string Address, string? Fault)>> tries = [];
        (Socket? Socket, string Address, string? Fault) last = (null, addresses[0], null);
        int next = 0;
        while (next < addresses.Count || tries.Count > 0)
        {
            if (next < addresses.Count)
            {
                tries.Add(ConnectAsync(addresses[next++], limit.Token));
            }

            Task<Task<(Socket? Socket, string Address, string? Fault)>> any = Task.WhenAny(tries);
            if (next < addresses.Count && !any.IsCompleted)
            {
                await Task.WhenAny(any, Task.Delay(Stagger, context.Time, CancellationToken.None));
                if (!any.IsCompleted)
                {
                    continue;
                }
            }

            Task<(Socket? Socket, string Address, string? Fault)> done = await any;
            tries.Remove(done);
            last = await done;
            if (last.Socket is not null)
            {
                await limit.CancelAsync();
                _ = CloseAllAsync(tries);
                return last;
            }
        }

        return last;
    }

    private static async Task CloseAllAsync(List<Task<(Socket? Socket, string Address, string? Fault)>> tries)
    {
        foreach (Task<(Socket? Socket, string Address, string? Fault)> one in tries)
        {
            (await one).Socket?.Dispose();
        }
    }

    private static async Task<(Socket? Socket, string Address, string? Fault)> ConnectAsync(string address, CancellationToken limit)
    {
        Socket? socket = null;
        try
        {
            if (!TrySplit(address, out string host, out int port))
            {
                return (null, address, "not an address with a port");
            }

            IPAddress[] found = IPAddress.TryParse(host, out IPAddress? literal) ? [literal] : await Dns.GetHostAddressesAsync(host, limit);
            if (found.Length == 0)
            {
                return (null, address, "the name has no address");
            }

            socket = new Socket(found[0].AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(new IPEndPoint(found[0], port), limit);
            return (socket, address, null);
        }
        catch (Exception fault) when (fault is SocketException or OperationCanceledException)
        {
            socket?.Dispose();
            return (null, address, fault is SocketException ? fault.Message : "no answer in time");
        }
    }

    private static bool TrySplit(string address, out string host, out int port)
    {
        int at = address.LastIndexOf(':');
        host = at > 0 ? address[..at].Trim('[', ']') : "";
        port = 0;
        return host.Length > 0 && int.TryParse(address.AsSpan(at + 1), NumberStyles.None, CultureInfo.InvariantCulture, out port) && port is > 0 and < 65536;
    }

    private async Task<TunnelDial> ProveAsync(MeshPeer peer, Socket socket, string address, TimeSpan connect)
    {
        // Before the view is looked at: see HandshakeTurns.
        using IDisposable turn = context.Handshakes.Begin();
        MeshView view = context.State.Current;
        var check = new PeerCheck(view, isCaller: false, peer.Name);
        using CancellationTokenSource limit = new(ProveLimit, context.Time);
        SslStream? tls = null;
        MeshFailure failure;
        bool isTls = false;
        try
        {
            SocketTuning.ForTunnel(socket);
            SecretKeys secret = context.Secrets.Of(view)[0];
            byte[] nonce = RandomNumberGenerator.GetBytes(MeshHello.NonceSize);
            var below = new TunnelStream(socket, default);

            // The first message leaves together with TLS's own.
            byte[] hello = new byte[MeshHello.Size];
            MeshHello.Write(hello, context.Now, nonce, secret.Keys, view.ClusterId, peer.Name);
            await below.WriteAsync(hello, limit.Token);
            tls = new SslStream(below, leaveInnerStreamOpen: true);
            await tls.AuthenticateAsClientAsync(TunnelTls.ForCalling(view, peer, check, context.Time.GetUtcNow()), limit.Token);
            isTls = true;
            if (check.Identity is { } identity && await GreetAsync(peer, address, view, identity, secret, nonce, tls, socket, limit.Token) is { } tunnel)
            {
                return new TunnelDial(tunnel, null, address, connect);
            }

            failure = Fail(MeshReasons.ProofFailed, MeshProblems.ProtocolViolated, $"`{peer.Name}` at {address} did not prove that it holds the secret");
        }
        catch (AuthenticationException fault)
        {
            failure = check.Reason is { } reason
                ? Fail(reason, MeshProblems.CertificateRefused, $"the certificate of `{peer.Name}` at {address} is refused: {reason} {check.Detail}")
                : Fail(MeshReasons.TlsFailed, MeshProblems.PeerRefused, $"TLS with `{peer.Name}` at {address} failed: {(fault.InnerException ?? fault).Message}");
        }
        catch (Exception fault) when (fault is IOException or OperationCanceledException or SocketException or ObjectDisposedException)
        {
            failure = isTls
                ? Fail(MeshReasons.PeerRefused, MeshProblems.PeerRefused, $"`{peer.Name}` at {address} refuses this node's certificate: its audit trail says why")
                : Fail(MeshReasons.PeerSilent, MeshProblems.PeerSilent, $"`{peer.Name}` at {address} takes connections but does not answer the first message");
        }

        if (tls is not null)
        {
            await tls.DisposeAsync();
        }

        SocketTuning.Reset(socket);
        return new TunnelDial(null, failure, address, connect);
    }

    private async Task<CallerTunnel?> GreetAsync(
        MeshPeer peer, string address, MeshView view, PeerIdentity identity, SecretKeys secret, byte[] nonce, SslStream tls, Socket socket, CancellationToken limit)
    {
        using CancellationTokenRegistration closing = limit.UnsafeRegister(static s => SocketTuning.Reset((Socket)s!), socket);
        var reader = new FrameReader(tls);
        Frame frame = await reader.NextAsync();
        if (frame.Type != MeshFrameType.Greeting)
        {
            throw new EndOfStreamException("no greeting");
        }

        ReadOnlyMemory<byte> content = await reader.AllAsync();
        var proof = new MeshProof(secret.Keys, TunnelTls.OwnHash(view), identity.LeafHash.Span, nonce, MeshGreeting.Nonce(content.Span));
        if (!MeshGreeting.TryRead(content.Span, proof, out long clock, out string id, out string version)
            || !string.Equals(id, peer.Id, StringComparison.Ordinal))
        {
            return null;
        }

        context.Counters.AddTunnel(isOutgoing: true);
        IPEndPoint remote = (IPEndPoint?)socket.RemoteEndPoint ?? new IPEndPoint(IPAddress.None, 0);
        var tunnel = new Tunnel(tls, reader, identity, proof, secret, remote, _ => SocketTuning.Reset(socket));
        return new CallerTunnel(context, tunnels, tunnel, view.Certificate, address, version, TimeSpan.FromMilliseconds(MeshHello.Skew(clock, context.Now)));
    }

    internal static MeshFailure Fail(string reason, ProblemDefinition problem, string text) => new(reason, problem.Because(text));
}

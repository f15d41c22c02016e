using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using Gatehouse.Problems.Cluster;
using Gatehouse.Protocols.Mesh;

namespace Gatehouse.Engine.Mesh.Tunnels;

/// <summary>The calling side of a tunnel. One thing at a time: a stream, a ping, or waiting in the pool.</summary>
internal sealed class CallerTunnel
{
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(10);

    private readonly MeshContext _context;
    private readonly LiveTunnels _tunnels;
    private readonly Tunnel _tunnel;
    private readonly SslStreamCertificateContext _certificate;
    private Task<Frame> _next;
    private volatile Action<string>? _cutStream;
    private volatile bool _isCarrying;
    private int _isClosed;

    public CallerTunnel(MeshContext context, LiveTunnels tunnels, Tunnel tunnel, SslStreamCertificateContext certificate, string address, string version, TimeSpan skew)
    {
        Address = address;
        _context = context;
        _tunnels = tunnels;
        _tunnel = tunnel;
        _certificate = certificate;
        Version = version;
        Skew = skew;
        _tunnels.Add(tunnel, Cut);
        _next = tunnel.Reader.NextAsync().AsTask();
    }

    /// <summary>The address that was dialled, as configured.</summary>
    public string Address { get; }

    /// <summary>The peer's version.</summary>
    public string Version { get; }

    /// <summary>The peer's clock minus this node's when it was made.</summary>
    public TimeSpan Skew { get; private set; }

    /// <summary>When it was last given back to the pool.</summary>
    public long IdleSince { get; set; }

    /// <summary>Whether a stream was carried on it before.</summary>
    public bool IsUsed => _tunnel.Number > 0;

    /// <summary>Whether something new may begin on it, by the newest view, and the peer has not ended it.</summary>
    public bool IsGood(MeshView view) =>
        !_next.IsCompleted
        && Volatile.Read(ref _isClosed) == 0
        && ReferenceEquals(view.Certificate, _certificate)
        && _tunnel.WhyNotAnew(view) is null;

    /// <summary>Asks for a stream; a failure other than of the tunnel itself leaves it usable.</summary>
    /// <returns>Null when it stands.</returns>
    public async Task<MeshFailure?> OpenAsync(string service, int port, Action<string> cut)
    {
        _cutStream = cut;
        _tunnel.Service = service;
        ulong number = _tunnel.Number++;
        try
        {
            // The service is set before the view is looked at, so that no change falls between.
            if (_tunnel.WhyNot(_context.State.Current) is { } reason)
            {
                Close(reason);
                return Lost();
            }

            int length = MeshOpen.Write(_tunnel.Scratch, number, service, port, _tunnel.Proof);
            await _tunnel.WriteAsync(_tunnel.Scratch.AsMemory(0, length));
            Frame frame = await _next.WaitAsync(AnswerLimit, _context.Time);
            if (frame.Type != MeshFrameType.Opened || !MeshOpened.TryRead((await _tunnel.Reader.AllAsync()).Span, number, _tunnel.Proof, out MeshStatus status))
            {
                Close(MeshReasons.Protocol);
                return Lost();
            }

            if (status == MeshStatus.Open)
            {
                return null;
            }

            Rest();
            return Explain(status, service);
        }
        catch (Exception fault) when (fault is IOException or InvalidOperationException or TimeoutException)
        {
            Close(MeshReasons.Failed);
            return Lost();
        }
    }

    /// <summary>Carries the stream that stands, to its end; whether the tunnel can be used again.</summary>
    public async Task<CarryEnd> CarryAsync(Carrier carrier)
    {
        _isCarrying = true;
        CarryEnd end = await carrier.RunAsync();
        _isCarrying = false;
        if (end == CarryEnd.Orderly && Volatile.Read(ref _isClosed) == 0)
        {
            Rest();
            return end;
        }

        Close(MeshReasons.Failed);
        await _tunnel.Tls.DisposeAsync();
        return end;
    }

    /// <summary>Makes the carrier of a program's connection.</summary>
    public Carrier Carry(Socket program, MeshLane lane) => new(_tunnel, program, lane);

    /// <summary>Asks whether the peer is there; null: it is not, and the tunnel is closed.</summary>
    public async Task<TimeSpan?> PingAsync(TimeSpan limit)
    {
        try
        {
            ulong token = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong)));
            long began = _context.Time.GetTimestamp();
            await _tunnel.WriteAsync(_tunnel.Scratch.AsMemory(0, MeshPingFrame.Write(_tunnel.Scratch, MeshFrameType.Ping, token, _context.Now)));
            Frame frame = await _next.WaitAsync(limit, _context.Time);
            if (frame.Type == MeshFrameType.Pong
                && MeshPingFrame.TryRead((await _tunnel.Reader.AllAsync()).Span, out ulong answered, out long clock) && answered == token)
            {
                TimeSpan took = _context.Time.GetElapsedTime(began);
                Skew = TimeSpan.FromMilliseconds(MeshHello.Skew(clock, _context.Now - (long)(took.TotalMilliseconds / 2)));
                Rest();
                return took;
            }
        }
        catch (Exception fault) when (fault is IOException or InvalidOperationException or TimeoutException)
        {
            // The tunnel is dead, whatever broke it.
        }

        Close(MeshReasons.Unreachable);
        return null;
    }

    /// <summary>Tells the peer something; false: it was not heard, and the tunnel is closed.</summary>
    public async Task<bool> TellAsync(ReadOnlyMemory<byte> notice, TimeSpan limit)
    {
        try
        {
            byte[] frame = new byte[MeshFrame.HeaderSize + notice.Length];
            MeshFrame.WriteHeader(frame, MeshFrameType.Notice, notice.Length);
            notice.CopyTo(frame.AsMemory(MeshFrame.HeaderSize));
            await _tunnel.WriteAsync(frame);
            Frame answer = await _next.WaitAsync(limit, _context.Time);
            if (answer.Type == MeshFrameType.Noticed)
            {
                Rest();
                return true;
            }
        }
        catch (Exception fault) when (fault is IOException or InvalidOperationException or TimeoutException)
        {
            // The tunnel is dead, whatever broke it.
        }

        Close(MeshReasons.Unreachable);
        return false;
    }

    /// <summary>Asks how the peer sees this node; null: it does not say, and the tunnel is closed.</summary>
    public async Task<IPEndPoint?> NetcheckAsync(TimeSpan limit)
    {
        try
        {
            await _tunnel.WriteAsync(MeshFrameType.Netcheck);
            Frame frame = await _next.WaitAsync(limit, _context.Time);
            if (frame.Type == MeshFrameType.Seen && MeshSeen.TryRead((await _tunnel.Reader.AllAsync()).Span, out IPEndPoint seen))
            {
                Rest();
                return seen;
            }
        }
        catch (Exception fault) when (fault is IOException or InvalidOperationException or TimeoutException)
        {
            // The tunnel is dead, whatever broke it.
        }

        Close(MeshReasons.Unreachable);
        return null;
    }

    /// <summary>Ends it. Any thread, never throws.</summary>
    public void Close(string reason)
    {
        if (Interlocked.Exchange(ref _isClosed, 1) == 0)
        {
            _tunnels.Remove(_tunnel);
            _tunnel.Abort(reason);
            _ = DisposeAsync();
        }
    }

    /// <summary>Ends an idle one in order.</summary>
    public async Task CloseIdleAsync()
    {
        try
        {
            await _tunnel.Tls.ShutdownAsync();
            await _tunnel.Tls.FlushAsync();
        }
        catch (Exception fault) when (fault is IOException or InvalidOperationException)
        {
            // The peer was faster.
        }

        Close(MeshReasons.Draining);
    }

    // What native TLS memory holds goes back once nobody reads any more.
    private async Task DisposeAsync()
    {
        try
        {
            await _next;
        }
        catch (Exception fault) when (fault is IOException or InvalidOperationException)
        {
            // That is the end that was awaited.
        }

        if (!_isCarrying)
        {
            await _tunnel.Tls.DisposeAsync();
        }
    }

    // From now on the peer's next word is awaited: an end is seen at once.
    private void Rest()
    {
        _tunnel.Service = null;
        _cutStream = null;
        _next = _tunnel.Reader.NextAsync().AsTask();
    }

    private void Cut(string reason)
    {
        if (_cutStream is { } cut)
        {
            cut(reason);
        }

        Close(reason);
    }

    private MeshFailure Lost() => TunnelDialer.Fail(
        MeshReasons.Unreachable, MeshProblems.PeerUnreachable, $"the connection to `{_tunnel.Peer.Name}` ended before it answered");

    private MeshFailure Explain(MeshStatus status, string service)
    {
        string peer = _tunnel.Peer.Name;
        return status switch
        {
            MeshStatus.Untrusted => TunnelDialer.Fail(MeshReasons.Untrusted, MeshProblems.PeerUntrusted, $"`{peer}` does not trust this node for `{service}`"),
            MeshStatus.UnknownService => TunnelDialer.Fail(MeshReasons.UnknownService, MeshProblems.ServiceUnknown, $"`{peer}` has no such port of `{service}`"),
            MeshStatus.NoListener => TunnelDialer.Fail(MeshReasons.NoListener, MeshProblems.NoListener, $"the program of `{service}` on `{peer}` does not listen"),
            MeshStatus.WrongOwner => TunnelDialer.Fail(MeshReasons.WrongOwner, MeshProblems.WrongOwner, $"the port of `{service}` on `{peer}` belongs to another user"),
            MeshStatus.Busy => TunnelDialer.Fail(MeshReasons.Busy, MeshProblems.Busy, $"`{peer}` has as many connections as it may have"),
            MeshStatus.Draining => TunnelDialer.Fail(MeshReasons.Draining, MeshProblems.Draining, $"`{peer}` stops"),
            MeshStatus.Unproven => TunnelDialer.Fail(MeshReasons.ProofFailed, MeshProblems.ProtocolViolated, $"`{peer}` does not accept this node's proof"),
            _ => TunnelDialer.Fail(MeshReasons.Failed, MeshProblems.Failed, $"`{peer}` cannot carry connections now"),
        };
    }
}

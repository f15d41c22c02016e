using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using Gatehouse.Engine.Admission;
using Gatehouse.Engine.Connections;
using Gatehouse.Engine.Listeners;
using Gatehouse.Engine.Listeners.Sockets;
using Gatehouse.Protocols.Mesh;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;

namespace Gatehouse.Engine.Mesh.Tunnels;

/// <summary>
/// The mesh port. Who proves no secret with the first 88 bytes gets not one byte, and is let go when its time is over, whatever it
/// sent: when and why it was refused is nobody's business.
/// </summary>
internal sealed class MeshListener : IAsyncDisposable
{
    private readonly MeshContext _context;
    private readonly LiveTunnels _tunnels;
    private readonly NonceMemory _nonces;
    private readonly KestrelServer _server;
    private readonly ConcurrentDictionary<TunnelServer, byte> _servers = new();
    private volatile bool _isDraining;

    public MeshListener(MeshContext context, LiveTunnels tunnels, NonceMemory nonces)
    {
        _context = context;
        _tunnels = tunnels;
        _nonces = nonces;
        KestrelServerOptions options = new();
        options.Listen(context.Settings.Listen, listen =>
        {
            context.Environment.Pipeline.Apply(listen, new ListenerSettings
            {
                Gate = MeshContext.Gate,
                Limits = context.Settings.Limits,
                TakesHandshake = true,
                TakeStream = TakeAsync,
            });
            listen.Run(static _ => Task.CompletedTask);
        });
        _server = new KestrelServer(
            Options.Create(options), GateTransport.CreateFactory(inline: true, context.Environment.Loggers, context.Time), context.Environment.Loggers);
    }

    /// <summary>Opens the port.</summary>
    /// <exception cref="Gatehouse.Problems.ProblemException">It cannot be opened.</exception>
    public Task StartAsync(CancellationToken cancellation) => _server.StartAsync(new NoHttp(), cancellation);

    /// <summary>Takes nothing new, lets what is carried end until <paramref name="cancellation"/> says otherwise.</summary>
    public async Task StopAsync(CancellationToken cancellation)
    {
        _isDraining = true;
        await Task.WhenAll(_servers.Keys.Select(static server => server.DrainAsync()));
        await _server.StopAsync(cancellation);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _server.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task TakeAsync(ConnectionContext connection, Stream stream)
    {
        LiveConnection live = connection.Features.GetRequiredFeature<IGateConnectionFeature>().Connection;
        Admitted admitted = connection.Features.GetRequiredFeature<Admitted>();
        Socket socket = connection.Features.GetRequiredFeature<IConnectionSocketFeature>().Socket;
        var client = (ClientStream)stream;
        using CancellationTokenSource deadline = new(_context.Settings.Limits.HandshakeTimeout, _context.Time);
        try
        {
            // Before TLS: the secret.
            Hello hello = await ReadHelloAsync(client, live, deadline.Token);
            if (hello.Secret is not { } secret)
            {
                // A caller that the registry cut has its record already.
                await WaitOutAsync(client, deadline.Token);
                return;
            }

            // 3. TLS, 4. authenticate
            SocketTuning.ForTunnel(socket);
            var below = new TunnelStream(socket, client.Peeked);
            await using var tls = new SslStream(below, leaveInnerStreamOpen: true);
            Tunnel? tunnel = await ProveAsync(tls, live, secret, hello.Nonce, reason => connection.Abort(new ConnectionAbortedException(reason)), deadline.Token);
            admitted.EndHandshake();
            if (tunnel is not null)
            {
                await ServeAsync(tunnel, live);
            }
        }
        catch (Exception fault) when (fault is IOException or OperationCanceledException)
        {
            // The tunnel has ended, one way or another.
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            // A bug of ours closes the connection and nothing else.
            Log.ConnectionFailed(_context.Logger, fault);
            connection.Abort();
        }
    }

    private async Task ServeAsync(Tunnel tunnel, LiveConnection live)
    {
        var server = new TunnelServer(_context, tunnel, live);
        _tunnels.Add(tunnel, reason => _context.Registry.Kill(live.Id, reason));
        _servers[server] = 0;
        try
        {
            // A view may have come between the handshake and the line above.
            if (!_isDraining && tunnel.WhyNot(_context.State.Current) is null)
            {
                await server.RunAsync();
            }
        }
        finally
        {
            _servers.TryRemove(server, out _);
            _tunnels.Remove(tunnel);
        }
    }

    private async Task<Hello> ReadHelloAsync(ClientStream client, LiveConnection live, CancellationToken deadline)
    {
        string? reason = null;
        try
        {
            while (client.Peeked.Length < MeshHello.Size)
            {
                if (!await client.PeekMoreAsync(MeshHello.Size, deadline))
                {
                    reason = client.Peeked.IsEmpty ? MeshReasons.Silent : MeshReasons.NotMesh;
                    break;
                }
            }
        }
        catch (Exception fault) when (fault is OperationCanceledException or IOException)
        {
            reason = client.Peeked.IsEmpty ? MeshReasons.Silent : MeshReasons.NotMesh;
        }

        if (reason is null)
        {
            Hello hello = Judge(client.Peeked[..MeshHello.Size], live.Source, out reason, out string? detail);
            if (reason is null)
            {
                client.Skip(MeshHello.Size);
                return hello;
            }

            _context.Refuse(live.Source, reason, detail, live.Id);
            return default;
        }

        if (!_isDraining)
        {
            _context.Refuse(live.Source, reason, null, live.Id);
        }

        return default;
    }

    private Hello Judge(ReadOnlySpan<byte> message, IPEndPoint source, out string? reason, out string? detail)
    {
        detail = null;
        reason = MeshReasons.NotMesh;
        if (!MeshHello.TryRead(message, out long sent, out ReadOnlySpan<byte> nonce))
        {
            return default;
        }

        MeshView view = _context.State.Current;
        SecretKeys? secret = null;
        foreach (SecretKeys keys in _context.Secrets.Of(view))
        {
            // All are tried, whichever fits.
            if (MeshHello.IsProvenBy(keys.Keys, message, view.ClusterId, view.Node))
            {
                secret = keys;
            }
        }

        reason = MeshReasons.WrongSecret;
        if (secret is null)
        {
            return default;
        }

        long now = _context.Now;
        long skew = MeshHello.Skew(sent, now);
        if (!MeshHello.IsInWindow(skew))
        {
            reason = MeshReasons.ClockSkew;
            detail = $"{skew} ms";
            Log.Skewed(_context.Logger, source, skew);
            return default;
        }

        reason = _nonces.Take(nonce, sent, now) switch
        {
            NonceVerdict.Fresh => null,
            NonceVerdict.Replayed => MeshReasons.Replay,
            _ => MeshReasons.NoncesFull,
        };
        return reason is null ? new Hello(secret, nonce.ToArray()) : default;
    }

    // Null: refused and recorded.
    private async Task<Tunnel?> ProveAsync(
        SslStream tls, LiveConnection live, SecretKeys secret, byte[] nonce, Action<string> abort, CancellationToken deadline)
    {
        // Before the view is looked at: see HandshakeTurns.
        using IDisposable turn = _context.Handshakes.Begin();
        MeshView view = _context.State.Current;
        var check = new PeerCheck(view, isCaller: true, expected: null);
        string reason;
        string? detail;
        try
        {
            await tls.AuthenticateAsServerAsync(TunnelTls.ForCalled(view, check, _context.Time.GetUtcNow()), deadline);
            if (check.Identity is { } peer)
            {
                return await GreetAsync(tls, live, view, peer, secret, nonce, abort);
            }

            (reason, detail) = (MeshReasons.CertificateMissing, null);
        }
        catch (AuthenticationException fault)
        {
            reason = check.Reason ?? MeshReasons.TlsFailed;
            detail = check.Reason is null ? fault.InnerException?.Message ?? fault.Message : check.Detail;
        }
        catch (Exception fault) when (fault is IOException or OperationCanceledException)
        {
            reason = MeshReasons.TlsFailed;
            detail = fault is IOException ? fault.Message : "not done in time";
        }

        _context.Refuse(live.Source, reason, detail, live.Id);
        return null;
    }

    private async Task<Tunnel> GreetAsync(
        SslStream tls, LiveConnection live, MeshView view, PeerIdentity peer, SecretKeys secret, byte[] nonce, Action<string> abort)
    {
        byte[] own = RandomNumberGenerator.GetBytes(MeshHello.NonceSize);
        var proof = new MeshProof(secret.Keys, peer.LeafHash.Span, TunnelTls.OwnHash(view), nonce, own);
        var tunnel = new Tunnel(tls, new FrameReader(tls), peer, proof, secret, live.Source, abort);
        live.Principal = new Gatehouse.Identity.Principal(peer.Name, MeshRecords.NodeRealm);
        _context.Counters.AddTunnel(isOutgoing: false);
        int length = MeshGreeting.Write(tunnel.Scratch, own, _context.Now, view.NodeId, _context.Settings.Version, proof);
        await tunnel.WriteAsync(tunnel.Scratch.AsMemory(0, length));
        return tunnel;
    }

    // Throws away what comes until the caller goes or its time is over.
    private static async Task WaitOutAsync(ClientStream client, CancellationToken deadline)
    {
        byte[] nowhere = new byte[512];
        try
        {
            while (await client.ReadAsync(nowhere, deadline) > 0)
            {
            }
        }
        catch (Exception gone) when (gone is OperationCanceledException or IOException)
        {
            // Its time is over, or it has gone.
        }
    }

    private readonly record struct Hello(SecretKeys? Secret, byte[] Nonce);

    /// <summary>Never called: the connection handler above is where every connection ends.</summary>
    private sealed class NoHttp : IHttpApplication<object>
    {
        public object CreateContext(IFeatureCollection contextFeatures) => throw new InvalidOperationException("the mesh has no HTTP");

        public Task ProcessRequestAsync(object context) => throw new InvalidOperationException("the mesh has no HTTP");

        public void DisposeContext(object context, Exception? exception)
        {
        }
    }
}

using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Gatehouse.Engine.Configuration;

namespace Gatehouse.Engine.Forwarding;

/// <summary>
/// Opens connections to one upstream: connect, owner of the listener, PROXY header, TLS, in this order and before any byte of
/// a request.
/// </summary>
internal sealed class UpstreamDialer
{
    private readonly UpstreamOptions _options;
    private readonly IUpstreamOwners _owners;
    private readonly TimeProvider _time;
    private readonly IPEndPoint? _fixed;
    private readonly X509ChainPolicy? _chain;

    public UpstreamDialer(UpstreamOptions options, IUpstreamOwners owners, TimeProvider time)
    {
        _options = options;
        _owners = owners;
        _time = time;
        _fixed = options.Address.Address is { } address ? new IPEndPoint(address, options.Address.Port) : null;
        _chain = options.Address.IsSecured ? MakeChainPolicy(options) : null;
    }

    /// <summary>Opens one; the client's gate may abort it while it is being made.</summary>
    /// <param name="control">The gate's hold on it.</param>
    /// <param name="first">Sent before anything else: a PROXY header goes below TLS.</param>
    public async ValueTask<DialResult> DialAsync(ForwardControl control, ReadOnlyMemory<byte> first = default)
    {
        UpstreamConnection? made = null;
        using CancellationTokenSource limit = new(_options.ConnectTimeout, _time);
        try
        {
            EndPoint target = await ResolveAsync(limit.Token);
            made = new UpstreamConnection(OpenSocket(target));
            if (!control.TryAttach(made))
            {
                made.Dispose();
                return new DialResult(null, DialFailure.Cancelled, "the request was cut");
            }

            await made.Socket.ConnectAsync(target, limit.Token);

            // Whoever holds the port gets not one byte before its owner is known (loopback is no identity).
            if (await _owners.FindWrongOwnerAsync(target) is { } wrong)
            {
                made.Dispose();
                return new DialResult(null, DialFailure.WrongOwner, wrong);
            }

            if (!first.IsEmpty)
            {
                await made.SendAsync(first);
            }

            if (_chain is not null)
            {
                var below = new UpstreamSocketStream(made.Socket);
                made.Secure(await SecureAsync(below, limit.Token), below);
            }

            return new DialResult(made, DialFailure.None, null);
        }
        catch (Exception fault) when (fault is SocketException or IOException or AuthenticationException
            or OperationCanceledException or ObjectDisposedException)
        {
            made?.Dispose();
            return new DialResult(null, Classify(fault, limit), Explain(fault, limit));
        }
    }

    private static Socket OpenSocket(EndPoint target)
    {
        if (target is UnixDomainSocketEndPoint)
        {
            return new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        }

        return new Socket(target.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    }

    private static X509ChainPolicy MakeChainPolicy(UpstreamOptions options)
    {
        // No downloads and no revocation fetch on the way of a request; a pinned CA is the only one trusted.
        X509ChainPolicy policy = new() { RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true };
        policy.ApplicationPolicy.Add(new System.Security.Cryptography.Oid("1.3.6.1.5.5.7.3.1"));
        if (!options.Authorities.IsEmpty)
        {
            policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            foreach (X509Certificate2 authority in options.Authorities)
            {
                policy.CustomTrustStore.Add(authority);
            }
        }

        return policy;
    }

    private static DialFailure Classify(Exception fault, CancellationTokenSource limit) => fault switch
    {
        OperationCanceledException when limit.IsCancellationRequested => DialFailure.TimedOut,
        ObjectDisposedException or OperationCanceledException => DialFailure.Cancelled,
        SocketException { SocketErrorCode: SocketError.OperationAborted } => DialFailure.Cancelled,
        AuthenticationException => DialFailure.TlsFailed,
        _ => DialFailure.Unreachable,
    };

    private static string Explain(Exception fault, CancellationTokenSource limit) =>
        limit.IsCancellationRequested ? "no connection in time" : fault.Message;

    private async ValueTask<EndPoint> ResolveAsync(CancellationToken cancellation)
    {
        if (_options.Address.Kind == UpstreamKind.Unix)
        {
            // A Unix address without a path does not parse.
            return new UnixDomainSocketEndPoint(_options.Address.Path!);
        }

        if (_fixed is not null)
        {
            return _fixed;
        }

        IPAddress[] found = await Dns.GetHostAddressesAsync(_options.Address.Host, cancellation);
        return found.Length == 0
            ? throw new SocketException((int)SocketError.HostNotFound)
            : new IPEndPoint(found[0], _options.Address.Port);
    }

    private async ValueTask<SslStream> SecureAsync(UpstreamSocketStream below, CancellationToken cancellation)
    {
        SslStream tls = new(below);
        try
        {
            await tls.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = _options.ServerName ?? _options.Address.Host,
                    CertificateChainPolicy = _chain,
                    ClientCertificateContext = _options.Identity?.Certificate,
                    EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
                    // A bare protocol has none: a broker may refuse what it does not know.
                    ApplicationProtocols = _options.Address.Kind == UpstreamKind.Tls ? null : [SslApplicationProtocol.Http11],
                },
                cancellation);
            return tls;
        }
        catch
        {
            // Whatever failed, the stream is of no use to anybody; the fault itself is the caller's.
            await tls.DisposeAsync();
            throw;
        }
    }
}

/// <summary>Why no connection came about.</summary>
internal enum DialFailure
{
    /// <summary>It did.</summary>
    None,

    /// <summary>Refused, no route, no name.</summary>
    Unreachable,

    /// <summary>Not in time.</summary>
    TimedOut,

    /// <summary>Its certificate is not the expected one, or TLS failed otherwise.</summary>
    TlsFailed,

    /// <summary>Somebody else's process listens there.</summary>
    WrongOwner,

    /// <summary>All connections allowed are in use.</summary>
    Busy,

    /// <summary>The request was cut meanwhile.</summary>
    Cancelled,
}

/// <summary>A connection, or why not.</summary>
/// <param name="Connection">Set exactly when <paramref name="Failure"/> is none.</param>
/// <param name="Failure">The kind of failure.</param>
/// <param name="Detail">For people.</param>
internal readonly record struct DialResult(UpstreamConnection? Connection, DialFailure Failure, string? Detail);

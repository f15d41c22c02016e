using System.Net;
using System.Net.Sockets;
using Gatehouse.Audit;
using Gatehouse.Engine.Admission;
using Gatehouse.Engine.Connections;
using Gatehouse.Engine.Listeners.Sockets;
using Gatehouse.Protocols.ProxyProtocol;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.Extensions.Logging;

namespace Gatehouse.Engine.Listeners;

/// <summary>Runs steps 1 to 3 for the connections of one listener.</summary>
internal sealed class ListenerRun
{
    // A Unix socket has no address. This stands in for it; no client can have it, so it shares no budget with one.
    private static readonly IPEndPoint UnixSource = new(IPAddress.Any, 0);

    private readonly ListenerSettings _settings;
    private readonly ListenerBudget _budget;
    private readonly AdmissionControl _admission;
    private readonly ConnectionRegistry _registry;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ConnectionDelegate _next;
    private readonly TlsStep? _tls;

    public ListenerRun(
        ListenerSettings settings,
        ListenerBudget budget,
        AdmissionControl admission,
        ConnectionRegistry registry,
        TimeProvider time,
        ILogger logger,
        ConnectionDelegate next)
    {
        _settings = settings;
        _budget = budget;
        _admission = admission;
        _registry = registry;
        _time = time;
        _logger = logger;
        _next = next;
        _tls = settings.Certificates is null ? null : new TlsStep(settings, settings.Certificates, admission, time, logger, next);
    }

    /// <summary>The middleware.</summary>
    public async Task RunAsync(ConnectionContext connection)
    {
        // 1. Listen: whose connection is it?
        if (connection.RemoteEndPoint is not IPEndPoint remote)
        {
            await RunUnixAsync(connection);
            return;
        }

        IPEndPoint? source = remote.Address.IsIPv4MappedToIPv6 ? new IPEndPoint(remote.Address.MapToIPv4(), remote.Port) : remote;
        if (SendsProxyHeader(source.Address))
        {
            source = await ReadProxyHeaderAsync(connection, source);
            if (source is null)
            {
                Close(connection, RefusalReasons.ProxyHeader);
                return;
            }
        }

        await AdmitAsync(connection, source, isFiltered: true);
    }

    private async Task RunUnixAsync(ConnectionContext connection)
    {
        Socket? socket = connection.Features.Get<IConnectionSocketFeature>()?.Socket;
        if (socket is null || !PeerCredentials.TryRead(socket, out PeerCredentials peer))
        {
            Close(connection, RefusalReasons.AddressDenied);
            return;
        }

        // A gate whose upstream were the admin socket would lend every client the daemon's own rights.
        if (peer.ProcessId == Environment.ProcessId)
        {
            Log.OwnProcessRefused(_logger);
            _admission.Refusals.Record(AuditAction.ConnectionDenied, _settings.Gate, UnixSource, RefusalReasons.OwnProcess);
            Close(connection, RefusalReasons.OwnProcess);
            return;
        }

        connection.Features.Set<IPeerCredentialFeature>(new PeerCredentialFeature(peer));
        await AdmitAsync(connection, UnixSource, isFiltered: false);
    }

    private async Task AdmitAsync(ConnectionContext connection, IPEndPoint source, bool isFiltered)
    {
        // 2. Admit: closed before any byte of TLS otherwise.
        using Admitted? admitted = _admission.Admit(_budget, _settings.Limits, source, isFiltered, handshake: _tls is not null || _settings.TakesHandshake);
        if (admitted is null)
        {
            Close(connection, RefusalReasons.AddressDenied);
            return;
        }

        GateConnection live = _registry.Register(
            _settings.Gate,
            admitted.Source,
            isFiltered,
            reason => Close(connection, reason),
            connection.Features.Get<IPeerWatch>());
        try
        {
            // A snapshot may have come between the decision and the entry in the registry.
            if (isFiltered && !_admission.IsAllowed(_settings.Gate, admitted.Source.Address))
            {
                Close(connection, CutReasons.AddressDenied);
                return;
            }

            if (_settings.AsksLocalUser && connection is { LocalEndPoint: IPEndPoint own, RemoteEndPoint: IPEndPoint other })
            {
                live.LocalUser = SocketOwners.FindPeerAsync(own, other);
            }

            if (_tls is not null)
            {
                // 3. TLS.
                await _tls.RunAsync(connection, admitted, live);
                return;
            }

            connection.Features.Set<IGateConnectionFeature>(new GateConnectionFeature(live, null));
            connection.Features.Set(admitted);
            await (_settings.TakeStream is { } take
                ? take(connection, ClientStream.Of(connection))
                : _next(connection));
        }
        finally
        {
            _registry.Unregister(live);
        }
    }

    private bool SendsProxyHeader(IPAddress address)
    {
        foreach (System.Net.IPNetwork network in _settings.ProxyProtocolFrom)
        {
            if (network.Contains(address))
            {
                return true;
            }
        }

        return false;
    }

    private async ValueTask<IPEndPoint?> ReadProxyHeaderAsync(ConnectionContext connection, IPEndPoint proxy)
    {
        using PendingHeader? place = _admission.AwaitHeader(_budget, _settings.Limits, proxy);
        if (place is null)
        {
            return null;
        }

        ProxyHeader? header = null;
        try
        {
            using var deadline = new CancellationTokenSource(_settings.Limits.HandshakeTimeout, _time);
            header = await ProxyHeaderReader.ReadAsync(ClientStream.Of(connection), deadline.Token);
        }
        catch (OperationCanceledException)
        {
            // The deadline: as good as no header.
        }
        catch (IOException)
        {
            // The proxy closed.
        }

        if (header is null)
        {
            Interlocked.Increment(ref _admission.Counters.ProxyHeadersRefusedTotal);
            _admission.Refusals.Record(AuditAction.ConnectionDenied, _settings.Gate, proxy, RefusalReasons.ProxyHeader);
            return null;
        }

        // LOCAL is the proxy's own connection, such as its health check.
        IPEndPoint source = header.Value.Source ?? proxy;
        return source.Address.IsIPv4MappedToIPv6 ? new IPEndPoint(source.Address.MapToIPv4(), source.Port) : source;
    }

    private static void Close(ConnectionContext connection, string reason) =>
        connection.Abort(new ConnectionAbortedException(reason));
}

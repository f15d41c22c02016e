using System.Net;
using Gatehouse.Audit;
using Gatehouse.Engine.Auditing;
using Gatehouse.Engine.Configuration;
using Gatehouse.Engine.Connections;
using Gatehouse.Engine.Forwarding;
using Gatehouse.Engine.Gates;
using Gatehouse.Engine.Listeners;
using Gatehouse.Engine.Mqtt.ClientIds;
using Gatehouse.Engine.Mqtt.Links;
using Gatehouse.Engine.Mqtt.WebSockets;
using Gatehouse.Problems;
using Gatehouse.Protocols.Mqtt;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Gatehouse.Engine.Mqtt;

/// <summary>A gate for MQTT, straight on the connection of steps 1 to 3 or in WebSocket messages.</summary>
internal sealed class MqttGate : IGate
{
    private readonly GateEnvironment _environment;
    private readonly ClientIdBook _clientIds;
    private readonly ILogger _logger;
    private readonly KestrelServer _server;
    private readonly UserConnections _users = new();
    private volatile MqttGateModel _model;

    public MqttGate(GateEnvironment environment, GateModel model, ClientIdBook clientIds)
    {
        _clientIds = clientIds;
        _environment = environment;
        _logger = environment.Loggers.CreateLogger<MqttGate>();
        _model = new MqttGateModel(model, environment);
        KestrelServerOptions options = new();
        options.Listen(model.Listen, listen => environment.Pipeline.Apply(
            listen, model.Listener with { Gate = model.Name, ApplicationProtocols = [], TakeStream = RunAsync, IsSparing = true }));
        _server = new KestrelServer(
            Options.Create(options), GateTransport.CreateFactory(inline: true, environment.Loggers, environment.Time), environment.Loggers);
    }

    /// <inheritdoc/>
    public GateModel Model => _model.Model;

    /// <inheritdoc/>
    public GateCounters Counters { get; } = new();

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellation) => _server.StartAsync(new NoHttp(), cancellation);

    /// <inheritdoc/>
    public void Replace(GateModel model)
    {
        MqttGateModel before = _model;
        _model = before.Successor = new MqttGateModel(model, _environment);
        before.Dispose();
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellation) => _server.StopAsync(cancellation);

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _model.Dispose();
        _server.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task RunAsync(ConnectionContext connection, Stream stream)
    {
        IGateConnectionFeature facts = connection.Features.GetRequiredFeature<IGateConnectionFeature>();
        Counters.Begin();
        try
        {
            MqttGateModel model = _model;
            await (model.WebSocket is null ? RunAsync(connection, stream, facts, model) : RunWebSocketAsync(connection, stream, facts, model));
        }
        catch (Exception fault) when (fault is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // The connection broke before there was a session: nothing is owed to it.
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            // A bug of ours closes the connection and nothing else.
            Log.ConnectionFailed(_logger, fault, Model.Name);
            connection.Abort();
        }
        finally
        {
            Counters.End();
        }
    }

    private async Task RunWebSocketAsync(ConnectionContext connection, Stream stream, IGateConnectionFeature facts, MqttGateModel model)
    {
        await using WebSocketEntry entry = await WebSocketEntrance.AcceptAsync(stream, model.WebSocket!, _environment.Time, CancellationToken.None); // the caller looked
        if (!entry.IsAccepted)
        {
            new SessionRecords(_environment, Counters, facts, model.Model.Name, _environment.NextRequestId())
                .Refused(AuditAction.TamperedRequest, GateProblems.TamperedRequest, entry.Reason ?? "websocket");
            return;
        }

        await RunAsync(connection, entry.Stream, facts, model);
    }

    private async Task RunAsync(ConnectionContext connection, Stream stream, IGateConnectionFeature facts, MqttGateModel model)
    {
        ulong requestId = _environment.NextRequestId();
        var records = new SessionRecords(_environment, Counters, facts, model.Model.Name, requestId);
        using var deadline = new CancellationTokenSource(model.Options.ConnectTimeout, _environment.Time);
        using var client = new ClientLink(stream, _environment.Time);
        var connecting = new Connecting(_environment, model, _clientIds, facts, client, records);
        SessionStart? start = await connecting.RunAsync(requestId, deadline.Token);
        if (start is null)
        {
            return;
        }

        Gatehouse.Identity.Principal principal = start.Identity.Login.Principal;
        if (!_users.TryEnter(principal, model.Options.ConnectionsPerUser))
        {
            records.Refused(AuditAction.LimitReached, MqttProblems.TooManyConnections, "connections_per_user");
            await connecting.AnswerAsync(MqttReasons.QuotaExceeded);
            start.Claim?.Abandon();
            return;
        }

        SessionEnd? end = null;
        try
        {
            end = await RunSessionAsync(connection, facts, model, start, (client, connecting), deadline);
        }
        finally
        {
            _users.Leave(principal);
            if (end is null && !start.MayBeKept)
            {
                start.Claim?.Abandon();
            }
            else
            {
                start.Release(end?.Kind == SessionEndKind.InOrder);
            }
        }
    }

    /// <summary>Step 8's place, step 7's broker, and the session; null where it did not come to one.</summary>
    private async Task<SessionEnd?> RunSessionAsync(
        ConnectionContext connection,
        IGateConnectionFeature facts,
        MqttGateModel model,
        SessionStart start,
        (ClientLink Link, Connecting Connecting) client,
        CancellationTokenSource deadline)
    {
        var rights = new SessionRights(start.Identity, _environment.Snapshots, _environment.Time);
        rights.Refresh();
        rights.Connect();
        AuditSlot slot = await start.Records.ReserveAsync(rights);
        if (!slot.IsValid)
        {
            Counters.Fail();
            await client.Connecting.AnswerAsync(MqttReasons.ServerUnavailable);
            return null;
        }

        var control = new ForwardControl();
        var handshake = new BrokerHandshake(model, facts, client.Link, client.Connecting, (IPEndPoint)connection.LocalEndPoint!); // a TCP listener has one
        BrokerLink? broker = await handshake.RunAsync(start, control, slot, rights, deadline.Token);
        if (broker is null)
        {
            return null;
        }

        // It is over with its timer; the session has no deadline.
        deadline.Dispose();
        using var session = new MqttSession(start, client.Link, broker, rights, _environment.Snapshots, _environment.Time);

        // A session does not end by itself: a gate that stops would wait for it in vain.
        using CancellationTokenRegistration stopping = connection.Features.Get<IConnectionLifetimeNotificationFeature>()?.ConnectionClosedRequested
            .UnsafeRegister(static state => ((MqttSession)state!).Cut(CutReasons.Stopping), session) ?? default;

        // The registry sees the session before the snapshot is looked at again: no swap falls between.
        facts.Connection.Add(session);
        try
        {
            if (!session.IsStillAllowed(_environment.Snapshots.Current, _environment.Time.GetUtcNow()))
            {
                session.Cut(CutReasons.RightLost);
            }

            return await session.RunAsync(connection);
        }
        finally
        {
            facts.Connection.Remove(session);
        }
    }

    /// <summary>Never called: the connection handler above is where every connection ends.</summary>
    private sealed class NoHttp : IHttpApplication<object>
    {
        public object CreateContext(IFeatureCollection contextFeatures) => throw new InvalidOperationException("an MQTT gate has no HTTP");

        public Task ProcessRequestAsync(object context) => throw new InvalidOperationException("an MQTT gate has no HTTP");

        public void DisposeContext(object context, Exception? exception)
        {
        }
    }
}

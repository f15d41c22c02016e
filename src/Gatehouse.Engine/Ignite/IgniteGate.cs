using System.Buffers;
using Gatehouse.Audit;
using Gatehouse.Engine.Auditing;
using Gatehouse.Engine.Connections;
using Gatehouse.Engine.Forwarding;
using Gatehouse.Engine.Gates;
using Gatehouse.Engine.Listeners;
using Gatehouse.Identity;
using Gatehouse.Problems;
using Gatehouse.Protocols.Ignite;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Gatehouse.Engine.Ignite;

/// <summary>A gate for Ignite's thin clients. One connection of a client is one to a node: what a node opens belongs to the connection.</summary>
internal sealed class IgniteGate : IGate
{
    // Requests that are larger than a buffer, of all connections together.
    private const long LargeFrames = 256L * 1024 * 1024;

    // And of handshakes, so that who has no login holds up nobody who has one.
    private const long LargeHandshakes = 32L * 1024 * 1024;

    private static readonly TimeSpan Linger = TimeSpan.FromSeconds(5);

    private readonly GateEnvironment _environment;
    private readonly ILogger _logger;
    private readonly KestrelServer _server;
    private readonly UserConnections _users = new();
    private readonly ByteBudget _budget = new(LargeFrames);
    private readonly ByteBudget _entering = new(LargeHandshakes);
    private readonly JobBook _jobs;
    private readonly ConnectionRate _rate;
    private volatile IgniteGateModel _model;

    public IgniteGate(GateEnvironment environment, GateModel model, JobBook jobs)
    {
        _environment = environment;
        _logger = environment.Loggers.CreateLogger<IgniteGate>();
        _jobs = jobs;
        _rate = new ConnectionRate(environment.Time);
        _model = new IgniteGateModel(model, environment, jobs);
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
        IgniteGateModel before = _model;
        _model = before.Successor = new IgniteGateModel(model, _environment, _jobs);
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
        IgniteGateModel model = _model;
        model.Enter();
        try
        {
            await RunAsync(connection, stream, facts, model);
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
            model.Leave();
            Counters.End();
        }
    }

    private async Task RunAsync(ConnectionContext connection, Stream stream, IGateConnectionFeature facts, IgniteGateModel model)
    {
        ulong requestId = _environment.NextRequestId();
        var records = new CallRecords(_environment, Counters, facts, model.Model.Name, requestId);
        using var client = new ClientFrames(stream, _entering, _environment.Time);
        var entering = new Entering(_environment, model, facts, client, records, _rate);
        SessionStart? start;
        using (var deadline = new CancellationTokenSource(model.Options.HandshakeTimeout, _environment.Time))
        {
            start = await entering.RunAsync(requestId, deadline.Token);
        }

        if (start is null)
        {
            return;
        }

        client.Admit(_budget);
        Principal principal = start.Rights.Login.Principal;
        if (!_users.TryEnter(principal, model.Options.ConnectionsPerUser))
        {
            records.Refused(AuditAction.LimitReached, IgniteProblems.TooManyConnections, "connections_per_user", rights: start.Rights);
            await entering.AnswerAsync(IgniteCodes.AccessDenied, IgniteProblems.TooManyConnections);
            return;
        }

        try
        {
            await RunSessionAsync(connection, facts, start, client, entering);
        }
        finally
        {
            _users.Leave(principal);
        }
    }

    /// <summary>Step 8's place, step 7's node, and the session.</summary>
    private async Task RunSessionAsync(
        ConnectionContext connection, IGateConnectionFeature facts, SessionStart start, ClientFrames client, Entering entering)
    {
        AuditSlot slot = await start.Records.ReserveAsync(start.Rights);
        if (!slot.IsValid)
        {
            Counters.Fail();
            await entering.AnswerAsync(IgniteCodes.AccessDenied, GateProblems.NoAuditSlot);
            return;
        }

        var control = new ForwardControl();
        NodeLink? node = await OpenAsync(start, slot, control, entering);
        if (node is null)
        {
            return;
        }

        using var session = new IgniteSession(start, client, node, _environment.Snapshots, _environment.Time);

        // A session does not end by itself: a gate that stops would wait for it in vain.
        using CancellationTokenRegistration stopping = connection.Features.Get<IConnectionLifetimeNotificationFeature>()?.ConnectionClosedRequested
            .UnsafeRegister(static state => ((IgniteSession)state!).Cut(CutReasons.Stopping), session) ?? default;

        // The registry sees the session before the snapshot is looked at again: no swap falls between.
        facts.Connection.Add(session);
        try
        {
            if (!session.IsStillAllowed(_environment.Snapshots.Current, _environment.Time.GetUtcNow()))
            {
                session.Cut(CutReasons.RightLost);
            }

            await session.RunAsync(connection);
        }
        finally
        {
            facts.Connection.Remove(session);
        }
    }

    /// <summary>Step 7 of the handshake: a node is dialled, and its answer goes to the client as the gate's.</summary>
    private async Task<NodeLink?> OpenAsync(SessionStart start, AuditSlot slot, ForwardControl control, Entering entering)
    {
        (NodeLink? link, DialFailure failure, string? detail) = await NodeLink.OpenAsync(start.Permit, start.Target.Pool, control);
        if (link is null)
        {
            bool isForeign = failure == DialFailure.WrongOwner;
            if (isForeign)
            {
                start.Records.Alarm(GateProblems.UpstreamWrongOwner, detail);
            }

            ProblemDefinition problem = isForeign ? GateProblems.UpstreamWrongOwner : GateProblems.UpstreamUnreachable;
            start.Records.Failed(slot, start.Rights, isForeign ? "upstream_refused_owner" : "upstream_unreachable", problem, detail);
            await entering.AnswerAsync(IgniteCodes.AccessDenied, problem);
            return null;
        }

        IgniteHandshakeAnswer? answer;
        using (var limit = new CancellationTokenSource(Linger, _environment.Time))
        using (CancellationTokenRegistration late = limit.Token.UnsafeRegister(static state => ((NodeLink)state!).Abort(), link))
        {
            answer = await link.EnterAsync(start.ClientCode, start.Features);
        }

        if (answer is null or { Failure: not null })
        {
            link.Dispose();
            ProblemDefinition problem = answer is null ? GateProblems.UpstreamMalformed : IgniteProblems.NodeRefused;
            start.Records.Failed(slot, start.Rights, answer is null ? "upstream_malformed" : "upstream_refused", problem, answer?.Failure?.Message);
            await entering.AnswerAsync(IgniteCodes.AccessDenied, problem);
            return null;
        }

        start.Features &= answer.Features;
        start.NodeName = answer.NodeName;
        await WelcomeAsync(start, slot, answer, entering);
        return link;
    }

    /// <summary>Tells the client the node's answer, with the features that all three know and with the gate's own limit of silence.</summary>
    private static async Task WelcomeAsync(SessionStart start, AuditSlot slot, IgniteHandshakeAnswer answer, Entering entering)
    {
        TimeSpan idle = start.Model.Options.IdleTimeout;
        if (answer.IdleTimeoutMillis > 0 && answer.IdleTimeoutMillis < idle.TotalMilliseconds)
        {
            idle = TimeSpan.FromMilliseconds(answer.IdleTimeoutMillis);
        }

        // A heartbeat may be late by as much as a sweep and a slow network take.
        start.IdleLimit = idle + TimeSpan.FromSeconds(2);
        var welcome = new ArrayBufferWriter<byte>(512);
        answer.Write(welcome, (long)idle.TotalMilliseconds, start.Features);
        start.Records.Granted(slot, start.Rights);
        await entering.WelcomeAsync(welcome.WrittenMemory);
    }

    /// <summary>Never called: the connection handler above is where every connection ends.</summary>
    private sealed class NoHttp : IHttpApplication<object>
    {
        public object CreateContext(IFeatureCollection contextFeatures) => throw new InvalidOperationException("an Ignite gate has no HTTP");

        public Task ProcessRequestAsync(object context) => throw new InvalidOperationException("an Ignite gate has no HTTP");

        public void DisposeContext(object context, Exception? exception)
        {
        }
    }
}

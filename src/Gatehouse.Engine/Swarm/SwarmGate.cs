using Gatehouse.Audit;
using Gatehouse.Engine.Admission;
using Gatehouse.Engine.Connections;
using Gatehouse.Engine.Forwarding;
using Gatehouse.Engine.Gates;
using Gatehouse.Engine.Listeners;
using Gatehouse.Engine.Realms;
using Gatehouse.Problems;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Gatehouse.Engine.Swarm;

/// <summary>
/// A gate before a member of a private libp2p network (Kubo, IPFS Cluster): whoever proves the swarm key comes through, nobody else
/// gets more than 24 random bytes.
/// </summary>
internal sealed class SwarmGate : IGate
{
    private readonly GateEnvironment _environment;
    private readonly ILogger _logger;
    private readonly KestrelServer _server;
    private readonly ListenerBudget _budget;
    private readonly SourceBudget _connections = new();
    private readonly SourceBudget _unproven = new();
    private readonly LoginLimits _failures;
    private volatile SwarmGateModel _model;

    public SwarmGate(GateEnvironment environment, GateModel model)
    {
        _environment = environment;
        _logger = environment.Loggers.CreateLogger<SwarmGate>();
        _model = new SwarmGateModel(model, environment);
        _budget = new ListenerBudget(model.Name);

        // One bucket a source, as for logins; there is no name that could be locked.
        _failures = new LoginLimits(environment.Time, new LoginLimitOptions { UserBurst = int.MaxValue });
        KestrelServerOptions options = new();
        options.Listen(model.Listen, listen =>
        {
            environment.Pipeline.Apply(listen, model.Listener with { Gate = model.Name, Certificates = null, ApplicationProtocols = [] });
            listen.Run(OnConnectedAsync);
        });
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
        SwarmGateModel before = _model;
        _model = before.Successor = new SwarmGateModel(model, _environment);
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

    private async Task OnConnectedAsync(ConnectionContext connection)
    {
        IGateConnectionFeature facts = connection.Features.GetRequiredFeature<IGateConnectionFeature>();
        Counters.Begin();
        SwarmGateModel model = _model;
        while (!model.TryEnter())
        {
            // Replaced between the two lines; its successor is there before it goes.
            SwarmGateModel next = _model;
            if (ReferenceEquals(next, model))
            {
                Counters.End();
                connection.Abort();
                return;
            }

            model = next;
        }

        try
        {
            await AdmitAsync(connection, facts, model);
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

    /// <summary>Budgets of this protocol, besides those of step 2: nobody has proven anything yet.</summary>
    private async Task AdmitAsync(ConnectionContext connection, IGateConnectionFeature facts, SwarmGateModel model)
    {
        System.Net.IPEndPoint source = facts.Connection.Source;
        SourceKey key = SourceKey.Of(source.Address);
        if (!_connections.TryTake(_budget, key, model.Options.ConnectionsPerSource))
        {
            Refuse(connection, facts, RefusalReasons.ConnectionsPerSource);
            return;
        }

        try
        {
            if (!_unproven.TryTake(_budget, key, model.Options.UnprovenPerSource))
            {
                Refuse(connection, facts, SwarmReasons.Unproven);
                return;
            }

            using var place = new UnprovenPlace(() => _unproven.Return(_budget, key));
            if (!_failures.TryTake(source.Address, "", out _))
            {
                Refuse(connection, facts, SwarmReasons.TooManyFailures);
                return;
            }

            SocketKeepAlive.Set(connection.Features.Get<IConnectionSocketFeature>()?.Socket);
            await RunAsync(connection, facts, model, () =>
            {
                _failures.GiveBack(source.Address, "");
                place.Dispose();
            });
        }
        finally
        {
            _connections.Return(_budget, key);
        }
    }

    private async Task RunAsync(ConnectionContext connection, IGateConnectionFeature facts, SwarmGateModel model, Action onProven)
    {
        var session = new SwarmSession(_environment, model, facts, connection, Counters, onProven);

        // A swarm's connections do not end by themselves: a gate that stops would wait for them in vain.
        using CancellationTokenRegistration stopping = connection.Features.Get<IConnectionLifetimeNotificationFeature>()?.ConnectionClosedRequested
            .UnsafeRegister(static state => ((SwarmSession)state!).Cut(CutReasons.Stopping), session) ?? default;
        facts.Connection.Add(session);
        try
        {
            await session.RunAsync();
        }
        finally
        {
            facts.Connection.Remove(session);
        }
    }

    // Closed without a byte, as step 2 does it.
    private void Refuse(ConnectionContext connection, IGateConnectionFeature facts, string reason)
    {
        Counters.Deny();
        _environment.Pipeline.Refusals.Record(AuditAction.LimitReached, Model.Name, facts.Connection.Source, reason, null, facts.Connection.Id, SwarmProblems.OverLimit);
        connection.Abort(new ConnectionAbortedException(reason));
    }

    /// <summary>A place among those that have proven nothing; given back once, at the proof or at the end.</summary>
    private sealed class UnprovenPlace(Action give) : IDisposable
    {
        private int _given;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _given, 1) == 0)
            {
                give();
            }
        }
    }

    /// <summary>Never called: the connection handler above is where every connection ends.</summary>
    private sealed class NoHttp : IHttpApplication<object>
    {
        public object CreateContext(IFeatureCollection contextFeatures) => throw new InvalidOperationException("a swarm gate has no HTTP");

        public Task ProcessRequestAsync(object context) => throw new InvalidOperationException("a swarm gate has no HTTP");

        public void DisposeContext(object context, Exception? exception)
        {
        }
    }
}

/// <summary>Why a swarm gate let a caller go; frozen words of the audit trail (<c>gatehouse.reason</c>).</summary>
internal static class SwarmReasons
{
    /// <summary>It sent what some other key would make, or noise.</summary>
    public const string WrongKey = "wrong_key";

    /// <summary>It speaks libp2p without a private network.</summary>
    public const string NoKey = "no_key";

    /// <summary>It had not sent 44 bytes in time.</summary>
    public const string Deadline = "deadline";

    /// <summary>It closed before 44 bytes.</summary>
    public const string Short = "short";

    /// <summary>The source has too many connections that prove nothing.</summary>
    public const string Unproven = "unproven_per_source";

    /// <summary>The source failed too often.</summary>
    public const string TooManyFailures = "failed_proofs";
}

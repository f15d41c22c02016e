using Gatehouse.Engine.Connections;
using Gatehouse.Engine.Forwarding;
using Gatehouse.Engine.Listeners;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Gatehouse.Engine.Gates.Tcp;

/// <summary>A gate for plain TCP: one operation a connection, <c>connect</c> on the gate's name.</summary>
internal sealed class TcpGate : IGate
{
    private readonly GateEnvironment _environment;
    private readonly ILogger _logger;
    private readonly KestrelServer _server;
    private volatile TcpGateModel _model;

    public TcpGate(GateEnvironment environment, GateModel model)
    {
        _environment = environment;
        _logger = environment.Loggers.CreateLogger<TcpGate>();
        _model = new TcpGateModel(model, environment);
        KestrelServerOptions options = new();
        options.Listen(model.Listen, listen =>
        {
            environment.Pipeline.Apply(listen, model.Listener with { Gate = model.Name, ApplicationProtocols = [] });
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
        TcpGateModel before = _model;
        _model = before.Successor = new TcpGateModel(model, _environment);
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
        TcpSession session = new(_environment, _model, facts, connection);
        Counters.Begin();
        facts.Connection.Add(session);
        try
        {
            await session.RunAsync(Counters);
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            // A bug of ours closes the connection and nothing else.
            Log.ConnectionFailed(_logger, fault, Model.Name);
            connection.Abort();
        }
        finally
        {
            facts.Connection.Remove(session);
            Counters.End();
        }
    }

    /// <summary>Never called: the connection handler above is where every connection ends.</summary>
    private sealed class NoHttp : IHttpApplication<object>
    {
        public object CreateContext(IFeatureCollection contextFeatures) => throw new InvalidOperationException("a tcp gate has no HTTP");

        public Task ProcessRequestAsync(object context) => throw new InvalidOperationException("a tcp gate has no HTTP");

        public void DisposeContext(object context, Exception? exception)
        {
        }
    }
}

/// <summary>What a TCP gate runs a connection on.</summary>
internal sealed class TcpGateModel : IDisposable
{
    private readonly UpstreamPool _pool;

    public TcpGateModel(GateModel model, GateEnvironment environment)
    {
        Model = model;
        _pool = new UpstreamPool(model.Upstream, new UpstreamOwners(environment.Owners, model.Owners), environment.Time);
        Forwarder = new TcpForwarder(_pool);
    }

    /// <summary>The gate's model.</summary>
    public GateModel Model { get; }

    /// <summary>What the gate runs on since; null while this is it.</summary>
    public TcpGateModel? Successor { get; set; }

    /// <summary>The model in force.</summary>
    public GateModel Newest
    {
        get
        {
            TcpGateModel newest = this;
            while (newest.Successor is { } next)
            {
                newest = next;
            }

            return newest.Model;
        }
    }

    /// <summary>Step 7.</summary>
    public TcpForwarder Forwarder { get; }

    /// <summary>Lets live connections end on their own.</summary>
    public void Dispose() => _pool.Dispose();
}

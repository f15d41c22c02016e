using System.Runtime.CompilerServices;
using Gatehouse.Engine.Connections;
using Gatehouse.Engine.Http1;
using Gatehouse.Engine.Listeners;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Abstractions;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Gatehouse.Engine.Gates;

/// <summary>
/// A gate for HTTP/1.1 and HTTP/2 behind the connection middleware of steps 1 to 3: HTTP/1 by our own reader, straight on
/// the connection; HTTP/2 by Kestrel's server, straight on its features, without HttpContext, middleware or a container on
/// the way. Steps 4 to 8 are the same.
/// </summary>
internal sealed class HttpGate : IGate, IHttpApplication<Http2Exchange>
{
    private readonly GateEnvironment _environment;
    private readonly RequestSteps _steps;
    private readonly ILogger _logger;
    private readonly Http1Sweep _sweep;
    private readonly MalformedRequests _malformed;
    private readonly KestrelServer _server;
    private volatile HttpGateModel _model;

    public HttpGate(GateEnvironment environment, GateModel model)
    {
        _environment = environment;
        _logger = environment.Loggers.CreateLogger<HttpGate>();
        _model = new HttpGateModel(model, environment);
        _steps = new RequestSteps(environment, Counters, GiveUp);
        _sweep = new Http1Sweep(environment.Time);
        _malformed = environment.Pipeline.WatchServer(model.Name, environment.Loggers);
        _server = MakeServer(environment, model);
    }

    /// <inheritdoc/>
    public GateModel Model => _model.Model;

    /// <inheritdoc/>
    public GateCounters Counters { get; } = new();

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellation) => _server.StartAsync(this, cancellation);

    /// <inheritdoc/>
    public void Replace(GateModel model)
    {
        HttpGateModel before = _model;
        _model = before.Successor = new HttpGateModel(model, _environment);
        before.Dispose();
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellation) => _server.StopAsync(cancellation);

    /// <inheritdoc/>
    public Http2Exchange CreateContext(IFeatureCollection contextFeatures)
    {
        IHostContextContainer<Http2Exchange>? container = contextFeatures as IHostContextContainer<Http2Exchange>;
        Http2Exchange exchange = container?.HostContext ?? new Http2Exchange(contextFeatures, Counters);
        container?.HostContext = exchange;
        exchange.Begin(_model, _environment.NextRequestId(), _environment.Time);
        return exchange;
    }

    /// <inheritdoc/>
    public Task ProcessRequestAsync(Http2Exchange context) => ProcessRequestAsync((HttpExchange)context).AsTask();

    /// <summary>Starts a request of HTTP/1 whose head was read.</summary>
    public void Begin(Http1Exchange exchange, bool closes) =>
        exchange.Begin(_model, _environment.NextRequestId(), _environment.Time, closes);

    /// <summary>Runs a request that has begun through steps 4 to 8.</summary>
    public ValueTask ProcessRequestAsync(HttpExchange exchange) => _steps.RunAsync(exchange);

    /// <summary>Records a request that could not be read.</summary>
    public void RecordMalformed(LiveConnection live, string what) => _malformed.Record(live, what);

    /// <inheritdoc/>
    public void DisposeContext(Http2Exchange context, Exception? exception) => context.End();

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _model.Dispose();
        _server.Dispose();
        _sweep.Dispose();
        _malformed.Dispose();
        return ValueTask.CompletedTask;
    }

    private KestrelServer MakeServer(GateEnvironment environment, GateModel model)
    {
        KestrelServerOptions options = new() { AddServerHeader = false };
        KestrelLimits.Apply(options, model.Listener.Limits);

        // A stream's next request then brings the same string for the same bytes, which RequestMemo lives on.
        options.DisableStringReuse = false;
        options.Listen(model.Listen, listen =>
        {
            // A gate that lets clients change protocol speaks HTTP/1.1 only: websockets over HTTP/2 are another protocol.
            bool upgrades = !model.Configuration.Upgrade.IsEmpty;
            listen.Protocols = HttpProtocols.Http2;
            environment.Pipeline.Apply(listen, model.Listener with
            {
                Gate = model.Name,
                ApplicationProtocols = upgrades ? [System.Net.Security.SslApplicationProtocol.Http11] : ListenerSettings.HttpProtocols,
                TakeStream = RunHttp1Async,
            });
            _malformed.Follow(listen);
        });
        return new KestrelServer(
            Options.Create(options), GateTransport.CreateFactory(inline: true, environment.Loggers, environment.Time), _malformed);
    }

    // A bug of ours must not pass anything on, nor tell the client what it was.
    private void GiveUp(HttpExchange exchange, Exception fault)
    {
        Log.RequestFailed(_logger, fault, exchange.GateName, exchange.RequestId);
        exchange.Abort();
    }

    private async Task RunHttp1Async(ConnectionContext connection, Stream stream)
    {
        using Http1Connection http = new(this, connection, stream, _sweep);
        _sweep.Add(http);
        try
        {
            await http.RunAsync();
        }
        finally
        {
            _sweep.Remove(http);
        }
    }
}

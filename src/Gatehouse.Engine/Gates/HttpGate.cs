using Gatehouse.Engine.Listeners;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Abstractions;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Gatehouse.Engine.Gates;

/// <summary>
/// A gate for HTTP/1.1 and HTTP/2: Kestrel's HTTP server behind the connection middleware of steps 1 to 3, and steps 4 to 8
/// straight on its features, without HttpContext, middleware or a container on the way.
/// </summary>
internal sealed class HttpGate : IGate, IHttpApplication<HttpExchange>
{
    private readonly GateEnvironment _environment;
    private readonly RequestSteps _steps;
    private readonly ILogger _logger;
    private readonly KestrelServer _server;
    private volatile HttpGateModel _model;

    public HttpGate(GateEnvironment environment, GateModel model)
    {
        _environment = environment;
        _logger = environment.Loggers.CreateLogger<HttpGate>();
        _model = new HttpGateModel(model, environment);
        _steps = new RequestSteps(environment, Counters);
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
        _model = new HttpGateModel(model, _environment);
        before.Dispose();
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellation) => _server.StopAsync(cancellation);

    /// <inheritdoc/>
    public HttpExchange CreateContext(IFeatureCollection contextFeatures)
    {
        HttpExchange? exchange = null;
        IHostContextContainer<HttpExchange>? container = contextFeatures as IHostContextContainer<HttpExchange>;
        if (container?.HostContext is { } used)
        {
            exchange = used;
        }

        exchange ??= new HttpExchange(contextFeatures, Counters);
        container?.HostContext = exchange;
        exchange.Begin(_model, _environment.NextRequestId(), _environment.Time);
        return exchange;
    }

    /// <inheritdoc/>
    public async Task ProcessRequestAsync(HttpExchange context)
    {
        try
        {
            await _steps.RunAsync(context);
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            // A bug of ours must not pass anything on, nor tell the client what it was.
            Log.RequestFailed(_logger, fault, context.GateName, context.RequestId);
            context.Abort();
        }
    }

    /// <inheritdoc/>
    public void DisposeContext(HttpExchange context, Exception? exception) => context.End();

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _model.Dispose();
        _server.Dispose();
        return ValueTask.CompletedTask;
    }

    private static KestrelServer MakeServer(GateEnvironment environment, GateModel model)
    {
        KestrelServerOptions options = new() { AddServerHeader = false };
        KestrelLimits.Apply(options, model.Listener.Limits);

        // A connection's next request then brings the same string for the same bytes, which RequestMemo lives on.
        options.DisableStringReuse = false;
        MalformedRequests malformed = environment.Pipeline.WatchServer(model.Name, environment.Loggers);
        options.Listen(model.Listen, listen =>
        {
            // A gate that lets clients change protocol speaks HTTP/1.1 only: websockets over HTTP/2 are another protocol.
            bool upgrades = !model.Configuration.Upgrade.IsEmpty;
            listen.Protocols = upgrades || model.Listener.Certificates is null ? HttpProtocols.Http1 : HttpProtocols.Http1AndHttp2;
            environment.Pipeline.Apply(listen, model.Listener with
            {
                Gate = model.Name,
                ApplicationProtocols = upgrades ? [System.Net.Security.SslApplicationProtocol.Http11] : ListenerSettings.HttpProtocols,
            });
            malformed.Follow(listen);
        });
        return new KestrelServer(
            Options.Create(options), GateTransport.CreateFactory(inline: true, environment.Loggers), malformed);
    }
}

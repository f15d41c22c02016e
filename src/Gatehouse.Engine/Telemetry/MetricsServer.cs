using System.Collections.Immutable;
using System.Net;
using System.Text;
using Gatehouse.Audit;
using Gatehouse.Engine.Administration;
using Gatehouse.Engine.Admission;
using Gatehouse.Engine.Configuration;
using Gatehouse.Engine.Connections;
using Gatehouse.Engine.Listeners;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Gatehouse.Engine.Telemetry;

/// <summary>
/// <c>GET /metrics</c> and <c>GET /healthz</c> in clear text on loopback, nothing else: HTTP/1.1 on the connection middleware
/// of the gates, with small budgets of its own. Whoever is on this host may read it; it holds no secret and no user's name.
/// </summary>
internal sealed class MetricsServer : IHttpApplication<HttpContext>, IAsyncDisposable
{
    /// <summary>The name under which it appears among gates.</summary>
    public const string GateName = Words.MetricsListener;

    // A scrape is short; who holds more at once is no scraper.
    private const int MaxConnections = 64;

    private readonly NodeMetrics _metrics;
    private readonly NodeHealth _health;
    private readonly RefusalRecorder _refusals;
    private readonly Func<string, bool> _isOwnHost;
    private readonly ILogger _logger;
    private readonly KestrelServer _server;

    public MetricsServer(
        IPEndPoint listen,
        NodeMetrics metrics,
        NodeHealth health,
        ListenerPipeline pipeline,
        RefusalRecorder refusals,
        Func<string, bool> isOwnHost,
        ILoggerFactory loggers)
    {
        _metrics = metrics;
        _health = health;
        _refusals = refusals;
        _isOwnHost = isOwnHost;
        _logger = loggers.CreateLogger<MetricsServer>();
        var limits = new LimitsConfiguration { Connections = MaxConnections, ConnectionsPerSource = MaxConnections };
        var options = new KestrelServerOptions();
        KestrelLimits.Apply(options, limits);
        options.Limits.MaxRequestBodySize = 0;
        MalformedRequests malformed = pipeline.WatchServer(GateName, loggers);
        options.Listen(listen, listener =>
        {
            listener.Protocols = HttpProtocols.Http1;
            pipeline.Apply(listener, new ListenerSettings { Gate = GateName, Limits = limits });
            malformed.Follow(listener);
        });
        _server = new KestrelServer(Options.Create(options), GateTransport.CreateFactory(inline: false, loggers), malformed);
    }

    /// <summary>Opens it.</summary>
    /// <exception cref="Problems.ProblemException">It cannot listen; GH4010 names the owner.</exception>
    public Task StartAsync(CancellationToken cancellation) => _server.StartAsync(this, cancellation);

    /// <summary>Closes it.</summary>
    public Task StopAsync(CancellationToken cancellation) => _server.StopAsync(cancellation);

    /// <inheritdoc/>
    public HttpContext CreateContext(IFeatureCollection contextFeatures) => new DefaultHttpContext(contextFeatures);

    /// <inheritdoc/>
    public async Task ProcessRequestAsync(HttpContext context)
    {
        try
        {
            await AnswerAsync(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The caller went away.
        }
        catch (Exception fault) when (fault is not OutOfMemoryException and not IOException)
        {
            // A page that cannot be made is no reason to say more than that.
            Log.PageFailed(_logger, fault);
            context.Abort();
        }
    }

    /// <inheritdoc/>
    public void DisposeContext(HttpContext context, Exception? exception)
    {
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _server.Dispose();
        return ValueTask.CompletedTask;
    }

    private Task AnswerAsync(HttpContext http)
    {
        // Against pages that had their name point at loopback, and whatever no scraper sends.
        string? reason = AdminStrictness.Refuse(http, isLocal: false, _isOwnHost) ?? (AdminStrictness.HasBody(http.Request) ? "body" : null);
        if (reason is not null)
        {
            LiveConnection? live = http.Features.Get<IGateConnectionFeature>()?.Connection;
            if (live is not null)
            {
                _refusals.Record(AuditAction.TamperedRequest, GateName, live.Source, reason, null, live.Id);
            }

            http.Response.Headers.Connection = "close";
            return WriteAsync(http, StatusCodes.Status400BadRequest, "text/plain; charset=utf-8", $"refused: {reason}\n");
        }

        // The target as it came: no other spelling of these two is served.
        string target = http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        if (target is not ("/metrics" or "/healthz"))
        {
            return WriteAsync(http, StatusCodes.Status404NotFound, "text/plain; charset=utf-8", "not found\n");
        }

        if (http.Request.Method != "GET")
        {
            http.Response.Headers.Allow = "GET";
            return WriteAsync(http, StatusCodes.Status405MethodNotAllowed, "text/plain; charset=utf-8", "method not allowed\n");
        }

        if (target == "/metrics")
        {
            return WriteAsync(http, StatusCodes.Status200OK, MetricsText.ContentType, _metrics.Write());
        }

        ImmutableArray<string> reasons = _health.Reasons();
        return reasons.IsEmpty
            ? WriteAsync(http, StatusCodes.Status200OK, "text/plain; charset=utf-8", "ok\n")
            : WriteAsync(http, StatusCodes.Status503ServiceUnavailable, "text/plain; charset=utf-8", string.Join('\n', reasons) + "\n");
    }

    private static async Task WriteAsync(HttpContext http, int status, string type, string text)
    {
        byte[] body = Encoding.UTF8.GetBytes(text);
        HttpResponse response = http.Response;
        response.StatusCode = status;
        response.ContentType = type;
        response.ContentLength = body.Length;
        response.Headers.CacheControl = "no-store";
        response.Headers.XContentTypeOptions = "nosniff";
        if (http.Request.Method != "HEAD")
        {
            await response.Body.WriteAsync(body, http.RequestAborted);
        }
    }
}

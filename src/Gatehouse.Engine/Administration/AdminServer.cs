using System.Net;
using System.Net.Sockets;
using Gatehouse.Audit;
using Gatehouse.Engine.Configuration;
using Gatehouse.Engine.Listeners;
using Gatehouse.Engine.Realms;
using Gatehouse.Problems;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Gatehouse.Engine.Administration;

/// <summary>Where the API listens.</summary>
internal sealed record AdminListeners
{
    /// <summary>The Unix socket, absolute; null: none.</summary>
    public string? SocketPath { get; init; }

    /// <summary>The HTTPS listener; null: none.</summary>
    public IPEndPoint? Https { get; init; }

    /// <summary>Its certificate; needed with <see cref="Https"/>.</summary>
    public ICertificateSource? Certificates { get; init; }

    /// <summary><c>modern</c> or <c>compatible</c>.</summary>
    public string TlsProfile { get; init; } = "compatible";

    /// <summary>Budgets.</summary>
    public LimitsConfiguration Limits { get; init; } = new();
}

/// <summary>
/// The API's own server: Kestrel without hosting or routing, HTTP/1.1 only, on the same connection middleware as the gates,
/// never on inline completions (it reads files and waits for the store).
/// </summary>
internal sealed class AdminServer : IHttpApplication<HttpContext>, IAsyncDisposable
{
    /// <summary>The name under which the API's listeners appear among gates.</summary>
    public const string GateName = AuditLevels.AdminGate;

    // sun_path of unix(7) with its closing zero.
    private const int MaxSocketPath = 107;

    private static readonly TimeSpan TableDelay = TimeSpan.FromSeconds(1);

    private readonly AdminListeners _listeners;
    private readonly AdminApplication _application;
    private readonly Lazy<AdminEndpointTable> _table;
    private readonly HashQueue _hashes = new(capacity: 16, workers: 1);
    private readonly ServiceProvider _provider;
    private readonly KestrelServer _server;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stopping = new();

    public AdminServer(AdminListeners listeners, AdminServices services, ListenerPipeline pipeline, ILoggerFactory loggers)
    {
        _listeners = listeners;
        _logger = loggers.CreateLogger<AdminServer>();
        _table = new Lazy<AdminEndpointTable>(() => AdminEndpoints.Create(services, _hashes));
        _application = new AdminApplication(services, _table, loggers.CreateLogger<AdminApplication>());
        _provider = new ServiceCollection().AddSingleton(loggers).BuildServiceProvider();
        var options = new KestrelServerOptions { ApplicationServices = _provider };
        KestrelLimits.Apply(options, listeners.Limits);
        options.Limits.MaxRequestBodySize = AdminRequestReader.MaxBody;
        MalformedRequests malformed = pipeline.WatchServer(GateName, loggers);
        Listen(options, pipeline, malformed);
        _server = new KestrelServer(Options.Create(options), GateTransport.CreateFactory(inline: false, loggers), malformed);
    }

    /// <summary>Opens both listeners.</summary>
    /// <exception cref="ProblemException">An address that cannot be bound.</exception>
    public async Task StartAsync(CancellationToken cancellation)
    {
        if (_listeners.SocketPath is { } path)
        {
            RemoveStale(path);
        }

        await _server.StartAsync(this, cancellation);
        if (_listeners.SocketPath is { } socket)
        {
            File.SetUnixFileMode(socket, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        _ = MakeTableAsync(_stopping.Token);
        Log.Listening(_logger, _listeners.Https?.ToString() ?? "-", _listeners.SocketPath ?? "-");
    }

    /// <summary>Closes both; waits for calls under way until the token ends that.</summary>
    public async Task StopAsync(CancellationToken cancellation)
    {
        await _stopping.CancelAsync();
        await _server.StopAsync(cancellation);
        if (_listeners.SocketPath is { } path)
        {
            File.Delete(path);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _server.Dispose();
        _stopping.Dispose();
        _hashes.Dispose();
        await _provider.DisposeAsync();
    }

    /// <inheritdoc/>
    public HttpContext CreateContext(IFeatureCollection contextFeatures) => new DefaultHttpContext(contextFeatures);

    /// <inheritdoc/>
    public Task ProcessRequestAsync(HttpContext context) => _application.RunAsync(context);

    /// <inheritdoc/>
    public void DisposeContext(HttpContext context, Exception? exception)
    {
    }

    // The shapes of all bodies take a third of a start's work, and the gates are to answer first: the first call makes the table, or
    // a pause after the start.
    private async Task MakeTableAsync(CancellationToken stopping)
    {
        await Task.Delay(TableDelay, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!stopping.IsCancellationRequested)
        {
            _ = _table.Value;
        }
    }

    private void Listen(KestrelServerOptions options, ListenerPipeline pipeline, MalformedRequests malformed)
    {
        var settings = new ListenerSettings { Gate = GateName, Limits = _listeners.Limits, TlsProfile = _listeners.TlsProfile };
        if (_listeners.SocketPath is { } path)
        {
            if (System.Text.Encoding.UTF8.GetByteCount(path) > MaxSocketPath)
            {
                throw AdministrationProblems.InvalidValue.Exception(
                    $"`{path}` is too long for a Unix socket: at most {MaxSocketPath} bytes", "choose a data folder with a shorter path");
            }

            options.ListenUnixSocket(path, listen =>
            {
                listen.Protocols = HttpProtocols.Http1;
                pipeline.Apply(listen, settings);
                malformed.Follow(listen);
            });
        }

        if (_listeners.Https is { } address)
        {
            ICertificateSource certificates = _listeners.Certificates ?? throw new InvalidOperationException("HTTPS needs a certificate");
            options.Listen(address, listen =>
            {
                listen.Protocols = HttpProtocols.Http1;
                pipeline.Apply(listen, settings with
                {
                    Certificates = certificates,
                    ApplicationProtocols = [System.Net.Security.SslApplicationProtocol.Http11],
                });
                malformed.Follow(listen);
            });
        }
    }

    // Only a socket that nobody answers on is taken away; the data folder's lock keeps a second daemon out anyway.
    private static void RemoveStale(string path)
    {
        if (!File.Exists(path))
        {
            return;
        }

        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            probe.Connect(new UnixDomainSocketEndPoint(path));
        }
        catch (SocketException refused) when (refused.SocketErrorCode is SocketError.ConnectionRefused or SocketError.AddressNotAvailable)
        {
            File.Delete(path);
            return;
        }
        catch (SocketException)
        {
            // Not a socket, or not ours: binding says what is wrong.
            return;
        }

        throw AdministrationProblems.InvalidValue.Exception($"another process answers on `{path}`", "stop it, or choose another data folder");
    }
}

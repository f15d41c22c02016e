using System.Net;
using System.Net.Sockets;
using Gatehouse.Engine.Configuration;
using Gatehouse.Engine.Telemetry;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Hosting;

/// <summary>
/// Keeps the metrics listening where the configuration says. Like a gate that cannot listen, it stays closed with its problem
/// and keeps nothing else from running.
/// </summary>
internal sealed class MetricsPort : IAsyncDisposable
{
    private static readonly TimeSpan CloseTime = TimeSpan.FromSeconds(1);

    private readonly NodeHealth _health;
    private readonly Func<IPEndPoint, string, MetricsServer> _make;
    private readonly TimeProvider _time;
    private MetricsServer? _server;
    private string? _listen;

    /// <param name="sources">Where the figures come from.</param>
    /// <param name="parts">Steps 1 to 3, clock and logs.</param>
    public MetricsPort(MetricsSources sources, NodeParts parts)
    {
        var metrics = new NodeMetrics(sources);
        _health = new NodeHealth(sources);
        _time = sources.Time;
        _make = (at, written) => new MetricsServer(
            at, metrics, _health, parts.Pipeline, parts.Admission.Refusals, new OwnHosts(written, []).Contains, parts.GateEnvironment.Loggers);
    }

    /// <summary>Why it does not listen, or null.</summary>
    public Problem? Problem { get; private set; }

    /// <summary>Closes it where the configuration has it elsewhere, so that its port is free. One call at a time.</summary>
    public async Task ReleaseAsync(NodeConfiguration configuration)
    {
        if (configuration.Metrics != _listen)
        {
            await CloseAsync();
        }
    }

    /// <summary>Opens it where the configuration says. One call at a time.</summary>
    public async Task ApplyAsync(NodeConfiguration configuration, CancellationToken cancellation)
    {
        await ReleaseAsync(configuration);
        _listen = configuration.Metrics;
        if (_server is not null)
        {
            return;
        }

        Problem = null;
        if (_listen is null || !ListenAddress.TryParse(_listen, out IPEndPoint? at, out _))
        {
            return;
        }

        MetricsServer server = _make(at, _listen);
        try
        {
            await server.StartAsync(cancellation);
            _server = server;
        }
        catch (Exception fault) when (fault is ProblemException or IOException or SocketException)
        {
            await server.DisposeAsync();
            Problem known = (fault as ProblemException)?.Problem ?? NetworkProblems.CannotListen.Because($"cannot listen on `{_listen}`: {fault.Message}");
            Problem = known with { Text = "the metrics stay closed: " + known.Text };
        }
    }

    /// <summary>The node ends: health says so from here on, until <see cref="DisposeAsync"/>.</summary>
    public void Stopping() => _health.Stop();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await CloseAsync();

    private async Task CloseAsync()
    {
        if (Interlocked.Exchange(ref _server, null) is { } server)
        {
            using var limit = new CancellationTokenSource(CloseTime, _time);
            await server.StopAsync(limit.Token);
            await server.DisposeAsync();
        }
    }
}

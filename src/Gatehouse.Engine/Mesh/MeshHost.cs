using Gatehouse.Engine.Connections;
using Gatehouse.Engine.Gates;
using Gatehouse.Engine.Mesh.Local;
using Gatehouse.Engine.Mesh.Tunnels;
using Gatehouse.Problems;
using Gatehouse.Problems.Cluster;

namespace Gatehouse.Engine.Mesh;

/// <summary>The mesh of this node, from start to stop.</summary>
internal sealed class MeshHost : IAsyncDisposable
{
    private readonly MeshContext _context;
    private readonly LiveTunnels _tunnels;
    private readonly TunnelDialer _dialer;
    private readonly LocalSide _local;
    private readonly MeshHealth _health;
    private readonly MeshListener _listener;
    private readonly CancellationTokenSource _stop = new();
    private Task _asking = Task.CompletedTask;
    private bool _isStarted;
    private bool _isStopped;

    /// <summary>A mesh that does nothing yet.</summary>
    public MeshHost(GateEnvironment environment, ConnectionRegistry registry, IMeshState state, MeshSettings settings, IMeshNotices? notices = null)
    {
        _context = new MeshContext(environment, registry, state, settings, notices);
        _tunnels = new LiveTunnels(state, environment.Time, _context.Logger);
        _dialer = new TunnelDialer(_context, _tunnels);
        _local = new LocalSide(_context, _dialer);
        _health = new MeshHealth(_context, _local, _dialer);
        _listener = new MeshListener(_context, _tunnels, new NonceMemory());
    }

    /// <summary>For people.</summary>
    public IMeshControl Control => _health;

    /// <summary>Handshakes under way.</summary>
    public HandshakeTurns Handshakes => _context.Handshakes;

    /// <summary>Opens the mesh port and the peers' addresses.</summary>
    /// <exception cref="ProblemException">The mesh port cannot be opened (GH4010, GH4011, GH5719); nothing is open then.</exception>
    public async Task StartAsync(CancellationToken cancellation)
    {
        try
        {
            await _listener.StartAsync(cancellation);
        }
        catch (IOException fault)
        {
            throw MeshProblems.CannotListen.Exception($"the mesh cannot listen on `{_context.Settings.Listen}`: {fault.Message}", null, fault);
        }

        _isStarted = true;
        _health.Listening = _context.Settings.Listen;
        _context.State.Changed += OnChanged;
        if (_context.Notices is { } notices)
        {
            notices.Added += _health.Hurry;
        }

        await _local.UpdateAsync();
        _asking = Task.Run(() => _health.RunAsync(_stop.Token), CancellationToken.None);
    }

    /// <summary>Takes new services and limits. What is carried and still declared is not touched; what is no longer declared is cut.</summary>
    public async Task ReplaceAsync(MeshSettings settings)
    {
        _context.Settings = settings;
        _tunnels.CutWhere(service => _context.FindService(service) is null, MeshReasons.UnknownService);
        await _local.UpdateAsync();
    }

    /// <summary>Takes nothing new, lets what is carried end for as long as the settings say, then closes everything.</summary>
    public async Task StopAsync()
    {
        if (!_isStarted || _isStopped)
        {
            return;
        }

        _isStopped = true;
        _context.State.Changed -= OnChanged;
        if (_context.Notices is { } notices)
        {
            notices.Added -= _health.Hurry;
        }

        await _stop.CancelAsync();
        await _asking;
        await _local.StopAsync();
        using CancellationTokenSource drain = new(_context.Settings.Drain, _context.Time);
        Task stopping = _listener.StopAsync(drain.Token);
        while (_context.Counters.Open > 0 && !drain.IsCancellationRequested)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), _context.Time, CancellationToken.None);
        }

        _tunnels.CutAll(CutReasons.Stopping);
        await stopping;
        await _local.DisposeAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await _listener.DisposeAsync();
        _tunnels.Dispose();
        _stop.Dispose();
    }

    private void OnChanged(MeshView view) => _ = Task.Run(UpdateAsync);

    private async Task UpdateAsync()
    {
        try
        {
            await _local.UpdateAsync();
        }
        catch (ObjectDisposedException)
        {
            // Stopped meanwhile.
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            // The next view must find its way whatever became of this one.
            Log.ConnectionFailed(_context.Logger, fault);
        }
    }
}

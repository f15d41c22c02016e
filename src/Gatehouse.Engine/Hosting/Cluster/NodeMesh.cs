using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using Gatehouse.Engine.Configuration;
using Gatehouse.Engine.Mesh;
using Gatehouse.Problems;
using Gatehouse.Trust.Nodes;
using Microsoft.Extensions.Logging;

namespace Gatehouse.Engine.Hosting.Cluster;

/// <summary>
/// The mesh of the running node: open while the cluster has a second node, closed before. What keeps it from opening is told, tried
/// again, and keeps nothing else from running.
/// </summary>
internal sealed class NodeMesh : IAsyncDisposable
{
    private static readonly TimeSpan TryAgain = TimeSpan.FromSeconds(5);

    private readonly NodeParts _parts;
    private readonly IMeshState _state;
    private readonly IMeshNotices _notices;
    private readonly NodeTrust _trust;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly SemaphoreSlim _one = new(1, 1);
    private readonly ITimer _again;
    private NodeConfiguration? _configuration;
    private MeshSettings? _settings;
    private MeshHost? _host;
    private IPEndPoint? _listening;
    private bool _isDisposed;

    public NodeMesh(NodeParts parts, IMeshState state, IMeshNotices notices, NodeTrust trust, TimeProvider time, ILogger<NodeMesh> logger)
    {
        _parts = parts;
        _state = state;
        _notices = notices;
        _trust = trust;
        _time = time;
        _logger = logger;
        Access = new MeshAccess
        {
            Node = trust.NodeName,
            Running = () => _host?.Control,
            Settings = () => _settings,
            Check = Check,
        };
        _again = time.CreateTimer(_ => Kick(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        state.Changed += OnChanged;
    }

    /// <summary>For the admin API.</summary>
    public MeshAccess Access { get; }

    /// <summary>Handshakes of the running mesh; null while it is closed.</summary>
    public HandshakeTurns? Handshakes => _host?.Handshakes;

    /// <summary>Why it is not open although it should be, or null.</summary>
    public Problem? Problem { get; private set; }

    /// <summary>What is known of it now; null while the node is alone and needs none.</summary>
    public MeshFacts? Facts => _host?.Control.Facts() ?? (Problem is null ? null : MeshFacts.Closed);

    /// <summary>Settings of a configuration that is to be put in force; null with at least one problem.</summary>
    public MeshSettings? Prepare(NodeConfiguration next, ICollection<Problem> problems) => MeshModels.Make(next, _trust.NodeName, problems);

    /// <summary>Puts them in force. The mesh port moves where it changed; what is carried and still declared goes on otherwise.</summary>
    public async Task ApplyAsync(NodeConfiguration configuration, MeshSettings settings)
    {
        await _one.WaitAsync();
        try
        {
            _configuration = configuration;
            _settings = settings;
            await UpdateAsync();
        }
        finally
        {
            _one.Release();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _state.Changed -= OnChanged;
        await _again.DisposeAsync();
        await _one.WaitAsync();
        _isDisposed = true;
        await CloseAsync();
        _one.Release();
        _one.Dispose();
    }

    private void OnChanged(MeshView view)
    {
        if (view.Peers.IsEmpty == (_host is not null))
        {
            Kick();
        }
    }

    private void Kick() => _ = Task.Run(async () =>
    {
        try
        {
            await _one.WaitAsync();
        }
        catch (ObjectDisposedException)
        {
            // The node ends.
            return;
        }

        try
        {
            await UpdateAsync();
        }
        finally
        {
            _one.Release();
        }
    });

    private async Task UpdateAsync()
    {
        if (_isDisposed || _settings is not { } settings)
        {
            return;
        }

        if (_host is not null && (_state.Current.Peers.IsEmpty || !settings.Listen.Equals(_listening)))
        {
            await CloseAsync();
        }

        if (_host is { } running)
        {
            await running.ReplaceAsync(settings);
        }
        else if (!_state.Current.Peers.IsEmpty)
        {
            await OpenAsync(settings);
        }
    }

    private async Task OpenAsync(MeshSettings settings)
    {
        var host = new MeshHost(_parts.GateEnvironment, _parts.Registry, _state, settings, _notices);
        try
        {
            await host.StartAsync(CancellationToken.None);
            (_host, _listening, Problem) = (host, settings.Listen, null);
            Log.MeshOpen(_logger, settings.Listen, _state.Current.Peers.Length);
        }
        catch (Exception fault) when (fault is ProblemException or IOException or SocketException)
        {
            await host.DisposeAsync();
            Problem = (fault as ProblemException)?.Problem ?? NetworkProblems.CannotListen.Because($"the mesh cannot listen on `{settings.Listen}`: {fault.Message}");
            Log.Problem(_logger, Problem.ToString());
            _again.Change(TryAgain, Timeout.InfiniteTimeSpan);
        }
    }

    private async Task CloseAsync()
    {
        if (Interlocked.Exchange(ref _host, null) is { } host)
        {
            await host.DisposeAsync();
        }
    }

    private ImmutableArray<Problem> Check()
    {
        ImmutableArray<Problem> found = _configuration is { } configuration ? MeshModels.Check(configuration, _trust.NodeName, _trust.Known) : [];
        return Problem is { } closed ? [closed, .. found] : found;
    }
}

using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Gatehouse.Engine.Mesh.Tunnels;

/// <summary>
/// All tunnels of the node. Looks at them again at each new view and twice a second, and cuts what may not go on.
/// </summary>
internal sealed class LiveTunnels : IDisposable
{
    private static readonly TimeSpan SweepEvery = TimeSpan.FromMilliseconds(500);

    private readonly ConcurrentDictionary<Tunnel, Action<string>> _tunnels = new();
    private readonly IMeshState _state;
    private readonly ILogger _logger;
    private readonly ITimer _timer;
    private int _sweepRequested;

    public LiveTunnels(IMeshState state, TimeProvider time, ILogger logger)
    {
        _state = state;
        _logger = logger;
        _state.Changed += OnChanged;
        _timer = time.CreateTimer(static self => ((LiveTunnels)self!).RequestSweep(), this, SweepEvery, SweepEvery);
    }

    /// <summary>How many there are.</summary>
    public int Count => _tunnels.Count;

    /// <summary>Adds one; <paramref name="cut"/> ends it with a record. The caller looks at the newest view afterwards.</summary>
    public void Add(Tunnel tunnel, Action<string> cut) => _tunnels[tunnel] = cut;

    /// <summary>Takes one off.</summary>
    public void Remove(Tunnel tunnel) => _tunnels.TryRemove(tunnel, out _);

    /// <summary>Cuts those that carry a service of this kind.</summary>
    public void CutWhere(Func<string, bool> isMeant, string reason)
    {
        foreach ((Tunnel tunnel, Action<string> cut) in _tunnels)
        {
            if (tunnel.Service is { } service && isMeant(service))
            {
                cut(reason);
            }
        }
    }

    /// <summary>Cuts all of them.</summary>
    public void CutAll(string reason)
    {
        foreach ((_, Action<string> cut) in _tunnels)
        {
            cut(reason);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _state.Changed -= OnChanged;
        _timer.Dispose();
    }

    private void OnChanged(MeshView view) => RequestSweep();

    private void RequestSweep()
    {
        if (Interlocked.Increment(ref _sweepRequested) == 1)
        {
            ThreadPool.UnsafeQueueUserWorkItem(static self => self.SweepUntilQuiet(), this, preferLocal: false);
        }
    }

    private void SweepUntilQuiet()
    {
        int seen;
        do
        {
            seen = Volatile.Read(ref _sweepRequested);
            try
            {
                Sweep();
            }
            catch (Exception fault) when (fault is not OutOfMemoryException)
            {
                // The next sweep must come whatever happened in this one.
                Log.SweepFailed(_logger, fault);
            }
        }
        while (Interlocked.CompareExchange(ref _sweepRequested, 0, seen) != seen);
    }

    private void Sweep()
    {
        int count = 0;
        string? last = null;
        foreach ((Tunnel tunnel, Action<string> cut) in _tunnels)
        {
            if (tunnel.WhyNot(_state.Current) is { } reason)
            {
                cut(reason);
                _tunnels.TryRemove(tunnel, out _);
                last = reason;
                count++;
            }
        }

        if (last is not null)
        {
            Log.Cut(_logger, count, last);
        }
    }
}

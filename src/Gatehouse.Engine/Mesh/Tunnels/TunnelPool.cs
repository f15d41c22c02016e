namespace Gatehouse.Engine.Mesh.Tunnels;

/// <summary>
/// Tunnels to one peer that wait for work, the newest on top. Each is looked at again by the newest view before it is used.
/// </summary>
internal sealed class TunnelPool(MeshContext context, TunnelDialer dialer, string peer)
{
    private const int MaxIdle = 32;
    private static readonly TimeSpan IdleLimit = TimeSpan.FromSeconds(30);

    private readonly Lock _lock = new();
    private readonly List<CallerTunnel> _idle = [];
    private bool _isClosed;

    /// <summary>A tunnel to the peer: one that waits, or a new one.</summary>
    /// <param name="isFresh">Only a new one will do.</param>
    public async ValueTask<TunnelDial> RentAsync(bool isFresh)
    {
        MeshView view = context.State.Current;
        while (!isFresh && TryTake() is { } waiting)
        {
            if (waiting.IsGood(view))
            {
                return new TunnelDial(waiting, null, null, null);
            }

            waiting.Close(MeshReasons.Draining);
        }

        return view.Find(peer) is { } facts
            ? await dialer.DialAsync(facts)
            : new TunnelDial(null, TunnelDialer.Fail(MeshReasons.UnknownNode, Gatehouse.Problems.Cluster.MeshProblems.PeerUnknown, $"`{peer}` is not in the cluster"), null, null);
    }

    /// <summary>Gives one back that can be used again.</summary>
    public void Return(CallerTunnel tunnel)
    {
        lock (_lock)
        {
            if (!_isClosed && _idle.Count < MaxIdle && tunnel.IsGood(context.State.Current))
            {
                tunnel.IdleSince = context.Time.GetTimestamp();
                _idle.Add(tunnel);
                return;
            }
        }

        _ = tunnel.CloseIdleAsync();
    }

    /// <summary>Closes what waits for too long or is of no more use; all of it with <paramref name="isAll"/>, for good.</summary>
    public Task TrimAsync(bool isAll)
    {
        List<CallerTunnel> closing;
        MeshView view = context.State.Current;
        lock (_lock)
        {
            _isClosed |= isAll;

            // One stays for the next question of health.
            closing = [.. _idle.Where((tunnel, at) => isAll || !tunnel.IsGood(view)
                || (at < _idle.Count - 1 && context.Time.GetElapsedTime(tunnel.IdleSince) > IdleLimit))];
            _idle.RemoveAll(closing.Contains);
        }

        return Task.WhenAll(closing.Select(static tunnel => tunnel.CloseIdleAsync()));
    }

    private CallerTunnel? TryTake()
    {
        lock (_lock)
        {
            if (_idle.Count == 0)
            {
                return null;
            }

            CallerTunnel last = _idle[^1];
            _idle.RemoveAt(_idle.Count - 1);
            return last;
        }
    }
}

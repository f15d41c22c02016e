
namespace Gatehouse.Engine.Forwarding;

/// <summary>
/// The connections to one upstream. Idle ones are used again last in, first out, so that a quiet hour lets the surplus
/// age out. One timer a second closes aged ones and cuts those past their deadline.
/// </summary>
internal sealed class UpstreamPool : IDisposable
{
    private readonly Lock _gate = new();
    private readonly UpstreamDialer _dialer;
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private readonly List<UpstreamConnection> _idle = [];
    private readonly HashSet<UpstreamConnection> _busy = [];
    private readonly Queue<TaskCompletionSource> _waiting = new();
    private readonly long _maxIdleTicks;
    private int _open;
    private bool _closed;

    public UpstreamPool(UpstreamOptions options, IUpstreamOwners owners, TimeProvider time)
    {
        Options = options;
        _time = time;
        _dialer = new UpstreamDialer(options, owners, time);
        _maxIdleTicks = (long)(options.MaxIdle.TotalSeconds * time.TimestampFrequency);
        IdleTicks = (long)(options.Idle.TotalSeconds * time.TimestampFrequency);
        _timer = time.CreateTimer(static state => ((UpstreamPool)state!).Sweep(), this, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
    }

    /// <summary>The upstream.</summary>
    public UpstreamOptions Options { get; }

    /// <summary>Open connections, idle and busy.</summary>
    public int Open => Volatile.Read(ref _open);

    internal long IdleTicks { get; }

    /// <summary>The moment by which progress must be seen next.</summary>
    public long NextDeadline() => _time.GetTimestamp() + IdleTicks;

    /// <summary>Takes an idle connection that is still quiet; null when there is none.</summary>
    public UpstreamConnection? TryTakeIdle()
    {
        while (true)
        {
            UpstreamConnection candidate;
            lock (_gate)
            {
                if (_idle.Count == 0)
                {
                    return null;
                }

                candidate = _idle[^1];
                _idle.RemoveAt(_idle.Count - 1);
                _busy.Add(candidate);
            }

            if (candidate.IsQuiet())
            {
                return candidate;
            }

            Close(candidate);
        }
    }

    /// <summary>Opens a new connection, waiting for its turn where the limit is reached.</summary>
    public async ValueTask<DialResult> OpenAsync(ForwardControl control)
    {
        if (!await EnterAsync(control))
        {
            return new DialResult(null, control.IsCancelled ? DialFailure.Cancelled : DialFailure.Busy, "all connections to the upstream are in use");
        }

        DialResult result = await _dialer.DialAsync(control);
        if (result.Connection is null)
        {
            Leave();
            return result;
        }

        lock (_gate)
        {
            _busy.Add(result.Connection);
        }

        return result;
    }

    /// <summary>Gives back a connection whose response was read to its end; it is kept for the next request.</summary>
    public void Return(UpstreamConnection connection)
    {
        connection.IsReused = true;
        connection.IdleSince = _time.GetTimestamp();
        if (connection.Start != connection.End || !connection.SetDeadline(0))
        {
            Close(connection);
            return;
        }

        lock (_gate)
        {
            // One that waits for its turn opens its own: handing over would need a second protocol for nothing.
            if (!_closed && _waiting.Count == 0)
            {
                _busy.Remove(connection);
                _idle.Add(connection);
                return;
            }
        }

        Close(connection);
    }

    /// <summary>Closes a connection for good. Nothing may be under way on it.</summary>
    public void Close(UpstreamConnection connection)
    {
        lock (_gate)
        {
            if (!_busy.Remove(connection))
            {
                return;
            }
        }

        connection.Dispose();
        Leave();
    }

    /// <summary>Closes idle connections; busy ones end with their requests.</summary>
    public void Dispose()
    {
        _timer.Dispose();
        List<UpstreamConnection> idle;
        lock (_gate)
        {
            _closed = true;
            idle = [.. _idle];
            _idle.Clear();
            _busy.UnionWith(idle);
        }

        foreach (UpstreamConnection connection in idle)
        {
            Close(connection);
        }
    }

    private async ValueTask<bool> EnterAsync(ForwardControl control)
    {
        TaskCompletionSource turn;
        lock (_gate)
        {
            if (_open < Options.MaxConnections)
            {
                _open++;
                return true;
            }

            turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Enqueue(turn);
        }

        try
        {
            await turn.Task.WaitAsync(Options.ConnectTimeout, _time);
        }
        catch (TimeoutException)
        {
            // The turn may have come in the same moment; then it is ours and must be given on.
            if (!turn.TrySetCanceled())
            {
                Leave();
            }

            return false;
        }

        if (!control.IsCancelled)
        {
            return true;
        }

        Leave();
        return false;
    }

    /// <summary>Frees a place, or hands it to the next that waits.</summary>
    private void Leave()
    {
        lock (_gate)
        {
            while (_waiting.TryDequeue(out TaskCompletionSource? next))
            {
                if (next.TrySetResult())
                {
                    return;
                }
            }

            _open--;
        }
    }

    private void Sweep()
    {
        long now = _time.GetTimestamp();
        List<UpstreamConnection>? aged = null;
        lock (_gate)
        {
            foreach (UpstreamConnection busy in _busy)
            {
                busy.CheckDeadline(now);
            }

            int count = 0;
            while (count < _idle.Count && now - _idle[count].IdleSince > _maxIdleTicks)
            {
                count++;
            }

            if (count > 0)
            {
                aged = _idle.GetRange(0, count);
                _idle.RemoveRange(0, count);
                _busy.UnionWith(aged);
            }
        }

        foreach (UpstreamConnection connection in aged ?? [])
        {
            Close(connection);
        }
    }
}

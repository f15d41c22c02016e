
namespace Gatehouse.Engine.Forwarding;

/// <summary>
/// The connections to one upstream. Idle ones are used again last in, first out, so that a quiet hour lets the surplus
/// age out. Idle ones lie on the stripe of the thread that their answers arrive on: a request on the same thread takes them
/// up again without a change of threads. One timer a second closes aged ones and cuts those past their deadline.
/// </summary>
internal sealed class UpstreamPool : IDisposable
{
    private readonly Lock _gate = new();
    private readonly UpstreamDialer _dialer;
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private readonly IdleStripe[] _stripes = [.. Enumerable.Range(0, Math.Clamp(Environment.ProcessorCount, 1, 16)).Select(static _ => new IdleStripe())];
    private readonly HashSet<UpstreamConnection> _all = [];
    private readonly Queue<TaskCompletionSource> _waiting = new();
    private readonly long _maxIdleTicks;
    private int _open;
    private int _waitingCount;
    private volatile bool _closed;

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

    /// <summary>The clock of its limits.</summary>
    public TimeProvider Time => _time;

    /// <summary>Open connections, idle and busy.</summary>
    public int Open => Volatile.Read(ref _open);

    internal long IdleTicks { get; }

    /// <summary>The moment by which progress must be seen next.</summary>
    public long NextDeadline() => _time.GetTimestamp() + IdleTicks;

    /// <summary>Takes an idle connection that is still quiet; null when there is none.</summary>
    public UpstreamConnection? TryTakeIdle()
    {
        int own = IdleStripe.OfThread;
        for (int step = 0; step < _stripes.Length; step++)
        {
            IdleStripe stripe = _stripes[(own + step) % _stripes.Length];
            while (stripe.TryTake() is { } candidate)
            {
                if (candidate.IsQuiet())
                {
                    return candidate;
                }

                Close(candidate);
            }
        }

        return null;
    }

    /// <summary>Opens a new connection, waiting for its turn where the limit is reached.</summary>
    /// <param name="control">Who may cut it.</param>
    /// <param name="first">Sent before anything else, TLS included.</param>
    public async ValueTask<DialResult> OpenAsync(ForwardControl control, ReadOnlyMemory<byte> first = default)
    {
        if (!await EnterAsync(control))
        {
            return new DialResult(null, control.IsCancelled ? DialFailure.Cancelled : DialFailure.Busy, "all connections to the upstream are in use");
        }

        DialResult result = await _dialer.DialAsync(control, first);
        if (result.Connection is null)
        {
            Leave();
            return result;
        }

        lock (_gate)
        {
            _all.Add(result.Connection);
        }

        return result;
    }

    /// <summary>Gives back a connection whose response was read to its end; it is kept for the next request.</summary>
    public void Return(UpstreamConnection connection)
    {
        connection.IsReused = true;
        connection.IdleSince = _time.GetTimestamp();
        if (!connection.SetDeadline(0) || !connection.TryRest())
        {
            Close(connection);
            return;
        }

        // One that waits for its turn opens its own: handing over would need a second protocol for nothing.
        if (Volatile.Read(ref _waitingCount) > 0 || !_stripes[IdleStripe.OfThread % _stripes.Length].TryGive(connection, this))
        {
            Close(connection);
        }
    }

    /// <summary>Closes a connection for good. Nothing may be under way on it.</summary>
    public void Close(UpstreamConnection connection)
    {
        lock (_gate)
        {
            if (!_all.Remove(connection))
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
        _closed = true;
        CloseIdle(long.MaxValue);
    }

    internal bool IsClosed => _closed;

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
            _waitingCount = _waiting.Count;
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
                _waitingCount = _waiting.Count;
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
        lock (_gate)
        {
            foreach (UpstreamConnection connection in _all)
            {
                connection.CheckDeadline(now);
            }
        }

        CloseIdle(now - _maxIdleTicks);
    }

    /// <summary>Closes what became idle before a moment.</summary>
    private void CloseIdle(long before)
    {
        List<UpstreamConnection> aged = [];
        foreach (IdleStripe stripe in _stripes)
        {
            stripe.TakeOlder(before, aged);
        }

        foreach (UpstreamConnection connection in aged)
        {
            Close(connection);
        }
    }
}

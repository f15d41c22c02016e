namespace Gatehouse.Engine.Forwarding;

/// <summary>Idle connections whose answers arrive on one thread; last in, first out.</summary>
internal sealed class IdleStripe
{
    [ThreadStatic]
    private static int _ofThread;

    private static int _threads;

    private readonly Lock _lock = new();
    private readonly List<UpstreamConnection> _idle = [];

    /// <summary>A number that stays with the thread; threads are spread evenly over it.</summary>
    public static int OfThread
    {
        get
        {
            if (_ofThread == 0)
            {
                _ofThread = (Interlocked.Increment(ref _threads) & 0xFFFF) + 1;
            }

            return _ofThread;
        }
    }

    /// <summary>Takes the last one given; null when there is none.</summary>
    public UpstreamConnection? TryTake()
    {
        lock (_lock)
        {
            if (_idle.Count == 0)
            {
                return null;
            }

            UpstreamConnection last = _idle[^1];
            _idle.RemoveAt(_idle.Count - 1);
            return last;
        }
    }

    /// <summary>Lays one down; false when the pool has closed, which empties every stripe only once.</summary>
    public bool TryGive(UpstreamConnection connection, UpstreamPool pool)
    {
        lock (_lock)
        {
            if (pool.IsClosed)
            {
                return false;
            }

            _idle.Add(connection);
            return true;
        }
    }

    /// <summary>Takes those out that became idle before a moment.</summary>
    public void TakeOlder(long before, List<UpstreamConnection> into)
    {
        lock (_lock)
        {
            // The oldest lie at the bottom.
            int count = 0;
            while (count < _idle.Count && _idle[count].IdleSince < before)
            {
                count++;
            }

            into.AddRange(_idle[..count]);
            _idle.RemoveRange(0, count);
        }
    }
}

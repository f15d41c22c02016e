namespace Gatehouse.Engine.Mesh;

/// <summary>
/// Handshakes under way. A node that has changed what it shows and accepts says so to the cluster only when those that began
/// before have ended: until then one of them may still show what others are about to drop. Thread-safe.
/// </summary>
internal sealed class HandshakeTurns
{
    private readonly Lock _lock = new();
    private readonly List<Turn> _ending = [];
    private Turn _current = new();

    /// <summary>A handshake begins. Call this first, then look at what is in force; dispose of it when the handshake has ended.</summary>
    public IDisposable Begin()
    {
        lock (_lock)
        {
            _current.Open++;
            return new Held(this, _current);
        }
    }

    /// <summary>Ends when every handshake that has begun before this call has ended.</summary>
    public Task EndedAsync(CancellationToken cancellation)
    {
        lock (_lock)
        {
            if (_current.Open > 0)
            {
                _ending.Add(_current);
                _current = new Turn();
            }

            return Task.WhenAll(_ending.Select(static turn => turn.Ended.Task)).WaitAsync(cancellation);
        }
    }

    private void End(Turn turn)
    {
        lock (_lock)
        {
            turn.Open--;
            if (turn.Open == 0 && _ending.Remove(turn))
            {
                turn.Ended.SetResult();
            }
        }
    }

    private sealed class Turn
    {
        public int Open { get; set; }

        public TaskCompletionSource Ended { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    private sealed class Held(HandshakeTurns turns, Turn turn) : IDisposable
    {
        private int _isOver;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _isOver, 1) == 0)
            {
                turns.End(turn);
            }
        }
    }
}

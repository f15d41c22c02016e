namespace Gatehouse.Engine.Ignite;

/// <summary>
/// Memory that large frames of one gate may take together. Who wants more than is left waits for its turn, in the order of asking.
/// Thread-safe.
/// </summary>
internal sealed class ByteBudget(long bytes)
{
    private readonly long _all = bytes;
    private readonly Lock _gate = new();
    private readonly LinkedList<Waiter> _waiting = [];
    private long _left = bytes;

    /// <summary>Takes room for a frame, all of the budget at most; dispose of what comes back to give it back.</summary>
    public async ValueTask<Share> TakeAsync(long count, CancellationToken cancellation)
    {
        long wanted = Math.Min(count, _all);
        LinkedListNode<Waiter> place;
        lock (_gate)
        {
            if (_waiting.Count == 0 && _left >= wanted)
            {
                _left -= wanted;
                return new Share(this, wanted);
            }

            place = _waiting.AddLast(new Waiter(wanted));
        }

        using CancellationTokenRegistration cancelled = cancellation.UnsafeRegister(_ => Leave(place), null);
        return await place.Value.Turn.Task;
    }

    private void Leave(LinkedListNode<Waiter> place)
    {
        lock (_gate)
        {
            if (place.List is null)
            {
                return;
            }

            _waiting.Remove(place);
        }

        place.Value.Turn.TrySetCanceled();
        Return(0);
    }

    private void Return(long count)
    {
        List<Waiter>? next = null;
        lock (_gate)
        {
            _left += count;
            while (_waiting.First is { } first && first.Value.Wanted <= _left)
            {
                _left -= first.Value.Wanted;
                _waiting.RemoveFirst();
                (next ??= []).Add(first.Value);
            }
        }

        next?.ForEach(waiter => waiter.Turn.SetResult(new Share(this, waiter.Wanted)));
    }

    private sealed record Waiter(long Wanted)
    {
        public TaskCompletionSource<Share> Turn { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>A part of it.</summary>
    internal sealed class Share(ByteBudget budget, long count) : IDisposable
    {
        private long _count = count;

        /// <summary>How much it is; 0 once it is given back.</summary>
        public long Count => Volatile.Read(ref _count);

        /// <inheritdoc/>
        public void Dispose() => budget.Return(Interlocked.Exchange(ref _count, 0));
    }
}

using System.Threading.Channels;
using Gatehouse.Engine.Store;
using Microsoft.Extensions.Logging;

namespace Gatehouse.Engine.Ipfs.Ownership;

/// <summary>
/// Writes to the store, many places at a time, one batch after the other. What a place needs is looked up when its turn comes, so that
/// many changes of one are one write. What fails is tried again by the ledger's rounds.
/// </summary>
internal sealed class PinWriter(IStateStore store, PinTable table, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan QuietFor = TimeSpan.FromSeconds(10);

    // Bounded by the number of slots: each waits once.
    private readonly Channel<PinSlot> _queue = Channel.CreateUnbounded<PinSlot>(new UnboundedChannelOptions { SingleReader = true });
    private readonly HashSet<PinSlot> _failed = [];
    private Task _work = Task.CompletedTask;
    private long? _logged;

    /// <summary>Begins to work.</summary>
    public void Start() => _work = Task.Run(WorkAsync);

    /// <summary>Has a place written; the table's lock is held.</summary>
    public void Enqueue(PinSlot slot)
    {
        if (!slot.IsQueued)
        {
            slot.IsQueued = _queue.Writer.TryWrite(slot);
        }
    }

    /// <summary>Has a place written, and tells when it is; the table's lock is held.</summary>
    public Task<bool> EnqueueAndWait(PinSlot slot)
    {
        Enqueue(slot);
        if (!slot.IsQueued)
        {
            return Task.FromResult(false); // closed
        }

        var waiter = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        (slot.Waiters ??= []).Add(waiter);
        return waiter.Task;
    }

    /// <summary>Tries again what failed.</summary>
    public void Retry()
    {
        lock (table.Lock)
        {
            foreach (PinSlot slot in _failed)
            {
                Enqueue(slot);
            }

            _failed.Clear();
        }
    }

    /// <summary>Takes no more and waits until what is there is written.</summary>
    public async Task CompleteAsync(TimeSpan limit, TimeProvider clock)
    {
        _queue.Writer.TryComplete();
        try
        {
            await _work.WaitAsync(limit, clock);
        }
        catch (TimeoutException)
        {
            Log.NotFinished(logger, _queue.Reader.Count);
        }
    }

    private async Task WorkAsync()
    {
        var batch = new List<Pending>(RuntimeWrite.Most);
        while (await _queue.Reader.WaitToReadAsync())
        {
            batch.Clear();
            while (batch.Count < RuntimeWrite.Most && _queue.Reader.TryRead(out PinSlot? slot))
            {
                if (Begin(slot) is { } pending)
                {
                    batch.Add(pending);
                }
            }

            bool isWritten = batch.Count == 0 || await TryWriteAsync(batch);
            lock (table.Lock)
            {
                foreach (Pending pending in batch)
                {
                    Finish(pending, isWritten);
                }
            }
        }
    }

    private Pending? Begin(PinSlot slot)
    {
        lock (table.Lock)
        {
            slot.IsQueued = false;
            List<TaskCompletionSource<bool>>? waiters = slot.Waiters;
            slot.Waiters = null;
            if (slot.NeedsWrite)
            {
                slot.IsUnknown = true;
                return new Pending(slot, slot.Wanted, waiters);
            }

            table.Tidy(slot.Entry);
            Tell(waiters, isWritten: true);
            return null;
        }
    }

    private void Finish(Pending pending, bool isWritten)
    {
        PinSlot slot = pending.Slot;
        if (isWritten)
        {
            (slot.Stored, slot.IsUnknown) = (pending.Written, false);
            table.Tidy(slot.Entry);
        }
        else
        {
            _failed.Add(slot);
        }

        Tell(pending.Waiters, isWritten);
    }

    private static void Tell(List<TaskCompletionSource<bool>>? waiters, bool isWritten)
    {
        foreach (TaskCompletionSource<bool> waiter in waiters ?? [])
        {
            waiter.TrySetResult(isWritten);
        }
    }

    private async Task<bool> TryWriteAsync(List<Pending> batch)
    {
        try
        {
            RuntimeWrite[] writes = [.. batch.Select(static one => new RuntimeWrite(one.Slot.Place, one.Written is { } written ? PinRecord.Write(written) : null))];
            await store.WriteRuntimeAsync(writes, CancellationToken.None);
            if (_logged is not null)
            {
                _logged = null;
                Log.WrittenAgain(logger);
            }

            return true;
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            // Whatever it is: the requests are refused, and the next batch has its own chance. The loop must never end by a fault.
            if (_logged is not { } last || time.GetElapsedTime(last) > QuietFor)
            {
                _logged = time.GetTimestamp();
                Log.NotWritten(logger, batch.Count, fault);
            }

            return false;
        }
    }

    private sealed record Pending(PinSlot Slot, PinOwnership? Written, List<TaskCompletionSource<bool>>? Waiters);
}

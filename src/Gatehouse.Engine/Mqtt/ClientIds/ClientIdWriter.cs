using System.Threading.Channels;
using Gatehouse.Engine.Store;
using Microsoft.Extensions.Logging;

namespace Gatehouse.Engine.Mqtt.ClientIds;

/// <summary>
/// Writes entries to the store, many at a time, one batch after the other. What an entry needs is looked up when its turn comes, so
/// that many changes of one are one write. What fails is tried again by the book's rounds.
/// </summary>
internal sealed class ClientIdWriter(IStateStore store, Func<TimeSpan> now, Action<ClientIdEntry> gone, ILogger logger)
{
    private static readonly TimeSpan QuietFor = TimeSpan.FromSeconds(10);

    // Bounded by the number of entries: each waits once.
    private readonly Channel<ClientIdEntry> _queue = Channel.CreateUnbounded<ClientIdEntry>(new UnboundedChannelOptions { SingleReader = true });
    private Task _work = Task.CompletedTask;
    private int _waiting;
    private TimeSpan? _logged;

    /// <summary>Claims that wait.</summary>
    public int Waiting => Volatile.Read(ref _waiting);

    /// <summary>Begins to work.</summary>
    public void Start() => _work = Task.Run(WorkAsync);

    /// <summary>Has an entry written; its lock is held.</summary>
    public void Enqueue(ClientIdEntry entry)
    {
        if (!entry.IsQueued)
        {
            entry.IsQueued = _queue.Writer.TryWrite(entry);
        }
    }

    /// <summary>Has an entry written, and tells when it is; its lock is held.</summary>
    public Task<bool> EnqueueAndWait(ClientIdEntry entry)
    {
        Enqueue(entry);
        if (!entry.IsQueued)
        {
            return Task.FromResult(false); // closed
        }

        Interlocked.Increment(ref _waiting);
        var waiter = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        (entry.Waiters ??= []).Add(waiter);
        return waiter.Task;
    }

    /// <summary>Takes no more and waits until what is there is written.</summary>
    public async Task CompleteAsync(TimeSpan limit, TimeProvider time)
    {
        _queue.Writer.TryComplete();
        try
        {
            await _work.WaitAsync(limit, time);
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
            while (batch.Count < RuntimeWrite.Most && _queue.Reader.TryRead(out ClientIdEntry? entry))
            {
                if (Begin(entry) is { } pending)
                {
                    batch.Add(pending);
                }
            }

            bool isWritten = batch.Count == 0 || await TryWriteAsync(batch);
            foreach (Pending pending in batch)
            {
                Finish(pending, isWritten);
            }
        }
    }

    private Pending? Begin(ClientIdEntry entry)
    {
        lock (entry.Shard.Lock)
        {
            entry.IsQueued = false;
            List<TaskCompletionSource<bool>>? waiters = entry.Waiters;
            entry.Waiters = null;
            if (entry.TryGetWrite(now(), out ClientIdRecord? record))
            {
                entry.Writing();
                return new Pending(entry, record, waiters);
            }

            Tell(waiters, isWritten: true);
            return null;
        }
    }

    private void Finish(Pending pending, bool isWritten)
    {
        ClientIdEntry entry = pending.Entry;
        lock (entry.Shard.Lock)
        {
            if (isWritten)
            {
                entry.Written(pending.Record);
                if (entry.IsGone)
                {
                    gone(entry);
                }
            }
            else
            {
                entry.IsReleasing = false;
            }
        }

        Tell(pending.Waiters, isWritten);
    }

    private void Tell(List<TaskCompletionSource<bool>>? waiters, bool isWritten)
    {
        foreach (TaskCompletionSource<bool> waiter in waiters ?? [])
        {
            Interlocked.Decrement(ref _waiting);
            waiter.TrySetResult(isWritten);
        }
    }

    private async Task<bool> TryWriteAsync(List<Pending> batch)
    {
        try
        {
            RuntimeWrite[] writes =
            [
                .. batch.Select(static one => new RuntimeWrite(ClientIdRecord.PlaceOf(one.Entry.Key), one.Record?.Write())),
            ];
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
            // Whatever it is: the claims are refused, and the next batch has its own chance. The loop must never end by a fault.
            if (_logged is null || now() - _logged > QuietFor)
            {
                _logged = now();
                Log.NotWritten(logger, batch.Count, fault);
            }

            return false;
        }
    }

    private sealed record Pending(ClientIdEntry Entry, ClientIdRecord? Record, List<TaskCompletionSource<bool>>? Waiters);
}

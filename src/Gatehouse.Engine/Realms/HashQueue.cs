using System.Threading.Channels;

namespace Gatehouse.Engine.Realms;

/// <summary>
/// Runs password hashes on threads of their own behind a bounded queue, so that no socket thread computes 0.1 s and a storm of
/// wrong passwords takes at most half of the machine.
/// </summary>
internal sealed class HashQueue : IDisposable
{
    private readonly Channel<Job> _jobs;
    private readonly CancellationTokenSource _stop = new();

    public HashQueue(int capacity, int workers)
    {
        _jobs = Channel.CreateBounded<Job>(new BoundedChannelOptions(capacity) { FullMode = BoundedChannelFullMode.Wait });
        for (int i = 0; i < workers; i++)
        {
            new Thread(Work) { IsBackground = true, Name = $"gatehouse-hash-{i}", Priority = ThreadPriority.BelowNormal }.Start();
        }
    }

    /// <summary>Queues a computation; false when the queue is full.</summary>
    public bool TryRun(Func<bool> compute, out Task<bool> done)
    {
        var job = new Job(compute, new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously));
        done = job.Done.Task;
        return _jobs.Writer.TryWrite(job);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _jobs.Writer.TryComplete();
        _stop.Cancel();
        _stop.Dispose();
    }

    private void Work()
    {
        try
        {
            // A thread of its own may wait: it serves no socket.
            while (_jobs.Reader.WaitToReadAsync(_stop.Token).AsTask().GetAwaiter().GetResult())
            {
                while (_jobs.Reader.TryRead(out Job job))
                {
                    Run(job);
                }
            }
        }
        catch (Exception stopped) when (stopped is OperationCanceledException or ObjectDisposedException)
        {
            // Disposed: jobs left are answered as cancelled below.
        }

        while (_jobs.Reader.TryRead(out Job job))
        {
            job.Done.TrySetCanceled();
        }
    }

    private static void Run(Job job)
    {
        try
        {
            job.Done.TrySetResult(job.Compute());
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            job.Done.TrySetException(fault);
        }
    }

    private readonly record struct Job(Func<bool> Compute, TaskCompletionSource<bool> Done);
}

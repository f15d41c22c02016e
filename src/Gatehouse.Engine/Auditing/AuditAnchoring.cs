using Gatehouse.Audit;
using Gatehouse.Problems;
using Microsoft.Extensions.Logging;

namespace Gatehouse.Engine.Auditing;

/// <summary>Carries the newest signed head to the anchor, at most once a second; what fails is tried again with the then newest.</summary>
internal sealed class AuditAnchoring(IAuditAnchor? anchor, TimeProvider time, ILogger logger) : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan AtClose = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim _changed = new(0, 1);
    private readonly CancellationTokenSource _stop = new();
    private AuditAnchor? _newest;
    private AuditAnchor? _kept;
    private Task _loop = Task.CompletedTask;

    /// <summary>The newest head that is kept outside, or null.</summary>
    public AuditAnchor? Kept => Volatile.Read(ref _kept);

    /// <summary>Why the last attempt failed, or null.</summary>
    public Problem? Failure { get; private set; }

    public void Start() => _loop = anchor is null ? Task.CompletedTask : RunAsync(anchor);

    /// <summary>A new signed head is on disk. Called by the writer; does not block.</summary>
    public void Publish(AuditAnchor head)
    {
        Volatile.Write(ref _newest, head);
        if (_changed.CurrentCount == 0)
        {
            try
            {
                _changed.Release();
            }
            catch (SemaphoreFullException)
            {
                // Another publication came between: the loop is awake and reads the newest.
            }
        }
    }

    /// <summary>Ends the loop and anchors the last head.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _loop;
        if (anchor is not null && Volatile.Read(ref _newest) is { } last && last != Kept)
        {
            using var limit = new CancellationTokenSource(AtClose, time);
            await PutAsync(anchor, last, limit.Token);
        }

        _stop.Dispose();
        _changed.Dispose();
    }

    private async Task RunAsync(IAuditAnchor to)
    {
        try
        {
            while (true)
            {
                await _changed.WaitAsync(_stop.Token);
                while (Volatile.Read(ref _newest) is { } head && head != Kept)
                {
                    await PutAsync(to, head, _stop.Token);
                    await Task.Delay(Interval, time, _stop.Token);
                }
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The trail is being closed; DisposeAsync anchors the last head.
        }
    }

    private async Task PutAsync(IAuditAnchor to, AuditAnchor head, CancellationToken cancellation)
    {
        try
        {
            await to.PutAsync(head, cancellation);
            Volatile.Write(ref _kept, head);
            Failure = null;
        }
        catch (Exception e) when (e is not OperationCanceledException || cancellation != _stop.Token || !_stop.IsCancellationRequested)
        {
            // Whatever the store throws, or that it took too long at the end: the trail itself is whole, and the next second tries again.
            Problem problem = AuditProblems.AnchorFailed.Because(e.Message);
            if (Failure is null)
            {
                logger.AnchorFailed(problem.ToString(), e);
            }

            Failure = problem;
        }
    }
}

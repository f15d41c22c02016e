using System.Buffers.Binary;
using Gatehouse.Audit;
using Gatehouse.Problems;
using Microsoft.Extensions.Logging;

namespace Gatehouse.Engine.Auditing;

/// <summary>
/// The writer's thread: takes records from the queue, chains them, writes and syncs them in groups, signs a checkpoint a
/// second, rotates, deletes what is past its retention, and after an error closes the queue and tries again each second.
/// It blocks on files and on nothing else.
/// </summary>
internal sealed class AuditWriter
{
    // Pacing only, never a time in a record: the monotonic clock of the machine, so that a test's clock cannot stop the disk.
    private const long CheckpointEvery = 1000;
    private static readonly TimeSpan IdleWait = TimeSpan.FromSeconds(30);

    private volatile AuditTrailOptions _options;
    private readonly AuditQueue _queue;
    private readonly AuditSegmentWriter _segment;
    private readonly IAuditFiles _files;
    private readonly AuditAnchoring _anchoring;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Thread _thread;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly AuditEvent _scratch = new();
    private long _ticket;
    private long _durableTicket;
    private long _lastCheckpoint = Environment.TickCount64;
    private long _lastSync = Environment.TickCount64;
    private long _lastSummary;
    private DateTimeOffset _failedAt;
    private volatile Problem? _failure;

    public AuditWriter(
        AuditTrailOptions options, AuditQueue queue, AuditSegmentWriter segment, IAuditFiles files,
        AuditAnchoring anchoring, TimeProvider time, ILogger logger)
    {
        _options = options;
        _queue = queue;
        _segment = segment;
        _files = files;
        _anchoring = anchoring;
        _time = time;
        _logger = logger;
        _thread = new Thread(Run) { IsBackground = true, Name = "audit" };
    }

    /// <summary>Why nothing can be written, or null.</summary>
    public Problem? Failure => _failure;

    /// <summary>Ends when the thread has.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Raised with the problem at an error, with null when it is over.</summary>
    public event Action<Problem?>? HealthChanged;

    public void Start() => _thread.Start();

    /// <summary>Limits of segments and retention from the next batch on.</summary>
    public void Change(AuditTrailOptions options) => _options = options;

    private void Run()
    {
        try
        {
            while (!_queue.IsStopping)
            {
                if (_failure is null)
                {
                    Cycle();
                }
                else
                {
                    _queue.Pause(_options.RetryAfter);
                    Attempt(Repair);
                }
            }

            End();
        }
        catch (Exception e)
        {
            // A bug on this thread must close the gates, not the process: without a writer nothing is forwarded.
            Fail(e);
        }
        finally
        {
            _queue.Close();
            _ended.TrySetResult();
        }
    }

    private void Cycle()
    {
        AuditBatch batch = _queue.Take(NextDeadline(), _options.GatherFor);
        int slots = Chain(batch);
        _ticket = batch.Ticket;
        ChainSummaries(batch.IsUrgent);
        bool checkpoint = _segment.Unsigned > 0 && Environment.TickCount64 - _lastCheckpoint >= CheckpointEvery;
        if (checkpoint)
        {
            _segment.Checkpoint();
            _lastCheckpoint = Environment.TickCount64;
        }

        bool sync = batch.IsUrgent || checkpoint || Environment.TickCount64 - _lastSync >= (long)_options.GatherFor.TotalMilliseconds;
        Attempt(() =>
        {
            _segment.Write();
            if (sync)
            {
                SyncAndTell();
                RotateWhenDue();
                if (checkpoint && !_segment.IsInPlace())
                {
                    throw new IOException($"the segment {_segment.Name} was deleted or replaced from outside");
                }
            }
        });

        // Also after an error: the records are chained and kept, and no new slot is given while the queue is closed.
        _queue.Free(slots);
    }

    private int Chain(AuditBatch batch)
    {
        int slots = 0;
        ReadOnlySpan<byte> rest = batch.Entries.Span;
        while (!rest.IsEmpty)
        {
            int head = BinaryPrimitives.ReadInt32LittleEndian(rest);
            long ticks = BinaryPrimitives.ReadInt64LittleEndian(rest[4..]);
            int length = head >> 1;
            slots += head & 1;
            _segment.Append(rest.Slice(AuditQueue.EntryHead, length), ticks);
            rest = rest[(AuditQueue.EntryHead + length)..];
        }

        return slots;
    }

    private void ChainSummaries(bool now)
    {
        if (!_queue.Summaries.IsEmpty && (now || Environment.TickCount64 - _lastSummary >= CheckpointEvery))
        {
            _queue.Summaries.Drain(_scratch, _segment.Append);
            _lastSummary = Environment.TickCount64;
        }
    }

    /// <summary>How long the thread may sleep when no record comes.</summary>
    private TimeSpan NextDeadline()
    {
        long now = Environment.TickCount64;
        long wait = (long)IdleWait.TotalMilliseconds;
        if (_segment.HasPending)
        {
            wait = Math.Min(wait, _lastSync + (long)_options.GatherFor.TotalMilliseconds - now);
        }

        if (_segment.Unsigned > 0)
        {
            wait = Math.Min(wait, _lastCheckpoint + CheckpointEvery - now);
        }

        if (!_queue.Summaries.IsEmpty)
        {
            wait = Math.Min(wait, _lastSummary + CheckpointEvery - now);
        }

        return TimeSpan.FromMilliseconds(Math.Max(1, wait));
    }

    private void SyncAndTell()
    {
        _segment.Sync();
        _lastSync = Environment.TickCount64;
        _durableTicket = _ticket;
        _queue.Durable(_ticket);
        if (_segment.DurableSeal is { } seal)
        {
            _anchoring.Publish(seal);
        }
    }

    private void RotateWhenDue()
    {
        AuditTrailOptions limits = _options;
        if (_segment.IsClosed || _segment.Length >= limits.SegmentBytes || _time.GetUtcNow() - _segment.Started >= limits.SegmentAge)
        {
            Rotate();
        }
    }

    private void Rotate()
    {
        if (!_segment.IsClosed)
        {
            _segment.Close();
        }

        SyncAndTell();
        _segment.Next();
        SyncAndTell();
        Prune();
    }

    /// <summary>Deletes closed segments past their retention; the record that says so is on disk before.</summary>
    private void Prune()
    {
        if (_options.KeepFor is not { } keep)
        {
            return;
        }

        List<string> old = AuditRetention.Expired(_files, _segment.Name, _time.GetUtcNow() - keep);
        if (_options.Delivery?.KeepFrom is { } needed)
        {
            // Not yet sent: the next rotation tries again.
            old.RemoveAll(name => string.CompareOrdinal(name, needed) >= 0);
        }

        if (old.Count == 0)
        {
            return;
        }

        Own(AuditAction.TrailPruned, AuditOutcome.Success, "closed segments past their retention are deleted", old[^1]);
        _segment.Checkpoint();
        SyncAndTell();
        try
        {
            old.ForEach(_files.Delete);
            _logger.Pruned(old[^1]);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Keeping too much endangers nothing; the next rotation tries again.
            _logger.Notice(AuditProblems.PruneFailed.Because(e.Message).ToString());
        }
    }

    private void Repair()
    {
        _segment.Rewind();
        if (_segment.IsShortened())
        {
            string text = $"segment {_segment.Name} was cut while in use";
            _logger.Finding(AuditProblems.SegmentChanged.Because(text).ToString());
            _segment.Abandon();
            _segment.Next(text);
        }
        else if (!_segment.IsInPlace() && _segment.TryRestore())
        {
            Own(AuditAction.Alarm, AuditOutcome.Failure, $"segment {_segment.Name} was deleted or replaced while in use and was put back", null);
        }

        SyncAndTell();
        if (_segment.IsClosed)
        {
            Rotate();
        }

        Own(AuditAction.Alarm, AuditOutcome.Unknown, $"the trail could not be written since {_failedAt.UtcDateTime:O}: {_failure?.Text}", null);
        SyncAndTell();
        _failure = null;
        _queue.Reopen();
        _logger.Recovered();
        HealthChanged?.Invoke(null);
    }

    private void End()
    {
        AuditBatch batch = _queue.Take(TimeSpan.Zero, TimeSpan.Zero);
        try
        {
            _segment.Rewind();
            if (_segment.IsClosed)
            {
                // An error came in the middle of a rotation: the rest belongs into the next segment.
                Rotate();
            }

            Chain(batch);
            _ticket = batch.Ticket;
            ChainSummaries(now: true);
            _segment.Close();
            SyncAndTell();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Fail(e);
            _logger.LostAtClose(AuditProblems.WriteFailed.Id, batch.Ticket - _durableTicket);
        }
    }

    private void Own(AuditAction action, AuditOutcome outcome, string message, string? target)
    {
        _scratch.Reset();
        _scratch.Action = action;
        _scratch.Outcome = outcome;
        _scratch.Time = _time.GetUtcNow();
        _scratch.Message = message;
        _scratch.Target = target;
        _segment.Append(_scratch);
    }

    private void Attempt(Action work)
    {
        try
        {
            work();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Fail(e);
        }
    }

    /// <summary>Closed, not open: from here on nobody gets a slot.</summary>
    private void Fail(Exception exception)
    {
        bool isNew = _failure is null;
        Problem problem = AuditProblems.WriteFailed.Because(exception.Message, new ProblemLocation(_segment.Name), "free space or repair the folder; it goes on by itself");
        _failure = problem;
        _queue.Close();
        if (isNew)
        {
            _failedAt = _time.GetUtcNow();
            _logger.WriteFailed(problem.ToString(), exception);
            HealthChanged?.Invoke(problem);
        }
    }
}

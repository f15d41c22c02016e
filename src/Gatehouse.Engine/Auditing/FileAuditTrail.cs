using Gatehouse.Audit;
using Gatehouse.Problems;
using Microsoft.Extensions.Logging;

namespace Gatehouse.Engine.Auditing;

/// <summary>
/// The trail in files of one folder. Callers format their records and copy them into the queue; one thread of its own chains,
/// writes and syncs them. An error closes it: no slot is given until the writer has recovered, and nothing handed over is lost.
/// </summary>
internal sealed class FileAuditTrail : IAuditTrail, IAsyncDisposable
{
    private volatile AuditTrailOptions _options;
    private readonly IAuditFiles _files;
    private readonly AuditQueue _queue;
    private readonly AuditSegmentWriter _segment;
    private readonly AuditWriter _writer;
    private readonly AuditAnchoring _anchoring;
    private readonly TimeProvider _time;
    private readonly int _node;
    private int _receipts;
    private int _disposed;

    private FileAuditTrail(
        AuditTrailOptions options, IAuditFiles files, AuditSegmentWriter segment, AuditAnchoring anchoring, TimeProvider time, ILogger logger)
    {
        _options = options;
        _files = files;
        _segment = segment;
        _anchoring = anchoring;
        _time = time;
        _node = ReceiptCode.NodeBits(options.Node);
        _queue = new AuditQueue(options.Slots);
        _writer = new AuditWriter(options, _queue, segment, files, anchoring, time, logger);
    }

    /// <summary>Opens the folder, recovers what a crash left, checks the anchor, starts a segment and the writer.</summary>
    /// <exception cref="ProblemException">The folder cannot be used, or the anchor cannot be read.</exception>
    public static Task<FileAuditTrail> OpenAsync(
        AuditTrailOptions options, IAuditSigner signer, IAuditAnchor? anchor, TimeProvider time, ILogger logger, CancellationToken cancellation) =>
        OpenAsync(options, new PhysicalAuditFiles(options.Directory), signer, anchor, time, logger, cancellation);

    /// <summary>As above over another file layer, which it disposes of.</summary>
    internal static async Task<FileAuditTrail> OpenAsync(
        AuditTrailOptions options, IAuditFiles files, IAuditSigner signer, IAuditAnchor? anchor, TimeProvider time, ILogger logger,
        CancellationToken cancellation)
    {
        AuditAnchor? anchored;
        try
        {
            anchored = anchor is null ? null : await anchor.ReadAsync(cancellation);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // Without it a cut would go unseen: better not to start.
            throw AuditProblems.AnchorFailed.Exception($"the anchor cannot be read: {e.Message}", inner: e);
        }

        try
        {
            files.Prepare();
            AuditResume resume = AuditRecovery.Run(files, anchored);
            var segment = new AuditSegmentWriter(files, signer, time, options.Node, resume);
            var trail = new FileAuditTrail(options, files, segment, new AuditAnchoring(anchor, time, logger), time, logger);
            trail.Begin(resume, logger);
            return trail;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            files.Dispose();
            throw AuditProblems.FolderUnusable.Exception($"`{options.Directory}`: {e.Message}", inner: e);
        }
        catch
        {
            files.Dispose();
            throw;
        }
    }

    /// <summary>Why nothing may be forwarded, or null while healthy.</summary>
    public Problem? Failure => _writer.Failure;

    /// <summary>Why heads are not anchored at present, or null.</summary>
    public Problem? AnchorFailure => _anchoring.Failure;

    /// <summary>What it did, for metrics.</summary>
    public AuditFigures Figures
    {
        get
        {
            // In this order, so that what is written meanwhile makes no negative count.
            long written = _queue.Written;
            return new AuditFigures(IsHealthy, AnchorFailure is null, written, _queue.Enqueued - written, _queue.Summaries.Total);
        }
    }

    /// <summary>What was found at the start, such as a crash or a tail below the anchor; empty when all was well.</summary>
    public IReadOnlyList<Problem> Findings { get; private set; } = [];

    /// <summary>Raised with the problem when the writer fails, with null when it has recovered. On the writer's thread.</summary>
    public event Action<Problem?>? HealthChanged
    {
        add => _writer.HealthChanged += value;
        remove => _writer.HealthChanged -= value;
    }

    public bool IsStrict => _options.IsStrict;

    /// <summary>
    /// Goes on with other durability, segment limits and retention. A request that is under way may end by the old durability; the
    /// writer takes the rest up with its next batch.
    /// </summary>
    public void Change(Func<AuditTrailOptions, AuditTrailOptions> change)
    {
        AuditTrailOptions next = change(_options);
        _options = _options with
        {
            IsStrict = next.IsStrict,
            SegmentBytes = next.SegmentBytes,
            SegmentAge = next.SegmentAge,
            KeepFor = next.KeepFor,
        };
        _writer.Change(_options);
    }

    public bool IsHealthy => _queue.IsOpen && !IsBlocked;

    public bool IsRecorded(in AuditSubject subject) => true;

    /// <summary>An output that may block is too far behind.</summary>
    private bool IsBlocked => _options.Delivery is { IsBlocked: true };

    public bool TryReserve(out AuditSlot slot)
    {
        if (!IsBlocked && _queue.TryReserve())
        {
            slot = new AuditSlot(_queue);
            return true;
        }

        slot = default;
        return false;
    }

    public ValueTask<AuditSlot> ReserveAsync(CancellationToken cancellation) =>
        TryReserve(out AuditSlot slot) ? ValueTask.FromResult(slot) : WaitForSlotAsync(cancellation);

    public ValueTask<bool> DecideAsync(AuditSlot slot, AuditEvent decision)
    {
        if (!IsOwn(slot) || !_queue.IsOpen)
        {
            return ValueTask.FromResult(false);
        }

        if (!_options.IsStrict)
        {
            return ValueTask.FromResult(true);
        }

        _queue.Append(decision, hasSlot: false);
        return _queue.WhenDurable();
    }

    public void Complete(AuditSlot slot, AuditEvent record) => _queue.Append(record, hasSlot: IsOwn(slot));

    public void Release(AuditSlot slot)
    {
        if (IsOwn(slot))
        {
            _queue.Free(1);
        }
    }

    public bool Write(AuditEvent record) => _queue.AppendOrCount(record);

    public string NewReceipt() => ReceiptCode.New(_node, _segment.Number, Interlocked.Increment(ref _receipts)).ToString();

    public ValueTask<bool> FlushAsync(CancellationToken cancellation)
    {
        ValueTask<bool> durable = _queue.WhenDurable();
        return durable.IsCompleted || !cancellation.CanBeCanceled ? durable : new ValueTask<bool>(durable.AsTask().WaitAsync(cancellation));
    }

    /// <summary>Writes what is there, closes the segment with a signed record and anchors it.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        _queue.Stop();
        await _writer.Ended;
        await _anchoring.DisposeAsync();
        _segment.Dispose();
        _files.Dispose();
    }

    private void Begin(AuditResume resume, ILogger logger)
    {
        Findings = resume.Findings;
        foreach (Problem problem in resume.Findings)
        {
            if (problem.Definition == AuditProblems.Recovered)
            {
                logger.Notice(problem.ToString());
            }
            else
            {
                logger.Finding(problem.ToString());
            }
        }

        if (resume.Anomaly is { } anomaly)
        {
            _segment.Append(Own(AuditAction.Alarm, AuditOutcome.Failure, anomaly));
        }

        if (resume.Recovered is { } recovered)
        {
            _segment.Append(Own(AuditAction.TrailRecovered, AuditOutcome.Success, recovered));
        }

        _segment.Checkpoint();
        _segment.Sync();
        if (_segment.DurableSeal is { } seal)
        {
            _anchoring.Publish(seal);
        }

        _anchoring.Start();
        _writer.Start();
        logger.Opened(_segment.Name, resume.Sequence);
    }

    private AuditEvent Own(AuditAction action, AuditOutcome outcome, string message) =>
        new() { Action = action, Outcome = outcome, Time = _time.GetUtcNow(), Message = message };

    private async ValueTask<AuditSlot> WaitForSlotAsync(CancellationToken cancellation)
    {
        using var timeout = new CancellationTokenSource(_options.ReserveTimeout, _time);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation, timeout.Token);
        while (_queue.IsOpen)
        {
            Task change = _queue.SlotChange();
            if (TryReserve(out AuditSlot slot))
            {
                return slot;
            }

            try
            {
                await change.WaitAsync(limit.Token);
            }
            catch (OperationCanceledException)
            {
                // Waited long enough, or the client is gone: an invalid slot, and nothing is forwarded.
                return default;
            }
        }

        return default;
    }

    private bool IsOwn(AuditSlot slot) => ReferenceEquals(slot.Owner, _queue);
}

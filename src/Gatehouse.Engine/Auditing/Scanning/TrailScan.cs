using Gatehouse.Audit;

namespace Gatehouse.Engine.Auditing.Scanning;

/// <summary>
/// Reads a span of a trail from end to end, with one line in memory. Segments that say that they lie outside are not read. On a
/// thread of its own: it takes as long as the trail is, and requests must not wait for it.
/// </summary>
internal static class TrailScan
{
    private const int CheckEvery = 1024;

    /// <summary>Reads the segments of a folder; gives the time of the trail's first record, null for an empty one.</summary>
    public static Task<DateTimeOffset?> RunAsync(string directory, TrailSpan span, ILineScan scan, CancellationToken cancellation) =>
        Task.Factory.StartNew(() => Run(directory, span, scan, cancellation), cancellation, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <summary>The same on this thread.</summary>
    public static DateTimeOffset? Run(string directory, TrailSpan span, ILineScan scan, CancellationToken cancellation)
    {
        DateTimeOffset? begins = null;
        byte[] since = LineTime.Text(span.Since);
        byte[] until = LineTime.Text(span.Until);
        foreach (AuditSegment segment in AuditFolder.Segments(directory))
        {
            cancellation.ThrowIfCancellationRequested();
            begins ??= First(segment);
            if (!IsOutside(segment, span))
            {
                Read(segment, since, until, scan, cancellation);
            }
        }

        return begins;
    }

    private static void Read(AuditSegment segment, byte[] since, byte[] until, ILineScan scan, CancellationToken cancellation)
    {
        using var lines = new AuditLineReader(Open(segment));
        int left = CheckEvery;
        while (lines.TryRead(out ReadOnlySpan<byte> line))
        {
            if (--left == 0)
            {
                left = CheckEvery;
                cancellation.ThrowIfCancellationRequested();
            }

            // Times have one length and one form, so that they are compared as they stand.
            ReadOnlySpan<byte> time = LineTime.Of(line);
            if (!time.IsEmpty && time.SequenceCompareTo(since) >= 0 && time.SequenceCompareTo(until) < 0)
            {
                scan.Line(line);
            }
        }
    }

    private static DateTimeOffset? First(AuditSegment segment)
    {
        using var lines = new AuditLineReader(Open(segment));
        return lines.TryRead(out ReadOnlySpan<byte> line) && AuditRecordReader.TryRead(line, out AuditRecord? record) ? record.Time : null;
    }

    private static bool IsOutside(AuditSegment segment, TrailSpan span)
    {
        AuditRecord? last = AuditRetention.Closing(Open(segment));
        return last?.Seal is { Closed: true } seal && (last.Time < span.Since || seal.From >= span.Until);
    }

    private static Stream Open(AuditSegment segment)
    {
        try
        {
            return segment.Open();
        }
        catch (FileNotFoundException)
        {
            // Retention took it between listing and opening.
            return new MemoryStream();
        }
    }
}

using System.Runtime.CompilerServices;
using Gatehouse.Audit;
using Gatehouse.Engine.Auditing.Searching;

namespace Gatehouse.Engine.Auditing;

/// <summary>
/// Looks into a trail's segments, newest first. Reads only; the daemon may be running or not. Where there is an index, records
/// that cannot match are passed over; what is given was matched against the record itself.
/// </summary>
internal sealed class AuditSearch(string directory, TimeProvider time, AuditIndexes? indexes = null)
{
    private static readonly TimeSpan PollEvery = TimeSpan.FromMilliseconds(250);

    /// <summary>Records that match, newest first, at most <see cref="AuditQuery.Limit"/>.</summary>
    public async IAsyncEnumerable<AuditRecord> RunAsync(AuditQuery query, [EnumeratorCancellation] CancellationToken cancellation)
    {
        int left = query.Limit;
        IReadOnlyList<AuditSegment> segments = AuditFolder.Segments(directory);
        for (int i = segments.Count - 1; i >= 0 && left > 0; i--)
        {
            // Files are read on a pool thread, a segment at a time: callers may be on a socket's thread.
            AuditSegment segment = segments[i];
            bool isNewest = i == segments.Count - 1;
            IReadOnlyCollection<AuditRecord> found = await Task.Run(
                () => ByIndex(segment, isNewest, query, left, cancellation) ?? Newest(segment, query, left, cancellation), cancellation);
            left -= found.Count;
            foreach (AuditRecord record in found)
            {
                yield return record;
            }
        }
    }

    /// <summary>Records that match from now on, oldest first, until cancelled.</summary>
    public async IAsyncEnumerable<AuditRecord> FollowAsync(AuditQuery query, [EnumeratorCancellation] CancellationToken cancellation)
    {
        string? name = null;
        long offset = 0;
        if (AuditFolder.Segments(directory) is [.., AuditSegment newest])
        {
            name = newest.Name;
            offset = EndOf(newest);
        }

        while (!cancellation.IsCancellationRequested)
        {
            IReadOnlyList<AuditSegment> segments = AuditFolder.Segments(directory);
            foreach (AuditSegment segment in segments)
            {
                int order = string.CompareOrdinal(segment.Name, name);
                if (order < 0)
                {
                    continue;
                }

                (List<AuditRecord> records, long end) = await Task.Run(() => From(segment, order == 0 ? offset : 0, query), cancellation);
                name = segment.Name;
                offset = end;
                foreach (AuditRecord record in records)
                {
                    yield return record;
                }
            }

            try
            {
                await Task.Delay(PollEvery, time, cancellation);
            }
            catch (OperationCanceledException)
            {
                // The reader has seen enough.
                yield break;
            }
        }
    }

    /// <summary>The record of a receipt, or null.</summary>
    public async Task<AuditRecord?> FindReceiptAsync(ReceiptCode receipt, CancellationToken cancellation)
    {
        await foreach (AuditRecord record in RunAsync(new AuditQuery { Receipt = receipt, Limit = 1 }, cancellation))
        {
            return record;
        }

        return null;
    }

    private IReadOnlyCollection<AuditRecord>? ByIndex(
        AuditSegment segment, bool isNewest, AuditQuery query, int limit, CancellationToken cancellation)
    {
        try
        {
            using ISegmentIndex? index = indexes?.Open(segment.Name, isNewest, cancellation);
            var found = new List<AuditRecord>();
            string path = Path.Combine(directory, segment.Name);
            if (index is null)
            {
                return null;
            }

            if (IndexedSearch.TryRun(index, path, query, limit, found, cancellation))
            {
                return found;
            }

            indexes?.Distrust(segment.Name);
            return null;
        }
        catch (FileNotFoundException)
        {
            // Retention took it between listing and opening.
            return [];
        }
    }

    private static IReadOnlyCollection<AuditRecord> Newest(AuditSegment segment, AuditQuery query, int limit, CancellationToken cancellation)
    {
        var found = new Queue<AuditRecord>();
        if (IsOutside(segment, query))
        {
            return [];
        }

        using var lines = new AuditLineReader(Open(segment));
        while (lines.TryRead(out ReadOnlySpan<byte> line))
        {
            cancellation.ThrowIfCancellationRequested();
            if (AuditRecordReader.TryRead(line, out AuditRecord? record) && query.Matches(record))
            {
                if (found.Count == limit)
                {
                    found.Dequeue();
                }

                found.Enqueue(record);
            }
        }

        return new Stack<AuditRecord>(found);
    }

    private static (List<AuditRecord> Records, long End) From(AuditSegment segment, long offset, AuditQuery query)
    {
        var records = new List<AuditRecord>();
        Stream stream = Open(segment);
        stream.Seek(offset, SeekOrigin.Begin);
        using var lines = new AuditLineReader(stream, offset);
        while (lines.TryRead(out ReadOnlySpan<byte> line))
        {
            if (AuditRecordReader.TryRead(line, out AuditRecord? record) && query.Matches(record))
            {
                records.Add(record);
            }
        }

        return (records, lines.Offset);
    }

    /// <summary>A closed segment says which times it covers; one that lies outside of those asked for is not read.</summary>
    private static bool IsOutside(AuditSegment segment, AuditQuery query)
    {
        if (query.Since is null && query.Until is null)
        {
            return false;
        }

        AuditRecord? last = AuditRetention.Closing(Open(segment));
        return last?.Seal is { Closed: true } seal && (last.Time < query.Since || seal.From >= query.Until);
    }

    private static long EndOf(AuditSegment segment)
    {
        Stream stream = Open(segment);
        long start = Math.Max(0, stream.Length - AuditRecordReader.MaxLine - 1);
        stream.Seek(start, SeekOrigin.Begin);
        using var lines = new AuditLineReader(stream, start);
        while (lines.TryRead(out _))
        {
            // To the last whole line.
        }

        return lines.Offset;
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

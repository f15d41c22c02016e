using Gatehouse.Audit;

namespace Gatehouse.Engine.Auditing.Outputs;

/// <summary>One line on its way out.</summary>
/// <param name="Line">Its bytes, without the line end.</param>
/// <param name="Record">What it says; null where it is no record.</param>
/// <param name="Segment">Where it stands.</param>
/// <param name="Offset">Where in it.</param>
internal sealed record OutgoingRecord(ReadOnlyMemory<byte> Line, AuditRecord? Record, string Segment, long Offset);

/// <summary>What was read at once.</summary>
/// <param name="Records">The lines, in their order.</param>
/// <param name="End">The position behind them.</param>
/// <param name="Missing">Whether segments that should have come were deleted before.</param>
internal sealed record OutgoingBatch(IReadOnlyList<OutgoingRecord> Records, TrailPosition End, bool Missing);

/// <summary>Reads the trail onward from a position, over the ends of segments. Blocks on files.</summary>
internal sealed class TrailReader(string directory)
{
    private const int MaxRecords = 512;
    private const int MaxBytes = 512 * 1024;

    /// <summary>The next lines; none when all was read.</summary>
    public OutgoingBatch Read(TrailPosition from)
    {
        // Listed before it is read: a segment that has a successor by now grows no more.
        IReadOnlyList<AuditSegment> segments = AuditFolder.Segments(directory);
        bool isMissing = from.Segment.Length > 0 && segments.Count > 0 && segments.All(s => s.Name != from.Segment);
        for (int i = 0; i < segments.Count; i++)
        {
            string name = segments[i].Name;
            int order = from.Segment.Length == 0 ? 1 : string.CompareOrdinal(name, from.Segment);
            if (order < 0)
            {
                continue;
            }

            if (order > 0)
            {
                from = new TrailPosition(name, 0);
            }

            OutgoingBatch batch = Read(segments[i], from);
            if (batch.Records.Count > 0 || i == segments.Count - 1)
            {
                return batch with { Missing = isMissing };
            }
        }

        return new OutgoingBatch([], from, isMissing);
    }

    /// <summary>Bytes of the trail behind a position.</summary>
    public long Behind(TrailPosition from)
    {
        long bytes = 0;
        foreach (AuditSegment segment in AuditFolder.Segments(directory))
        {
            int order = string.CompareOrdinal(segment.Name, from.Segment);
            if (order >= 0)
            {
                var file = new FileInfo(Path.Combine(directory, segment.Name));
                bytes += (file.Exists ? file.Length : 0) - (order == 0 ? from.Offset : 0);
            }
        }

        return Math.Max(0, bytes);
    }

    private static OutgoingBatch Read(AuditSegment segment, TrailPosition from)
    {
        var records = new List<OutgoingRecord>();
        long bytes = 0;
        using Stream stream = segment.Open();
        long start = IsAtLine(stream, from.Offset) ? from.Offset : 0;
        stream.Seek(start, SeekOrigin.Begin);
        using var lines = new AuditLineReader(stream, start);
        long offset = start;
        while (records.Count < MaxRecords && bytes < MaxBytes && lines.TryRead(out ReadOnlySpan<byte> line))
        {
            bool isRecord = AuditRecordReader.TryRead(line, out AuditRecord? record);
            records.Add(new OutgoingRecord(isRecord ? record!.Line : line.ToArray(), record, segment.Name, offset)); // the record is there where reading said so
            bytes += line.Length;
            offset = lines.Offset;
        }

        return new OutgoingBatch(records, new TrailPosition(segment.Name, offset), false);
    }

    private static bool IsAtLine(Stream stream, long offset)
    {
        if (offset == 0)
        {
            return true;
        }

        if (offset > stream.Length)
        {
            return false;
        }

        stream.Seek(offset - 1, SeekOrigin.Begin);
        return stream.ReadByte() == '\n';
    }
}

using Gatehouse.Audit;

namespace Gatehouse.Engine.Auditing;

/// <summary>Which closed segments are past their retention, and what times a segment covers.</summary>
internal static class AuditRetention
{
    /// <summary>The oldest segments, in order, whose last record was written before <paramref name="before"/>; never the one in use.</summary>
    public static List<string> Expired(IAuditFiles files, string inUse, DateTimeOffset before)
    {
        var expired = new List<string>();
        foreach (string name in files.Segments())
        {
            if (string.CompareOrdinal(name, inUse) >= 0 || Closing(files.OpenRead(name)) is not { } last || last.Time >= before)
            {
                break;
            }

            expired.Add(name);
        }

        return expired;
    }

    /// <summary>The last whole record of a segment, or null. Disposes of the stream.</summary>
    public static AuditRecord? Closing(Stream stream)
    {
        const int tail = AuditRecordReader.MaxLine + 1;
        long start = Math.Max(0, stream.Length - tail);
        stream.Seek(start, SeekOrigin.Begin);
        using var lines = new AuditLineReader(stream, start);
        AuditRecord? last = null;
        while (lines.TryRead(out ReadOnlySpan<byte> line))
        {
            last = AuditRecordReader.TryRead(line, out AuditRecord? record) ? record : last;
        }

        return last;
    }
}

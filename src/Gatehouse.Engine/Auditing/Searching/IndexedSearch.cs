using System.Text;
using Gatehouse.Audit;
using Microsoft.Win32.SafeHandles;

namespace Gatehouse.Engine.Auditing.Searching;

/// <summary>Looks into one segment by its index, newest record first.</summary>
internal static class IndexedSearch
{
    /// <summary>Adds at most so many matches; false where index and segment do not agree, and nothing of it counts.</summary>
    public static bool TryRun(
        ISegmentIndex index, string segmentPath, AuditQuery query, int limit, List<AuditRecord> found, CancellationToken cancellation)
    {
        int before = found.Count;
        try
        {
            var filter = new EntryFilter(query);
            if (!filter.MayHold(index.First, index.Earliest, index.Latest))
            {
                return true;
            }

            using SafeFileHandle segment = File.OpenHandle(
                segmentPath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.RandomAccess);
            var reader = new CandidateReader(segment, index.First, query);
            var grams = TextGrams.Of(query.Text);
            for (int i = index.BlockCount - 1; i >= 0; i--)
            {
                cancellation.ThrowIfCancellationRequested();
                if (grams is not null && !grams.AreIn(index.Grams(i)))
                {
                    continue;
                }

                ReadOnlySpan<IndexEntry> entries = index.Entries(i);
                for (int j = entries.Length - 1; j >= 0; j--)
                {
                    if (filter.Matches(entries[j], index.First) && reader.TryRead(entries[j], out AuditRecord? record) && record is not null)
                    {
                        found.Add(record);
                        if (found.Count - before == limit)
                        {
                            return true;
                        }
                    }
                }
            }

            return true;
        }
        catch (Exception e) when (e is InvalidDataException or FileNotFoundException)
        {
            // A changed index is no index. Where retention took the segment, reading it from end to end finds nothing.
            found.RemoveRange(before, found.Count - before);
            return false;
        }
    }

    private sealed class CandidateReader(SafeFileHandle segment, long first, AuditQuery query)
    {
        private readonly byte[] _buffer = new byte[AuditRecordReader.MaxLine];

        /// <summary>Reads the record of an entry; false where it does not match.</summary>
        /// <exception cref="InvalidDataException">There is another record at that place.</exception>
        public bool TryRead(in IndexEntry entry, out AuditRecord? record)
        {
            record = null;
            Span<byte> line = _buffer.AsSpan(0, Math.Min(entry.Length, _buffer.Length));
            for (int read = 0; read < line.Length;)
            {
                int more = RandomAccess.Read(segment, line[read..], entry.Offset + read);
                if (more == 0)
                {
                    throw new InvalidDataException("the segment ends before the record");
                }

                read += more;
            }

            // Cheaper than to read the record, and in a search for a text alone it refuses nearly all.
            if (query.Text is { } text && !Encoding.UTF8.GetString(line).Contains(text, StringComparison.OrdinalIgnoreCase))
            {
                return false;
            }

            if (!AuditRecordReader.TryRead(line, out record) || !IndexEntry.TryOf(record, entry.Offset, first, out IndexEntry real) || real != entry)
            {
                throw new InvalidDataException("the segment holds another record at that place");
            }

            return query.Matches(record);
        }
    }
}

using System.Security.Cryptography;
using Gatehouse.Audit;

namespace Gatehouse.Engine.Auditing.Searching;

/// <summary>
/// The index of one segment in memory, made from its lines; goes on where it stopped when the segment has grown. One lock: a
/// search takes a view and lets go of it.
/// </summary>
/// <param name="name">The segment.</param>
/// <param name="spare">Blocks of builders that are done, for those that are used by one thread; null where views outlive it.</param>
internal sealed class SegmentIndexBuilder(string name, Stack<IndexBlock>? spare = null)
{
    /// <summary>Records of a block.</summary>
    public const int BlockRecords = 512;

    private readonly Lock _gate = new();
    private readonly List<IndexBlock> _blocks = [];
    private readonly byte[] _head = new byte[32];
    private long _first;
    private long _earliest = long.MaxValue;
    private long _latest = long.MinValue;
    private long _offset;
    private bool _isUnfit;

    /// <summary>The segment.</summary>
    public string Name => name;

    /// <summary>Reads on, at most about <paramref name="budget"/> bytes; false where the segment cannot be indexed.</summary>
    public bool CatchUp(string path, long budget, CancellationToken cancellation)
    {
        lock (_gate)
        {
            using FileStream stream = AuditFolder.OpenForReading(path);
            if (stream.Length < _offset)
            {
                // Cut from outside: verification tells, and the index begins anew.
                Clear();
            }

            long end = _offset + Math.Min(budget, stream.Length - _offset);
            stream.Seek(_offset, SeekOrigin.Begin);
            using var lines = new AuditLineReader(stream, _offset);
            while (!_isUnfit && lines.Offset < end && lines.TryRead(out ReadOnlySpan<byte> line))
            {
                cancellation.ThrowIfCancellationRequested();
                Add(line, _offset);
                _offset = lines.Offset;
                SHA256.HashData(line, _head);
            }

            _isUnfit |= lines.IsTooLong;
            return !_isUnfit && _blocks.Count > 0;
        }
    }

    /// <summary>The index as it is now.</summary>
    public ISegmentIndex View()
    {
        lock (_gate)
        {
            return new MemoryView([.. _blocks], _blocks[^1].Count, (_first, _earliest, _latest));
        }
    }

    /// <summary>Length and head of the segment as indexed.</summary>
    public IndexedSegment Indexed()
    {
        lock (_gate)
        {
            return new IndexedSegment(name, _offset, [.. _head]);
        }
    }

    /// <summary>Gives the blocks back: no view of this builder is used any more.</summary>
    public void Release()
    {
        lock (_gate)
        {
            foreach (IndexBlock block in _blocks)
            {
                block.Clear();
                spare?.Push(block);
            }

            Clear();
        }
    }

    private void Add(ReadOnlySpan<byte> line, long offset)
    {
        if (!AuditRecordReader.TryRead(line, out AuditRecord? record))
        {
            // Searching passes over it too.
            return;
        }

        _first = _blocks.Count == 0 ? record.Sequence : _first;
        if (!IndexEntry.TryOf(record, offset, _first, out IndexEntry entry))
        {
            _isUnfit = true;
            return;
        }

        if (_blocks.Count == 0 || _blocks[^1].Count == BlockRecords)
        {
            _blocks.Add(spare?.TryPop(out IndexBlock? used) == true ? used : new IndexBlock());
        }

        IndexBlock block = _blocks[^1];
        TextGrams.Add(line, block.Grams);
        block.Entries[block.Count++] = entry;
        _earliest = Math.Min(_earliest, entry.Ticks);
        _latest = Math.Max(_latest, entry.Ticks);
    }

    private void Clear()
    {
        _blocks.Clear();
        _offset = 0;
        _earliest = long.MaxValue;
        _latest = long.MinValue;
    }

    /// <summary>Entries up to the count taken never change again; bits are only added.</summary>
    private sealed class MemoryView(IndexBlock[] blocks, int last, (long First, long Earliest, long Latest) facts) : ISegmentIndex
    {
        public long First => facts.First;

        public long Earliest => facts.Earliest;

        public long Latest => facts.Latest;

        public int BlockCount => blocks.Length;

        public ReadOnlySpan<IndexEntry> Entries(int block) =>
            blocks[block].Entries.AsSpan(0, block == blocks.Length - 1 ? last : BlockRecords);

        public ReadOnlySpan<byte> Grams(int block) => blocks[block].Grams;

        public void Dispose()
        {
            // Memory only.
        }
    }
}

/// <summary>What an index was made from.</summary>
/// <param name="Name">The segment.</param>
/// <param name="Length">Its length at that time, to behind its last whole line.</param>
/// <param name="Head">SHA-256 of that line.</param>
internal sealed record IndexedSegment(string Name, long Length, byte[] Head);

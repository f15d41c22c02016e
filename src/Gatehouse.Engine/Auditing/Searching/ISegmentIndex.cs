namespace Gatehouse.Engine.Auditing.Searching;

/// <summary>What is known of a segment's records, in blocks of at most <see cref="SegmentIndexBuilder.BlockRecords"/>, oldest first.</summary>
internal interface ISegmentIndex : IDisposable
{
    /// <summary>Number of the segment's first record.</summary>
    long First { get; }

    /// <summary>Earliest timestamp, ticks.</summary>
    long Earliest { get; }

    /// <summary>Latest timestamp, ticks.</summary>
    long Latest { get; }

    /// <summary>Blocks.</summary>
    int BlockCount { get; }

    /// <summary>A block's entries, valid until the next call.</summary>
    /// <exception cref="InvalidDataException">The index was changed.</exception>
    ReadOnlySpan<IndexEntry> Entries(int block);

    /// <summary>A block's <see cref="TextGrams"/>, valid until the next call.</summary>
    /// <exception cref="InvalidDataException">The index was changed.</exception>
    ReadOnlySpan<byte> Grams(int block);
}

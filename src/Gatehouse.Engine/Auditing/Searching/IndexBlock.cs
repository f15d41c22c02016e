namespace Gatehouse.Engine.Auditing.Searching;

/// <summary>At most <see cref="SegmentIndexBuilder.BlockRecords"/> records of an index that is being made, about 52 KiB.</summary>
internal sealed class IndexBlock
{
    /// <summary>The entries, valid up to the count.</summary>
    public IndexEntry[] Entries { get; } = new IndexEntry[SegmentIndexBuilder.BlockRecords];

    /// <summary>The <see cref="TextGrams"/> of its lines.</summary>
    public byte[] Grams { get; } = new byte[TextGrams.Size];

    /// <summary>Entries in use.</summary>
    public int Count { get; set; }

    /// <summary>Makes it ready for other records.</summary>
    public void Clear()
    {
        Count = 0;
        Array.Clear(Grams);
    }
}

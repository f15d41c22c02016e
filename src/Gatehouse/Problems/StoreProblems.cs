namespace Gatehouse.Problems;

/// <summary>Store and cluster state: GH2xxx.</summary>
public static class StoreProblems
{
    /// <summary>Another process holds the data folder.</summary>
    public static readonly ProblemDefinition DataFolderLocked = new("GH2001", "The data folder is in use by another process");

    /// <summary>The store's file cannot be opened.</summary>
    public static readonly ProblemDefinition StoreUnavailable = new("GH2010", "The store cannot be opened");

    /// <summary>The store's file is damaged.</summary>
    public static readonly ProblemDefinition StoreDamaged = new("GH2011", "The store is damaged");

    /// <summary>The disk is full.</summary>
    public static readonly ProblemDefinition StoreFull = new("GH2012", "The store cannot be written: the disk is full");

    /// <summary>The store stayed locked by another process.</summary>
    public static readonly ProblemDefinition StoreBusy = new("GH2013", "The store is locked by another process");

    /// <summary>The store was written by a newer version.</summary>
    public static readonly ProblemDefinition StoreTooNew = new("GH2014", "The store was written by a newer version");

    /// <summary>The store failed for another reason.</summary>
    public static readonly ProblemDefinition StoreFailed = new("GH2015", "The store failed");

    /// <summary>A generation is incomplete, changed or not understood.</summary>
    public static readonly ProblemDefinition GenerationBroken = new("GH2020", "A generation of the cluster state is damaged or was tampered with");

    /// <summary>A generation is too large for the store.</summary>
    public static readonly ProblemDefinition GenerationTooLarge = new("GH2021", "The cluster state is too large for the store");

    /// <summary>A generation is older than one seen before.</summary>
    public static readonly ProblemDefinition Rollback = new("GH2030", "The cluster state is older than what this node has seen");

    /// <summary>The record of the highest generation seen does not open.</summary>
    public static readonly ProblemDefinition SeenRecordBroken = new("GH2031", "The record of the highest generation seen is damaged");

    /// <summary>The generation kept on disk does not open.</summary>
    public static readonly ProblemDefinition CacheBroken = new("GH2032", "The generation kept on disk is damaged or was tampered with");

    /// <summary>All of this range.</summary>
    public static IReadOnlyList<ProblemDefinition> All { get; } =
    [
        DataFolderLocked,
        StoreUnavailable, StoreDamaged, StoreFull, StoreBusy, StoreTooNew, StoreFailed,
        GenerationBroken, GenerationTooLarge,
        Rollback, SeenRecordBroken, CacheBroken,
    ];
}

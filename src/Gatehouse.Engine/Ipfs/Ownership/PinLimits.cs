namespace Gatehouse.Engine.Ipfs.Ownership;

/// <summary>Bounds of the ledger.</summary>
internal sealed record PinLimits
{
    /// <summary>Ownerships in all.</summary>
    public int MaxOwnerships { get; init; } = 1_000_000;

    /// <summary>Memory for all of them, about.</summary>
    public long MaxBytes { get; init; } = 1L << 30;

    /// <summary>Pins of one principal in one cluster, whatever a gate allows.</summary>
    public int MaxPerOwner { get; init; } = 100_000;

    /// <summary>Characters of a CID or a cluster's name.</summary>
    public int MaxWord { get; init; } = 256;

    /// <summary>Characters of a pin's name and of all of its metadata.</summary>
    public int MaxText { get; init; } = 8 * 1024;

    /// <summary>Requests that wait for a CID, of all.</summary>
    public int MaxWaiting { get; init; } = 10_000;

    /// <summary>How long one waits for it.</summary>
    public TimeSpan LockTime { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a change waits for the store.</summary>
    public TimeSpan WriteTime { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How often the store is tried again.</summary>
    public TimeSpan SweepEvery { get; init; } = TimeSpan.FromSeconds(15);
}

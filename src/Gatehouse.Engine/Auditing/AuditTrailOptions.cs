namespace Gatehouse.Engine.Auditing;

/// <summary>How a node writes its trail.</summary>
internal sealed record AuditTrailOptions
{
    /// <summary>Folder of the segments, 0700; made where missing.</summary>
    public required string Directory { get; init; }

    /// <summary>The node's name; in first records and receipts.</summary>
    public required string Node { get; init; }

    /// <summary>Durability <c>strict</c>: a decision is on disk before it is forwarded.</summary>
    public bool IsStrict { get; init; }

    /// <summary>A segment is closed at about this size.</summary>
    public long SegmentBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>A segment is closed at this age.</summary>
    public TimeSpan SegmentAge { get; init; } = TimeSpan.FromDays(1);

    /// <summary>Closed segments whose last record is older are deleted; null keeps all.</summary>
    public TimeSpan? KeepFor { get; init; }

    /// <summary>What outputs ask of the trail; null without any.</summary>
    public Outputs.AuditDelivery? Delivery { get; init; }

    /// <summary>Operations under way and records waiting to be written, at once.</summary>
    public int Slots { get; init; } = 16_384;

    /// <summary>How long the writer gathers records before it writes and syncs them; half of the 50 ms promised.</summary>
    public TimeSpan GatherFor { get; init; } = TimeSpan.FromMilliseconds(25);

    /// <summary>How long <see cref="IAuditTrail.ReserveAsync"/> waits for a slot.</summary>
    public TimeSpan ReserveTimeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long the writer waits after an error before it tries again.</summary>
    public TimeSpan RetryAfter { get; init; } = TimeSpan.FromSeconds(1);
}

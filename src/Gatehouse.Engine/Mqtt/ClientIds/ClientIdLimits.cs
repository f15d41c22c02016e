namespace Gatehouse.Engine.Mqtt.ClientIds;

/// <summary>Bounds of the book.</summary>
internal sealed record ClientIdLimits
{
    /// <summary>Client ids in all, connected and kept.</summary>
    public int MaxEntries { get; init; } = 1_000_000;

    /// <summary>Client ids of one principal whose sessions may outlive their connections.</summary>
    public int MaxKeptPerOwner { get; init; } = 10_000;

    /// <summary>Claims that wait for the store at a time.</summary>
    public int MaxWaiting { get; init; } = 20_000;

    /// <summary>How long a claim waits for the store.</summary>
    public TimeSpan WriteTime { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Added to every life: the broker may notice later than the gate that a connection has ended.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>When an ended connection's end is written down: who comes back before costs no write.</summary>
    public TimeSpan Settle { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>How often ended lives are looked for, and the store is tried again.</summary>
    public TimeSpan SweepEvery { get; init; } = TimeSpan.FromSeconds(15);
}

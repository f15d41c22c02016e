using Gatehouse.Problems;

namespace Gatehouse.Engine.Gates;

/// <summary>What a gate is doing.</summary>
internal enum GateState
{
    /// <summary>It listens.</summary>
    Listening,

    /// <summary>Its configuration keeps it closed.</summary>
    Disabled,

    /// <summary>It could not start; <see cref="GateStatus.Problem"/> says why.</summary>
    Failed,
}

/// <summary>A gate as seen from outside.</summary>
/// <param name="Model">Its model.</param>
/// <param name="State">What it is doing.</param>
/// <param name="Problem">Why it failed, or null.</param>
/// <param name="Counters">What it did since it was made.</param>
internal sealed record GateStatus(GateModel Model, GateState State, Problem? Problem, GateCounters Counters);

/// <summary>Counts of one gate. Thread-safe.</summary>
internal sealed class GateCounters
{
    private long _requests;
    private long _denied;
    private long _failed;
    private long _active;
    private long _published;
    private long _delivered;
    private long _withheld;

    /// <summary>Requests (connections for <c>tcp</c>) begun.</summary>
    public long Requests => Volatile.Read(ref _requests);

    /// <summary>Refused in steps 4 to 6.</summary>
    public long Denied => Volatile.Read(ref _denied);

    /// <summary>Allowed, but not passed on to the end.</summary>
    public long Failed => Volatile.Read(ref _failed);

    /// <summary>Under way now.</summary>
    public long Active => Volatile.Read(ref _active);

    /// <summary>Messages of MQTT clients that went on to the broker.</summary>
    public long Published => Volatile.Read(ref _published);

    /// <summary>Messages of the broker that went on to MQTT clients.</summary>
    public long Delivered => Volatile.Read(ref _delivered);

    /// <summary>Messages of the broker that were kept back from MQTT clients.</summary>
    public long Withheld => Volatile.Read(ref _withheld);

    internal void Begin()
    {
        Interlocked.Increment(ref _requests);
        Interlocked.Increment(ref _active);
    }

    internal void End() => Interlocked.Decrement(ref _active);

    internal void Deny() => Interlocked.Increment(ref _denied);

    internal void Publish(long messages) => Interlocked.Add(ref _published, messages);

    internal void Deliver(long messages) => Interlocked.Add(ref _delivered, messages);

    internal void Withhold() => Interlocked.Increment(ref _withheld);

    internal void Fail() => Interlocked.Increment(ref _failed);
}

namespace Gatehouse.Engine.Auditing.Outputs;

/// <summary>What the outputs ask of the trail itself: to keep segments, and to give no more slots.</summary>
internal sealed class AuditDelivery
{
    private volatile bool _isBlocked;
    private volatile string? _keepFrom;

    /// <summary>Whether an output that may block is too far behind. Asked for each slot.</summary>
    public bool IsBlocked
    {
        get => _isBlocked;
        set => _isBlocked = value;
    }

    /// <summary>The oldest segment that some output still needs; empty for all of them, null for none.</summary>
    public string? KeepFrom
    {
        get => _keepFrom;
        set => _keepFrom = value;
    }
}

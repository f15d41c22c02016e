using Gatehouse.Audit;

namespace Gatehouse.Engine.Auditing;

/// <summary>
/// The one place where the audit policy is applied (step 8). What has a slot was decided on before and is written; what has
/// none is decided on here. The trail's own records are made behind it and never come by.
/// </summary>
internal sealed class PolicedAuditTrail(IAuditTrail trail, IAuditPolicySource source) : IAuditTrail
{
    /// <summary>Alarms that came by.</summary>
    public AlarmCounts Alarms { get; } = new();

    /// <inheritdoc/>
    public bool IsStrict => trail.IsStrict;

    /// <inheritdoc/>
    public bool IsHealthy => trail.IsHealthy;

    /// <inheritdoc/>
    public bool IsRecorded(in AuditSubject subject) => source.Policy.Records(subject);

    /// <inheritdoc/>
    public bool TryReserve(out AuditSlot slot) => trail.TryReserve(out slot);

    /// <inheritdoc/>
    public ValueTask<AuditSlot> ReserveAsync(CancellationToken cancellation) => trail.ReserveAsync(cancellation);

    /// <inheritdoc/>
    public ValueTask<bool> DecideAsync(AuditSlot slot, AuditEvent decision) =>
        slot.IsNeeded ? trail.DecideAsync(slot, decision) : ValueTask.FromResult(true);

    /// <inheritdoc/>
    public void Complete(AuditSlot slot, AuditEvent record)
    {
        if (slot.IsNeeded)
        {
            trail.Complete(slot, record);
        }
    }

    /// <inheritdoc/>
    public void Release(AuditSlot slot)
    {
        if (slot.IsNeeded)
        {
            trail.Release(slot);
        }
    }

    /// <inheritdoc/>
    public bool Write(AuditEvent record)
    {
        Alarms.Note(record);
        return IsRecorded(new AuditSubject(record)) && trail.Write(record);
    }

    /// <inheritdoc/>
    public string NewReceipt() => trail.NewReceipt();

    /// <inheritdoc/>
    public ValueTask<bool> FlushAsync(CancellationToken cancellation) => trail.FlushAsync(cancellation);
}

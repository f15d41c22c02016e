using Gatehouse.Audit;
using Gatehouse.Engine.Auditing;

namespace Gatehouse.Bench;

/// <summary>A trail that takes everything and keeps nothing, where the trail is not what is measured.</summary>
internal sealed class NoTrail : IAuditTrail
{
    public bool IsStrict => false;

    public bool IsHealthy => true;

    public bool IsRecorded(in AuditSubject subject) => true;

    public bool TryReserve(out AuditSlot slot)
    {
        slot = new AuditSlot(this);
        return true;
    }

    public ValueTask<AuditSlot> ReserveAsync(CancellationToken cancellation) => new(new AuditSlot(this));

    public ValueTask<bool> DecideAsync(AuditSlot slot, AuditEvent decision) => new(true);

    public void Complete(AuditSlot slot, AuditEvent record)
    {
    }

    public void Release(AuditSlot slot)
    {
    }

    public bool Write(AuditEvent record) => true;

    public string NewReceipt() => "";

    public ValueTask<bool> FlushAsync(CancellationToken cancellation) => new(true);
}

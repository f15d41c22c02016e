using Gatehouse.Audit;

namespace Gatehouse.Engine.Auditing;

/// <summary>The node's audit trail as the rest of the engine sees it (steps 7 and 8).</summary>
internal interface IAuditTrail
{
    /// <summary>Whether every forwarded operation needs <see cref="DecideAsync"/> first (durability <c>strict</c>).</summary>
    bool IsStrict { get; }

    /// <summary>False once the writer has failed: nothing may be forwarded any more.</summary>
    bool IsHealthy { get; }

    /// <summary>
    /// Whether the audit policy in force wants a record of this. Asked before step 7: what it keeps out goes on with
    /// <see cref="AuditSlot.NotNeeded"/>.
    /// </summary>
    bool IsRecorded(in AuditSubject subject);

    /// <summary>Takes a slot without waiting; the usual way on the hot path.</summary>
    bool TryReserve(out AuditSlot slot);

    /// <summary>Takes a slot, waiting at most one second; an invalid slot means: answer 503, do not forward.</summary>
    ValueTask<AuditSlot> ReserveAsync(CancellationToken cancellation);

    /// <summary>Strict mode: writes the decision and returns when it is on disk; false when it could not be.</summary>
    ValueTask<bool> DecideAsync(AuditSlot slot, AuditEvent decision);

    /// <summary>Writes the record and gives the slot back. Copies what it needs before it returns. Never throws. A slot that
    /// was not needed leaves no record.</summary>
    void Complete(AuditSlot slot, AuditEvent record);

    /// <summary>Gives a slot back without a record; only where nothing was decided.</summary>
    void Release(AuditSlot slot);

    /// <summary>
    /// Writes a record without a slot of its own (denials, connection events). Under pressure such records of one kind
    /// and source are counted and summed up in one record, never silently lost. Never throws, never blocks.
    /// </summary>
    /// <returns>Whether the record stands by itself: false where it was only counted or the audit policy keeps it out.</returns>
    bool Write(AuditEvent record);

    /// <summary>
    /// Makes the code of a denial, unique and unguessable; put it into the record, and into the answer only when
    /// <see cref="Write"/> took the record: a receipt without one could never be explained.
    /// </summary>
    string NewReceipt();

    /// <summary>Returns when everything handed over before is on disk; false when the writer failed.</summary>
    ValueTask<bool> FlushAsync(CancellationToken cancellation);
}

/// <summary>A reserved place in the trail; <c>default</c> is invalid.</summary>
internal readonly struct AuditSlot
{
    private static readonly object Nothing = new();

    internal AuditSlot(object owner) => Owner = owner;

    /// <summary>For what the audit policy keeps out of the trail: valid, but no record comes of it.</summary>
    public static AuditSlot NotNeeded => new(Nothing);

    /// <summary>Whether it was reserved.</summary>
    public bool IsValid => Owner is not null;

    /// <summary>Whether a record comes of it.</summary>
    public bool IsNeeded => !ReferenceEquals(Owner, Nothing);

    internal object? Owner { get; }
}

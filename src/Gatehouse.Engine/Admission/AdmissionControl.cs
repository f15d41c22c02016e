using Gatehouse.Engine.Auditing;
using Gatehouse.Engine.Snapshots;

namespace Gatehouse.Engine.Admission;

/// <summary>Step 2: IP filter, connection and half-open budgets, for all listeners of the node.</summary>
internal sealed class AdmissionControl(SnapshotHolder snapshots, IAuditTrail trail, TimeProvider time)
{
    internal SnapshotHolder Snapshots => snapshots;

    internal IAuditTrail Trail => trail;

    internal TimeProvider Time => time;

    /// <summary>What was admitted and refused since the start.</summary>
    public AdmissionCounters Counters { get; } = new();
}

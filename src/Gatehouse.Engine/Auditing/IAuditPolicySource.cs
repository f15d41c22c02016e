using Gatehouse.Audit;

namespace Gatehouse.Engine.Auditing;

/// <summary>The audit policy in force.</summary>
internal interface IAuditPolicySource
{
    /// <summary>The newest one; read for each event.</summary>
    AuditPolicy Policy { get; }
}

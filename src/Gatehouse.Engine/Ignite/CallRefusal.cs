using Gatehouse.Audit;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Ignite;

/// <summary>A request that is refused before anybody looks at rights.</summary>
/// <param name="Action">What the trail calls it.</param>
/// <param name="Problem">Why, for people.</param>
/// <param name="Reason">Why, in a word of the trail.</param>
internal sealed record CallRefusal(AuditAction Action, ProblemDefinition Problem, string Reason)
{
    /// <summary>SQL that is not surely understood.</summary>
    public static CallRefusal Sql(string reason) => new(AuditAction.AccessDenied, IgniteProblems.SqlUnclear, reason);

    /// <summary>A table whose name nobody knows.</summary>
    public static CallRefusal Table { get; } = new(AuditAction.AccessDenied, IgniteProblems.TableUnknown, "unknown_table");

    /// <summary>A job's argument that the node would deserialize.</summary>
    public static CallRefusal Marshalled { get; } = new(AuditAction.AccessDenied, IgniteProblems.MarshalledRefused, "custom_marshalled");

    /// <summary>A deployment unit's version that a node may read as another one.</summary>
    public static CallRefusal Unit { get; } = new(AuditAction.TamperedRequest, GateProblems.TamperedRequest, "unit_version");

    /// <summary>A request id that is still under way.</summary>
    public static CallRefusal Duplicate { get; } = new(AuditAction.TamperedRequest, GateProblems.TamperedRequest, "duplicate_request_id");

    /// <summary>Too many at once.</summary>
    public static CallRefusal TooMany { get; } = new(AuditAction.LimitReached, IgniteProblems.TooManyPending, "max_pending");
}

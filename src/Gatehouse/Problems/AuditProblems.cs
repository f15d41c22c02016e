namespace Gatehouse.Problems;

/// <summary>The audit trail: GH8xxx.</summary>
public static class AuditProblems
{
    /// <summary>All of this range.</summary>
    public static IReadOnlyList<ProblemDefinition> All { get; } = [];
}

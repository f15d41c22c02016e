namespace Gatehouse.Problems;

/// <summary>Roles, grants and decisions: GH6xxx.</summary>
public static class PolicyProblems
{
    /// <summary>All of this range.</summary>
    public static IReadOnlyList<ProblemDefinition> All { get; } = [];
}

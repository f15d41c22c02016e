namespace Gatehouse.Problems;

/// <summary>Realms, users and passwords: GH5xxx.</summary>
public static class IdentityProblems
{
    /// <summary>All of this range.</summary>
    public static IReadOnlyList<ProblemDefinition> All { get; } = [];
}

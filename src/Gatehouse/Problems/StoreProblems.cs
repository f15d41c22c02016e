namespace Gatehouse.Problems;

/// <summary>Store and cluster state: GH2xxx.</summary>
public static class StoreProblems
{
    /// <summary>All of this range.</summary>
    public static IReadOnlyList<ProblemDefinition> All { get; } = [];
}

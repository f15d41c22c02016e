namespace Gatehouse.Problems;

/// <summary>Gates, requests and forwarding: GH7xxx.</summary>
public static class GateProblems
{
    /// <summary>All of this range.</summary>
    public static IReadOnlyList<ProblemDefinition> All { get; } = [];
}

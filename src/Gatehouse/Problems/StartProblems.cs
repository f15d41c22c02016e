namespace Gatehouse.Problems;

/// <summary>Starting and stopping the daemon, first start: GH0xxx.</summary>
public static class StartProblems
{
    /// <summary>All of this range.</summary>
    public static IReadOnlyList<ProblemDefinition> All { get; } = [];
}

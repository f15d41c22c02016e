namespace Gatehouse.Problems;

/// <summary>The admin API and the command line: GH9xxx.</summary>
public static class AdministrationProblems
{
    /// <summary>All of this range.</summary>
    public static IReadOnlyList<ProblemDefinition> All { get; } = [];
}

namespace Gatehouse.Problems;

/// <summary>The node's configuration file: GH1xxx.</summary>
public static class ConfigurationProblems
{
    /// <summary>All of this range.</summary>
    public static IReadOnlyList<ProblemDefinition> All { get; } = [];
}

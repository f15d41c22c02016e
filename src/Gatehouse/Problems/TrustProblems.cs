namespace Gatehouse.Problems;

/// <summary>Keys, certificates and files with secrets: GH3xxx.</summary>
public static class TrustProblems
{
    /// <summary>All of this range.</summary>
    public static IReadOnlyList<ProblemDefinition> All { get; } = [];
}

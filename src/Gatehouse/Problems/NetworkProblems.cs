namespace Gatehouse.Problems;

/// <summary>Listeners, IP filter, admission and TLS: GH4xxx.</summary>
public static class NetworkProblems
{
    /// <summary>All of this range.</summary>
    public static IReadOnlyList<ProblemDefinition> All { get; } = [];
}

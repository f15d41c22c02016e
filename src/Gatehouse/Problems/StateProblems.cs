namespace Gatehouse.Problems;

/// <summary>Changes of the cluster state: GH205x, within the store's range.</summary>
public static class StateProblems
{
    /// <summary>Other writers were faster each time.</summary>
    public static readonly ProblemDefinition TooManyConflicts = new("GH2050", "The cluster state changes too fast to be changed");

    /// <summary>No audit record can be written.</summary>
    public static readonly ProblemDefinition ChangeNotRecorded = new("GH2051", "A change cannot be recorded in the audit trail");

    /// <summary>All of this range.</summary>
    public static IReadOnlyList<ProblemDefinition> All { get; } = [TooManyConflicts, ChangeNotRecorded];
}

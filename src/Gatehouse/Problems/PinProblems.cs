namespace Gatehouse.Problems;

/// <summary>Who owns which pin: GH5540 to GH5559.</summary>
public static class PinProblems
{
    /// <summary>A grant's condition on a system that knows no owners.</summary>
    public static readonly ProblemDefinition ConditionSystem = new("GH5540", "Condition `own` in a grant of another system");

    /// <summary>It is false.</summary>
    public static readonly ProblemDefinition ConditionFalse = new("GH5541", "Condition `own` is false");

    /// <summary>All of this range.</summary>
    public static IReadOnlyList<ProblemDefinition> All { get; } = [ConditionSystem, ConditionFalse];
}

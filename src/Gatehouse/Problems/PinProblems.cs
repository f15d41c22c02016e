namespace Gatehouse.Problems;

/// <summary>Who owns which pin: GH5540 to GH5559.</summary>
public static class PinProblems
{
    /// <summary>A grant's condition on a system that knows no owners.</summary>
    public static readonly ProblemDefinition ConditionSystem = new("GH5540", "Condition `own` in a grant of another system");

    /// <summary>It is false.</summary>
    public static readonly ProblemDefinition ConditionFalse = new("GH5541", "Condition `own` is false");

    /// <summary>The store cannot be read.</summary>
    public static readonly ProblemDefinition NotRead = new("GH5542", "The owners of pins cannot be read");

    /// <summary>The store cannot be written.</summary>
    public static readonly ProblemDefinition NotWritten = new("GH5543", "The owner of a pin cannot be written down");

    /// <summary>A principal's bound is reached.</summary>
    public static readonly ProblemDefinition TooManyOfOwner = new("GH5544", "A principal has too many pins");

    /// <summary>The node's bound is reached.</summary>
    public static readonly ProblemDefinition Full = new("GH5545", "The node keeps too many owned pins");

    /// <summary>Records cannot be read.</summary>
    public static readonly ProblemDefinition Damaged = new("GH5546", "The owner of a pin is not readable");

    /// <summary>Other requests hold the CID.</summary>
    public static readonly ProblemDefinition Busy = new("GH5547", "Other requests for the same CID are under way");

    /// <summary>What cannot be kept.</summary>
    public static readonly ProblemDefinition TooLong = new("GH5548", "Name, metadata or CID of a pin cannot be kept");

    /// <summary>The pins cannot be read from the cluster.</summary>
    public static readonly ProblemDefinition NoSource = new("GH5549", "The pins of a cluster cannot be read");

    /// <summary>All of this range.</summary>
    public static IReadOnlyList<ProblemDefinition> All { get; } =
    [
        ConditionSystem, ConditionFalse, NotRead, NotWritten, TooManyOfOwner, Full, Damaged, Busy, TooLong, NoSource,
    ];
}

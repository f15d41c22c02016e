namespace Gatehouse.Problems.Cluster;

/// <summary>What a node says of a store that is away, or that offers what it does not take: GH2080 to GH2089.</summary>
public static class ClusterStateProblems
{
    /// <summary>The node decides on what it knows; changes are refused.</summary>
    public static readonly ProblemDefinition StoreAway = new("GH2080", "The store does not answer");

    /// <summary>The store has been away longer than `max_stale`; everything but system gatehouse is denied.</summary>
    public static readonly ProblemDefinition StateTooOld = new("GH2081", "The cluster state is too old to decide on");

    /// <summary>The node keeps the state it has and raises an alarm.</summary>
    public static readonly ProblemDefinition StateRefused = new("GH2082", "A state in the store is refused");

    /// <summary>Nothing was changed.</summary>
    public static readonly ProblemDefinition StoreNeeded = new("GH2083", "A change needs the store");

    /// <summary>All of this range.</summary>
    public static IReadOnlyList<ProblemDefinition> All { get; } =
    [
        StoreAway, StateTooOld, StateRefused, StoreNeeded,
    ];
}

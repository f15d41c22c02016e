namespace Gatehouse.Problems.Cluster;

/// <summary>Denials: GH2085 to GH2089.</summary>
public static class DenialProblems
{
    /// <summary>The node does not start with it.</summary>
    public static readonly ProblemDefinition KeptBroken = new("GH2085", "The denials kept at this node were changed");

    /// <summary>It was not taken over.</summary>
    public static readonly ProblemDefinition NotGenuine = new("GH2086", "A denial was not signed by a node of the cluster");

    /// <summary>Nothing was changed.</summary>
    public static readonly ProblemDefinition TooMany = new("GH2087", "This node keeps too many denials");

    /// <summary>Nothing was changed.</summary>
    public static readonly ProblemDefinition CannotDeny = new("GH2088", "This cannot be denied");

    /// <summary>All of this range.</summary>
    public static IReadOnlyList<ProblemDefinition> All { get; } = [KeptBroken, NotGenuine, TooMany, CannotDeny];
}

namespace Gatehouse.Problems;

/// <summary>Starting and stopping the daemon, first start: GH0xxx.</summary>
public static class StartProblems
{
    /// <summary>The .NET runtime is missing; printed by the launcher.</summary>
    public static readonly ProblemDefinition RuntimeMissing = new("GH0001", "The .NET 10 SDK is missing");

    /// <summary>The launcher's build failed.</summary>
    public static readonly ProblemDefinition BuildFailed = new("GH0002", "The build failed");

    /// <summary>A start could not be finished.</summary>
    public static readonly ProblemDefinition StartFailed = new("GH0010", "The daemon could not start");

    /// <summary>The store is gone or empty though this node has seen a state.</summary>
    public static readonly ProblemDefinition StateLost = new("GH0011", "The store is empty, but this node has had a cluster state");

    /// <summary>The node runs on its kept generation.</summary>
    public static readonly ProblemDefinition RunningWithoutStore = new("GH0012", "The node runs without its store");

    /// <summary>All of this range.</summary>
    public static IReadOnlyList<ProblemDefinition> All { get; } =
        [RuntimeMissing, BuildFailed, StartFailed, StateLost, RunningWithoutStore];
}

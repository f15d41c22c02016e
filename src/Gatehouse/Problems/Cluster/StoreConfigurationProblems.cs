namespace Gatehouse.Problems.Cluster;

/// <summary>The store in gatehouse.yaml: GH1060 to GH1064.</summary>
public static class StoreConfigurationProblems
{
    /// <summary>Keys that do not go together.</summary>
    public static readonly ProblemDefinition Settings = new("GH1060", "Settings of the store do not go together");

    /// <summary>Not a client URL, or one in clear text.</summary>
    public static readonly ProblemDefinition Endpoint = new("GH1061", "An endpoint of etcd is not valid");

    /// <summary>A certificate, key or authority that cannot be read.</summary>
    public static readonly ProblemDefinition Files = new("GH1062", "A file for the connection to etcd cannot be used");

    /// <summary>All of this range.</summary>
    public static IReadOnlyList<ProblemDefinition> All { get; } =
    [
        Settings, Endpoint, Files,
    ];
}

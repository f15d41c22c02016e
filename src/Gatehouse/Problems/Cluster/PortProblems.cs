namespace Gatehouse.Problems.Cluster;

/// <summary>Ports and packet filter rules: GH7301 to GH7309.</summary>
public static class PortProblems
{
    /// <summary>A port that a gate or the mesh guards is open to other hosts.</summary>
    public static readonly ProblemDefinition GuardedPortExposed = new("GH7301", "Guarded port can be reached from other hosts");

    /// <summary>The daemon runs, and one of its listeners is not there.</summary>
    public static readonly ProblemDefinition NotListening = new("GH7302", "A listener of Gatehouse is missing");

    /// <summary>Another process holds a port of Gatehouse.</summary>
    public static readonly ProblemDefinition ForeignListener = new("GH7303", "Another process listens on a port of Gatehouse");

    /// <summary>Something that should be a network, a port or a node is none.</summary>
    public static readonly ProblemDefinition NotANetwork = new("GH7304", "Not a network, a port or a node");

    /// <summary>A host name for which no packet filter rule can be made.</summary>
    public static readonly ProblemDefinition NoAddress = new("GH7305", "A host name has no address");

    /// <summary>The rules would keep out everybody who should come in.</summary>
    public static readonly ProblemDefinition NobodyKnown = new("GH7306", "No addresses are known for a group");

    /// <summary>All of this range.</summary>
    public static IReadOnlyList<ProblemDefinition> All { get; } =
    [
        GuardedPortExposed, NotListening, ForeignListener, NotANetwork, NoAddress, NobodyKnown,
    ];
}

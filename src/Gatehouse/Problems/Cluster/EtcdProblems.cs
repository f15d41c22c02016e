namespace Gatehouse.Problems.Cluster;

/// <summary>The store in etcd: GH2060 to GH2079.</summary>
public static class EtcdProblems
{
    /// <summary>No member answers.</summary>
    public static readonly ProblemDefinition Unreachable = new("GH2060", "No member of etcd answers");

    /// <summary>Members answer, but have no leader.</summary>
    public static readonly ProblemDefinition NoQuorum = new("GH2061", "etcd has no leader");

    /// <summary>User or password refused, or authentication is not switched on.</summary>
    public static readonly ProblemDefinition Credentials = new("GH2062", "etcd refuses the user of the store");

    /// <summary>The client certificate has a CN.</summary>
    public static readonly ProblemDefinition CommonName = new("GH2063", "The client certificate for etcd has a common name");

    /// <summary>Permission denied.</summary>
    public static readonly ProblemDefinition Forbidden = new("GH2064", "etcd does not let the user of the store do this");

    /// <summary>The space quota is exceeded.</summary>
    public static readonly ProblemDefinition NoSpace = new("GH2065", "etcd is out of space");

    /// <summary>A revision is gone.</summary>
    public static readonly ProblemDefinition Compacted = new("GH2066", "A revision of etcd was compacted");

    /// <summary>An answer that is not etcd's.</summary>
    public static readonly ProblemDefinition Malformed = new("GH2067", "An answer of etcd is not understood");

    /// <summary>Endpoints of two clusters.</summary>
    public static readonly ProblemDefinition WrongCluster = new("GH2068", "An endpoint belongs to another etcd cluster");

    /// <summary>The handshake failed.</summary>
    public static readonly ProblemDefinition Tls = new("GH2069", "TLS with etcd failed");

    /// <summary>A write without an answer.</summary>
    public static readonly ProblemDefinition OutcomeUnknown = new("GH2070", "Whether a change was stored is not known");

    /// <summary>Another error of etcd.</summary>
    public static readonly ProblemDefinition Refused = new("GH2071", "etcd refused a request");

    /// <summary>All of this range.</summary>
    public static IReadOnlyList<ProblemDefinition> All { get; } =
    [
        Unreachable, NoQuorum, Credentials, CommonName, Forbidden, NoSpace,
        Compacted, Malformed, WrongCluster, Tls, OutcomeUnknown, Refused,
    ];
}

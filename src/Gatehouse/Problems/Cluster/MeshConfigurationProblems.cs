namespace Gatehouse.Problems.Cluster;

/// <summary>The mesh in gatehouse.yaml: GH1065 to GH1079.</summary>
public static class MeshConfigurationProblems
{
    /// <summary>Settings that contradict each other, or ports missing.</summary>
    public static readonly ProblemDefinition Service = new("GH1065", "Settings of a mesh service do not go together");

    /// <summary>Two services, one port.</summary>
    public static readonly ProblemDefinition SharedPort = new("GH1066", "Two mesh services share a port");

    /// <summary>A listener of ours where the mesh must listen.</summary>
    public static readonly ProblemDefinition OwnPort = new("GH1067", "A port of a mesh service is taken by one of Gatehouse's own listeners");

    /// <summary>9096 through a gate and through the mesh.</summary>
    public static readonly ProblemDefinition CarriedTwice = new("GH1068", "A port is carried by the mesh and by a gate");

    /// <summary>Not a node name.</summary>
    public static readonly ProblemDefinition ProgramName = new("GH1069", "A program's node name is not valid");

    /// <summary>Wildcard, multicast, or loopback for others.</summary>
    public static readonly ProblemDefinition Advertise = new("GH1070", "An advertised address leads peers nowhere");

    /// <summary>Wildcard or not of this host.</summary>
    public static readonly ProblemDefinition ProgramAddress = new("GH1071", "The address of a service's program cannot be used");

    /// <summary>Two nodes' programs whose names lead to one port.</summary>
    public static readonly ProblemDefinition PeerPorts = new("GH1072", "Programs of two nodes share a port");

    /// <summary>All of this range.</summary>
    public static IReadOnlyList<ProblemDefinition> All { get; } =
        [Service, SharedPort, OwnPort, CarriedTwice, ProgramName, Advertise, ProgramAddress, PeerPorts];
}

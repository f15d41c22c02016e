namespace Gatehouse.Problems;

/// <summary>MQTT gates: GH53xx.</summary>
public static class MqttProblems
{
    /// <summary>No CONNECT in time.</summary>
    public static readonly ProblemDefinition ConnectTimeout = new("GH5301", "No CONNECT came in time");

    /// <summary>Enhanced authentication that the gate does not pass.</summary>
    public static readonly ProblemDefinition AuthenticationMethod = new("GH5302", "The authentication method is not taken");

    /// <summary>A client id that the user may not have, or that is another's.</summary>
    public static readonly ProblemDefinition ClientIdRefused = new("GH5303", "The client id was refused");

    /// <summary>More connections than a user may have.</summary>
    public static readonly ProblemDefinition TooManyConnections = new("GH5304", "The user has too many connections");

    /// <summary>All of this range.</summary>
    public static IReadOnlyList<ProblemDefinition> All { get; } = [ConnectTimeout, AuthenticationMethod, ClientIdRefused, TooManyConnections];
}

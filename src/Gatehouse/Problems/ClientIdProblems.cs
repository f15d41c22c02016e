namespace Gatehouse.Problems;

/// <summary>Owned MQTT client ids: GH535x.</summary>
public static class ClientIdProblems
{
    /// <summary>The store cannot be read.</summary>
    public static readonly ProblemDefinition ClientIdsUnknown = new("GH5350", "The owners of MQTT client ids cannot be read");

    /// <summary>The store cannot be written.</summary>
    public static readonly ProblemDefinition ClientIdNotKept = new("GH5351", "The owner of an MQTT client id cannot be written down");

    /// <summary>A principal's bound is reached.</summary>
    public static readonly ProblemDefinition OwnerHasTooMany = new("GH5352", "A principal keeps too many MQTT client ids");

    /// <summary>The node's bound is reached.</summary>
    public static readonly ProblemDefinition TooManyClientIds = new("GH5353", "The node holds too many MQTT client ids");

    /// <summary>A record cannot be read.</summary>
    public static readonly ProblemDefinition ClientIdDamaged = new("GH5354", "The owner of an MQTT client id is not readable");

    /// <summary>It is another principal's.</summary>
    public static readonly ProblemDefinition ClientIdTaken = new("GH5355", "The MQTT client id belongs to another principal");

    /// <summary>It cannot be freed while it is connected.</summary>
    public static readonly ProblemDefinition ClientIdConnected = new("GH5356", "The MQTT client id is connected");

    /// <summary>All of this range.</summary>
    public static IReadOnlyList<ProblemDefinition> All { get; } =
    [
        ClientIdsUnknown, ClientIdNotKept, OwnerHasTooMany, TooManyClientIds, ClientIdDamaged, ClientIdTaken, ClientIdConnected,
    ];
}

namespace Gatehouse.Problems;

/// <summary>Grants for MQTT: GH4030 to GH4039.</summary>
public static class TopicProblems
{
    /// <summary>A condition of MQTT stands in a grant of another system.</summary>
    public static readonly ProblemDefinition ConditionSystem = new("GH4030", "Condition of MQTT in a grant of another system");

    /// <summary>A quality of service that there is not.</summary>
    public static readonly ProblemDefinition ConditionQos = new("GH4031", "QoS of a grant is not valid");

    /// <summary>A condition of MQTT on an action that has no such thing.</summary>
    public static readonly ProblemDefinition ConditionAction = new("GH4032", "Condition of MQTT does not go with the action");

    /// <summary>All of this range.</summary>
    public static IReadOnlyList<ProblemDefinition> All { get; } = [ConditionSystem, ConditionQos, ConditionAction];
}

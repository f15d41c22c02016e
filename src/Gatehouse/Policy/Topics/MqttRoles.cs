namespace Gatehouse.Policy.Topics;

/// <summary>Roles for clients of any MQTT broker.</summary>
internal static class MqttRoles
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<RoleDocument> Documents { get; } =
    [
        new RoleDocument
        {
            Name = "mqtt_client",
            Description = "publishes and subscribes every topic but those that begin with $",
            Grants = [new Grant { System = MqttRights.System, Actions = ["publish", "subscribe"], Resources = ["#"] }],
        },
        new RoleDocument
        {
            Name = "mqtt_monitor",
            Description = "subscribes what brokers say of themselves under $SYS",
            Grants = [new Grant { System = MqttRights.System, Actions = ["subscribe"], Resources = ["$SYS/#"] }],
        },
    ];
}

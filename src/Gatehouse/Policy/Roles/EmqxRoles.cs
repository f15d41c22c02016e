using System.Collections.Immutable;

namespace Gatehouse.Policy.Roles;

/// <summary>
/// Roles for EMQX's dashboard and management API, in grants of system <c>emqx-api</c>. The two lower ones name each action: what a
/// later version adds is nobody's until somebody gives it.
/// </summary>
internal static class EmqxRoles
{
    private static readonly string[] Looking =
    [
        "login", "dashboard.read", "status.read", "nodes.read", "cluster.read", "cluster_links.read", "rebalance.read", "ds.read",
        "license.read", "metrics.read", "telemetry.read", "alarms.read",
        "slow_subscriptions.read", "topic_metrics.read", "clients.read", "subscriptions.read", "topics.read", "banned.read",
        "retainer.read", "retained.read", "delayed.read", "topic_rewrite.read", "auto_subscribe.read", "event_message.read",
        "message_queues.read", "message_streams.read", "file_transfer.read", "listeners.read", "namespaces.read", "rules.read",
        "actions.read", "sources.read", "connectors.read", "bridges.read", "schema_registry.read", "schema_validations.read",
        "message_transformations.read", "plugins.read", "exhooks.read", "gateways.clients.read", "trace.read",
    ];

    private static readonly string[] Operating =
    [
        .. Looking,
        "clients.kick", "clients.write", "clients.unsubscribe", "banned.write", "alarms.write", "slow_subscriptions.write", "topic_metrics.write",
        "listeners.operate", "rules.operate", "actions.operate", "sources.operate", "connectors.operate", "bridges.operate",
        "rebalance.write", "retained.delete", "delayed.write", "gateways.clients.write", "trace.write",
    ];

    /// <summary>All of them.</summary>
    public static IReadOnlyList<RoleDocument> Documents { get; } =
    [
        Role("emqx_viewer", "sees EMQX's dashboard: clients, figures, rules; no messages, no configuration, no credentials", Looking),
        Role("emqx_operator", "as emqx_viewer; also ends sessions, bans, starts and stops listeners and integrations", Operating),
        Role("emqx_admin", "everything in EMQX's management API, code and credentials included", ["*"]),
    ];

    private static RoleDocument Role(string name, string description, string[] actions) => new()
    {
        Name = name,
        Description = description,
        Grants = [new Grant { System = "emqx-api", Actions = [.. actions] }],
    };
}

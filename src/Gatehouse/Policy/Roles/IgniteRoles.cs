using Gatehouse.Policy.Names;

namespace Gatehouse.Policy.Roles;

/// <summary>
/// Roles for Ignite's clients and its REST API. Those below <c>ignite_admin</c> name each action: what a later version adds is nobody's
/// until somebody gives it. Who brings code to the nodes and who runs it are two roles, as both together are everything on them.
/// </summary>
internal static class IgniteRoles
{
    private const string Rest = "ignite-rest";

    private static readonly Grant[] Monitoring =
    [
        Grant(IgniteRights.System, "cluster.read", "meta.read"),
        Grant(Rest, "health.read", "node.read", "cluster.read", "metrics.read"),
    ];

    private static readonly Grant[] Reading = [Grant(IgniteRights.System, "table.read", "sql.read")];

    private static readonly Grant[] Writing = [Grant(IgniteRights.System, "table.write", "sql.write")];

    private static readonly Grant[] Changing = [Grant(IgniteRights.System, "sql.ddl"), Grant(IgniteRights.System, "tx.use")];

    // Which class and which unit: a role of one's own says so, on patterns.
    private static readonly Grant[] Computing = [Grant(IgniteRights.System, "compute.execute", "compute.unit"), Grant(IgniteRights.System, "cluster.read")];

    private static readonly Grant[] Operating =
    [
        Grant(IgniteRights.System, "sql.kill", "system.read"),
        Grant(IgniteRights.System, "compute.read", "compute.manage"),
        Grant(Rest, "system.read", "sql.kill", "tx.kill", "compute.read", "compute.manage", "recovery.read", "metrics.write"),
    ];

    private static readonly Grant[] Deploying = [Grant(Rest, "code.read", "code.deploy", "code.undeploy")];

    private static readonly Grant[] Securing = [Grant(Rest, "security.admin", "config.read", "config.write")];

    /// <summary>All of them.</summary>
    public static IReadOnlyList<RoleDocument> Documents { get; } =
    [
        Role("ignite_monitor", "Ignite: nodes, tables there are, health and figures", Monitoring),
        Role("ignite_reader", "Ignite: reads every table, by key and by SQL", Reading),
        Role("ignite_writer", "Ignite: as ignite_reader; also writes every table", Reading, Writing),
        Role("ignite_developer", "Ignite: as ignite_writer; also makes, changes and drops tables, indexes and schemas; no code", Reading, Writing, Changing),
        Role("ignite_compute", "Ignite: runs every class and unit that is there; such code reaches every table", Computing),
        Role("ignite_operator", "Ignite: as ignite_monitor; also ends queries, transactions and jobs, reads the state of partitions, switches figures", Monitoring, Operating),
        Role("ignite_deployer", "Ignite: brings code to the nodes and takes it away; runs none of it", Deploying),
        Role("ignite_security", "Ignite: reads and changes the configuration, ignite.security too", Securing),
        Role("ignite_admin", "everything in Ignite, by its clients and its REST API", [Grant(IgniteRights.System, "*"), Grant(Rest, "*")]),
    ];

    private static Grant Grant(string system, params string[] actions) => new() { System = system, Actions = [.. actions] };

    private static RoleDocument Role(string name, string description, params Grant[][] grants) => new()
    {
        Name = name,
        Description = description,
        Grants = [.. grants.SelectMany(static g => g)],
    };
}

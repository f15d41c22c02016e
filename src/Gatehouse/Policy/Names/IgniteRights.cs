using System.Collections.Immutable;
using Gatehouse.Operations;

namespace Gatehouse.Policy.Names;

/// <summary>
/// The words of system <c>ignite</c>, and what each implies. Ignite itself has none: whoever logs in may do everything. What is implied
/// is of the same grant, so that an explanation shows the grant as it was written.
/// </summary>
public static class IgniteRights
{
    /// <summary>The system whose words these are.</summary>
    public const string System = "ignite";

    /// <summary>Reads that a table is there and its columns.</summary>
    public static readonly SystemAction MetaRead = SystemAction.Intern(System, "meta.read");

    /// <summary>Reads rows of a table by key.</summary>
    public static readonly SystemAction TableRead = SystemAction.Intern(System, "table.read");

    /// <summary>Writes rows of a table by key.</summary>
    public static readonly SystemAction TableWrite = SystemAction.Intern(System, "table.write");

    /// <summary>Reads a table in a statement.</summary>
    public static readonly SystemAction SqlRead = SystemAction.Intern(System, "sql.read");

    /// <summary>Writes a table in a statement.</summary>
    public static readonly SystemAction SqlWrite = SystemAction.Intern(System, "sql.write");

    /// <summary>Makes, changes or drops a table or an index of it; with a prefix, a schema.</summary>
    public static readonly SystemAction SqlDdl = SystemAction.Intern(System, "sql.ddl");

    /// <summary>Makes, changes or drops a zone.</summary>
    public static readonly SystemAction SqlDdlZone = SystemAction.Intern(System, "sql.ddl.zone");

    /// <summary>Reads a view of schema <c>SYSTEM</c>.</summary>
    public static readonly SystemAction SystemRead = SystemAction.Intern(System, "system.read");

    /// <summary>Ends queries, transactions and jobs of others with <c>KILL</c>; no resource.</summary>
    public static readonly SystemAction SqlKill = SystemAction.Intern(System, "sql.kill");

    /// <summary>Begins transactions; no resource.</summary>
    public static readonly SystemAction TxUse = SystemAction.Intern(System, "tx.use");

    /// <summary>Runs a class on nodes, as a job or as a receiver.</summary>
    public static readonly SystemAction ComputeExecute = SystemAction.Intern(System, "compute.execute");

    /// <summary>Runs it with the code of a deployment unit, <c>id:version</c>.</summary>
    public static readonly SystemAction ComputeUnit = SystemAction.Intern(System, "compute.unit");

    /// <summary>Reads the state of a job of somebody else.</summary>
    public static readonly SystemAction ComputeRead = SystemAction.Intern(System, "compute.read");

    /// <summary>Cancels a job of somebody else, or changes its priority.</summary>
    public static readonly SystemAction ComputeManage = SystemAction.Intern(System, "compute.manage");

    /// <summary>Reads which nodes there are; no resource.</summary>
    public static readonly SystemAction ClusterRead = SystemAction.Intern(System, "cluster.read");

    private static readonly ImmutableArray<SystemAction> Everything =
    [
        MetaRead, TableRead, TableWrite, SqlRead, SqlWrite, SqlDdl, SqlDdlZone, SystemRead, SqlKill, TxUse, ComputeExecute, ComputeUnit, ComputeRead,
        ComputeManage, ClusterRead,
    ];

    // Keys for what implies or, where it is denied, denies them.
    private static readonly Dictionary<string, string[]> Granting = new(StringComparer.Ordinal)
    {
        ["meta.read"] = ["table.read", "table.write", "sql.read", "sql.write", "sql.ddl"],
        ["tx.use"] = ["table.read", "table.write", "sql.read", "sql.write"],
        ["cluster.read"] = ["compute.execute"],
    };

    private static readonly Dictionary<string, string[]> Denying = new(StringComparer.Ordinal)
    {
        // The same rows, by key or by statement.
        ["table.read"] = ["sql.read"],
        ["sql.read"] = ["table.read"],
        ["table.write"] = ["sql.write"],
        ["sql.write"] = ["table.write"],
    };

    /// <summary>All of them, sorted.</summary>
    public static ImmutableArray<string> All { get; } = [.. Everything.Select(static a => a.Name).Order(StringComparer.Ordinal)];

    /// <summary>
    /// Whether a word of a grant, maybe with <c>*</c>, speaks of an action: an allow also of what it implies (who reads a table sees that it
    /// is there), a deny also of the other way to the same rows.
    /// </summary>
    public static bool Covers(GrantEffect effect, string word, string asked)
    {
        if (GrantShape.Matches(word, asked))
        {
            return true;
        }

        return (effect == GrantEffect.Deny ? Denying : Granting).TryGetValue(asked, out string[]? others) && Array.Exists(others, other => GrantShape.Matches(word, other));
    }

    /// <summary>Whether two words of grants, each of an allow or a deny, could speak of one action.</summary>
    public static bool Overlap(string one, string other) => All.Any(word => CouldCover(one, word) && CouldCover(other, word));

    /// <summary>Whether two patterns of grants could match one name; yes where it cannot be said.</summary>
    public static bool CouldMeet(string one, string other)
    {
        string a = HeadOf(one);
        string b = HeadOf(other);
        return a.StartsWith(b, StringComparison.OrdinalIgnoreCase) || b.StartsWith(a, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>What is wrong with a word of a grant, or null.</summary>
    internal static string? Fault(string word) =>
        Array.Exists([.. All], known => GrantShape.Matches(word, known)) ? null
        : word.Contains('*') ? $"matches no action of Ignite; there are {string.Join(", ", All)}"
        : $"is no action of Ignite; the nearest is `{WordDistance.Nearest(word, All)}`";

    /// <summary>What the resources of a grant's actions are.</summary>
    internal static NameKinds KindsOf(ImmutableArray<string> actions)
    {
        NameKinds kinds = NameKinds.None;
        foreach (SystemAction action in Everything)
        {
            kinds |= !actions.IsDefault && actions.Any(word => word is not null && GrantShape.Matches(word, action.Name)) ? KindOf(action) : NameKinds.None;
        }

        return kinds;
    }

    /// <summary>What the resources of an action are.</summary>
    internal static NameKinds KindOf(SystemAction action) =>
        action == SqlDdlZone ? NameKinds.Zone
        : action == ComputeExecute || action == ComputeUnit || action == ComputeRead || action == ComputeManage ? NameKinds.Code
        : action == SqlKill || action == TxUse || action == ClusterRead ? NameKinds.None
        : action.System == System && All.Contains(action.Name) ? NameKinds.Table
        : NameKinds.None;

    private static bool CouldCover(string word, string asked) => Covers(GrantEffect.Allow, word, asked) || Covers(GrantEffect.Deny, word, asked);

    private static string HeadOf(string pattern)
    {
        int end = pattern.AsSpan().IndexOfAny("*$\"");
        return end < 0 ? pattern : pattern[..end];
    }
}

/// <summary>What names a grant of system <c>ignite</c> speaks of.</summary>
[Flags]
internal enum NameKinds
{
    /// <summary>None: its actions have no resources.</summary>
    None = 0,

    /// <summary>Tables, <c>SCHEMA.TABLE</c>.</summary>
    Table = 1,

    /// <summary>Zones.</summary>
    Zone = 2,

    /// <summary>Classes, deployment units and jobs, in whose names case counts.</summary>
    Code = 4,
}

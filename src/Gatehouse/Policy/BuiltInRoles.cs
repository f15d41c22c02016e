using System.Collections.Immutable;
using Gatehouse.Policy.Roles;
using Gatehouse.Policy.Topics;

namespace Gatehouse.Policy;

/// <summary>
/// Roles that every policy has. Those of Gatehouse itself are fixed: they cannot be redefined or removed. Those of guarded systems are
/// there until a policy has a role of its own by the name, which then stands alone: a policy made before they came means what it meant.
/// </summary>
public static class BuiltInRoles
{
    /// <summary>Everything in every system, Gatehouse itself included.</summary>
    public const string Superuser = "superuser";

    /// <summary>Everything in Gatehouse itself, nothing behind the gates.</summary>
    public const string Admin = "gatehouse-admin";

    /// <summary>Looks at Gatehouse's own state and asks why.</summary>
    public const string Viewer = "gatehouse-viewer";

    /// <summary>Reads the audit trail and asks why.</summary>
    public const string Auditor = "auditor";

    /// <summary>The system whose operations are Gatehouse's own.</summary>
    private const string Gatehouse = "gatehouse";

    /// <summary>All of them, by name.</summary>
    public static ImmutableSortedDictionary<string, RoleDocument> All { get; } = new[]
    {
        Role(Superuser, "everything in every system", "*", "*"),
        Role(Admin, "everything in Gatehouse itself", Gatehouse, "*"),
        Role(Viewer, "reads Gatehouse's own state", Gatehouse, "*.read", "*.list", "explain"),
        Role(Auditor, "reads the audit trail and its policy", Gatehouse, "audit.*", "audit-policy.read", "explain"),
    }.Concat(ElasticsearchRoles.Documents).Concat(MqttRoles.Documents).Concat(EmqxRoles.Documents).Concat(IpfsRoles.Documents).Concat(IgniteRoles.Documents)
        .ToImmutableSortedDictionary(static role => role.Name, static role => role, StringComparer.Ordinal);

    /// <summary>Whether this is the name of a built-in role.</summary>
    public static bool Contains(string name) => All.ContainsKey(name);

    /// <summary>Whether no policy can have a role of its own by this name.</summary>
    public static bool IsFixed(string name) => name is Superuser or Admin or Viewer or Auditor;

    /// <summary>The role by this name: a policy's own one, or the built-in one where it has none; null for neither.</summary>
    public static RoleDocument? Find(string name, IReadOnlyDictionary<string, RoleDocument> own) =>
        !IsFixed(name) && own.TryGetValue(name, out RoleDocument? role) ? role : All.GetValueOrDefault(name);

    private static RoleDocument Role(string name, string description, string system, params ReadOnlySpan<string> actions) => new()
    {
        Name = name,
        Description = description,
        Grants = [new Grant { System = system, Actions = [.. actions] }],
    };
}

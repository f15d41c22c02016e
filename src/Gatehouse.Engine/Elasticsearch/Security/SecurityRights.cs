using System.Text;
using Gatehouse.Administration;
using Gatehouse.Engine.Administration;
using Gatehouse.Engine.Elasticsearch.Answers;
using Gatehouse.Identity;
using Gatehouse.Operations;
using Gatehouse.Policy;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Elasticsearch.Security;

/// <summary>
/// What a caller of the security API may. Elastic's privileges are rights within system <c>elasticsearch</c>: with
/// <c>manage_security</c> alone nobody gets at users or roles that reach further, Gatehouse's own administrators above all. For
/// these the right of the admin API is needed besides.
/// </summary>
internal static class SecurityRights
{
    private static readonly SystemAction UserWrite = SystemAction.Intern(AdminEndpoint.System, "user.write");
    private static readonly SystemAction RoleWrite = SystemAction.Intern(AdminEndpoint.System, "role.write");
    private static readonly SystemAction RoleAssign = SystemAction.Intern(AdminEndpoint.System, "role.assign");
    private static readonly SystemAction KeyWrite = SystemAction.Intern(AdminEndpoint.System, "api-key.write");
    private static readonly SystemAction PasswordWrite = SystemAction.Intern(AdminEndpoint.System, "user.password");

    /// <summary>Whether the caller has a privilege on the cluster.</summary>
    public static bool May(SecurityCall call, string privilege) => Decide(call, PrivilegeWords.OnCluster(privilege), null, out _).IsAllowed;

    /// <summary>Null when the caller has the privilege, else the refusal.</summary>
    public static SecurityReply? Needs(SecurityCall call, string privilege)
    {
        Decision decision = Decide(call, PrivilegeWords.OnCluster(privilege), null, out OperationSet asked);
        return decision.IsAllowed ? null : Denied(call, privilege, asked, decision.Denial);
    }

    /// <summary>The refusal of a call that needs a privilege.</summary>
    public static SecurityReply Denied(SecurityCall call, string privilege)
    {
        Decision decision = Decide(call, PrivilegeWords.OnCluster(privilege), null, out OperationSet asked);
        return Denied(call, privilege, asked, decision.IsAllowed ? new Denial(DenialReason.NoGrant, 0, -1) : decision.Denial);
    }

    /// <summary>Whether roles speak of nothing but Elasticsearch.</summary>
    public static bool AreWithin(ClusterDocument document, IEnumerable<string> roles) => !roles.Any(name => FindRole(document, name) is { } role && !IsWithin(role));

    /// <summary>Whether a role speaks of nothing but Elasticsearch.</summary>
    public static bool IsWithin(RoleDocument role) => role.Grants.All(static grant => grant.System == PrivilegeWords.System);

    /// <summary>The role that holds by this name: a policy's own one stands in the place of Elastic's built-in one.</summary>
    public static RoleDocument? FindRole(ClusterDocument document, string name) => BuiltInRoles.Find(name, document.Roles);

    /// <summary>Whether the role that holds by this name is the one that Gatehouse comes with.</summary>
    public static bool IsBuiltIn(ClusterDocument document, string name) =>
        BuiltInRoles.All.TryGetValue(name, out RoleDocument? role) && ReferenceEquals(role, FindRole(document, name));

    /// <summary>Names of all roles that hold.</summary>
    public static IEnumerable<string> RoleNames(ClusterDocument document) => BuiltInRoles.All.Keys.Union(document.Roles.Keys, StringComparer.Ordinal);

    /// <summary>Why the caller must not change a user who has these roles, or shall have them; null when it may.</summary>
    public static Problem? ForUser(SecurityCall call, ClusterDocument document, string name, IEnumerable<string> had) =>
        AreWithin(document, had) || HasRight(call, UserWrite, name)
            ? null
            : Beyond($"user `{AdminRequestReader.Shown(name)}` has rights beyond Elasticsearch", $"user.write:{AdminRequestReader.Shown(name)}");

    /// <summary>The same for a password: who knows it is that user.</summary>
    public static Problem? ForPassword(SecurityCall call, ClusterDocument document, string name) =>
        document.Users.TryGetValue(name, out UserDocument? user) && !AreWithin(document, user.Roles) && !HasRight(call, PasswordWrite, name)
            ? Beyond($"user `{AdminRequestReader.Shown(name)}` has rights beyond Elasticsearch", $"user.password:{AdminRequestReader.Shown(name)}")
            : null;

    /// <summary>Why the caller must not give roles; null when it may.</summary>
    public static Problem? ForRoles(SecurityCall call, ClusterDocument document, IEnumerable<string> given) =>
        given.FirstOrDefault(name => !AreWithin(document, [name]) && !HasRight(call, RoleAssign, name)) is { } role
            ? Beyond($"role `{AdminRequestReader.Shown(role)}` reaches beyond Elasticsearch", $"role.assign:{AdminRequestReader.Shown(role)}")
            : null;

    /// <summary>Why the caller must not write such a role; null when it may.</summary>
    public static Problem? ForRole(SecurityCall call, RoleDocument? role) => role is null || IsWithin(role) || HasRight(call, RoleWrite, role.Name)
        ? null
        : Beyond($"role `{AdminRequestReader.Shown(role.Name)}` reaches beyond Elasticsearch", $"role.write:{AdminRequestReader.Shown(role.Name)}");

    /// <summary>Why the caller must not touch the keys of somebody else; null when it may.</summary>
    public static Problem? ForKeysOf(SecurityCall call, ClusterDocument document, string owner) =>
        !document.Users.TryGetValue(owner, out UserDocument? user) || AreWithin(document, user.Roles) || HasRight(call, KeyWrite, owner)
            ? null
            : Beyond($"user `{AdminRequestReader.Shown(owner)}` has rights beyond Elasticsearch", $"api-key.write:{AdminRequestReader.Shown(owner)}");

    private static bool HasRight(SecurityCall call, SystemAction action, string resource) => Decide(call, action, resource, out _).IsAllowed;

    private static Problem Beyond(string what, string right) => AdministrationProblems.NotAllowed.Because(
        $"{what}, so that `manage_security` is not enough", hint: $"it needs gatehouse:{right} besides");

    private static Decision Decide(SecurityCall call, SystemAction action, string? resource, out OperationSet asked)
    {
        asked = new OperationSet();
        asked.Begin(action);
        if (resource is not null)
        {
            asked.AddResource(Encoding.UTF8.GetBytes(resource));
        }

        return Authorizer.Decide(call.Snapshot.Policy, call.Context, asked);
    }

    private static SecurityReply Denied(SecurityCall call, string privilege, OperationSet asked, Denial denial)
    {
        string roles = string.Join(',', call.Context.Roles.Select(AdminRequestReader.Shown));
        string path = AdminRequestReader.Shown(string.Join('/', call.Segments));
        return new(
            403,
            ElasticError.ToBytes(
                403,
                ElasticError.Security,
                $"action [{call.Method} /{path}] is unauthorized for user [{AdminRequestReader.Shown(call.Principal.Name)}] with effective roles [{roles}], "
                + $"this action is granted by the cluster privileges [{privilege},all]"))
        {
            Action = Audit.AuditAction.AccessDenied,
            Reason = denial.Reason == DenialReason.ExplicitDeny ? "explicit_deny" : "no_grant",
            Problem = AdministrationProblems.NotAllowed.Because($"`{privilege}` is needed"),
            Operations = asked,
            Denial = denial,
        };
    }
}

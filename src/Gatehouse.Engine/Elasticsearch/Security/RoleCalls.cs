using System.Collections.Immutable;
using System.Text.Json;
using Gatehouse.Administration;
using Gatehouse.Engine.Administration;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Identity;
using Gatehouse.Policy;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Elasticsearch.Security;

/// <summary>
/// Roles in Elastic's form. Written are roles that this form can say and nothing else: what it cannot say (denials, conditions,
/// other systems) would be lost, so that such a role is changed with Gatehouse's own means. <c>run_as</c> is Gatehouse's right
/// <c>run-as</c>, which reaches beyond Elasticsearch.
/// </summary>
internal sealed class RoleCalls(IStateChanges changes)
{
    private const string Manage = "manage_security";

    /// <summary><c>GET /_security/role[/NAMES]</c>.</summary>
    public static SecurityReply Get(SecurityCall call, string? names)
    {
        if (SecurityRights.Needs(call, "read_security") is { } denied)
        {
            return denied;
        }

        string[]? wanted = names?.Split(',');
        RoleDocument[] roles =
        [
            .. SecurityRights.RoleNames(call.Snapshot.Document).Where(name => wanted is null || wanted.Contains(name))
                .Select(name => SecurityRights.FindRole(call.Snapshot.Document, name)).OfType<RoleDocument>(),
        ];
        return SecurityReply.Of(
            json =>
            {
                foreach (RoleDocument role in roles)
                {
                    Write(json, role, SecurityRights.IsBuiltIn(call.Snapshot.Document, role.Name));
                }
            },
            wanted is not null && roles.Length == 0 ? 404 : 200);
    }

    /// <summary><c>PUT /_security/role/NAME</c>.</summary>
    public async ValueTask<SecurityReply> PutAsync(SecurityCall call, string name, CancellationToken cancellation)
    {
        if (SecurityRights.Needs(call, Manage) is { } denied)
        {
            return denied;
        }

        JsonFields? body = JsonFields.Read(call.Body, mayBeEmpty: false, out string? wrong);
        if (body is null)
        {
            return SecurityReply.Unreadable(wrong!);
        }

        string? description = body.Text("description");
        ImmutableArray<Grant> grants = ElasticRoles.Read(body, isKey: false);
        if (body.Fault() is { } fault)
        {
            return SecurityReply.Wrong(fault);
        }

        Problem? problem = !UserName.IsValid(name, out string? why) ? AdministrationProblems.InvalidName.Because($"`{AdminRequestReader.Shown(name)}` is no role name: {why}")
            : description is { Length: > 256 } || description?.Any(char.IsControl) == true
                ? AdministrationProblems.InvalidValue.Because("a description has at most 256 characters and no control characters")
            : null;
        if (problem is not null)
        {
            return SecurityReply.From(problem);
        }

        bool isMade = false;
        var role = new RoleDocument { Name = name, Description = string.IsNullOrEmpty(description) ? null : description, Grants = grants };
        ChangeOutcome outcome = await changes.ChangeAsync(call.ActorName, $"set role {name}", document => Put(document, call, role, out isMade), cancellation);
        return SecurityReply.From(outcome, $"role/{name}", json =>
        {
            json.WriteStartObject("role");
            json.WriteBoolean("created", isMade);
            json.WriteEndObject();
        });
    }

    /// <summary><c>DELETE /_security/role/NAME</c>.</summary>
    public async ValueTask<SecurityReply> DeleteAsync(SecurityCall call, string name, CancellationToken cancellation)
    {
        if (SecurityRights.Needs(call, Manage) is { } denied)
        {
            return denied;
        }

        bool isFound = false;
        string shown = AdminRequestReader.Shown(name);
        ChangeOutcome outcome = await changes.ChangeAsync(
            call.ActorName,
            $"remove role {shown}",
            document =>
            {
                isFound = SecurityRights.FindRole(document, name) is not null;
                document.Roles.TryGetValue(name, out RoleDocument? role);
                return !isFound ? default
                    : SecurityRights.ForRole(call, role) is { } problem ? ChangeDecision.Refuse(problem)
                    : RoleEndpoints.Remove(document, name);
            },
            cancellation);
        SecurityReply reply = SecurityReply.From(outcome, $"role/{shown}", json => json.WriteBoolean("found", isFound));
        return outcome.Succeeded && !isFound ? reply with { Status = 404, Reason = "not_found" } : reply;
    }

    private static ChangeDecision Put(ClusterDocument document, SecurityCall call, RoleDocument role, out bool isMade)
    {
        isMade = !document.Roles.TryGetValue(role.Name, out RoleDocument? present);
        Problem? problem = (SecurityRights.IsBuiltIn(document, role.Name) ? BuiltIn(role.Name) : null)
            ?? SecurityRights.ForRole(call, present) ?? SecurityRights.ForRole(call, role)
            ?? (present is not null && !ElasticRoles.CanSay(present)
                ? AdministrationProblems.InvalidValue.Because(
                    $"role `{role.Name}` holds grants that Elastic's form cannot say, and they would be lost", hint: $"change it with: gatehouse role set {role.Name}")
                : null);
        return problem is not null ? ChangeDecision.Refuse(problem) : UserChanges.Keep(document, document with { Roles = document.Roles.SetItem(role.Name, role) });
    }

    private static void Write(Utf8JsonWriter json, RoleDocument role, bool isBuiltIn)
    {
        json.WriteStartObject(role.Name);
        ElasticRoles.Write(json, role.Grants);
        json.WriteStartObject("metadata");
        if (isBuiltIn)
        {
            json.WriteBoolean("_reserved", true);
        }
        else if (!ElasticRoles.CanSay(role))
        {
            json.WriteString("_gatehouse", "this role holds denials, conditions or grants of other systems, which are not shown here");
        }

        json.WriteEndObject();
        json.WriteStartObject("transient_metadata");
        json.WriteBoolean("enabled", true);
        json.WriteEndObject();
        if (role.Description is not null)
        {
            json.WriteString("description", role.Description);
        }

        json.WriteEndObject();
    }

    private static Problem BuiltIn(string name) => AdministrationProblems.BuiltInRole.Because($"role `{name}` comes with Gatehouse");
}

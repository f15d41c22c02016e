using System.Text.Json;
using Gatehouse.Administration;
using Gatehouse.Engine.Administration;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Identity;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Elasticsearch.Security;

/// <summary>Role mappings in Elastic's form. A mapping gives roles: those that reach beyond Elasticsearch need <c>role.assign</c> besides.</summary>
internal sealed class MappingCalls(IStateChanges changes)
{
    private const string Manage = "manage_security";

    /// <summary><c>GET /_security/role_mapping[/NAMES]</c>.</summary>
    public static SecurityReply Get(SecurityCall call, string? names)
    {
        if (SecurityRights.Needs(call, "read_security") is { } denied)
        {
            return denied;
        }

        string[]? wanted = names?.Split(',');
        MappingDocument[] mappings = [.. call.Snapshot.Document.Mappings.Values.Where(mapping => wanted is null || wanted.Contains(mapping.Name))];
        return SecurityReply.Of(
            json =>
            {
                foreach (MappingDocument mapping in mappings)
                {
                    Write(json, mapping);
                }
            },
            wanted is not null && mappings.Length == 0 ? 404 : 200);
    }

    /// <summary><c>PUT /_security/role_mapping/NAME</c>.</summary>
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

        IReadOnlyList<string> roles = body.Texts("roles") ?? [];
        bool enabled = body.Flag("enabled") ?? true;
        body.Ignore("metadata");
        body.MustBeEmpty("role_templates", "name the roles");
        string? why = null;
        MappingView? view = body.Object("rules") is { } rules ? MappingRules.Read(rules, out why) : null;
        if (body.Fault() is { } fault || view is null)
        {
            return SecurityReply.Wrong(why ?? body.Fault() ?? "[rules] is required");
        }

        view.Roles = roles;
        view.Enabled = enabled;
        Problem? problem = UserName.IsValid(name, out string? reason)
            ? MappingEndpoints.Check(view)
            : AdministrationProblems.InvalidName.Because($"`{AdminRequestReader.Shown(name)}` is no name of a mapping: {reason}");
        if (problem is not null)
        {
            return SecurityReply.From(problem);
        }

        bool isMade = false;
        MappingDocument mapping = view.ToDocument(name);
        ChangeOutcome outcome = await changes.ChangeAsync(
            call.ActorName, $"set mapping {name} to {string.Join(", ", mapping.Roles.Take(10))}", document => Put(document, call, mapping, out isMade), cancellation);
        return SecurityReply.From(outcome, $"mapping/{name}", json =>
        {
            json.WriteStartObject("role_mapping");
            json.WriteBoolean("created", isMade);
            json.WriteEndObject();
        });
    }

    /// <summary><c>DELETE /_security/role_mapping/NAME</c>.</summary>
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
            $"remove mapping {shown}",
            document =>
            {
                isFound = document.Mappings.TryGetValue(name, out MappingDocument? present);
                return !isFound ? default
                    : SecurityRights.ForRoles(call, document, present!.Roles) is { } problem ? ChangeDecision.Refuse(problem)
                    : ChangeDecision.To(document with { Mappings = document.Mappings.Remove(name) });
            },
            cancellation);
        SecurityReply reply = SecurityReply.From(outcome, $"mapping/{shown}", json => json.WriteBoolean("found", isFound));
        return outcome.Succeeded && !isFound ? reply with { Status = 404, Reason = "not_found" } : reply;
    }

    private static ChangeDecision Put(ClusterDocument document, SecurityCall call, MappingDocument mapping, out bool isMade)
    {
        isMade = !document.Mappings.TryGetValue(mapping.Name, out MappingDocument? present);
        Problem? problem = SecurityRights.ForRoles(call, document, [.. present?.Roles ?? [], .. mapping.Roles])
            ?? (present is not null && !MappingRules.CanSay(present)
                ? AdministrationProblems.InvalidValue.Because(
                    $"mapping `{mapping.Name}` looks at networks, which Elastic's form cannot say, and they would be lost", hint: $"change it with: gatehouse mapping set {mapping.Name}")
                : null);
        return problem is not null ? ChangeDecision.Refuse(problem) : MappingEndpoints.Set(document, mapping);
    }

    private static void Write(Utf8JsonWriter json, MappingDocument mapping)
    {
        json.WriteStartObject(mapping.Name);
        json.WriteBoolean("enabled", mapping.Enabled);
        ElasticRoles.WriteTexts(json, "roles", mapping.Roles);
        MappingRules.Write(json, mapping);
        json.WriteStartObject("metadata");
        if (!MappingRules.CanSay(mapping))
        {
            json.WriteString("_gatehouse", "this mapping looks at networks besides, which are not shown here");
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }
}

using Gatehouse.Administration;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Identity;
using Gatehouse.Policy;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Administration;

/// <summary>Roles. Whoever may write a role may write any right into it; grant <c>role.write</c> by name.</summary>
internal sealed class RoleEndpoints(AdminServices services)
{
    private static readonly AdminJson Json = AdminJson.Default;

    /// <summary>Its endpoints.</summary>
    public IEnumerable<AdminEndpoint> All =>
    [
        new("GET", "/v1/roles", "role.list", ListAsync) { Answer = Json.RoleListResponse },
        new("GET", "/v1/roles/{name}", "role.read", ShowAsync) { Answer = Json.RoleView },
        new("PUT", "/v1/roles/{name}", "role.write", PutAsync) { Answer = Json.ChangeResponse, Changes = true, Body = Json.RoleView },
        new("DELETE", "/v1/roles/{name}", "role.write", RemoveAsync) { Answer = Json.ChangeResponse, Changes = true },
    ];

    private static ValueTask<AdminResult> ListAsync(AdminCall call) => new(AdminResult.Ok(
        new RoleListResponse
        {
            Roles =
            [
                .. BuiltInRoles.All.Values.Where(role => !call.Snapshot.Document.Roles.ContainsKey(role.Name)).Select(static role => RoleView.From(role, builtIn: true)),
                .. call.Snapshot.Document.Roles.Values.Select(static role => RoleView.From(role, builtIn: false)),
            ],
        },
        Json.RoleListResponse));

    private static ValueTask<AdminResult> ShowAsync(AdminCall call) => new(
        BuiltInRoles.Find(call.Name, call.Snapshot.Document.Roles) is { } role
            ? AdminResult.Ok(RoleView.From(role, !call.Snapshot.Document.Roles.ContainsKey(role.Name)), Json.RoleView)
            : AdminResult.Refused(Unknown(call.Name)));

    private async ValueTask<AdminResult> PutAsync(AdminCall call)
    {
        var body = (RoleView)call.Body!;
        Problem? problem = BuiltInRoles.IsFixed(call.Name) ? BuiltIn(call.Name)
            : !UserName.IsValid(call.Name, out string? why) ? AdministrationProblems.InvalidName.Because($"`{AdminRequestReader.Shown(call.Name)}` is no role name: {why}")
            : body.Name is not null && body.Name != call.Name ? AdministrationProblems.InvalidValue.Because("the name in the body is not the one in the path")
            : body.Description is { Length: > 256 } || body.Description?.Any(char.IsControl) == true
                ? AdministrationProblems.InvalidValue.Because("a description has at most 256 characters and no control characters")
            : null;
        if (problem is not null)
        {
            return AdminResult.Refused(problem);
        }

        RoleDocument role = body.ToDocument(call.Name);
        return AdminResult.From(await services.Changes.ChangeAsync(
            call.Actor, $"set role {role.Name}", document => UserChanges.Keep(document, document with { Roles = document.Roles.SetItem(role.Name, role) }), call.Cancellation));
    }

    private async ValueTask<AdminResult> RemoveAsync(AdminCall call) => AdminResult.From(await services.Changes.ChangeAsync(
        call.Actor, $"remove role {call.Name}", document => Remove(document, call.Name), call.Cancellation));

    /// <summary>Removes a role that nobody has and nothing gives.</summary>
    internal static ChangeDecision Remove(ClusterDocument document, string name)
    {
        if (BuiltInRoles.IsFixed(name) || (BuiltInRoles.Contains(name) && !document.Roles.ContainsKey(name)))
        {
            return ChangeDecision.Refuse(BuiltIn(name));
        }

        if (!document.Roles.ContainsKey(name))
        {
            return ChangeDecision.Refuse(Unknown(name));
        }

        string[] givers =
        [
            .. document.Mappings.Values.Where(mapping => mapping.Roles.Contains(name)).Select(static mapping => $"mapping `{mapping.Name}`"),
            .. document.Realms.Values.Where(realm => realm.Anonymous?.Roles.Contains(name) == true).Select(static realm => $"realm `{realm.Name}`"),
        ];
        if (givers.Length > 0)
        {
            // Made again by somebody else, it would be given to whoever they name.
            return ChangeDecision.Refuse(AdministrationProblems.RoleInUse.Because(
                $"role `{name}` is given by {string.Join(", ", givers.Take(10))}{(givers.Length > 10 ? $" and {givers.Length - 10} more" : "")}", hint: "take it out of these first"));
        }

        string[] users = [.. document.Users.Values.Where(user => user.Roles.Contains(name)).Select(static user => user.Name)];
        return users.Length == 0
            ? ChangeDecision.To(document with { Roles = document.Roles.Remove(name) })
            : ChangeDecision.Refuse(AdministrationProblems.RoleInUse.Because(
                $"role `{name}` is in use by {string.Join(", ", users.Take(10))}{(users.Length > 10 ? $" and {users.Length - 10} more" : "")}",
                hint: $"take it from them first: gatehouse user set NAME --remove-role {name}"));
    }

    private static Problem BuiltIn(string name) => AdministrationProblems.BuiltInRole.Because($"role `{name}` comes with Gatehouse");

    private static Problem Unknown(string name) =>
        AdministrationProblems.NotFound.Because($"there is no role `{AdminRequestReader.Shown(name)}`", hint: "gatehouse role list shows them");
}

using System.Globalization;
using Gatehouse.Administration;
using Gatehouse.Identity;
using Gatehouse.Policy;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Administration;

/// <summary>
/// Realms. Whoever writes a realm says who its people are: besides <c>realm.write</c> it takes <c>role.assign</c> on every role
/// that somebody of the realm can come to.
/// </summary>
internal sealed class RealmEndpoints(AdminServices services)
{
    private static readonly AdminJson Json = AdminJson.Default;

    /// <summary>Its endpoints.</summary>
    public IEnumerable<AdminEndpoint> All =>
    [
        new("GET", "/v1/realms", "realm.list", ListAsync) { Answer = Json.RealmListResponse },
        new("GET", "/v1/realms/{name}", "realm.read", ShowAsync) { Answer = Json.RealmView },
        new("PUT", "/v1/realms/{name}", "realm.write", PutAsync) { Answer = Json.ChangeResponse, Changes = true, Body = Json.RealmView, Operations = PutOperations },
        new("DELETE", "/v1/realms/{name}", "realm.write", RemoveAsync) { Answer = Json.ChangeResponse, Changes = true, Parameters = ["version", "force"], Operations = RemoveOperations },
    ];

    private static IEnumerable<AdminOperation> PutOperations(AdminCall call)
    {
        RealmDocument realm = ((RealmView)call.Body!).ToDocument(call.Name);
        return
        [
            new AdminOperation(call.Endpoint.Interned, call.Name),
            .. RealmChanges.RolesWithin(call.Snapshot.Document, realm).Select(static role => AdminEndpoint.Operation("role.assign", role)),
        ];
    }

    // Forced, it takes its mappings along.
    private static IEnumerable<AdminOperation> RemoveOperations(AdminCall call) =>
    [
        new AdminOperation(call.Endpoint.Interned, call.Name),
        .. (IsForced(call) ? RealmChanges.MappingsOf(call.Snapshot.Document, call.Name) : []).Select(static mapping => AdminEndpoint.Operation("mapping.write", mapping)),
    ];

    private static bool IsForced(AdminCall call) => call.Parameter("force") == "true";

    private static ValueTask<AdminResult> ListAsync(AdminCall call) => new(AdminResult.Ok(
        new RealmListResponse
        {
            Realms =
            [
                .. call.Snapshot.Document.Realms.Values
                    .OrderBy(static realm => realm.Order).ThenBy(static realm => realm.Name, StringComparer.Ordinal)
                    .Select(RealmView.From),
            ],
        },
        Json.RealmListResponse));

    private static ValueTask<AdminResult> ShowAsync(AdminCall call) => new(
        call.Snapshot.Document.Realms.TryGetValue(call.Name, out RealmDocument? realm)
            ? AdminResult.Ok(RealmView.From(realm), Json.RealmView)
            : AdminResult.Refused(RealmChanges.Unknown(call.Name)));

    private async ValueTask<AdminResult> PutAsync(AdminCall call)
    {
        var body = (RealmView)call.Body!;
        Problem? problem = body.Name is not null && body.Name != call.Name
            ? AdministrationProblems.InvalidValue.Because("the name in the body is not the one in the path")
            : body.Token?.Require?.Values.Any(static value => value is null) == true
                ? AdminRequestReader.Malformed("a claim of `require` is `null`")
                : null;
        if (problem is not null)
        {
            return AdminResult.Refused(problem);
        }

        RealmDocument wanted = body.ToDocument(call.Name);
        HashSet<string> authorized = [.. RealmChanges.RolesWithin(call.Snapshot.Document, wanted)];
        return AdminResult.From(await services.Changes.ChangeAsync(
            call.Actor,
            $"set realm {AdminRequestReader.Shown(wanted.Name)} of kind {KindWords.Of(wanted.Kind)}, {(wanted.Enabled ? "enabled" : "disabled")}",
            document => RealmChanges.Set(document, wanted, body.Version, authorized, services.Changes.Generation + 1),
            call.Cancellation));
    }

    private async ValueTask<AdminResult> RemoveAsync(AdminCall call)
    {
        int? version = null;
        if (call.Parameter("version") is { } text)
        {
            if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number))
            {
                return AdminResult.Refused(AdminRequestReader.Malformed("`version` is a whole number"));
            }

            version = number;
        }

        if (call.Parameter("force") is not (null or "true" or "false"))
        {
            return AdminResult.Refused(AdminRequestReader.Malformed("`force` is `true` or `false`"));
        }

        string[] gates = [.. services.Node.Gates.Where(gate => gate.Realms.Contains(call.Name, StringComparer.Ordinal)).Select(static gate => gate.Name)];
        HashSet<string>? forced = IsForced(call) ? [.. RealmChanges.MappingsOf(call.Snapshot.Document, call.Name)] : null;
        return AdminResult.From(await services.Changes.ChangeAsync(
            call.Actor,
            $"remove realm {AdminRequestReader.Shown(call.Name)}{(forced is { Count: > 0 } ? $" from mappings {string.Join(", ", forced.Order(StringComparer.Ordinal).Take(10))}" : "")}",
            document => RealmChanges.Remove(document, call.Name, version, gates, forced),
            call.Cancellation));
    }
}

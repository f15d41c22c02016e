using Gatehouse.Administration;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Identity;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Administration;

/// <summary>
/// Role mappings. A mapping gives its roles to whoever its conditions hold for: writing one, in whatever part, needs
/// <c>role.assign</c> on each of its roles besides <c>mapping.write</c>. Removing one only takes rights away.
/// </summary>
internal sealed class MappingEndpoints(AdminServices services)
{
    private const int MaxMappings = 10_000;
    private const int MaxEntries = 1_000;
    private const int MaxText = 1_024;
    private static readonly AdminJson Json = AdminJson.Default;

    /// <summary>Its endpoints.</summary>
    public IEnumerable<AdminEndpoint> All =>
    [
        new("GET", "/v1/mappings", "mapping.list", ListAsync) { Answer = Json.MappingListResponse },
        new("GET", "/v1/mappings/{name}", "mapping.read", ShowAsync) { Answer = Json.MappingView },
        new("PUT", "/v1/mappings/{name}", "mapping.write", PutAsync) { Answer = Json.ChangeResponse, Changes = true, Body = Json.MappingView, Operations = PutOperations },
        new("DELETE", "/v1/mappings/{name}", "mapping.write", RemoveAsync) { Answer = Json.ChangeResponse, Changes = true },
    ];

    private static IEnumerable<AdminOperation> PutOperations(AdminCall call) =>
    [
        new AdminOperation(call.Endpoint.Interned, call.Name),
        .. ((MappingView)call.Body!).Roles.Distinct(StringComparer.Ordinal).Select(static role => AdminEndpoint.Operation("role.assign", role)),
    ];

    private static ValueTask<AdminResult> ListAsync(AdminCall call) => new(AdminResult.Ok(
        new MappingListResponse { Mappings = [.. call.Snapshot.Document.Mappings.Values.Select(MappingView.From)] }, Json.MappingListResponse));

    private static ValueTask<AdminResult> ShowAsync(AdminCall call) => new(
        call.Snapshot.Document.Mappings.TryGetValue(call.Name, out MappingDocument? mapping)
            ? AdminResult.Ok(MappingView.From(mapping), Json.MappingView)
            : AdminResult.Refused(Unknown(call.Name)));

    private async ValueTask<AdminResult> PutAsync(AdminCall call)
    {
        var body = (MappingView)call.Body!;
        Problem? problem = !UserName.IsValid(call.Name, out string? why)
            ? AdministrationProblems.InvalidName.Because($"`{AdminRequestReader.Shown(call.Name)}` is no name of a mapping: {why}")
            : body.Name is not null && body.Name != call.Name ? AdministrationProblems.InvalidValue.Because("the name in the body is not the one in the path")
            : Check(body);
        if (problem is not null)
        {
            return AdminResult.Refused(problem);
        }

        MappingDocument mapping = body.ToDocument(call.Name);
        return AdminResult.From(await services.Changes.ChangeAsync(
            call.Actor, $"set mapping {mapping.Name} to {string.Join(", ", mapping.Roles.Take(10))}", document => Set(document, mapping), call.Cancellation));
    }

    private async ValueTask<AdminResult> RemoveAsync(AdminCall call) => AdminResult.From(await services.Changes.ChangeAsync(
        call.Actor,
        $"remove mapping {AdminRequestReader.Shown(call.Name)}",
        document => document.Mappings.ContainsKey(call.Name)
            ? ChangeDecision.To(document with { Mappings = document.Mappings.Remove(call.Name) })
            : ChangeDecision.Refuse(Unknown(call.Name)),
        call.Cancellation));

    /// <summary>Puts a mapping in place of the one of its name.</summary>
    internal static ChangeDecision Set(ClusterDocument document, MappingDocument mapping)
    {
        Problem? problem = UserChanges.UnknownRole(document, mapping.Roles)
            ?? (mapping.Realms.FirstOrDefault(realm => !document.Realms.ContainsKey(realm)) is { } unknown ? NoSuchRealm(unknown) : null)
            ?? (!document.Mappings.ContainsKey(mapping.Name) && document.Mappings.Count >= MaxMappings
                ? AdministrationProblems.InvalidValue.Because($"there are {MaxMappings} mappings already")
                : null);
        return problem is not null
            ? ChangeDecision.Refuse(problem)
            : ChangeDecision.To(document with { Mappings = document.Mappings.SetItem(mapping.Name, mapping) });
    }

    /// <summary>What is wrong with a mapping by itself.</summary>
    internal static Problem? Check(MappingView body)
    {
        IReadOnlyDictionary<string, IReadOnlyList<string>?> attributes = body.Attributes ?? new Dictionary<string, IReadOnlyList<string>?>();
        string[] texts = [.. body.Roles, .. body.Realms, .. body.Users, .. body.Groups, .. body.Networks, .. attributes.Keys, .. attributes.Values.SelectMany(static values => values ?? [])];
        return body.Roles.Count == 0 ? IdentityProblems.MappingInvalid.Because("a mapping without a role gives nothing")
            : texts.Length > MaxEntries ? IdentityProblems.MappingInvalid.Because($"a mapping has at most {MaxEntries} entries")
            : texts.FirstOrDefault(static text => text.Length is 0 or > MaxText || text.Any(static c => char.IsControl(c) || char.IsSurrogate(c))) is { } bad
                ? IdentityProblems.MappingInvalid.Because($"`{AdminRequestReader.Shown(bad)}` is empty, longer than {MaxText} characters or holds control characters")
            : attributes.FirstOrDefault(static pair => pair.Value is null or { Count: 0 }).Key is { } empty
                ? IdentityProblems.MappingInvalid.Because($"attribute `{AdminRequestReader.Shown(empty)}` has no values, so that it would hold for nobody", hint: "`*` is any value")
            : null;
    }

    private static Problem NoSuchRealm(string name) => AdministrationProblems.NotFound.Because(
        $"there is no realm `{AdminRequestReader.Shown(name)}` to map from",
        hint: "gatehouse realm list shows them; native users have roles of their own: gatehouse user set NAME --add-role ROLE");

    private static Problem Unknown(string name) =>
        AdministrationProblems.NotFound.Because($"there is no mapping `{AdminRequestReader.Shown(name)}`", hint: "gatehouse mapping list shows them");
}

using System.Collections.Immutable;
using Gatehouse.Administration;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Identity;
using Gatehouse.Policy;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Administration;

/// <summary>
/// API keys. Native users make, see and revoke their own without a right; those of others need <c>api-key.write</c> or
/// <c>api-key.list</c> on the owner. Who comes with a key sees and revokes that key only, and makes keys without any rights.
/// </summary>
internal sealed class ApiKeyEndpoints(AdminServices services)
{
    private static readonly AdminJson Json = AdminJson.Default;

    /// <summary>Its endpoints.</summary>
    public IEnumerable<AdminEndpoint> All =>
    [
        new("GET", "/v1/apikeys", "api-key.list", ListAsync)
        {
            Answer = Json.ApiKeyListResponse,
            Parameters = ["owner", "all"], Access = AdminAccess.SelfOrRole, IsAboutSelf = IsOwnList,
            Operations = static call => [new AdminOperation(call.Endpoint.Interned, call.Parameter("owner"))],
        },
        new("POST", "/v1/apikeys", "api-key.write", CreateAsync)
        {
            Answer = Json.ApiKeyCreateResponse,
            Changes = true, Body = Json.ApiKeyCreateRequest, Access = AdminAccess.SelfOrRole, IsAboutSelf = static call => IsSelf(call, OwnerOf(call)),
            Operations = static call => [new AdminOperation(call.Endpoint.Interned, OwnerOf(call))],
        },
        new("DELETE", "/v1/apikeys/{id}", "api-key.write", RevokeAsync)
        {
            Answer = Json.ChangeResponse,
            Changes = true, Access = AdminAccess.SelfOrRole, IsAboutSelf = IsOwnKey,
            Operations = static call => [new AdminOperation(call.Endpoint.Interned, Find(call.Snapshot.Document, call.Name)?.Owner)],
        },
    ];

    private static string OwnerOf(AdminCall call) => ((ApiKeyCreateRequest)call.Body!).Owner ?? call.Principal.Name;

    private static bool IsSelf(AdminCall call, string owner) =>
        call.Principal.Realm is RealmNames.Native or RealmNames.ApiKey && call.Principal.Name == owner;

    // A key that got into wrong hands must not see or revoke the others of its owner.
    private static bool IsOwnKey(AdminCall call) => call.Principal.Realm == RealmNames.ApiKey
        ? ApiKeyChanges.KeyOf(call.Principal) == call.Name
        : Find(call.Snapshot.Document, call.Name) is { } key && IsSelf(call, key.Owner);

    private static bool IsOwnList(AdminCall call) =>
        !call.Query.ContainsKey("all") && call.Principal.Realm is RealmNames.Native or RealmNames.ApiKey
        && (call.Parameter("owner") ?? call.Principal.Name) == call.Principal.Name;

    private static ApiKeyDocument? Find(ClusterDocument document, string id) => document.ApiKeys.GetValueOrDefault(id);

    private static ValueTask<AdminResult> ListAsync(AdminCall call)
    {
        string? all = call.Parameter("all");
        string? owner = call.Parameter("owner");
        if (all is not (null or "true") || (all is not null && owner is not null))
        {
            return new(AdminResult.Refused(AdminRequestReader.Malformed("`all` is `true`, and then without `owner`")));
        }

        // Whoever has no keys of one's own asks for all.
        bool isOwn = IsOwnList(call);
        owner ??= isOwn ? call.Principal.Name : null;
        string? only = isOwn ? ApiKeyChanges.KeyOf(call.Principal) : null;
        return new(AdminResult.Ok(
            new ApiKeyListResponse
            {
                Keys =
                [
                    .. call.Snapshot.Document.ApiKeys.Values
                        .Where(key => (owner is null || key.Owner == owner) && (only is null || key.Id == only))
                        .OrderBy(static key => key.Owner, StringComparer.Ordinal).ThenBy(static key => key.Created).ThenBy(static key => key.Id, StringComparer.Ordinal)
                        .Select(key => ApiKeyView.From(key, call.Now)),
                ],
            },
            Json.ApiKeyListResponse));
    }

    private async ValueTask<AdminResult> CreateAsync(AdminCall call)
    {
        var body = (ApiKeyCreateRequest)call.Body!;
        string owner = OwnerOf(call);
        if (body.Owner is null && !IsSelf(call, owner))
        {
            return AdminResult.Refused(IdentityProblems.KeyOwner.Because(
                $"`{AdminRequestReader.Shown(call.Actor)}` is no native user and has no keys of its own", hint: "say whose it shall be: gatehouse apikey create NAME --owner USER"));
        }

        if (ApiKeyChanges.Check(body, call.Now) is { } problem)
        {
            return AdminResult.Refused(problem);
        }

        bool isDerived = call.Principal.Realm == RealmNames.ApiKey;
        if (isDerived && body.Grants is { Count: > 0 })
        {
            return AdminResult.Refused(IdentityProblems.DerivedKey.Because("a key that is made with a key has no rights, so that it takes no grants"));
        }

        (string id, string text, string hash) = ApiKeySecret.Make();
        var key = new ApiKeyDocument
        {
            Id = id,
            Name = body.Name,
            Owner = owner,
            Hash = hash,
            Grants = isDerived ? [] : body.Grants?.Select(static grant => grant.ToDocument()).ToImmutableArray(),
            Created = call.Now,
            Expires = body.Expires?.ToUniversalTime(),
            CreatedBy = call.Actor,
            IsDerived = isDerived,
        };
        ChangeOutcome outcome = await services.Changes.ChangeAsync(
            call.Actor,
            $"make API key {id} ({AdminRequestReader.Shown(key.Name)}) of user {AdminRequestReader.Shown(owner)}{(isDerived ? ", without rights" : "")}",
            document => ApiKeyChanges.Add(document, key, ApiKeyChanges.KeyOf(call.Principal), call.Now),
            call.Cancellation);
        return outcome.Succeeded
            ? AdminResult.Ok(
                new ApiKeyCreateResponse { Generation = outcome.Generation, Id = id, Key = text, Owner = owner, Expires = key.Expires, Derived = isDerived },
                Json.ApiKeyCreateResponse)
            : AdminResult.From(outcome);
    }

    private async ValueTask<AdminResult> RevokeAsync(AdminCall call)
    {
        string? owner = Find(call.Snapshot.Document, call.Name)?.Owner;
        return AdminResult.From(await services.Changes.ChangeAsync(
            call.Actor,
            $"revoke API key {AdminRequestReader.Shown(call.Name)} of user {owner}",
            document => Find(document, call.Name) is { } key && key.Owner == owner
                ? ChangeDecision.To(document with { ApiKeys = document.ApiKeys.Remove(key.Id) })
                : ChangeDecision.Refuse(AdministrationProblems.NotFound.Because(
                    $"there is no API key `{AdminRequestReader.Shown(call.Name)}`", hint: "gatehouse apikey list shows them, by their public part")),
            call.Cancellation));
    }
}

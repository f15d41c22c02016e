using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using Gatehouse.Administration;
using Gatehouse.Engine.Administration;
using Gatehouse.Engine.Elasticsearch.Answers;
using Gatehouse.Engine.Realms;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Identity;
using Gatehouse.Policy;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Elasticsearch.Security;

/// <summary>
/// Makes, changes and ends API keys: those of realm <c>api-key</c>, so that what is made here is good at every gate that asks this
/// realm, for what system <c>elasticsearch</c> has. Native users have keys; who acts as somebody else makes none, because a key
/// outlives the right to act so.
/// </summary>
internal sealed class ApiKeyCalls(IStateChanges changes)
{
    private const string OwnKey = "manage_own_api_key";
    private const string AnyKey = "manage_api_key";
    private const int MostIds = 1000;

    /// <summary><c>POST /_security/api_key</c>.</summary>
    public async ValueTask<SecurityReply> CreateAsync(SecurityCall call, CancellationToken cancellation)
    {
        if (SecurityRights.Needs(call, OwnKey) is { } denied)
        {
            return denied;
        }

        if (NotAnOwner(call) is { } none)
        {
            return none;
        }

        JsonFields? body = JsonFields.Read(call.Body, mayBeEmpty: false, out string? wrong);
        if (body is null)
        {
            return SecurityReply.Unreadable(wrong!);
        }

        var wanted = KeyBody.Read(body);
        if (body.Fault() is { } fault)
        {
            return SecurityReply.Wrong(fault);
        }

        return call.HasKey && !wanted.IsWithoutRights
            ? SecurityReply.Wrong("creating derived api keys requires an explicit role descriptor that is empty (has no privileges)")
            : await MakeAsync(call, wanted, call.Principal.Name, call.HasKey, cancellation);
    }

    /// <summary>Makes a key of a user; whether that may be was decided.</summary>
    public async ValueTask<SecurityReply> MakeAsync(SecurityCall call, KeyBody wanted, string owner, bool isDerived, CancellationToken cancellation)
    {
        if (wanted.Name is not { } name)
        {
            return SecurityReply.Wrong("Validation Failed: 1: api key name is required;", ElasticError.Validation);
        }

        DateTimeOffset? expires = call.Now + wanted.Life;
        ImmutableArray<Grant> grants = isDerived ? [] : wanted.Grants ?? [ElasticRoles.Everything];
        if (Check(name, grants, expires, call.Now) is { } problem)
        {
            return SecurityReply.From(problem);
        }

        (string id, string text, string hash) = ApiKeySecret.Make();
        var key = new ApiKeyDocument
        {
            Id = id,
            Name = name,
            Owner = owner,
            Hash = hash,
            Grants = grants,
            Created = call.Now,
            Expires = expires,
            CreatedBy = call.ActorName,
            IsDerived = isDerived,
            Metadata = string.IsNullOrEmpty(wanted.Metadata) ? null : wanted.Metadata,
        };
        ChangeOutcome outcome = await changes.ChangeAsync(
            call.ActorName,
            $"make API key {id} ({AdminRequestReader.Shown(name)}) of user {AdminRequestReader.Shown(owner)}{(isDerived ? ", without rights" : "")}",
            document => ApiKeyChanges.Add(document, key, isDerived ? ApiKeyChanges.KeyOf(call.Principal) : null, call.Now),
            cancellation);
        return SecurityReply.From(outcome, $"apikeys/{id}", json => WriteMade(json, key, text));
    }

    /// <summary><c>PUT /_security/api_key/{id}</c>: its owner alone, and not with a key.</summary>
    public async ValueTask<SecurityReply> UpdateAsync(SecurityCall call, string id, CancellationToken cancellation)
    {
        if (Prepare(call, out JsonFields? body) is { } refused)
        {
            return refused;
        }

        var wanted = KeyBody.Read(body!);
        if (wanted.Name is not null)
        {
            body!.Refuse("unknown field [name] in [body]");
        }

        if (body!.Fault() is { } fault)
        {
            return SecurityReply.Wrong(fault);
        }

        bool isChanged = false;
        bool isThere = false;
        ChangeOutcome outcome = await changes.ChangeAsync(
            call.ActorName,
            $"change API key {AdminRequestReader.Shown(id)} of user {call.Principal.Name}",
            document => Update(document, call, id, wanted, out isThere, out isChanged),
            cancellation);
        return !isThere && outcome.Succeeded
            ? SecurityReply.NotFound($"no API key owned by requesting user found for ID [{AdminRequestReader.Shown(id)}]")
            : SecurityReply.From(outcome, $"apikeys/{AdminRequestReader.Shown(id)}", json => json.WriteBoolean("updated", isChanged));
    }

    /// <summary><c>POST /_security/api_key/_bulk_update</c>.</summary>
    public async ValueTask<SecurityReply> UpdateManyAsync(SecurityCall call, CancellationToken cancellation)
    {
        if (Prepare(call, out JsonFields? body) is { } refused)
        {
            return refused;
        }

        string[] ids = [.. (body!.Texts("ids") ?? []).Distinct(StringComparer.Ordinal)];
        var wanted = KeyBody.Read(body);
        if (ids.Length is 0 or > MostIds || wanted.Name is not null)
        {
            body.Refuse($"[ids] must name 1 to {MostIds} keys, and a name is not changed");
        }

        if (body.Fault() is { } fault)
        {
            return SecurityReply.Wrong(fault);
        }

        List<string> updated = [];
        List<string> noops = [];
        List<string> missing = [];
        ChangeOutcome outcome = await changes.ChangeAsync(
            call.ActorName,
            $"change {ids.Length} API keys of user {call.Principal.Name}",
            document =>
            {
                updated.Clear();
                noops.Clear();
                missing.Clear();
                ClusterDocument next = document;
                foreach (string id in ids)
                {
                    ChangeDecision one = Update(next, call, id, wanted, out bool isThere, out bool isChanged);
                    if (one.Refusal is not null)
                    {
                        return one;
                    }

                    next = one.Next ?? next;
                    (isChanged ? updated : isThere ? noops : missing).Add(id);
                }

                return ChangeDecision.To(next);
            },
            cancellation);
        return SecurityReply.From(outcome, "apikeys", json =>
        {
            ElasticRoles.WriteTexts(json, "updated", updated);
            ElasticRoles.WriteTexts(json, "noops", noops);
            WriteMissing(json, missing);
        });
    }

    /// <summary><c>DELETE /_security/api_key</c>: an invalidated key is gone at once, with what runs on it.</summary>
    public async ValueTask<SecurityReply> InvalidateAsync(SecurityCall call, CancellationToken cancellation)
    {
        JsonFields? body = JsonFields.Read(call.Body, mayBeEmpty: false, out string? wrong);
        if (body is null)
        {
            return SecurityReply.Unreadable(wrong!);
        }

        var selection = new ApiKeySelection
        {
            Ids = [.. body.Texts("ids") ?? [], .. body.Texts("id") ?? []],
            Name = body.Text("name"),
            Owner = body.Flag("owner") ?? false,
            Username = body.Text("username"),
            Realm = body.Text("realm_name"),
        };
        if (body.Fault() is { } fault)
        {
            return SecurityReply.Wrong(fault);
        }

        if (selection.Ids.Length > MostIds || (!selection.NamesSomething && !selection.Owner) || selection.IsContradiction)
        {
            return SecurityReply.Wrong(
                "Validation Failed: 1: One of [api key id(s), api key name, username, realm name] must be specified if [owner] flag is false, and neither username nor realm-name with it;",
                ElasticError.Validation);
        }

        bool isAny = SecurityRights.May(call, AnyKey);
        if (!isAny && (SecurityRights.Needs(call, OwnKey) is not null || !selection.IsOwn(call)))
        {
            return SecurityRights.Denied(call, selection.IsOwn(call) ? OwnKey : AnyKey);
        }

        List<string> gone = [];
        List<Problem> kept = [];
        ChangeOutcome outcome = await changes.ChangeAsync(
            call.ActorName,
            $"revoke API keys {selection.Describe(call)}",
            document => Invalidate(document, call, selection, gone, kept),
            cancellation);
        return SecurityReply.From(outcome, gone.Count == 1 ? $"apikeys/{gone[0]}" : "apikeys", json => WriteInvalidated(json, gone, kept));
    }

    /// <summary>What is wrong with a key by itself; the rules are the admin API's.</summary>
    private static Problem? Check(string name, ImmutableArray<Grant> grants, DateTimeOffset? expires, DateTimeOffset now) =>
        ApiKeyChanges.Check(new ApiKeyCreateRequest { Name = name, Expires = expires, Grants = [.. grants.Select(GrantView.From)] }, now);

    private static SecurityReply? NotAnOwner(SecurityCall call) =>
        call.Principal.Realm is not (RealmNames.Native or RealmNames.ApiKey)
            ? SecurityReply.From(IdentityProblems.KeyOwner.Because($"`{AdminRequestReader.Shown(call.Principal.ToString())}` is no native user and has no keys of its own"))
            : call.Actor is not null
                ? SecurityReply.From(IdentityProblems.KeyOwner.Because("who acts as somebody else makes no keys: they would outlive the right to do so", hint: "log in as that user, or use the grant API"))
                : null;

    private static SecurityReply? Prepare(SecurityCall call, out JsonFields? body)
    {
        body = null;
        if (SecurityRights.Needs(call, OwnKey) is { } denied)
        {
            return denied;
        }

        if (call.HasKey)
        {
            return SecurityReply.Wrong("authentication via API key not supported: only the owner user can update an API key");
        }

        if (NotAnOwner(call) is { } none)
        {
            return none;
        }

        body = JsonFields.Read(call.Body, mayBeEmpty: true, out string? wrong);
        return body is null ? SecurityReply.Unreadable(wrong!) : null;
    }

    private static ChangeDecision Update(ClusterDocument document, SecurityCall call, string id, KeyBody wanted, out bool isThere, out bool isChanged)
    {
        isChanged = false;
        isThere = document.ApiKeys.TryGetValue(id, out ApiKeyDocument? key)
            && document.Users.TryGetValue(call.Principal.Name, out UserDocument? user) && key.IsOf(user) && !(key.Expires <= call.Now);
        if (!isThere)
        {
            return default;
        }

        // A derived key stays without rights, whatever its descriptors say. Elasticsearch takes a fresh image of the owner's rights; here
        // they are looked at with each request.
        ApiKeyDocument next = key! with
        {
            Grants = key.IsDerived ? key.Grants : wanted.Grants ?? key.Grants,
            Expires = wanted.HasLife ? call.Now + wanted.Life : key.Expires,
            Metadata = wanted.Metadata is null ? key.Metadata : wanted.Metadata.Length == 0 ? null : wanted.Metadata,
        };
        isChanged = wanted.HasLife || next.Metadata != key.Metadata || (wanted.Grants is { } grants && !key.IsDerived && !ApiKeyReads.AreSame(grants, key.Grants));
        if (!isChanged)
        {
            return default;
        }

        return Check(next.Name, next.Grants ?? [], next.Expires, call.Now) is { } problem
            ? ChangeDecision.Refuse(problem)
            : ChangeDecision.To(document with { ApiKeys = document.ApiKeys.SetItem(id, next) });
    }

    private static ChangeDecision Invalidate(ClusterDocument document, SecurityCall call, ApiKeySelection selection, List<string> gone, List<Problem> kept)
    {
        gone.Clear();
        kept.Clear();
        foreach (ApiKeyDocument key in document.ApiKeys.Values.Where(key => selection.Selects(key, call, document)))
        {
            // Others' keys only where their owner is within what manage_api_key is about.
            Problem? problem = ApiKeySelection.IsOwnKey(key, call, document) ? null : SecurityRights.ForKeysOf(call, document, key.Owner);
            if (problem is null)
            {
                gone.Add(key.Id);
            }
            else
            {
                kept.Add(problem);
            }
        }

        return gone.Count == 0 ? default : ChangeDecision.To(document with { ApiKeys = document.ApiKeys.RemoveRange(gone) });
    }

    private static void WriteMade(Utf8JsonWriter json, ApiKeyDocument key, string text)
    {
        // Shown once. What is kept is a hash; ApiKeys.FromBase64 reads `encoded`.
        string secret = text[^ApiKeySecret.SecretLength..];
        json.WriteString("id", key.Id);
        json.WriteString("name", key.Name);
        if (key.Expires is { } expires)
        {
            json.WriteNumber("expiration", expires.ToUnixTimeMilliseconds());
        }

        json.WriteString("api_key", secret);
        json.WriteString("encoded", Convert.ToBase64String(Encoding.ASCII.GetBytes($"{key.Id}:{secret}")));
    }

    private static void WriteMissing(Utf8JsonWriter json, List<string> missing)
    {
        if (missing.Count == 0)
        {
            return;
        }

        json.WriteStartObject("errors");
        json.WriteNumber("count", missing.Count);
        json.WriteStartObject("details");
        foreach (string id in missing)
        {
            json.WriteStartObject(id);
            ElasticError.WriteCause(json, ElasticError.NotFound, $"no API key owned by requesting user found for ID [{AdminRequestReader.Shown(id)}]");
            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteInvalidated(Utf8JsonWriter json, List<string> gone, List<Problem> kept)
    {
        ElasticRoles.WriteTexts(json, "invalidated_api_keys", gone);
        ElasticRoles.WriteTexts(json, "previously_invalidated_api_keys", []);
        json.WriteNumber("error_count", kept.Count);
        if (kept.Count == 0)
        {
            return;
        }

        json.WriteStartArray("error_details");
        foreach (Problem problem in kept)
        {
            json.WriteStartObject();
            ElasticError.WriteCause(json, ElasticError.Security, $"{problem.Id}: {problem.Text}");
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}

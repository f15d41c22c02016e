using System.Collections.Immutable;
using System.Text.Json;
using Gatehouse.Administration;
using Gatehouse.Engine.Administration;
using Gatehouse.Engine.Elasticsearch.Answers;
using Gatehouse.Identity;
using Gatehouse.Policy;

namespace Gatehouse.Engine.Elasticsearch.Security;

/// <summary>Lists and searches API keys. Secrets and hashes are in no answer.</summary>
internal static class ApiKeyReads
{
    private const string OwnKey = "manage_own_api_key";
    private const int MostHits = 10_000;

    /// <summary><c>GET /_security/api_key</c>.</summary>
    public static SecurityReply Get(SecurityCall call)
    {
        if (!TryFlag(call, "owner", out bool owner) || !TryFlag(call, "active_only", out bool activeOnly) || !TryFlag(call, "with_limited_by", out bool withLimit))
        {
            return SecurityReply.Wrong("only [true] or [false] are allowed for [owner], [active_only] and [with_limited_by]");
        }

        string? id = Value(call, "id");
        var selection = new ApiKeySelection
        {
            Ids = id is null ? [] : [id],
            Name = Value(call, "name"),
            Owner = owner,
            Username = Value(call, "username"),
            Realm = Value(call, "realm_name"),
        };
        if (selection.IsContradiction)
        {
            return SecurityReply.Wrong(
                "Validation Failed: 1: neither username nor realm-name may be specified when retrieving owned API keys, nor [name] with [id];", ElasticError.Validation);
        }

        if (!MayReadAll(call))
        {
            // A key may always look at itself.
            bool isItself = call.HasKey && selection.IsOwn(call) && !withLimit;
            if (!isItself && (!SecurityRights.May(call, OwnKey) || !selection.IsOwn(call)))
            {
                return SecurityRights.Denied(call, selection.IsOwn(call) ? OwnKey : "manage_api_key");
            }
        }

        ClusterDocument document = call.Snapshot.Document;
        ApiKeyDocument[] keys = [.. Sorted(document).Where(key => selection.Selects(key, call, document) && IsShown(key, call, document, activeOnly))];
        return SecurityReply.Of(
            json =>
            {
                json.WriteStartArray("api_keys");
                foreach (ApiKeyDocument key in keys)
                {
                    Write(json, key, document, withLimit, null);
                }

                json.WriteEndArray();
            },
            id is not null && keys.Length == 0 ? 404 : 200);
    }

    /// <summary><c>GET</c> or <c>POST /_security/_query/api_key</c>.</summary>
    public static SecurityReply Query(SecurityCall call)
    {
        bool isAll = MayReadAll(call);
        if (!isAll && SecurityRights.Needs(call, OwnKey) is { } denied)
        {
            return denied;
        }

        if (!TryFlag(call, "with_limited_by", out bool withLimit))
        {
            return SecurityReply.Wrong("only [true] or [false] are allowed for [with_limited_by]");
        }

        JsonFields? body = JsonFields.Read(call.Body, mayBeEmpty: true, out string? wrong);
        if (body is null)
        {
            return SecurityReply.Unreadable(wrong!);
        }

        var query = ApiKeyQuery.Read(body);
        int from = body.Number("from") ?? 0;
        int size = body.Number("size") ?? 10;
        var sort = ApiKeySort.Read(body);
        body.MustBeEmpty("aggs", "Gatehouse does not aggregate");
        body.MustBeEmpty("aggregations", "Gatehouse does not aggregate");
        body.MustBeEmpty("search_after", "page with [from] and [size]");
        if (from > MostHits || size > MostHits || from + size > MostHits)
        {
            body.Refuse($"[from] and [size] reach at most {MostHits} keys");
        }

        if (body.Fault() is { } fault)
        {
            return SecurityReply.Wrong(fault);
        }

        ClusterDocument document = call.Snapshot.Document;
        ApiKeyDocument[] hits = sort.Order(
            Sorted(document).Where(key => (isAll || ApiKeySelection.IsOwnKey(key, call, document)) && IsShown(key, call, document, activeOnly: false) && query.Matches(key)));
        ApiKeyDocument[] page = [.. hits.Skip(from).Take(size)];
        return SecurityReply.Of(json =>
        {
            json.WriteNumber("total", hits.Length);
            json.WriteNumber("count", page.Length);
            json.WriteStartArray("api_keys");
            foreach (ApiKeyDocument key in page)
            {
                Write(json, key, document, withLimit, sort);
            }

            json.WriteEndArray();
        });
    }

    /// <summary>Whether two lists of grants say the same.</summary>
    public static bool AreSame(ImmutableArray<Grant> one, ImmutableArray<Grant>? other) =>
        other is { } second && JsonSerializer.SerializeToUtf8Bytes(Views(one), AdminJson.Default.RoleView).AsSpan()
            .SequenceEqual(JsonSerializer.SerializeToUtf8Bytes(Views(second), AdminJson.Default.RoleView));

    private static RoleView Views(ImmutableArray<Grant> grants) => new() { Grants = [.. grants.Select(GrantView.From)] };

    private static bool MayReadAll(SecurityCall call) => SecurityRights.May(call, "manage_api_key") || SecurityRights.May(call, "read_security");

    private static string? Value(SecurityCall call, string name) => call.Query.GetValueOrDefault(name) is { Length: > 0 } value ? value : null;

    private static bool TryFlag(SecurityCall call, string name, out bool value)
    {
        string? text = call.Query.GetValueOrDefault(name);
        value = text is "" or "true";
        return text is null or "" or "true" or "false";
    }

    private static IOrderedEnumerable<ApiKeyDocument> Sorted(ClusterDocument document) =>
        document.ApiKeys.Values.OrderBy(static key => key.Created).ThenBy(static key => key.Id, StringComparer.Ordinal);

    // A key whose owner was removed and made again is nobody's: it opens nothing and is as if it were not there.
    private static bool IsShown(ApiKeyDocument key, SecurityCall call, ClusterDocument document, bool activeOnly) =>
        document.Users.TryGetValue(key.Owner, out UserDocument? owner) && key.IsOf(owner) && !(activeOnly && key.Expires <= call.Now);

    private static void Write(Utf8JsonWriter json, ApiKeyDocument key, ClusterDocument document, bool withLimit, ApiKeySort? sort)
    {
        json.WriteStartObject();
        json.WriteString("id", key.Id);
        json.WriteString("name", key.Name);
        json.WriteString("type", "rest");
        json.WriteNumber("creation", key.Created.ToUnixTimeMilliseconds());
        if (key.Expires is { } expires)
        {
            json.WriteNumber("expiration", expires.ToUnixTimeMilliseconds());
        }

        json.WriteBoolean("invalidated", false);
        json.WriteString("username", key.Owner);
        json.WriteString("realm", RealmNames.Native);
        json.WriteString("realm_type", RealmNames.Native);
        json.WritePropertyName("metadata");
        json.WriteRawValue(key.Metadata ?? "{}");
        json.WriteStartObject("role_descriptors");
        if (key.Grants is { } grants && !ElasticRoles.IsEverything(grants))
        {
            // Names of descriptors are not kept: what counts is what they gave together.
            json.WriteStartObject(key.Name);
            ElasticRoles.Write(json, grants);
            json.WriteEndObject();
        }

        json.WriteEndObject();
        if (withLimit)
        {
            WriteLimit(json, key, document);
        }

        sort?.Write(json, key);
        json.WriteEndObject();
    }

    private static void WriteLimit(Utf8JsonWriter json, ApiKeyDocument key, ClusterDocument document)
    {
        json.WriteStartArray("limited_by");
        json.WriteStartObject();
        foreach (string name in document.Users.TryGetValue(key.Owner, out UserDocument? owner) ? owner.Roles : [])
        {
            if (SecurityRights.FindRole(document, name) is { } role)
            {
                json.WriteStartObject(name);
                ElasticRoles.Write(json, role.Grants);
                json.WriteEndObject();
            }
        }

        json.WriteEndObject();
        json.WriteEndArray();
    }
}

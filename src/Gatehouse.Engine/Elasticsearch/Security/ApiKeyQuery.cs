using System.Globalization;
using System.Text.Json;
using Gatehouse.Engine.Administration;
using Gatehouse.Identity;
using Gatehouse.Policy;

namespace Gatehouse.Engine.Elasticsearch.Security;

/// <summary>
/// The query of <c>_query/api_key</c>: match_all, ids, term, terms, prefix, wildcard, exists and bool over the fields that a key has.
/// Anything else is refused, as Elasticsearch refuses what it does not allow here.
/// </summary>
internal sealed class ApiKeyQuery
{
    private const int MostDepth = 8;
    private static readonly string[] Fields = ["name", "username", "realm_name", "id", "type", "invalidated", "creation", "expiration"];
    private readonly Func<ApiKeyDocument, bool> _matches;

    private ApiKeyQuery(Func<ApiKeyDocument, bool> matches) => _matches = matches;

    /// <summary>Reads <c>query</c>; without one it is every key. What is wrong is said to <paramref name="body"/>.</summary>
    public static ApiKeyQuery Read(JsonFields body) =>
        new(body.Object("query") is { } query ? Clause(query, body, 0) : static _ => true);

    /// <summary>Whether a key is meant.</summary>
    public bool Matches(ApiKeyDocument key) => _matches(key);

    /// <summary>A field of a key as a text; null where it has none, or there is no such field.</summary>
    public static string? ValueOf(ApiKeyDocument key, string field) => field switch
    {
        "name" => key.Name,
        "username" => key.Owner,
        "realm_name" => RealmNames.Native,
        "id" => key.Id,
        "type" => "rest",
        "invalidated" => "false",
        "creation" => key.Created.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture),
        "expiration" => key.Expires?.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture),
        _ => null,
    };

    private static Func<ApiKeyDocument, bool> Clause(JsonFields query, JsonFields body, int depth)
    {
        string[] kinds = [.. query.Names];
        if (kinds is not [var kind] || depth > MostDepth)
        {
            body.Refuse("a query has one kind, and is nested a few times at most");
            return static _ => false;
        }

        if (query.Object(kind) is not { } clause)
        {
            return static _ => false;
        }

        switch (kind)
        {
            case "match_all":
                clause.Ignore("boost");
                return static _ => true;
            case "ids":
                IReadOnlyList<string> ids = clause.Texts("values") ?? [];
                return key => ids.Contains(key.Id, StringComparer.Ordinal);
            case "exists":
                string field = FieldOf(clause.Text("field") ?? "", body);
                return key => ValueOf(key, field) is not null;
            case "bool":
                return Bool(clause, body, depth);
            case "term" or "terms" or "prefix" or "wildcard" or "match":
                return OnField(kind, clause, body);
            default:
                body.Refuse($"query type [{AdminRequestReader.Shown(kind)}] is not supported for API key query");
                return static _ => false;
        }
    }

    private static Func<ApiKeyDocument, bool> OnField(string kind, JsonFields clause, JsonFields body)
    {
        string[] names = [.. clause.Names.Where(static name => name != "boost")];
        clause.Ignore("boost");
        if (names is not [var name])
        {
            body.Refuse($"query type [{kind}] wants one field");
            return static _ => false;
        }

        string field = FieldOf(name, body);
        IReadOnlyList<string> values = Values(clause, name, kind, body);
        return kind switch
        {
            "prefix" => key => ValueOf(key, field) is { } text && values.Any(value => text.StartsWith(value, StringComparison.Ordinal)),
            "wildcard" => key => ValueOf(key, field) is { } text && values.Any(value => ApiKeySelection.Matches(value, text)),
            _ => key => ValueOf(key, field) is { } text && values.Contains(text, StringComparer.Ordinal),
        };
    }

    // {"term":{"name":"x"}}, {"term":{"name":{"value":"x"}}}, {"terms":{"name":["x"]}}
    private static IReadOnlyList<string> Values(JsonFields clause, string name, string kind, JsonFields body)
    {
        JsonElement? value = clause.Find(name);
        if (value?.ValueKind == JsonValueKind.Object && clause.Object(name) is { } inner)
        {
            inner.Ignore("boost", "rewrite");
            string member = kind == "match" ? "query" : kind;
            return inner.Has("value") ? Scalars(inner, "value") : Scalars(inner, member);
        }

        if ((value?.ValueKind == JsonValueKind.Array) != (kind == "terms"))
        {
            body.Refuse($"query type [{kind}] wants {(kind == "terms" ? "a list of values" : "one value")}");
        }

        return Scalars(clause, name);
    }

    private static IReadOnlyList<string> Scalars(JsonFields from, string name) => from.Find(name) switch
    {
        { ValueKind: JsonValueKind.True } => ["true"],
        { ValueKind: JsonValueKind.False } => ["false"],
        { ValueKind: JsonValueKind.Number } number => [number.GetRawText()],
        _ => from.Texts(name) ?? [],
    };

    private static Func<ApiKeyDocument, bool> Bool(JsonFields clause, JsonFields body, int depth)
    {
        clause.Ignore("boost");
        Func<ApiKeyDocument, bool>[] must = [.. List(clause, "must", body, depth), .. List(clause, "filter", body, depth)];
        Func<ApiKeyDocument, bool>[] not = List(clause, "must_not", body, depth);
        Func<ApiKeyDocument, bool>[] should = List(clause, "should", body, depth);

        // Elasticsearch: without must and filter one of should has to match.
        int least = clause.Number("minimum_should_match") ?? (should.Length > 0 && must.Length == 0 ? 1 : 0);
        return key => Array.TrueForAll(must, one => one(key)) && !Array.Exists(not, one => one(key)) && should.Count(one => one(key)) >= least;
    }

    private static Func<ApiKeyDocument, bool>[] List(JsonFields clause, string name, JsonFields body, int depth)
    {
        IReadOnlyList<JsonFields> items = clause.Find(name)?.ValueKind == JsonValueKind.Object && clause.Object(name) is { } one ? [one] : clause.Objects(name);
        return [.. items.Select(item => Clause(item, body, depth + 1))];
    }

    private static string FieldOf(string name, JsonFields body)
    {
        string field = name switch
        {
            "_id" => "id",
            "realm" => "realm_name",
            _ => name,
        };
        if (!Fields.Contains(field, StringComparer.Ordinal))
        {
            body.Refuse($"Field [{AdminRequestReader.Shown(name)}] is not allowed for API Key query or sort");
        }

        return field;
    }
}

/// <summary>The order of a list of keys.</summary>
internal sealed class ApiKeySort
{
    private readonly List<(string Field, bool IsDescending)> _fields = [];

    /// <summary>Reads <c>sort</c>; what is wrong is said to <paramref name="body"/>.</summary>
    public static ApiKeySort Read(JsonFields body)
    {
        var sort = new ApiKeySort();
        if (body.Find("sort") is not { } value)
        {
            return sort;
        }

        JsonElement[] items = value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray()] : [value];
        foreach (JsonElement item in items)
        {
            if (!sort.TryAdd(item))
            {
                body.Refuse("[sort] is a list of fields of a key, each a name or {name: asc|desc} or {name: {order: asc|desc}}");
            }
        }

        return sort;
    }

    /// <summary>Orders keys.</summary>
    public ApiKeyDocument[] Order(IEnumerable<ApiKeyDocument> keys)
    {
        IOrderedEnumerable<ApiKeyDocument> ordered = keys.OrderBy(static _ => 0);
        foreach ((string field, bool isDescending) in _fields)
        {
            // Keys without the field come last, as in Elasticsearch.
            ordered = ordered.ThenBy(key => ApiKeyQuery.ValueOf(key, field) is null);
            ordered = isDescending
                ? ordered.ThenByDescending(key => ApiKeyQuery.ValueOf(key, field), Comparer(field))
                : ordered.ThenBy(key => ApiKeyQuery.ValueOf(key, field), Comparer(field));
        }

        return [.. ordered];
    }

    /// <summary>Writes the values that a key was ordered by.</summary>
    public void Write(Utf8JsonWriter json, ApiKeyDocument key)
    {
        if (_fields.Count > 0)
        {
            ElasticRoles.WriteTexts(json, "_sort", _fields.Select(field => ApiKeyQuery.ValueOf(key, field.Field) ?? ""));
        }
    }

    private static IComparer<string?> Comparer(string field) => field is "creation" or "expiration"
        ? Comparer<string?>.Create(static (one, other) => Number(one).CompareTo(Number(other)))
        : StringComparer.Ordinal;

    private static long Number(string? text) => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) ? number : 0;

    private bool TryAdd(JsonElement item)
    {
        try
        {
            if (item.ValueKind == JsonValueKind.String)
            {
                return TryAdd(item.GetString()!, "asc");
            }

            if (item.ValueKind != JsonValueKind.Object || item.EnumerateObject().Count() != 1)
            {
                return false;
            }

            JsonProperty field = item.EnumerateObject().First();
            JsonElement order = field.Value.ValueKind == JsonValueKind.Object && field.Value.TryGetProperty("order", out JsonElement inner) ? inner : field.Value;
            return order.ValueKind == JsonValueKind.String && TryAdd(field.Name, order.GetString()!);
        }
        catch (InvalidOperationException)
        {
            // Half a surrogate pair in an escape.
            return false;
        }
    }

    private bool TryAdd(string field, string order)
    {
        field = field == "_id" ? "id" : field;
        _fields.Add((field, order == "desc"));
        return order is "asc" or "desc" && field is "name" or "username" or "realm_name" or "id" or "type" or "invalidated" or "creation" or "expiration";
    }
}

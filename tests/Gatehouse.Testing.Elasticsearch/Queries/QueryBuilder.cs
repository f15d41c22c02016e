using System.Text.Json;
using System.Text.Json.Nodes;
using Gatehouse.Testing.Elasticsearch.Indices;
using Gatehouse.Testing.Elasticsearch.Rest;

namespace Gatehouse.Testing.Elasticsearch.Queries;

/// <summary>Whether a document of an index is found.</summary>
internal delegate bool Query(IndexState index, Document document);

/// <summary>Reads Elasticsearch's query language.</summary>
/// <param name="lookup">Gives a document of another index, for terms lookup.</param>
/// <param name="now">The instant of <c>now</c>.</param>
internal sealed class QueryBuilder(Func<string, string, Document?> lookup, DateTimeOffset now)
{
    public static Query All { get; } = static (_, _) => true;

    public Query Build(JsonNode? node)
    {
        if (node is not JsonObject query)
        {
            throw ElasticsearchException.Parsing("[_na] query malformed, must start with start_object");
        }

        if (query.Count != 1)
        {
            throw query.Count == 0
                ? ElasticsearchException.IllegalArgument("query malformed, empty clause found")
                : ElasticsearchException.Parsing($"[{query.First().Key}] malformed query, expected [END_OBJECT] but found [FIELD_NAME]");
        }

        (string kind, JsonNode? value) = query.First();
        return kind switch
        {
            "match_all" => All,
            "match_none" => static (_, _) => false,
            "term" => Term(value.AsMap(kind)),
            "terms" => Terms(value.AsMap(kind)),
            "match" or "match_phrase" or "match_phrase_prefix" or "match_bool_prefix" => Match(value.AsMap(kind), kind),
            "multi_match" => MultiMatch(value.AsMap(kind)),
            "bool" => Bool(value.AsMap(kind)),
            "range" => Range(value.AsMap(kind)),
            "ids" => Ids(value.AsMap(kind)),
            "exists" => Exists(value!["field"].Text()!),
            "prefix" => Shaped(value.AsMap(kind), static (text, pattern) => text.StartsWith(pattern, StringComparison.Ordinal)),
            "wildcard" => Shaped(value.AsMap(kind), static (text, pattern) => Glob.Matches(pattern, text, hasQuestionMark: true)),
            "regexp" => Shaped(value.AsMap(kind), static (text, pattern) =>
                System.Text.RegularExpressions.Regex.IsMatch(text, "^(?:" + pattern + ")$", default, TimeSpan.FromSeconds(1))),
            "query_string" or "simple_query_string" => QueryString(value.AsMap(kind)),
            "constant_score" => Build(value!["filter"]),
            "nested" or "function_score" or "script_score" => value!["query"] is { } inner ? Build(inner) : All,
            "dis_max" => Any(Clauses(value!["queries"])),
            "boosting" => Build(value!["positive"]),
            _ => throw ElasticsearchException.Parsing($"unknown query [{kind}]"),
        };
    }

    public Query QueryString(string text, string? defaultField = null, bool isAnd = false) =>
        new QueryStringParser(text, defaultField, isAnd, this).Parse();

    /// <summary>The value as one of the field's terms: whole for keywords and numbers, a token for analyzed text.</summary>
    public static Query Equal(string field, JsonNode wanted) => (index, document) =>
    {
        bool isText = Mapping.TypeOf(index.Mappings, field) is "text";
        string text = wanted.Text() ?? "";
        return FieldValues.Of(index, document, field).Any(v => isText ? FieldValues.Tokens(v.Text()!).Contains(text) : FieldValues.AreSame(v, wanted));
    };

    /// <summary>As <see cref="Equal"/>, with the wanted text analyzed where the field is.</summary>
    public static Query Matching(string field, JsonNode wanted, bool isAnd, bool isPhrase)
    {
        string text = wanted.Text() ?? "";
        string[] tokens = [.. FieldValues.Tokens(text)];
        return (index, document) =>
        {
            if (Mapping.TypeOf(index.Mappings, field) is not "text")
            {
                return FieldValues.Of(index, document, field).Any(v => FieldValues.AreSame(v, wanted));
            }

            string[] has = [.. FieldValues.Of(index, document, field).SelectMany(static v => FieldValues.Tokens(v.Text()!))];
            return isPhrase ? tokens.Length > 0 && Enumerable.Range(0, Math.Max(0, has.Length - tokens.Length + 1)).Any(i => has.AsSpan(i, tokens.Length).SequenceEqual(tokens))
                : isAnd ? tokens.Length > 0 && tokens.All(has.Contains) : tokens.Any(has.Contains);
        };
    }

    public static Query Exists(string field) => (index, document) =>
        field.Contains('*') ? Mapping.Fields(index.Mappings).Any(f => Glob.Matches(field, f.Path) && FieldValues.Of(index, document, f.Path).Any())
            : FieldValues.Of(index, document, field).Any() || Mapping.Fields(index.Mappings).Any(f => f.Path.StartsWith(field + ".", StringComparison.Ordinal) && FieldValues.Of(index, document, f.Path).Any());

    public static Query Pattern(string field, string pattern) => (index, document) =>
        Mapping.TypeOf(index.Mappings, field) is "text"
            ? FieldValues.Of(index, document, field).SelectMany(static v => FieldValues.Tokens(v.Text()!)).Any(t => Glob.Matches(pattern.ToLowerInvariant(), t, hasQuestionMark: true))
            : FieldValues.Of(index, document, field).Any(v => Glob.Matches(pattern, v.Text()!, hasQuestionMark: true));

    public Query Range(string field, JsonNode? low, bool withLow, JsonNode? high, bool withHigh) => (index, document) =>
    {
        bool isDate = Mapping.TypeOf(index.Mappings, field) is "date";
        int Compare(JsonNode value, JsonNode bound) => isDate && FieldValues.Date(value, now) is { } a && FieldValues.Date(bound, now) is { } b
            ? a.CompareTo(b) : FieldValues.Compare(value, bound);
        return FieldValues.Of(index, document, field).Any(v =>
            (low is null || Compare(v, low) > (withLow ? -1 : 0)) && (high is null || Compare(v, high) < (withHigh ? 1 : 0)));
    };

    private static Query Term(JsonObject value)
    {
        (string field, JsonNode? wanted) = Single(value, "term");
        JsonNode text = (wanted is JsonObject map ? map["value"] : wanted) ?? throw ElasticsearchException.IllegalArgument("value cannot be null");
        return Equal(field, text);
    }

    private Query Terms(JsonObject value)
    {
        (string field, JsonNode? wanted) = Single(value, "terms");
        if (wanted is JsonObject from)
        {
            string index = from["index"].Text() ?? throw ElasticsearchException.Parsing("[terms] query lookup element requires specifying the index");
            Document? other = lookup(index, from["id"].Text() ?? "");
            wanted = other is null ? new JsonArray()
                : FieldValues.Of(new IndexState(index, "", default), other, from["path"].Text() ?? "").Select(static v => v.DeepClone()).ToJsonArray();
        }

        Query[] any = [.. (wanted as JsonArray ?? throw ElasticsearchException.Parsing($"[terms] unknown token [VALUE_STRING] after [{field}]")).Select(v => Equal(field, v!))];
        return Any(any);
    }

    private static Query Match(JsonObject value, string kind)
    {
        (string field, JsonNode? wanted) = Single(value, kind);
        var map = wanted as JsonObject;
        return Matching(field, (map is null ? wanted : map["query"])!, map?["operator"].Text()?.ToUpperInvariant() == "AND", isPhrase: kind == "match_phrase");
    }

    private static Query MultiMatch(JsonObject value) => (index, document) =>
        (value["fields"] is { } named ? named.Texts().Select(static f => f.Split('^')[0]) : Mapping.Fields(index.Mappings).Select(static f => f.Path))
            .SelectMany(f => f.Contains('*') ? Mapping.Fields(index.Mappings).Where(m => Glob.Matches(f, m.Path)).Select(static m => m.Path) : [f])
            .Any(f => Matching(f, value["query"]!, isAnd: false, isPhrase: value["type"].Text() == "phrase")(index, document));

    private Query Bool(JsonObject value)
    {
        string[] known = ["must", "filter", "should", "must_not", "minimum_should_match", "boost", "_name", "adjust_pure_negative"];
        if (value.FirstOrDefault(p => !known.Contains(p.Key)).Key is { } unknown)
        {
            throw ElasticsearchException.Parsing($"[bool] query does not support [{unknown}]");
        }

        Query[] must = [.. Clauses(value["must"]), .. Clauses(value["filter"])];
        Query[] should = [.. Clauses(value["should"])];
        Query[] not = [.. Clauses(value["must_not"])];
        int least = value["minimum_should_match"].Int() ?? (should.Length > 0 && must.Length == 0 ? 1 : 0);
        return (index, document) => must.All(q => q(index, document)) && !not.Any(q => q(index, document)) && should.Count(q => q(index, document)) >= least;
    }

    private Query Range(JsonObject value)
    {
        (string field, JsonNode? wanted) = Single(value, "range");
        JsonObject bounds = wanted.AsMap("range");
        return Range(field, bounds["gte"] ?? bounds["gt"] ?? bounds["from"], bounds["gt"] is null && (bounds["include_lower"].Bool() ?? true),
            bounds["lte"] ?? bounds["lt"] ?? bounds["to"], bounds["lt"] is null && (bounds["include_upper"].Bool() ?? true));
    }

    private static Query Ids(JsonObject value)
    {
        HashSet<string> ids = [.. value["values"].Texts()];
        return (_, document) => ids.Contains(document.Id);
    }

    private static Query Shaped(JsonObject value, Func<string, string, bool> fits)
    {
        (string field, JsonNode? wanted) = Single(value, "prefix");
        var map = wanted as JsonObject;
        string pattern = (map is null ? wanted : map["value"] ?? map["wildcard"]).Text()!;
        bool ignoresCase = map?["case_insensitive"].Bool() ?? false;
        pattern = ignoresCase ? pattern.ToLowerInvariant() : pattern;
        return (index, document) =>
        {
            IEnumerable<string> texts = FieldValues.Of(index, document, field).Select(static v => v.Text()!);
            texts = Mapping.TypeOf(index.Mappings, field) is "text" ? texts.SelectMany(FieldValues.Tokens) : texts;
            return texts.Any(t => fits(ignoresCase ? t.ToLowerInvariant() : t, pattern));
        };
    }

    private Query QueryString(JsonObject value) =>
        QueryString(value["query"].Text() ?? "", value["default_field"].Text() ?? value["fields"].Texts().FirstOrDefault(), value["default_operator"].Text()?.ToUpperInvariant() == "AND");

    private IEnumerable<Query> Clauses(JsonNode? node) => node switch
    {
        null => [],
        JsonArray array => array.Select(Build).ToArray(),
        _ => [Build(node)],
    };

    private static Query Any(IEnumerable<Query> queries)
    {
        Query[] all = [.. queries];
        return (index, document) => all.Any(q => q(index, document));
    }

    private static KeyValuePair<string, JsonNode?> Single(JsonObject value, string kind)
    {
        KeyValuePair<string, JsonNode?>[] fields = [.. value.Where(static p => p.Key is not ("boost" or "_name"))];
        return fields.Length == 1 && fields[0].Value is not null ? fields[0]
            : throw ElasticsearchException.Parsing($"[{kind}] query doesn't support multiple fields, found [{fields.Length}]");
    }
}

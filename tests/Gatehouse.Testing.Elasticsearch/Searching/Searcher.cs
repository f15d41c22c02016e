using System.Text.Json.Nodes;
using Gatehouse.Testing.Elasticsearch.Indices;
using Gatehouse.Testing.Elasticsearch.Queries;
using Gatehouse.Testing.Elasticsearch.Rest;

namespace Gatehouse.Testing.Elasticsearch.Searching;

/// <summary>What a search looks at, as it was when the search (or its scroll or point in time) began.</summary>
internal sealed record Frozen(IReadOnlyList<(IndexState Index, Document Document)> Documents, int Shards);

/// <summary>One document found, with the values by which it was put in order.</summary>
internal sealed record Found(IndexState Index, Document Document, IReadOnlyList<JsonNode?> Sort);

/// <summary>Everything that a search found, before it is cut into pages.</summary>
internal sealed record Findings(IReadOnlyList<Found> All, JsonObject? Aggregations, JsonObject Body, int Shards, bool HasSort);

/// <summary>Runs searches.</summary>
internal sealed class Searcher(ClusterModel cluster)
{
    private const int Window = 10_000;

    private static readonly string[] Known =
    [
        "query", "size", "from", "sort", "_source", "aggs", "aggregations", "track_total_hits", "search_after", "pit", "version", "seq_no_primary_term",
        "fields", "docvalue_fields", "stored_fields", "track_scores", "min_score", "timeout", "terminate_after", "post_filter", "highlight", "explain",
        "profile", "slice", "collapse", "runtime_mappings", "indices_boost", "script_fields", "stats", "suggest", "rescore", "ext", "knn",
    ];

    public QueryBuilder Queries() => new(Lookup, cluster.Now);

    /// <summary>Takes the documents as they are now; the filters of aliases hold already.</summary>
    public Frozen Freeze(IReadOnlyList<IndexTarget> targets)
    {
        var documents = new List<(IndexState, Document)>();
        foreach (IndexTarget target in targets)
        {
            Query[] filters = [.. target.Filters.Select(Queries().Build)];
            documents.AddRange(target.Index.Documents.Values.Where(d => filters.Length == 0 || filters.Any(f => f(target.Index, d)))
                .OrderBy(static d => d.SeqNo).Select(d => (target.Index, d)));
        }

        return new Frozen(documents, targets.Count);
    }

    public IEnumerable<(IndexState Index, Document Document)> Match(Frozen frozen, JsonNode? query)
    {
        Query built = query is null ? QueryBuilder.All : Queries().Build(query);
        return frozen.Documents.Where(d => built(d.Index, d.Document));
    }

    public Findings Find(Frozen frozen, JsonObject body, bool isScroll = false)
    {
        if (body.FirstOrDefault(static p => !Known.Contains(p.Key)).Key is { } unknown)
        {
            throw ElasticsearchException.Parsing($"Unknown key for a {(body[unknown] is JsonObject ? "START_OBJECT" : "VALUE_STRING")} in [{unknown}].");
        }

        int size = body["size"].Int() ?? 10, from = body["from"].Int() ?? 0;
        if (size < 0 || from < 0)
        {
            throw ElasticsearchException.IllegalArgument($"[{(size < 0 ? "size" : "from")}] parameter cannot be negative, found [{Math.Min(size, from)}]");
        }

        if (from + size > Window)
        {
            throw ElasticsearchException.IllegalArgument(isScroll
                ? $"Batch size is too large, size must be less than or equal to: [{Window}] but was [{size}]."
                : $"Result window is too large, from + size must be less than or equal to: [{Window}] but was [{from + size}].");
        }

        (IndexState Index, Document Document)[] matched = [.. Match(frozen, body["query"])];
        JsonObject? aggregations = (body["aggs"] ?? body["aggregations"]) is JsonObject aggs ? new Aggregator(Queries()).Run(aggs, matched) : null;
        if (body["post_filter"] is { } post)
        {
            Query filter = Queries().Build(post);
            matched = [.. matched.Where(d => filter(d.Index, d.Document))];
        }

        SortOrder order = SortOrder.Read(body["sort"], body["pit"] is not null);
        return new Findings(order.Apply(matched, body["search_after"] as JsonArray), aggregations, body, frozen.Shards, order.IsGiven);
    }

    /// <summary>The answer with the given part of the findings.</summary>
    public static JsonObject Page(Findings findings, int from, int size, long total = -1)
    {
        JsonObject body = findings.Body;
        total = total < 0 ? findings.All.Count : total;
        var hits = new JsonObject();
        string tracked = body["track_total_hits"].Text() ?? Window.ToString();
        if (tracked != "false")
        {
            int limit = tracked == "true" ? int.MaxValue : int.TryParse(tracked, out int number) ? number
                : throw ElasticsearchException.Parsing($"[track_total_hits] failed to parse [{tracked}]");
            hits["total"] = new JsonObject { ["value"] = Math.Min(total, limit), ["relation"] = total > limit ? "gte" : "eq" };
        }

        Found[] page = [.. findings.All.Skip(from).Take(size)];
        hits["max_score"] = page.Length == 0 || findings.HasSort ? null : 1.0;
        hits["hits"] = page.Select(f => (JsonNode?)Hit(f, body, findings.HasSort)).ToJsonArray();
        var answer = new JsonObject { ["took"] = 1, ["timed_out"] = false, ["_shards"] = Shards(findings.Shards), ["hits"] = hits };
        if (findings.Aggregations is not null)
        {
            answer["aggregations"] = findings.Aggregations.DeepClone();
        }

        return answer;
    }

    public static JsonObject Shards(int count) => new() { ["total"] = count, ["successful"] = count, ["skipped"] = 0, ["failed"] = 0 };

    private static JsonObject Hit(Found found, JsonObject body, bool hasSort)
    {
        var hit = new JsonObject { ["_index"] = found.Index.Name, ["_id"] = found.Document.Id };
        if (body["version"].Bool() == true)
        {
            hit["_version"] = found.Document.Version;
        }

        if (body["seq_no_primary_term"].Bool() == true)
        {
            hit["_seq_no"] = found.Document.SeqNo;
            hit["_primary_term"] = 1;
        }

        hit["_score"] = hasSort ? null : 1.0;
        if (found.Document.Routing is not null)
        {
            hit["_routing"] = found.Document.Routing;
        }

        if (SourceFilter.Apply(found.Document.Source, body["_source"]) is { } source)
        {
            hit["_source"] = source;
        }

        string[] fields = [.. (body["fields"] as JsonArray ?? []).Concat(body["docvalue_fields"] as JsonArray ?? []).Select(static f => (f is JsonObject map ? map["field"] : f).Text()!)];
        if (fields.Length > 0)
        {
            IEnumerable<string> named = fields.SelectMany(f => f.Contains('*') ? Mapping.Fields(found.Index.Mappings).Select(static m => m.Path).Where(p => Glob.Matches(f, p)) : [f]).Distinct();
            hit["fields"] = named.Select(f => (f, Values: FieldValues.Of(found.Index, found.Document, f).Select(static v => v.DeepClone()).ToJsonArray()))
                .Where(static f => f.Values.Count > 0).ToJsonObject(static f => f.f, static f => f.Values);
        }

        if (found.Sort.Count > 0)
        {
            hit["sort"] = found.Sort.Select(static s => s?.DeepClone()).ToJsonArray();
        }

        return hit;
    }

    private Document? Lookup(string index, string id)
    {
        IReadOnlyList<IndexTarget> targets = new IndexExpression(cluster).Targets([index], new ResolveOptions());
        return targets.Select(t => t.Index.Documents.GetValueOrDefault(id)).FirstOrDefault(static d => d is not null);
    }
}

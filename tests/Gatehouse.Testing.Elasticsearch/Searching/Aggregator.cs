using System.Text.Json.Nodes;
using Gatehouse.Testing.Elasticsearch.Indices;
using Gatehouse.Testing.Elasticsearch.Queries;
using Gatehouse.Testing.Elasticsearch.Rest;

namespace Gatehouse.Testing.Elasticsearch.Searching;

/// <summary>Aggregations: terms, filter, filters, global and the simple metrics, nested in each other.</summary>
internal sealed class Aggregator(QueryBuilder queries)
{
    public JsonObject Run(JsonObject aggregations, IReadOnlyList<(IndexState Index, Document Document)> documents) =>
        aggregations.ToJsonObject(static a => a.Key, a => One(a.Key, a.Value.AsMap(a.Key), documents));

    private JsonObject One(string name, JsonObject definition, IReadOnlyList<(IndexState Index, Document Document)> documents)
    {
        var inner = (definition["aggs"] ?? definition["aggregations"]) as JsonObject;
        KeyValuePair<string, JsonNode?> kind = definition.FirstOrDefault(static p => p.Key is not ("aggs" or "aggregations" or "meta"));
        string field = (kind.Value as JsonObject)?["field"].Text() ?? "";
        switch (kind.Key)
        {
            case "terms":
                return Terms(field, kind.Value!.AsObject(), inner, documents);
            case "filter":
                Query filter = queries.Build(kind.Value);
                return Bucket([.. documents.Where(d => filter(d.Index, d.Document))], inner);
            case "global":
                return Bucket(documents, inner);
            case "filters":
                return new JsonObject
                {
                    ["buckets"] = kind.Value!["filters"].AsMap(name).ToJsonObject(static f => f.Key, f =>
                    {
                        Query one = queries.Build(f.Value);
                        return Bucket([.. documents.Where(d => one(d.Index, d.Document))], inner);
                    }),
                };
            case "value_count":
                return new JsonObject { ["value"] = Values(documents, field).Count() };
            case "cardinality":
                return new JsonObject { ["value"] = Values(documents, field).Select(static v => v.Text()).Distinct().Count() };
            case "min" or "max" or "sum" or "avg":
                double[] numbers = [.. Values(documents, field).Select(v => FieldValues.Number(v) ?? FieldValues.Date(v, default)).OfType<double>()];
                return new JsonObject
                {
                    ["value"] = kind.Key switch
                    {
                        "sum" => numbers.Sum(),
                        _ when numbers.Length == 0 => null,
                        "min" => numbers.Min(),
                        "max" => numbers.Max(),
                        _ => numbers.Average(),
                    },
                };
            default:
                throw ElasticsearchException.Parsing($"Unknown aggregation type [{kind.Key}]");
        }
    }

    private JsonObject Terms(string field, JsonObject settings, JsonObject? inner, IReadOnlyList<(IndexState Index, Document Document)> documents)
    {
        if (documents.FirstOrDefault(d => Mapping.TypeOf(d.Index.Mappings, field) is "text").Index is { } index)
        {
            throw ElasticsearchException.IllegalArgument($"Fielddata is disabled on [{field}] in [{index.Name}].");
        }

        var groups = documents.SelectMany(d => FieldValues.Of(d.Index, d.Document, field).DistinctBy(static v => v.Text()).Select(v => (Key: v, d)))
            .GroupBy(static p => p.Key.Text()!, StringComparer.Ordinal)
            .OrderByDescending(static g => g.Count()).ThenBy(static g => g.Key, StringComparer.Ordinal).ToArray();
        int size = settings["size"].Int() ?? 10;
        return new JsonObject
        {
            ["doc_count_error_upper_bound"] = 0,
            ["sum_other_doc_count"] = groups.Skip(size).Sum(static g => g.Count()),
            ["buckets"] = groups.Take(size).Select(g =>
            {
                var bucket = new JsonObject { ["key"] = g.First().Key.DeepClone() };
                bucket.MergeFrom(Bucket([.. g.Select(static p => p.d)], inner));
                return (JsonNode?)bucket;
            }).ToJsonArray(),
        };
    }

    private JsonObject Bucket(IReadOnlyList<(IndexState Index, Document Document)> documents, JsonObject? inner)
    {
        var bucket = new JsonObject { ["doc_count"] = documents.Count };
        bucket.MergeFrom(inner is null ? [] : Run(inner, documents));
        return bucket;
    }

    private static IEnumerable<JsonNode> Values(IReadOnlyList<(IndexState Index, Document Document)> documents, string field) =>
        documents.SelectMany(d => FieldValues.Of(d.Index, d.Document, field));
}

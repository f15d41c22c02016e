using System.Text.Json.Nodes;
using Gatehouse.Testing.Elasticsearch.Indices;
using Gatehouse.Testing.Elasticsearch.Queries;
using Gatehouse.Testing.Elasticsearch.Rest;

namespace Gatehouse.Testing.Elasticsearch.Searching;

/// <summary>By which fields, and in which direction, findings are put in order.</summary>
internal sealed class SortOrder
{
    private readonly List<(string Field, bool IsDescending)> _fields = [];

    public bool IsGiven => _fields.Count > 0;

    public static SortOrder Read(JsonNode? sort, bool isPointInTime)
    {
        var order = new SortOrder();
        foreach (JsonNode? item in sort as JsonArray ?? (sort is null ? [] : new JsonArray(sort.DeepClone())))
        {
            foreach ((string field, JsonNode? how) in item as JsonObject ?? new JsonObject { [item.Text()!] = null })
            {
                string? direction = (how is JsonObject map ? map["order"] : how).Text();
                order._fields.Add((field, direction is null ? field == "_score" : direction == "desc"));
            }
        }

        if (isPointInTime && order._fields.Count > 0 && order._fields[^1].Field != "_shard_doc")
        {
            order._fields.Add(("_shard_doc", false));
        }

        return order;
    }

    public IReadOnlyList<Found> Apply(IReadOnlyList<(IndexState Index, Document Document)> matched, JsonArray? after)
    {
        if (after is not null && after.Count != _fields.Count)
        {
            throw ElasticsearchException.IllegalArgument($"search_after has {after.Count} value(s) but sort has {_fields.Count}.");
        }

        List<Found> found = [.. matched.Select((m, i) => new Found(m.Index, m.Document, [.. _fields.Select(f => Key(m.Index, m.Document, f.Field, i))]))];
        IEnumerable<Found> sorted = _fields.Count == 0 ? found : found.Order(Comparer<Found>.Create((a, b) => Compare(a.Sort, b.Sort)));
        return [.. sorted.Where(f => after is null || Compare(f.Sort, [.. after]) > 0)];
    }

    private int Compare(IReadOnlyList<JsonNode?> left, IReadOnlyList<JsonNode?> right)
    {
        for (int i = 0; i < _fields.Count; i++)
        {
            // What has no value is last in both directions.
            int order = FieldValues.Compare(left[i], right[i]);
            if (order != 0)
            {
                return _fields[i].IsDescending && left[i] is not null && right[i] is not null ? -order : order;
            }
        }

        return 0;
    }

    private static JsonNode? Key(IndexState index, Document document, string field, int position) => field switch
    {
        "_doc" or "_shard_doc" => position,
        "_score" => 1.0,
        _ when Mapping.TypeOf(index.Mappings, field) is "text" => throw ElasticsearchException.IllegalArgument(
            $"Fielddata is disabled on [{field}] in [{index.Name}]. Text fields are not optimised for operations that require per-document field data like aggregations and sorting."),
        _ when Mapping.TypeOf(index.Mappings, field) is "date" =>
            FieldValues.Of(index, document, field).FirstOrDefault() is { } value && FieldValues.Date(value, default) is { } at ? (long)at : null,
        _ => FieldValues.Of(index, document, field).FirstOrDefault(),
    };
}

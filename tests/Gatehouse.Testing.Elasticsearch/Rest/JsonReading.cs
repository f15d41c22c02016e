using System.Text.Json;
using System.Text.Json.Nodes;

namespace Gatehouse.Testing.Elasticsearch.Rest;

/// <summary>Reads JSON as leniently as Elasticsearch does: numbers and booleans as text, one value where a list may be.</summary>
internal static class JsonReading
{
    public static string? Text(this JsonNode? node) => node switch
    {
        null => null,
        JsonValue value when value.GetValueKind() == JsonValueKind.String => value.GetValue<string>(),
        JsonValue value => value.ToJsonString(),
        _ => throw ElasticsearchException.Parsing("Expected text but found " + node.GetValueKind()),
    };

    public static int? Int(this JsonNode? node) => node is null ? null
        : int.TryParse(node.Text(), out int value) ? value : throw ElasticsearchException.Parsing($"Failed to parse [{node.ToJsonString()}] as a number");

    public static bool? Bool(this JsonNode? node) => node?.Text() switch
    {
        null => null,
        "true" => true,
        "false" => false,
        string other => throw ElasticsearchException.IllegalArgument($"Failed to parse value [{other}] as only [true] or [false] are allowed."),
    };

    public static IEnumerable<string> Texts(this JsonNode? node) => node switch
    {
        null => [],
        JsonArray array => array.Select(static n => n.Text() ?? ""),
        _ => [node.Text()!],
    };

    public static JsonObject AsMap(this JsonNode? node, string what) =>
        node as JsonObject ?? throw ElasticsearchException.Parsing($"[{what}] must be an object");

    public static JsonArray ToJsonArray(this IEnumerable<JsonNode?> nodes) => new([.. nodes]);

    public static JsonArray ToJsonArray(this IEnumerable<string> texts) => new([.. texts.Select(static t => (JsonNode?)t)]);

    public static JsonObject ToJsonObject<T>(this IEnumerable<T> items, Func<T, string> key, Func<T, JsonNode?> value)
    {
        var result = new JsonObject();
        foreach (T item in items)
        {
            result[key(item)] = value(item);
        }

        return result;
    }

    /// <summary>Merges <paramref name="from"/> into <paramref name="into"/>, object by object.</summary>
    public static void MergeFrom(this JsonObject into, JsonObject from)
    {
        foreach ((string key, JsonNode? value) in from)
        {
            if (value is JsonObject inner && into[key] is JsonObject outer)
            {
                outer.MergeFrom(inner);
            }
            else
            {
                into[key] = value?.DeepClone();
            }
        }
    }
}

using System.Text.Json;
using System.Text.Json.Nodes;
using Gatehouse.Testing.Elasticsearch.Rest;

namespace Gatehouse.Testing.Elasticsearch.Searching;

/// <summary>Which part of a source goes into an answer.</summary>
internal static class SourceFilter
{
    /// <summary>Null where no source is wanted.</summary>
    public static JsonObject? Apply(JsonObject source, JsonNode? wanted)
    {
        switch (wanted)
        {
            case null:
                return source.DeepClone().AsObject();
            case JsonValue value when value.GetValueKind() is JsonValueKind.True or JsonValueKind.False || value.Text() is "true" or "false":
                return value.Text() == "true" ? source.DeepClone().AsObject() : null;
            case JsonObject map:
                return Filter(source, [.. (map["includes"] ?? map["include"]).Texts()], [.. (map["excludes"] ?? map["exclude"]).Texts()], "");
            default:
                return Filter(source, [.. wanted.Texts()], [], "");
        }
    }

    /// <summary>What the query's <c>_source</c>, <c>_source_includes</c> and <c>_source_excludes</c> ask for, as a body would say it.</summary>
    public static JsonNode? FromQuery(RestCall call)
    {
        if (call["_source_includes"] is null && call["_source_excludes"] is null)
        {
            return call["_source"] switch
            {
                null => null,
                "" or "true" => JsonValue.Create(true),
                "false" => JsonValue.Create(false),
                string list => list.Split(',').ToJsonArray(),
            };
        }

        return new JsonObject
        {
            ["includes"] = (call["_source_includes"] ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries).ToJsonArray(),
            ["excludes"] = (call["_source_excludes"] ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries).ToJsonArray(),
        };
    }

    private static JsonObject Filter(JsonObject source, string[] includes, string[] excludes, string prefix)
    {
        var result = new JsonObject();
        foreach ((string key, JsonNode? value) in source)
        {
            string path = prefix + key;
            if (excludes.Any(p => Glob.Matches(p, path)))
            {
                continue;
            }

            bool isWhole = includes.Length == 0 || includes.Any(p => Glob.Matches(p, path) || path.StartsWith(p + ".", StringComparison.Ordinal));
            if (value is JsonObject inner && (!isWhole || excludes.Length > 0))
            {
                JsonObject part = Filter(inner, isWhole ? [] : includes, excludes, path + ".");
                if (part.Count > 0)
                {
                    result[key] = part;
                }
            }
            else if (isWhole)
            {
                result[key] = value?.DeepClone();
            }
        }

        return result;
    }
}

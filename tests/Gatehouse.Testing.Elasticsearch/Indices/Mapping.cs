using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gatehouse.Testing.Elasticsearch.Rest;

namespace Gatehouse.Testing.Elasticsearch.Indices;

/// <summary>Fields and their types, learnt from documents where no mapping names them.</summary>
internal static class Mapping
{
    /// <summary>Adds the fields of a document that are not mapped yet.</summary>
    public static void Learn(JsonObject mappings, JsonObject source)
    {
        if (mappings["dynamic"].Text() is "false")
        {
            return;
        }

        bool isStrict = mappings["dynamic"].Text() is "strict";
        if (mappings["properties"] is not JsonObject properties)
        {
            mappings["properties"] = properties = [];
        }

        foreach ((string name, JsonNode? value) in source)
        {
            if (value is JsonObject inner)
            {
                if (properties[name] is not JsonObject field)
                {
                    properties[name] = field = [];
                }

                if (field["type"] is null || field["type"].Text() is "object" or "nested")
                {
                    Learn(field, inner);
                }
            }
            else if (properties[name] is null && Guess(value) is { } type)
            {
                properties[name] = isStrict
                    ? throw new ElasticsearchException(400, "strict_dynamic_mapping_exception", $"[1:1] mapping set to strict, dynamic introduction of [{name}] within [_doc] is not allowed")
                    : type;
            }
        }
    }

    /// <summary>The type of a field, also of a sub-field such as <c>user.keyword</c>, or null where it is not mapped.</summary>
    public static string? TypeOf(JsonObject mappings, string path)
    {
        JsonObject? at = mappings;
        foreach (string step in path.Split('.'))
        {
            at = (at?["properties"]?[step] ?? at?["fields"]?[step]) as JsonObject;
        }

        return at is null ? null : at["type"].Text() ?? "object";
    }

    /// <summary>The path below which a document holds the field's value: a multi-field has its parent's.</summary>
    public static string SourcePath(JsonObject mappings, string path)
    {
        int dot = path.LastIndexOf('.');
        return dot > 0 && FieldOf(mappings, path[..dot])?["fields"]?[path[(dot + 1)..]] is not null ? path[..dot] : path;
    }

    /// <summary>Every field with its type, sub-fields and objects among them.</summary>
    public static IEnumerable<(string Path, string Type)> Fields(JsonObject mappings, string prefix = "")
    {
        foreach (string kind in (string[])["properties", "fields"])
        {
            foreach ((string name, JsonNode? field) in mappings[kind] as JsonObject ?? [])
            {
                yield return (prefix + name, field?["type"].Text() ?? "object");
                foreach ((string, string) inner in Fields((JsonObject)field!, prefix + name + "."))
                {
                    yield return inner;
                }
            }
        }
    }

    private static JsonObject? FieldOf(JsonObject mappings, string path)
    {
        JsonObject? at = mappings;
        foreach (string step in path.Split('.'))
        {
            at = at?["properties"]?[step] as JsonObject;
        }

        return at;
    }

    private static JsonObject? Guess(JsonNode? value)
    {
        JsonNode? first = value is JsonArray array ? array.FirstOrDefault(static i => i is not null) : value;
        if (first is JsonObject inner)
        {
            var map = new JsonObject();
            Learn(map, inner);
            return map;
        }

        return first?.GetValueKind() switch
        {
            JsonValueKind.True or JsonValueKind.False => new JsonObject { ["type"] = "boolean" },
            JsonValueKind.Number => new JsonObject { ["type"] = first.ToJsonString().AsSpan().ContainsAny('.', 'e', 'E') ? "float" : "long" },
            JsonValueKind.String when IsDate(first.GetValue<string>()) => new JsonObject { ["type"] = "date" },
            JsonValueKind.String => new JsonObject
            {
                ["type"] = "text",
                ["fields"] = new JsonObject { ["keyword"] = new JsonObject { ["type"] = "keyword", ["ignore_above"] = 256 } },
            },
            _ => null,
        };
    }

    private static bool IsDate(string text) =>
        text.Length >= 10 && text[4] is ('-' or '/') && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out _);
}

using System.Text.Json;

namespace Gatehouse.Protocols.Elasticsearch;

/// <summary>
/// Walks a search body for what reads other indices: terms lookups, indexed shapes, stored percolate documents, liked
/// documents, lookup fields, and whatever it does not know that names an index. Queries wrapped in base64 are unwrapped;
/// templates may become anything and need everything.
/// </summary>
internal static class SearchBody
{
    private const string Read = "index:read";

    private const int MaxWrappers = 4;

    // Members whose members are fields: a field may be called `index`.
    private static readonly HashSet<string> ByField = new(StringComparer.Ordinal)
    {
        "term", "match", "match_phrase", "match_phrase_prefix", "match_bool_prefix", "prefix", "wildcard", "regexp", "fuzzy", "range",
        "span_term", "intervals", "terms_set", "geo_distance", "geo_bounding_box", "geo_polygon", "geo_grid", "sort", "sparse_vector",
        "text_expansion", "weighted_tokens", "neural", "neural_sparse", "indices_boost", "knn", "terms", "geo_shape", "shape", "xy_shape",
    };

    // Members whose members have names of the caller's own: what they are called says nothing about what they are.
    private static readonly HashSet<string> ByName = new(StringComparer.Ordinal)
    {
        "runtime_mappings", "suggest", "script_fields", "group_by",
    };

    private static readonly HashSet<string> Scripts = new(StringComparer.Ordinal)
    {
        "script", "init_script", "map_script", "combine_script", "reduce_script",
    };

    private static readonly HashSet<string> OfScripts = new(StringComparer.Ordinal)
    {
        "source", "id", "lang", "params", "options", "inline", "stored",
    };

    /// <summary>Looks at a search body, or at a query.</summary>
    public static void Walk(Classification request, JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (JsonProperty member in value.EnumerateObject())
                {
                    WalkMember(request, member.Name, member.Value);
                }

                break;
            case JsonValueKind.Array:
                foreach (JsonElement item in value.EnumerateArray())
                {
                    Walk(request, item);
                }

                break;
            default:
                break;
        }
    }

    /// <summary>Looks at a member of a search body with its name, which says what its members are.</summary>
    public static void WalkMember(Classification request, string name, JsonElement value)
    {
        switch (name)
        {
            case "index" or "_index" or "target_index":
                Name(request, value);
                break;
            case "aggs" or "aggregations":
                Aggregations(request, value);
                break;
            case "filters" or "adjacency_matrix":
                Filters(request, value);
                break;
            case "indexed_shape":
                Shape(request, value);
                break;
            case "pinned":
                Except(request, value, "docs");
                break;
            case "percolate":
                Except(request, value, "document", "documents");
                break;
            case "scripted_metric" or "learning_to_rank":
                Except(request, value, "params");
                break;
            case "wrapper":
                Unwrap(request, value);
                break;
            case "collate":
                request.Need(Read, "*");
                break;
            case "like" or "unlike":
                Liked(request, value);
                break;
            default:
                Other(request, name, value);
                break;
        }
    }

    private static void Other(Classification request, string name, JsonElement value)
    {
        if (ByField.Contains(name))
        {
            Fields(request, value);
        }
        else if (ByName.Contains(name) || (name == "fields" && value.ValueKind == JsonValueKind.Object))
        {
            Named(request, value);
        }
        else if (!(Scripts.Contains(name) && IsScript(value)) && !(name == "buckets_path" && IsPaths(value)))
        {
            Walk(request, value);
        }
    }

    private static bool IsScript(JsonElement value) =>
        value.ValueKind != JsonValueKind.Object || value.EnumerateObject().All(static m => OfScripts.Contains(m.Name));

    private static bool IsPaths(JsonElement value) =>
        value.ValueKind == JsonValueKind.Object && value.EnumerateObject().All(static m => m.Value.ValueKind == JsonValueKind.String);

    private static void Aggregations(Classification request, JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Object)
        {
            foreach (JsonProperty one in value.EnumerateObject())
            {
                Except(request, one.Value, "meta");
            }
        }
    }

    private static void Filters(Classification request, JsonElement value)
    {
        if (value.Has("filters", out JsonElement filters))
        {
            Named(request, filters);
            Except(request, value, "filters");
        }
        else
        {
            Walk(request, value);
        }
    }

    private static void Named(Classification request, JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Object)
        {
            foreach (JsonProperty one in value.EnumerateObject())
            {
                Walk(request, one.Value);
            }
        }
        else
        {
            Walk(request, value);
        }
    }

    private static void Name(Classification request, JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Object)
        {
            // A field or a name of the caller's own.
            Walk(request, value);
        }
        else if (value.ValueKind is JsonValueKind.String or JsonValueKind.Array)
        {
            request.NeedValue(Read, value);
        }
        else if (value.ValueKind != JsonValueKind.Null)
        {
            request.Refuse("unexpected_type");
        }
    }

    private static void Shape(Classification request, JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Object && !value.Has("index", out _))
        {
            request.Need(Read, "shapes");
        }

        Walk(request, value);
    }

    private static void Liked(Classification request, JsonElement value)
    {
        foreach (JsonElement item in value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray()] : new[] { value })
        {
            if (item.ValueKind == JsonValueKind.Object)
            {
                Except(request, item, "doc");
            }
        }
    }

    private static void Fields(Classification request, JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Array)
        {
            foreach (JsonElement item in value.EnumerateArray())
            {
                Fields(request, item);
            }
        }
        else if (value.ValueKind == JsonValueKind.Object)
        {
            foreach (JsonProperty field in value.EnumerateObject())
            {
                Walk(request, field.Value);
            }
        }
    }

    private static void Except(Classification request, JsonElement value, params ReadOnlySpan<string> names)
    {
        if (value.ValueKind != JsonValueKind.Object)
        {
            Walk(request, value);
            return;
        }

        foreach (JsonProperty member in value.EnumerateObject())
        {
            if (!names.Contains(member.Name))
            {
                WalkMember(request, member.Name, member.Value);
            }
        }
    }

    private static void Unwrap(Classification request, JsonElement value)
    {
        if (!value.Has("query", out JsonElement query) || query.ValueKind != JsonValueKind.String || !query.TryGetBytesFromBase64(out byte[]? inner))
        {
            request.Refuse("unexpected_type");
            return;
        }

        if (request.WrapperDepth == MaxWrappers)
        {
            request.Refuse("malformed_json");
            return;
        }

        request.WrapperDepth++;
        using StrictBody? body = StrictBody.ReadObject(request, inner);
        if (body is not null)
        {
            Walk(request, body.Root);
        }

        request.WrapperDepth--;
    }
}

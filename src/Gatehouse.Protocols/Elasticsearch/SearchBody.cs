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

    // Members that hold field names: a field may be called `index`.
    private static readonly HashSet<string> ByField = new(StringComparer.Ordinal)
    {
        "term", "match", "match_phrase", "match_phrase_prefix", "match_bool_prefix", "prefix", "wildcard", "regexp", "fuzzy", "range",
        "span_term", "intervals", "terms_set", "geo_distance", "geo_bounding_box", "geo_polygon", "geo_grid", "sort", "sparse_vector",
        "text_expansion", "weighted_tokens", "neural", "neural_sparse", "indices_boost",
    };

    // Members that hold no query, whatever is in them.
    private static readonly HashSet<string> Opaque = new(StringComparer.Ordinal)
    {
        "script", "init_script", "map_script", "combine_script", "reduce_script", "params", "_source", "fields", "docvalue_fields",
        "stored_fields", "search_after", "meta", "query_string", "simple_query_string", "doc", "document", "documents", "script_fields",
    };

    /// <summary>Looks at a search body, or at a query.</summary>
    public static void Walk(Classification request, JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (JsonProperty member in value.EnumerateObject())
                {
                    Member(request, member.Name, member.Value);
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

    private static void Member(Classification request, string name, JsonElement value)
    {
        switch (name)
        {
            case "index" or "_index" or "target_index":
                Name(request, value);
                break;
            case "terms":
                Terms(request, value);
                break;
            case "geo_shape" or "shape":
                Shapes(request, value);
                break;
            case "pinned":
                Except(request, value, "docs");
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
                if (ByField.Contains(name))
                {
                    Fields(request, value);
                }
                else if (!Opaque.Contains(name) || value.ValueKind == JsonValueKind.Object && name is "fields")
                {
                    Walk(request, value);
                }

                break;
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

    private static void Terms(Classification request, JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Object)
        {
            Walk(request, value);
            return;
        }

        // A list of values, or an object that looks them up in another document.
        foreach (JsonProperty field in value.EnumerateObject())
        {
            Walk(request, field.Value);
        }
    }

    private static void Shapes(Classification request, JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Object)
        {
            return;
        }

        foreach (JsonProperty field in value.EnumerateObject())
        {
            if (field.Value.Has("indexed_shape", out JsonElement shape) && !shape.Has("index", out _))
            {
                request.Need(Read, "shapes");
            }

            Walk(request, field.Value);
        }
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

    private static void Except(Classification request, JsonElement value, string member)
    {
        if (value.ValueKind == JsonValueKind.Object)
        {
            foreach (JsonProperty other in value.EnumerateObject())
            {
                if (other.Name != member)
                {
                    Member(request, other.Name, other.Value);
                }
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

        using StrictBody? body = StrictBody.ReadObject(request, inner);
        if (body is not null)
        {
            Walk(request, body.Root);
        }
    }
}

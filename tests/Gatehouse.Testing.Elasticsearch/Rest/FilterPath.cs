using System.Text.Json.Nodes;

namespace Gatehouse.Testing.Elasticsearch.Rest;

/// <summary><c>?filter_path=</c>: keeps the named paths of an answer; <c>*</c> matches within a name, <c>**</c> any depth, <c>-</c> leaves out.</summary>
internal static class FilterPath
{
    public static JsonNode Apply(JsonNode node, string filter)
    {
        string[][] paths = [.. filter.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(static p => p.Split('.'))];
        string[][] kept = [.. paths.Where(static p => p[0][0] != '-')];
        string[][] left = [.. paths.Where(static p => p[0][0] == '-').Select(static p => (string[])[p[0][1..], .. p[1..]])];
        JsonNode result = kept.Length == 0 ? node.DeepClone() : Keep(node, kept) ?? (node is JsonArray ? new JsonArray() : new JsonObject());
        return left.Length == 0 ? result : Drop(result, left) ?? new JsonObject();
    }

    private static JsonNode? Keep(JsonNode? node, IReadOnlyCollection<string[]> paths)
    {
        if (paths.Any(static p => p.Length == 0 || (p.Length == 1 && p[0] == "**")))
        {
            return node?.DeepClone();
        }

        if (node is JsonArray array)
        {
            JsonNode?[] items = [.. array.Select(i => Keep(i, paths)).Where(static i => i is not null)];
            return items.Length == 0 ? null : items.ToJsonArray();
        }

        if (node is not JsonObject map)
        {
            return null;
        }

        var result = new JsonObject();
        foreach ((string key, JsonNode? value) in map)
        {
            string[][] rest = [.. paths.SelectMany(p => Rest(p, key))];
            if (rest.Length > 0 && Keep(value, rest) is { } inner)
            {
                result[key] = inner;
            }
        }

        return result.Count == 0 ? null : result;
    }

    private static JsonNode? Drop(JsonNode? node, IReadOnlyCollection<string[]> paths)
    {
        if (paths.Any(static p => p.Length == 0))
        {
            return null;
        }

        return node switch
        {
            JsonArray array => array.Select(i => Drop(i, paths)).ToJsonArray(),
            JsonObject map => map.Select(p => (p.Key, Left: paths.SelectMany(x => Rest(x, p.Key)).ToArray(), p.Value))
                .Where(static p => !p.Left.Any(static r => r.Length == 0))
                .ToJsonObject(static p => p.Key, p => p.Left.Length == 0 ? p.Value?.DeepClone() : Drop(p.Value, p.Left)),
            _ => node?.DeepClone(),
        };
    }

    private static IEnumerable<string[]> Rest(string[] path, string key)
    {
        if (path[0] == "**")
        {
            yield return path;
            if (path.Length > 1 && Glob.Matches(path[1], key))
            {
                yield return path[2..];
            }
        }
        else if (Glob.Matches(path[0], key))
        {
            yield return path[1..];
        }
    }
}

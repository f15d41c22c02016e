using System.Text.Json.Nodes;
using Gatehouse.Testing.Elasticsearch.Rest;

namespace Gatehouse.Testing.Elasticsearch.Indices;

/// <summary>Settings come flat or nested, with or without <c>index.</c>; they are kept nested below <c>index</c>, as text.</summary>
internal static class IndexSettings
{
    public static void Apply(JsonObject into, JsonObject? given)
    {
        foreach ((string key, JsonNode? value) in Flat(given ?? [], ""))
        {
            Set(into, key.StartsWith("index.", StringComparison.Ordinal) ? key : "index." + key, value);
        }
    }

    public static void Complete(IndexState index, string version)
    {
        var given = new JsonObject();
        given.MergeFrom(index.Settings);
        int[] parts = [.. version.Split('.', '-').Take(3).Select(static p => int.Parse(p))];
        Apply(index.Settings, new JsonObject
        {
            ["number_of_shards"] = "1",
            ["number_of_replicas"] = "1",
            ["uuid"] = index.Uuid,
            ["creation_date"] = index.Created.ToUnixTimeMilliseconds().ToString(),
            ["provided_name"] = index.Name,
            ["version.created"] = $"{parts[0]}{parts[1]:D2}{parts[2]:D2}99",
        });
        index.Settings.MergeFrom(given);
    }

    public static IEnumerable<KeyValuePair<string, JsonNode?>> Flat(JsonObject settings, string prefix)
    {
        foreach ((string key, JsonNode? value) in settings)
        {
            if (value is JsonObject inner)
            {
                foreach (KeyValuePair<string, JsonNode?> pair in Flat(inner, prefix + key + "."))
                {
                    yield return pair;
                }
            }
            else
            {
                yield return new(prefix + key, value is JsonArray ? value.DeepClone() : value?.Text());
            }
        }
    }

    private static void Set(JsonObject into, string path, JsonNode? value)
    {
        string[] steps = path.Split('.');
        JsonObject at = into;
        foreach (string step in steps[..^1])
        {
            if (at[step] is not JsonObject next)
            {
                at[step] = next = [];
            }

            at = next;
        }

        if (value is null)
        {
            at.Remove(steps[^1]);
        }
        else
        {
            at[steps[^1]] = value.DeepClone();
        }
    }
}

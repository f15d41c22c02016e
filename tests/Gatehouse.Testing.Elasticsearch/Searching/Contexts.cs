using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Gatehouse.Testing.Elasticsearch.Indices;
using Gatehouse.Testing.Elasticsearch.Rest;

namespace Gatehouse.Testing.Elasticsearch.Searching;

/// <summary>What lives between calls: scrolls, points in time, async searches, cursors and tasks.</summary>
internal sealed class Contexts(ClusterModel cluster)
{
    private readonly Dictionary<string, (object Value, DateTimeOffset Until)> _held = new(StringComparer.Ordinal);

    /// <summary>Keeps something and gives the handle to it. Handles of one kind begin alike, as Elasticsearch's do.</summary>
    public string Hold(string kind, object value, TimeSpan keep)
    {
        string id = Convert.ToBase64String([.. System.Text.Encoding.ASCII.GetBytes(kind), .. RandomNumberGenerator.GetBytes(45)]).Replace('+', '-').Replace('/', '_');
        _held[id] = (value, cluster.Now + keep);
        return id;
    }

    public void Hold(string id, object value) => _held[id] = (value, DateTimeOffset.MaxValue);

    public T? Find<T>(string id, TimeSpan? extend = null)
        where T : class
    {
        if (!_held.TryGetValue(id, out (object Value, DateTimeOffset Until) held) || held.Value is not T value || held.Until < cluster.Now)
        {
            return null;
        }

        if (extend is { } keep)
        {
            _held[id] = (value, cluster.Now + keep);
        }

        return value;
    }

    public T Require<T>(string id, TimeSpan? extend = null)
        where T : class => Find<T>(id, extend) ?? throw Missing(id);

    public bool Drop<T>(string id)
        where T : class => Find<T>(id) is not null && _held.Remove(id);

    public IReadOnlyList<string> All<T>() => [.. _held.Where(static h => h.Value.Value is T).Select(static h => h.Key)];

    public static ElasticsearchException Missing(string id) => new(404, "search_phase_execution_exception", "all shards failed", new JsonObject
    {
        ["phase"] = "query",
        ["grouped"] = true,
        ["failed_shards"] = new JsonArray(new JsonObject { ["shard"] = -1, ["index"] = null, ["reason"] = new JsonObject { ["type"] = "search_context_missing_exception", ["reason"] = $"No search context found for id [{id.Length}]" } }),
    })
    {
        CausedBy = new JsonObject { ["type"] = "search_context_missing_exception", ["reason"] = $"No search context found for id [{id.Length}]" },
    };

    /// <summary>A time as <c>1m</c>, <c>30s</c>, <c>500ms</c> or <c>2d</c>.</summary>
    public static TimeSpan Time(string name, string? text)
    {
        int digits = (text ?? "").TakeWhile(static c => char.IsAsciiDigit(c) || c == '.').Count();
        if (!double.TryParse(text.AsSpan()[..digits], NumberStyles.Float, CultureInfo.InvariantCulture, out double number))
        {
            throw ElasticsearchException.IllegalArgument($"failed to parse setting [{name}] with value [{text}] as a time value: unit is missing or unrecognized");
        }

        return text![digits..] switch
        {
            "d" => TimeSpan.FromDays(number),
            "h" => TimeSpan.FromHours(number),
            "m" => TimeSpan.FromMinutes(number),
            "s" => TimeSpan.FromSeconds(number),
            "ms" => TimeSpan.FromMilliseconds(number),
            "micros" or "nanos" => TimeSpan.FromMilliseconds(1),
            _ => throw ElasticsearchException.IllegalArgument($"failed to parse setting [{name}] with value [{text}] as a time value: unit is missing or unrecognized"),
        };
    }
}

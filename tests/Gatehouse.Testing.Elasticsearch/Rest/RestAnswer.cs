using System.Text.Json.Nodes;

namespace Gatehouse.Testing.Elasticsearch.Rest;

/// <summary>An answer: JSON, or text as the <c>_cat</c> family gives it.</summary>
internal sealed record RestAnswer(int Status, JsonNode? Json)
{
    public string? Text { get; init; }

    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    public static RestAnswer Ok(JsonNode json) => new(200, json);

    public static RestAnswer Acknowledged() => Ok(new JsonObject { ["acknowledged"] = true });

    /// <summary>What a HEAD request asks: there or not, without a body.</summary>
    public static RestAnswer Exists(bool exists) => new(exists ? 200 : 404, null);
}

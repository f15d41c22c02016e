using System.Text.Json;
using System.Text.Json.Nodes;

namespace Gatehouse.Testing.Elasticsearch.Rest;

/// <summary>
/// One call. Parameters of the path and of the query are in one map, as in Elasticsearch: a route without <c>{index}</c> reads
/// <c>?index=</c>.
/// </summary>
internal sealed class RestCall(string method, RestTarget target, Dictionary<string, string> path, byte[] body)
{
    private static readonly JsonDocumentOptions Strict =
        new() { AllowDuplicateProperties = false, CommentHandling = JsonCommentHandling.Skip, MaxDepth = 256 };

    private readonly Dictionary<string, string> _parameters = Merge(target.Query, path);

    public string Method => method;

    /// <summary>The body, or <c>?source=</c> where there is none.</summary>
    public byte[] Body => body.Length == 0 && _parameters.TryGetValue("source", out string? source) ? System.Text.Encoding.UTF8.GetBytes(source) : body;

    public string? this[string name] => _parameters.GetValueOrDefault(name);

    public bool Has(string name) => _parameters.ContainsKey(name);

    public string Require(string name) => this[name] is { Length: > 0 } value ? value : throw ElasticsearchException.IllegalArgument($"[{name}] is missing");

    public bool Flag(string name, bool otherwise = false) => this[name] switch
    {
        null => otherwise,
        "" or "true" => true,
        "false" => false,
        string other => throw ElasticsearchException.IllegalArgument($"Failed to parse value [{other}] as only [true] or [false] are allowed."),
    };

    public int? Number(string name) => this[name] switch
    {
        null => null,
        string text when int.TryParse(text, out int value) => value,
        string text => throw ElasticsearchException.IllegalArgument($"Failed to parse int parameter [{name}] with value [{text}]"),
    };

    public JsonObject Json() => Body.Length == 0 ? [] : Parse(Body);

    public JsonObject RequireJson() => Body.Length == 0 ? throw new ElasticsearchException(400, "parse_exception", "request body is required") : Parse(Body);

    public static JsonObject Parse(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return JsonNode.Parse(bytes, documentOptions: Strict) as JsonObject
                ?? throw ElasticsearchException.Parsing("Expected [START_OBJECT] but found another token");
        }
        catch (JsonException e)
        {
            throw new ElasticsearchException(400, "x_content_parse_exception", "[1:1] " + e.Message);
        }
    }

    private static Dictionary<string, string> Merge(IReadOnlyDictionary<string, string> query, Dictionary<string, string> path)
    {
        var all = new Dictionary<string, string>(query, StringComparer.Ordinal);
        foreach ((string name, string value) in path)
        {
            all[name] = value;
        }

        return all;
    }
}

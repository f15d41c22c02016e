using System.Text.Json.Nodes;

namespace Gatehouse.Testing.Elasticsearch.Rest;

/// <summary>An error in Elasticsearch's own shape.</summary>
internal sealed class ElasticsearchException(int status, string type, string reason, JsonObject? details = null) : Exception(reason)
{
    public int Status => status;

    public string Type => type;

    public JsonObject? CausedBy { get; init; }

    public static ElasticsearchException IllegalArgument(string reason) => new(400, "illegal_argument_exception", reason);

    public static ElasticsearchException Parsing(string reason) => new(400, "parsing_exception", reason, new JsonObject { ["line"] = 1, ["col"] = 1 });

    public static ElasticsearchException NotFound(string name) => new(404, "index_not_found_exception", $"no such index [{name}]", new JsonObject
    {
        ["resource.type"] = "index_or_alias",
        ["resource.id"] = name,
        ["index_uuid"] = "_na_",
        ["index"] = name,
    });

    public static ElasticsearchException Invalid(string name, string why) =>
        new(400, "invalid_index_name_exception", $"Invalid index name [{name}], {why}", new JsonObject { ["index_uuid"] = "_na_", ["index"] = name });

    /// <summary>The error alone, as bulk and msearch items carry it.</summary>
    public JsonObject Cause()
    {
        var cause = new JsonObject { ["type"] = type, ["reason"] = Message };
        foreach ((string key, JsonNode? value) in details ?? [])
        {
            cause[key] = value?.DeepClone();
        }

        return cause;
    }

    /// <summary>The error with its root cause, as an answer's <c>error</c>.</summary>
    public JsonObject Error()
    {
        var error = new JsonObject { ["root_cause"] = new JsonArray(Cause()) };
        foreach ((string key, JsonNode? value) in Cause())
        {
            error[key] = value?.DeepClone();
        }

        if (CausedBy is not null)
        {
            error["caused_by"] = CausedBy.DeepClone();
        }

        return error;
    }

    public RestAnswer Answer() => new(status, new JsonObject { ["error"] = Error(), ["status"] = status });
}

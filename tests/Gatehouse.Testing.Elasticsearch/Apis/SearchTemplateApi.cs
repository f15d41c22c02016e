using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Gatehouse.Testing.Elasticsearch.Indices;
using Gatehouse.Testing.Elasticsearch.Rest;

namespace Gatehouse.Testing.Elasticsearch.Apis;

/// <summary>Search templates: stored or in the request, with <c>{{name}}</c> and <c>{{#toJson}}name{{/toJson}}</c>.</summary>
internal sealed partial class SearchTemplateApi(ApiContext context, SearchApi search)
{
    public void Register(Router router)
    {
        foreach (string prefix in (string[])["", "/{index}"])
        {
            router.Add("GET,POST", prefix + "/_search/template", call => RestAnswer.Ok(
                search.Run(call["index"], new ResolveOptions().With(call), Render(call.RequireJson(), null))));
            router.Add("GET,POST", prefix + "/_msearch/template", Many);
        }

        router.Add("GET,POST", "/_render/template", call => RestAnswer.Ok(new JsonObject { ["template_output"] = Render(call.RequireJson(), null) }));
        router.Add("GET,POST", "/_render/template/{id}", call => RestAnswer.Ok(new JsonObject { ["template_output"] = Render(call.RequireJson(), call["id"]) }));
    }

    private RestAnswer Many(RestCall call)
    {
        string[] lines = Encoding.UTF8.GetString(call.Body).TrimEnd('\n').Split('\n');
        if (lines.Length % 2 != 0 || call.Body[^1] != (byte)'\n')
        {
            throw ElasticsearchException.IllegalArgument("The msearch request must be terminated by a newline [\\n]");
        }

        return RestAnswer.Ok(new JsonObject { ["took"] = 1, ["responses"] = lines.Chunk(2).Select(p => (JsonNode?)One(p[0], p[1], call)).ToJsonArray() });
    }

    private JsonObject One(string header, string body, RestCall call)
    {
        JsonObject head = header.Trim().Length == 0 ? [] : RestCall.Parse(Encoding.UTF8.GetBytes(header));
        JsonNode? named = head["index"] ?? head["indices"];
        try
        {
            string? index = named is null ? call["index"] : string.Join(',', named.Texts());
            JsonObject answer = search.Run(index, new ResolveOptions().With(call).With(head), Render(RestCall.Parse(Encoding.UTF8.GetBytes(body)), null));
            answer["status"] = 200;
            return answer;
        }
        catch (ElasticsearchException e)
        {
            return new JsonObject { ["error"] = e.Error(), ["status"] = e.Status };
        }
    }

    private JsonObject Render(JsonObject body, string? id)
    {
        id ??= body["id"].Text();
        JsonNode? source = id is null ? body["source"]
            : context.Cluster.Scripts.TryGetValue(id, out JsonObject? script) ? script["source"]
            : throw new ElasticsearchException(404, "resource_not_found_exception", $"unable to find script [{id}] in cluster state");
        string text = (source is JsonObject map ? map.ToJsonString() : source.Text())
            ?? throw new ElasticsearchException(400, "action_request_validation_exception", "Validation Failed: 1: template is missing;");
        JsonObject values = body["params"] as JsonObject ?? [];
        text = Whole().Replace(text, m => values[m.Groups["name"].Value]?.ToJsonString() ?? "null");
        text = Name().Replace(text, m => values[m.Groups["name"].Value] is { } value ? JsonValue.Create(value.Text() ?? "").ToJsonString()[1..^1] : "");
        return RestCall.Parse(Encoding.UTF8.GetBytes(text));
    }

    // A template written as JSON has the section in quotes; they go with it.
    [GeneratedRegex("\"?\\{\\{#toJson\\}\\}(?<name>[\\w.]+)\\{\\{/toJson\\}\\}\"?", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Whole();

    [GeneratedRegex("\\{\\{\\s*(?<name>[\\w.]+)\\s*\\}\\}", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Name();
}

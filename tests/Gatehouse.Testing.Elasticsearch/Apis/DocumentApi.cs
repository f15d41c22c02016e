using System.Text.Json.Nodes;
using Gatehouse.Testing.Elasticsearch.Indices;
using Gatehouse.Testing.Elasticsearch.Rest;
using Gatehouse.Testing.Elasticsearch.Searching;

namespace Gatehouse.Testing.Elasticsearch.Apis;

/// <summary>Single documents and <c>_mget</c>.</summary>
internal sealed class DocumentApi(ApiContext context)
{
    public void Register(Router router)
    {
        router.Add("PUT,POST", "/{index}/_doc/{id}", Index);
        router.Add("POST", "/{index}/_doc", Index);
        router.Add("PUT,POST", "/{index}/_create/{id}", Create);
        router.Add("GET", "/{index}/_doc/{id}", Get);
        router.Add("HEAD", "/{index}/_doc/{id}", call => RestAnswer.Exists(context.Single(call.Require("index")).Documents.ContainsKey(call.Require("id"))));
        router.Add("GET", "/{index}/_source/{id}", Source);
        router.Add("HEAD", "/{index}/_source/{id}", call => RestAnswer.Exists(context.Single(call.Require("index")).Documents.ContainsKey(call.Require("id"))));
        router.Add("DELETE", "/{index}/_doc/{id}", call => context.Writer.Delete(call.Require("index"), call.Require("id"), Options(call)));
        router.Add("POST", "/{index}/_update/{id}", Update);
        router.Add("GET,POST", "/_mget", MultiGet);
        router.Add("GET,POST", "/{index}/_mget", MultiGet);
        router.Add("GET,POST", "/{index}/_explain/{id}", Explain);
    }

    internal static WriteOptions Options(RestCall call) => new()
    {
        MustCreate = call["op_type"] switch
        {
            null or "index" => false,
            "create" => true,
            string other => throw ElasticsearchException.IllegalArgument($"opType must be 'create' or 'index', found: [{other}]"),
        },
        RequireAlias = call.Flag("require_alias"),
        Pipeline = call["pipeline"],
        Routing = call["routing"],
        IfSeqNo = call.Number("if_seq_no"),
        IfPrimaryTerm = call.Number("if_primary_term"),
        Version = call.Number("version"),
        VersionType = call["version_type"],
    };

    private RestAnswer Index(RestCall call)
    {
        RestAnswer answer = context.Writer.Index(call.Require("index"), call["id"], call.RequireJson(), Options(call));
        string location = $"/{answer.Json!["_index"].Text()}/_doc/{Uri.EscapeDataString(answer.Json["_id"].Text()!)}";
        return answer.Status == 201 ? answer with { Headers = new Dictionary<string, string> { ["Location"] = location } } : answer;
    }

    private RestAnswer Create(RestCall call) =>
        context.Writer.Index(call.Require("index"), call.Require("id"), call.RequireJson(), Options(call) with { MustCreate = true });

    private RestAnswer Get(RestCall call)
    {
        IndexState index = context.Single(call.Require("index"));
        JsonObject answer = Read(index, call.Require("id"), SourceFilter.FromQuery(call));
        return new RestAnswer(answer["found"].Bool() == true ? 200 : 404, answer);
    }

    private RestAnswer Source(RestCall call)
    {
        IndexState index = context.Single(call.Require("index"));
        return index.Documents.TryGetValue(call.Require("id"), out Document? document)
            ? RestAnswer.Ok(SourceFilter.Apply(document.Source, SourceFilter.FromQuery(call)) ?? [])
            : throw new ElasticsearchException(404, "resource_not_found_exception", $"Document not found [{index.Name}]/[{call["id"]}]");
    }

    private RestAnswer Update(RestCall call)
    {
        JsonObject body = call.RequireJson();
        RestAnswer answer = context.Writer.Update(call.Require("index"), call.Require("id"), body, Options(call));
        AddGet(answer, call["index"]!, SourceFilter.FromQuery(call) ?? body["_source"]);
        return answer;
    }

    /// <summary>An update that asks for <c>_source</c> gets the document as it is now.</summary>
    internal void AddGet(RestAnswer answer, string target, JsonNode? wanted)
    {
        if (wanted is null || wanted.ToJsonString() == "false" || answer.Json is not JsonObject result)
        {
            return;
        }

        JsonObject now = Read(context.Writer.Target(target, mustCreate: false, requireAlias: false), result["_id"].Text()!, wanted);
        result["get"] = new JsonObject { ["_seq_no"] = now["_seq_no"]?.DeepClone(), ["_primary_term"] = 1, ["found"] = true, ["_source"] = now["_source"]?.DeepClone() };
    }

    private RestAnswer Explain(RestCall call)
    {
        IndexState index = context.Single(call.Require("index"));
        if (!index.Documents.TryGetValue(call.Require("id"), out Document? document))
        {
            return new RestAnswer(404, new JsonObject { ["_index"] = index.Name, ["_id"] = call["id"], ["matched"] = false });
        }

        bool isMatched = context.Searcher.Queries().Build(call.RequireJson()["query"])(index, document);
        return RestAnswer.Ok(new JsonObject
        {
            ["_index"] = index.Name,
            ["_id"] = document.Id,
            ["matched"] = isMatched,
            ["explanation"] = new JsonObject { ["value"] = isMatched ? 1.0 : 0.0, ["description"] = "the stand-in's score", ["details"] = new JsonArray() },
        });
    }

    private RestAnswer MultiGet(RestCall call)
    {
        JsonObject body = call.RequireJson();
        IEnumerable<JsonObject> wanted = (body["docs"] as JsonArray ?? []).Select(static d => d.AsMap("docs"))
            .Concat(body["ids"].Texts().Select(static id => new JsonObject { ["_id"] = id })).ToArray();
        if (!wanted.Any())
        {
            throw new ElasticsearchException(400, "action_request_validation_exception", "Validation Failed: 1: no documents to get;");
        }

        return RestAnswer.Ok(new JsonObject { ["docs"] = wanted.Select(d => (JsonNode?)One(d, call)).ToJsonArray() });
    }

    private JsonObject One(JsonObject wanted, RestCall call)
    {
        string? index = wanted["_index"].Text();
        string? id = wanted["_id"].Text();
        context.CheckExplicit(index, call["index"]);
        index ??= call["index"];
        if (index is null || id is null)
        {
            throw new ElasticsearchException(400, "action_request_validation_exception", $"Validation Failed: 1: {(index is null ? "index" : "id")} is missing for doc 0;");
        }

        try
        {
            return Read(context.Single(index), id, wanted["_source"] ?? SourceFilter.FromQuery(call));
        }
        catch (ElasticsearchException e)
        {
            return new JsonObject { ["_index"] = index, ["_id"] = id, ["error"] = e.Error() };
        }
    }

    private static JsonObject Read(IndexState index, string id, JsonNode? wanted)
    {
        var answer = new JsonObject { ["_index"] = index.Name, ["_id"] = id };
        if (!index.Documents.TryGetValue(id, out Document? document))
        {
            answer["found"] = false;
            return answer;
        }

        answer["_version"] = document.Version;
        answer["_seq_no"] = document.SeqNo;
        answer["_primary_term"] = 1;
        if (document.Routing is not null)
        {
            answer["_routing"] = document.Routing;
        }

        answer["found"] = true;
        if (SourceFilter.Apply(document.Source, wanted) is { } source)
        {
            answer["_source"] = source;
        }

        return answer;
    }
}

using System.Text.Json.Nodes;
using Gatehouse.Testing.Elasticsearch.Indices;
using Gatehouse.Testing.Elasticsearch.Rest;
using Gatehouse.Testing.Elasticsearch.Searching;

namespace Gatehouse.Testing.Elasticsearch.Apis;

/// <summary>Deletes, updates and copies what a query finds; and the tasks that do so in the background.</summary>
internal sealed class ByQueryApi(ApiContext context)
{
    private int _tasks;

    private sealed record TaskRecord(JsonObject Answer);

    public void Register(Router router)
    {
        router.Add("POST", "/{index}/_delete_by_query", call => Run(call, "indices:data/write/delete/byquery", Delete));
        router.Add("POST", "/{index}/_update_by_query", call => Run(call, "indices:data/write/update/byquery", Update));
        router.Add("POST", "/_reindex", call => Run(call, "indices:data/write/reindex", Reindex));
        router.Add("GET", "/_tasks/{task_id}", Get);
        router.Add("POST", "/_tasks/{task_id}/_cancel", call => RestAnswer.Ok(new JsonObject { ["nodes"] = new JsonObject(), ["node_failures"] = new JsonArray(NotThere(call.Require("task_id")).Cause()) }));
        router.Add("GET", "/_tasks", static _ => RestAnswer.Ok(new JsonObject { ["nodes"] = new JsonObject() }));
    }

    private RestAnswer Run(RestCall call, string action, Func<RestCall, JsonObject> work)
    {
        JsonObject response = work(call);
        if (call.Flag("wait_for_completion", otherwise: true))
        {
            return new RestAnswer(((JsonArray)response["failures"]!).Count > 0 ? 409 : 200, response);
        }

        string id = $"{context.Cluster.NodeId}:{++_tasks}";
        context.Contexts.Hold(id, new TaskRecord(new JsonObject
        {
            ["completed"] = true,
            ["task"] = new JsonObject
            {
                ["node"] = context.Cluster.NodeId,
                ["id"] = _tasks,
                ["type"] = "transport",
                ["action"] = action,
                ["description"] = $"{action} [{call["index"]}]",
                ["start_time_in_millis"] = context.Cluster.Now.ToUnixTimeMilliseconds(),
                ["running_time_in_nanos"] = 1000,
                ["cancellable"] = true,
                ["headers"] = new JsonObject(),
            },
            ["response"] = response,
        }));
        return RestAnswer.Ok(new JsonObject { ["task"] = id });
    }

    private RestAnswer Get(RestCall call)
    {
        string id = call.Require("task_id");
        return id.Contains(':') ? RestAnswer.Ok((context.Contexts.Find<TaskRecord>(id) ?? throw NotThere(id)).Answer.DeepClone())
            : throw ElasticsearchException.IllegalArgument($"malformed task id {id}");
    }

    private static ElasticsearchException NotThere(string id) => new(404, "resource_not_found_exception", $"task [{id}] isn't running and hasn't stored its results");

    private (IndexState Index, Document Document)[] Found(RestCall call, JsonObject body)
    {
        if (call["q"] is { } text)
        {
            body["query"] = new JsonObject { ["query_string"] = new JsonObject { ["query"] = text } };
        }

        int limit = call.Number("max_docs") ?? body["max_docs"].Int() ?? int.MaxValue;
        return [.. context.Searcher.Match(context.Searcher.Freeze(context.Targets(call)), body["query"]).Take(limit)];
    }

    private JsonObject Delete(RestCall call)
    {
        JsonObject body = call.Json();
        if (body["query"] is null && !call.Has("q"))
        {
            throw new ElasticsearchException(400, "action_request_validation_exception", "Validation Failed: 1: query is missing;");
        }

        (IndexState Index, Document Document)[] found = Found(call, body);
        foreach ((IndexState index, Document document) in found)
        {
            index.Remove(document.Id);
        }

        return Result(found.Length, deleted: found.Length);
    }

    private JsonObject Update(RestCall call)
    {
        JsonObject body = call.Json();
        (IndexState Index, Document Document)[] found = Found(call, body);
        foreach ((IndexState index, Document document) in found)
        {
            JsonObject source = document.Source.DeepClone().AsObject();
            if (body["script"] is { } script)
            {
                Writer.Assign(source, script);
            }

            var ingested = new Ingested(index.Name, document.Id, source);
            Pipelines.Run(context.Cluster, ingested, call["pipeline"]);
            if (ingested.Index != index.Name)
            {
                throw ElasticsearchException.IllegalArgument("Modifying [_index] not allowed");
            }

            Mapping.Learn(index.Mappings, ingested.Source);
            index.Put(document.Id, ingested.Source, document.Routing);
        }

        return Result(found.Length, updated: found.Length);
    }

    private JsonObject Reindex(RestCall call)
    {
        JsonObject body = call.RequireJson();
        JsonObject source = body["source"].AsMap("source"), dest = body["dest"].AsMap("dest");
        if (source["remote"] is JsonObject remote)
        {
            throw ElasticsearchException.IllegalArgument($"[{remote["host"].Text()}] not whitelisted in reindex.remote.whitelist");
        }

        string[] from = [.. source["index"].Texts().SelectMany(IndexNames.Split)];
        string to = dest["index"].Text() ?? throw new ElasticsearchException(400, "action_request_validation_exception", "Validation Failed: 1: index is missing;");
        if (from.Contains(to))
        {
            throw new ElasticsearchException(400, "action_request_validation_exception", $"Validation Failed: 1: reindex cannot write into an index its reading from [{to}];");
        }

        Frozen frozen = context.Searcher.Freeze(context.Expressions.Targets(from, new ResolveOptions { AllowNoIndices = false }));
        int limit = body["max_docs"].Int() ?? int.MaxValue;
        int created = 0, updated = 0;
        var failures = new JsonArray();
        foreach ((IndexState _, Document document) in context.Searcher.Match(frozen, source["query"]).Take(limit).ToArray())
        {
            JsonObject copy = SourceFilter.Apply(document.Source, source["_source"]) ?? [];
            if (body["script"] is { } script)
            {
                Writer.Assign(copy, script);
            }

            try
            {
                RestAnswer written = context.Writer.Index(to, document.Id, copy, new WriteOptions { MustCreate = dest["op_type"].Text() == "create", Pipeline = dest["pipeline"].Text() });
                _ = written.Status == 201 ? created++ : updated++;
            }
            catch (ElasticsearchException e) when (e.Status == 409)
            {
                failures.Add(new JsonObject { ["index"] = to, ["id"] = document.Id, ["cause"] = e.Cause(), ["status"] = e.Status });
            }
        }

        JsonObject result = Result(created + updated + failures.Count, updated: updated, conflicts: failures.Count);
        result["created"] = created;
        result["failures"] = body["conflicts"].Text() == "proceed" ? new JsonArray() : failures;
        return result;
    }

    private static JsonObject Result(int total, int deleted = 0, int updated = 0, int conflicts = 0) => new()
    {
        ["took"] = 1,
        ["timed_out"] = false,
        ["total"] = total,
        ["updated"] = updated,
        ["deleted"] = deleted,
        ["batches"] = total > 0 ? 1 : 0,
        ["version_conflicts"] = conflicts,
        ["noops"] = 0,
        ["retries"] = new JsonObject { ["bulk"] = 0, ["search"] = 0 },
        ["throttled_millis"] = 0,
        ["requests_per_second"] = -1.0,
        ["throttled_until_millis"] = 0,
        ["failures"] = new JsonArray(),
    };
}

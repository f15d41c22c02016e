using System.Text.Json.Nodes;
using Gatehouse.Testing.Elasticsearch.Indices;
using Gatehouse.Testing.Elasticsearch.Rest;
using Gatehouse.Testing.Elasticsearch.Searching;

namespace Gatehouse.Testing.Elasticsearch.Apis;

/// <summary>Scrolls, points in time and async searches, of both products.</summary>
internal sealed class HandleApi(ApiContext context, SearchApi search)
{
    private sealed record AsyncSearch(JsonObject Answer);

    public void Register(Router router)
    {
        router.Add("GET,POST", "/_search/scroll", Next);
        router.Add("GET,POST", "/_search/scroll/{scroll_id}", Next);
        router.Add("DELETE", "/_search/scroll", Clear);
        router.Add("DELETE", "/_search/scroll/{scroll_id}", Clear);
        if (context.Cluster.IsOpenSearch)
        {
            router.Add("POST", "/{index}/_search/point_in_time", Open);
            router.Add("DELETE", "/_search/point_in_time", CloseMany);
            router.Add("DELETE", "/_search/point_in_time/_all", CloseMany);
            router.Add("GET", "/_search/point_in_time/_all", List);
            RegisterAsync(router, "/_plugins/_asynchronous_search", "/_plugins/_asynchronous_search", "/_plugins/_asynchronous_search/stats");
            return;
        }

        router.Add("POST", "/{index}/_pit", Open);
        router.Add("DELETE", "/_pit", Close);
        RegisterAsync(router, "/_async_search", "/{index}/_async_search", "/_async_search/status/{id}");
    }

    private void RegisterAsync(Router router, string path, string indexed, string status)
    {
        router.Add("POST", path, Submit);
        router.Add("POST", indexed, Submit);
        router.Add("GET", path + "/{id}", call => RestAnswer.Ok(Async(call).Answer.DeepClone()));
        router.Add("DELETE", path + "/{id}", call => context.Contexts.Drop<AsyncSearch>(call.Require("id")) ? RestAnswer.Acknowledged() : throw Unknown(call));
        router.Add("GET", status, Status);
    }

    private RestAnswer Next(RestCall call)
    {
        JsonObject body = call.Json();
        string id = body["scroll_id"].Text() ?? call["scroll_id"] ?? throw new ElasticsearchException(400, "action_request_validation_exception", "Validation Failed: 1: scrollId is missing;");
        TimeSpan? keep = (body["scroll"].Text() ?? call["scroll"]) is { } text ? Contexts.Time("scroll", text) : null;
        Scroll scroll = context.Contexts.Require<Scroll>(id, keep);
        JsonObject answer = Searcher.Page(scroll.Findings with { Aggregations = null }, scroll.At, scroll.Size);
        scroll.At += scroll.Size;
        answer.Insert(0, "_scroll_id", id);
        return RestAnswer.Ok(answer);
    }

    private RestAnswer Clear(RestCall call)
    {
        string[] ids = [.. (call.Json()["scroll_id"] is { } named ? named.Texts() : (call["scroll_id"] ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries))];
        if (ids.Length == 0)
        {
            throw new ElasticsearchException(400, "action_request_validation_exception", "Validation Failed: 1: no scroll ids specified;");
        }

        int freed = (ids is ["_all"] ? context.Contexts.All<Scroll>() : ids).Count(context.Contexts.Drop<Scroll>);
        return new RestAnswer(freed > 0 || ids is ["_all"] ? 200 : 404, new JsonObject { ["succeeded"] = true, ["num_freed"] = freed });
    }

    private RestAnswer Open(RestCall call)
    {
        string keep = call["keep_alive"] ?? throw new ElasticsearchException(400, "action_request_validation_exception", "Validation Failed: 1: [keep_alive] is not specified;");
        Frozen frozen = context.Searcher.Freeze(context.Targets(call));
        if (call.Json()["index_filter"] is { } filter)
        {
            frozen = frozen with { Documents = [.. context.Searcher.Match(frozen, filter)] };
        }

        string id = context.Contexts.Hold("pit", new PointInTime(frozen, context.Cluster.Now), Contexts.Time("keep_alive", keep));
        return RestAnswer.Ok(context.Cluster.IsOpenSearch
            ? new JsonObject { ["pit_id"] = id, ["_shards"] = Searcher.Shards(frozen.Shards), ["creation_time"] = context.Cluster.Now.ToUnixTimeMilliseconds() }
            : new JsonObject { ["id"] = id, ["_shards"] = Searcher.Shards(frozen.Shards) });
    }

    private RestAnswer Close(RestCall call)
    {
        bool isClosed = context.Contexts.Drop<PointInTime>(call.RequireJson()["id"].Text() ?? "");
        return new RestAnswer(isClosed ? 200 : 404, new JsonObject { ["succeeded"] = isClosed, ["num_freed"] = isClosed ? 1 : 0 });
    }

    private RestAnswer CloseMany(RestCall call)
    {
        string[] ids = [.. call.Body.Length == 0 ? context.Contexts.All<PointInTime>() : call.Json()["pit_id"].Texts()];
        return RestAnswer.Ok(new JsonObject
        {
            ["pits"] = ids.Select(i => (JsonNode?)new JsonObject { ["successful"] = context.Contexts.Drop<PointInTime>(i) || true, ["pit_id"] = i }).ToJsonArray(),
        });
    }

    private RestAnswer List(RestCall call) => RestAnswer.Ok(new JsonObject
    {
        ["pits"] = context.Contexts.All<PointInTime>().Select(i => (JsonNode?)new JsonObject
        {
            ["pit_id"] = i,
            ["creation_time"] = context.Contexts.Require<PointInTime>(i).Created.ToUnixTimeMilliseconds(),
            ["keep_alive"] = 60_000,
        }).ToJsonArray(),
    });

    private RestAnswer Submit(RestCall call)
    {
        JsonObject body = search.Body(call);
        JsonObject response = search.Run(call["index"], new ResolveOptions().With(call), body);
        long now = context.Cluster.Now.ToUnixTimeMilliseconds();
        TimeSpan keep = Contexts.Time("keep_alive", call["keep_alive"] ?? "5d");
        var answer = new JsonObject
        {
            ["is_partial"] = false,
            ["is_running"] = false,
            ["start_time_in_millis"] = now,
            ["expiration_time_in_millis"] = now + (long)keep.TotalMilliseconds,
            ["response"] = response,
        };
        if (context.Cluster.IsOpenSearch)
        {
            answer["state"] = "SUCCEEDED";
        }

        // Done at once, so it is kept only for who asked for that, or gave it no time to end.
        if (call.Flag("keep_on_completion") || call["wait_for_completion_timeout"] is "0" or "0s" or "0ms")
        {
            string id = context.Contexts.Hold("async", new AsyncSearch(answer), keep);
            answer.Insert(0, "id", id);
        }

        return RestAnswer.Ok(answer.DeepClone());
    }

    private RestAnswer Status(RestCall call)
    {
        if (!call.Has("id"))
        {
            return RestAnswer.Ok(new JsonObject { ["_nodes"] = ApiContext.Shards(1), ["nodes"] = new JsonObject() });
        }

        JsonObject answer = Async(call).Answer.DeepClone().AsObject();
        JsonNode shards = answer["response"]!["_shards"]!.DeepClone();
        answer.Remove("response");
        answer["_shards"] = shards;
        answer["completion_status"] = 200;
        return RestAnswer.Ok(answer);
    }

    private AsyncSearch Async(RestCall call) => context.Contexts.Find<AsyncSearch>(call.Require("id")) ?? throw Unknown(call);

    private static ElasticsearchException Unknown(RestCall call) => new(404, "resource_not_found_exception", call.Require("id"));
}

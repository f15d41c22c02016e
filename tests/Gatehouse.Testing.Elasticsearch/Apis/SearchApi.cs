using System.Text.Json.Nodes;
using Gatehouse.Testing.Elasticsearch.Indices;
using Gatehouse.Testing.Elasticsearch.Queries;
using Gatehouse.Testing.Elasticsearch.Rest;
using Gatehouse.Testing.Elasticsearch.Searching;

namespace Gatehouse.Testing.Elasticsearch.Apis;

/// <summary><c>_search</c>, <c>_count</c>, <c>_msearch</c> and <c>_validate/query</c>.</summary>
internal sealed class SearchApi(ApiContext context)
{
    public void Register(Router router)
    {
        foreach (string prefix in (string[])["", "/{index}"])
        {
            router.Add("GET,POST", prefix + "/_search", Search);
            router.Add("GET,POST", prefix + "/_count", Count);
            router.Add("GET,POST", prefix + "/_msearch", MultiSearch);
            router.Add("GET,POST", prefix + "/_validate/query", Validate);
        }
    }

    /// <summary>The body with what the query says laid over it.</summary>
    public JsonObject Body(RestCall call)
    {
        JsonObject body = call.Json();
        if (call["q"] is { } text)
        {
            body["query"] = new JsonObject
            {
                ["query_string"] = new JsonObject { ["query"] = text, ["default_field"] = call["df"], ["default_operator"] = call["default_operator"] ?? "or" },
            };
        }

        foreach (string name in (string[])["size", "from"])
        {
            body[name] = call.Number(name) ?? body[name]?.DeepClone();
        }

        if (call["sort"] is { } sort)
        {
            body["sort"] = sort.Split(',').Select(static s => s.Split(':')).Select(static s => (JsonNode?)(s.Length > 1 ? new JsonObject { [s[0]] = s[1] } : s[0])).ToJsonArray();
        }

        foreach (string name in (string[])["track_total_hits", "version", "seq_no_primary_term"])
        {
            body[name] = call[name] ?? body[name]?.DeepClone();
        }

        body["_source"] = SourceFilter.FromQuery(call) ?? body["_source"]?.DeepClone();
        foreach (string name in (string[])["size", "from", "track_total_hits", "version", "seq_no_primary_term", "_source"])
        {
            if (body[name] is null)
            {
                body.Remove(name);
            }
        }

        return body;
    }

    /// <summary>Finds, on the point in time of the body where it names one.</summary>
    public (Findings Findings, string? Pit) Find(string? expression, ResolveOptions options, JsonObject body, bool isScroll = false)
    {
        if (body["pit"] is not JsonObject pit)
        {
            return (context.Searcher.Find(context.Searcher.Freeze(context.Expressions.Targets(expression, options)), body, isScroll), null);
        }

        if (!string.IsNullOrEmpty(expression))
        {
            throw new ElasticsearchException(400, "action_request_validation_exception", "Validation Failed: 1: [indices] cannot be used with point in time. Do not specify any index with point in time.;");
        }

        string id = pit["id"].Text() ?? throw ElasticsearchException.Parsing("Required [id]");
        TimeSpan? keep = pit["keep_alive"].Text() is { } text ? Contexts.Time("keep_alive", text) : null;
        return (context.Searcher.Find(context.Contexts.Require<PointInTime>(id, keep).Documents, body), id);
    }

    public JsonObject Run(string? expression, ResolveOptions options, JsonObject body)
    {
        (Findings findings, string? pit) = Find(expression, options, body);
        JsonObject answer = Searcher.Page(findings, body["from"].Int() ?? 0, body["size"].Int() ?? 10);
        if (pit is not null)
        {
            answer.Insert(0, "pit_id", pit);
        }

        return answer;
    }

    private RestAnswer Search(RestCall call)
    {
        JsonObject body = Body(call);
        JsonObject answer;
        if (call["scroll"] is { } keep)
        {
            if (body["pit"] is not null || body["from"].Int() > 0 || (body["size"].Int() ?? 10) == 0)
            {
                throw new ElasticsearchException(400, "action_request_validation_exception", "Validation Failed: 1: using [from], a point in time or a [size] of 0 is not allowed in a scroll context;");
            }

            body["track_total_hits"] = true;
            Findings findings = Find(call["index"], new ResolveOptions().With(call), body, isScroll: true).Findings;
            int size = body["size"].Int() ?? 10;
            string id = context.Contexts.Hold("scroll", new Scroll(findings, size) { At = size }, Contexts.Time("scroll", keep));
            answer = Searcher.Page(findings, 0, size);
            answer.Insert(0, "_scroll_id", id);
        }
        else
        {
            answer = Run(call["index"], new ResolveOptions().With(call), body);
        }

        if (call.Flag("rest_total_hits_as_int") && answer["hits"]!["total"] is JsonObject total)
        {
            answer["hits"]!["total"] = total["value"]!.DeepClone();
        }

        return RestAnswer.Ok(answer);
    }

    private RestAnswer Count(RestCall call)
    {
        JsonObject body = Body(call);
        body.Remove("from");
        Frozen frozen = context.Searcher.Freeze(context.Targets(call));
        return RestAnswer.Ok(new JsonObject
        {
            ["count"] = context.Searcher.Match(frozen, body["query"]).Count(),
            ["_shards"] = Searcher.Shards(frozen.Shards),
        });
    }

    private RestAnswer MultiSearch(RestCall call)
    {
        byte[] body = call.Body;
        if (body.Length == 0 || body[^1] != (byte)'\n')
        {
            throw ElasticsearchException.IllegalArgument("The msearch request must be terminated by a newline [\\n]");
        }

        string[] lines = System.Text.Encoding.UTF8.GetString(body)[..^1].Split('\n');
        var responses = new JsonArray();
        for (int i = 0; i < lines.Length; i += 2)
        {
            if (lines[i].Trim().Length == 0 && i + 1 >= lines.Length)
            {
                break;
            }

            if (i + 1 >= lines.Length)
            {
                throw ElasticsearchException.IllegalArgument("Malformed content, a search header has no body");
            }

            JsonObject header = lines[i].Trim().Length == 0 ? [] : RestCall.Parse(System.Text.Encoding.UTF8.GetBytes(lines[i]));
            responses.Add(One(header, System.Text.Encoding.UTF8.GetBytes(lines[i + 1]), call));
        }

        return responses.Count == 0 ? throw new ElasticsearchException(400, "action_request_validation_exception", "Validation Failed: 1: no requests added;")
            : RestAnswer.Ok(new JsonObject { ["took"] = 1, ["responses"] = responses });
    }

    private JsonObject One(JsonObject header, byte[] line, RestCall call)
    {
        JsonNode? named = header["index"] ?? header["indices"];
        context.CheckExplicit(named is null ? null : string.Join(',', named.Texts()), call["index"]);
        JsonObject body = RestCall.Parse(line);
        try
        {
            JsonObject answer = Run(named is null ? call["index"] : string.Join(',', named.Texts()), new ResolveOptions().With(call).With(header), body);
            if (call.Flag("rest_total_hits_as_int") && answer["hits"]!["total"] is JsonObject total)
            {
                answer["hits"]!["total"] = total["value"]!.DeepClone();
            }

            answer["status"] = 200;
            return answer;
        }
        catch (ElasticsearchException e)
        {
            return new JsonObject { ["error"] = e.Error(), ["status"] = e.Status };
        }
    }

    private RestAnswer Validate(RestCall call)
    {
        IReadOnlyList<IndexTarget> targets = context.Targets(call);
        JsonObject body = Body(call);
        string? wrong = null;
        try
        {
            Query _ = body["query"] is { } query ? context.Searcher.Queries().Build(query) : QueryBuilder.All;
        }
        catch (ElasticsearchException e)
        {
            wrong = e.Message;
        }

        var answer = new JsonObject { ["_shards"] = ApiContext.Shards(targets.Count > 0 ? 1 : 0), ["valid"] = wrong is null };
        if (wrong is not null && call.Flag("explain"))
        {
            answer["error"] = wrong;
        }

        return RestAnswer.Ok(answer);
    }
}

/// <summary>A scroll: what it found and how far it came.</summary>
internal sealed record Scroll(Findings Findings, int Size)
{
    public int At { get; set; }
}

/// <summary>A point in time.</summary>
internal sealed record PointInTime(Frozen Documents, DateTimeOffset Created);

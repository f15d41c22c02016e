using System.Text.Json.Nodes;
using Gatehouse.Testing.Elasticsearch.Indices;
using Gatehouse.Testing.Elasticsearch.Rest;

namespace Gatehouse.Testing.Elasticsearch.Apis;

/// <summary>Data streams, rollover, and what is stored by name: templates, pipelines and scripts.</summary>
internal sealed class DataStreamApi(ApiContext context)
{
    public void Register(Router router)
    {
        router.Add("PUT", "/_data_stream/{name}", call =>
        {
            context.Cluster.CreateDataStream(call.Require("name"));
            return RestAnswer.Acknowledged();
        });
        router.Add("GET", "/_data_stream", Get);
        router.Add("GET", "/_data_stream/{name}", Get);
        router.Add("DELETE", "/_data_stream/{name}", Delete);
        router.Add("GET", "/_data_stream/_stats", Stats);
        router.Add("GET", "/_data_stream/{name}/_stats", Stats);
        router.Add("POST", "/{index}/_rollover", Rollover);
        router.Add("POST", "/{index}/_rollover/{new_index}", Rollover);
        Stored(router, "/_index_template", context.Cluster.Templates, "index_templates", "index_template");
        Stored(router, "/_component_template", context.Cluster.ComponentTemplates, "component_templates", "component_template");
        Stored(router, "/_template", context.Cluster.LegacyTemplates, null, null);
        Stored(router, "/_ingest/pipeline", context.Cluster.Pipelines, null, null);
        router.Add("PUT,POST", "/_scripts/{id}", Script);
        router.Add("GET", "/_scripts/{id}", Script);
        router.Add("DELETE", "/_scripts/{id}", Script);
    }

    private DataStreamState[] Named(RestCall call)
    {
        string[] patterns = (call["name"] ?? "*").Split(',');
        string? missing = patterns.FirstOrDefault(p => !p.Contains('*') && p != "_all" && !context.Cluster.DataStreams.ContainsKey(p));
        return missing is null ? [.. context.Cluster.DataStreams.Values.Where(s => patterns.Any(p => p == "_all" || Glob.Matches(p, s.Name)))]
            : throw ElasticsearchException.NotFound(missing);
    }

    private RestAnswer Get(RestCall call) => RestAnswer.Ok(new JsonObject
    {
        ["data_streams"] = Named(call).Select(s => (JsonNode?)new JsonObject
        {
            ["name"] = s.Name,
            ["timestamp_field"] = new JsonObject { ["name"] = "@timestamp" },
            ["indices"] = s.Backing.Select(b => (JsonNode?)new JsonObject { ["index_name"] = b, ["index_uuid"] = context.Cluster.Indices[b].Uuid }).ToJsonArray(),
            ["generation"] = s.Generation,
            ["status"] = "GREEN",
            ["template"] = s.Template,
            ["hidden"] = s.IsHidden,
            ["system"] = false,
            ["allow_custom_routing"] = false,
            ["replicated"] = false,
        }).ToJsonArray(),
    });

    private RestAnswer Delete(RestCall call)
    {
        foreach (DataStreamState stream in Named(call))
        {
            stream.Backing.ForEach(b => context.Cluster.Indices.Remove(b));
            context.Cluster.DataStreams.Remove(stream.Name);
        }

        return RestAnswer.Acknowledged();
    }

    private RestAnswer Stats(RestCall call)
    {
        DataStreamState[] streams = Named(call);
        return RestAnswer.Ok(new JsonObject
        {
            ["_shards"] = ApiContext.Shards(streams.Sum(static s => s.Backing.Count)),
            ["data_stream_count"] = streams.Length,
            ["backing_indices"] = streams.Sum(static s => s.Backing.Count),
            ["total_store_size_bytes"] = 0,
            ["data_streams"] = streams.Select(static s => (JsonNode?)new JsonObject { ["data_stream"] = s.Name, ["backing_indices"] = s.Backing.Count, ["store_size_bytes"] = 0 }).ToJsonArray(),
        });
    }

    private RestAnswer Rollover(RestCall call)
    {
        string name = call.Require("index");
        string before, after;
        if (context.Cluster.DataStreams.TryGetValue(name, out DataStreamState? stream))
        {
            before = stream.Backing[^1];
            after = context.Cluster.Rollover(stream).Name;
        }
        else
        {
            if (!context.Cluster.Aliases().ContainsKey(name))
            {
                throw ElasticsearchException.IllegalArgument($"rollover target [{name}] does not exist");
            }

            IndexState old = context.Writer.Target(name, mustCreate: false, requireAlias: true);
            before = old.Name;
            int dash = before.LastIndexOf('-');
            after = call["new_index"] ?? (dash > 0 && int.TryParse(before[(dash + 1)..], out int number) ? $"{before[..dash]}-{number + 1:D6}"
                : throw ElasticsearchException.IllegalArgument($"index name [{before}] does not match pattern '^.*-\\d+$'"));
            IndexState made = context.Cluster.Create(DateMath.Resolve(after, context.Cluster.Now), call.Json().Where(static p => p.Key != "conditions").ToJsonObject(static p => p.Key, static p => p.Value?.DeepClone()));
            bool hasWriteIndex = old.Aliases[name]["is_write_index"].Bool() == true;
            made.Aliases[name] = hasWriteIndex ? new JsonObject { ["is_write_index"] = true } : [];
            old.Aliases[name]["is_write_index"] = hasWriteIndex ? false : null;
            _ = hasWriteIndex || old.Aliases.Remove(name);
        }

        return RestAnswer.Ok(new JsonObject
        {
            ["acknowledged"] = true,
            ["shards_acknowledged"] = true,
            ["old_index"] = before,
            ["new_index"] = after,
            ["rolled_over"] = true,
            ["dry_run"] = false,
            ["conditions"] = new JsonObject(),
        });
    }

    /// <summary>Put, get and delete by name; <paramref name="list"/> and <paramref name="item"/> name the members of an answer that is a list.</summary>
    private static void Stored(Router router, string path, SortedDictionary<string, JsonObject> store, string? list, string? item)
    {
        string kind = path[(path.LastIndexOf('/') + 1)..].TrimStart('_');
        RestAnswer Get(RestCall call)
        {
            string[] patterns = (call["name"] ?? "*").Split(',');
            KeyValuePair<string, JsonObject>[] found = [.. store.Where(s => patterns.Any(p => Glob.Matches(p, s.Key)))];
            if (found.Length == 0 && patterns.Any(static p => !p.Contains('*')))
            {
                return list is null ? new RestAnswer(404, new JsonObject())
                    : throw new ElasticsearchException(404, "resource_not_found_exception", $"{kind.Replace('_', ' ')} matching [{call["name"]}] not found");
            }

            return RestAnswer.Ok(list is null ? found.ToJsonObject(static f => f.Key, static f => f.Value.DeepClone())
                : new JsonObject { [list] = found.Select(f => (JsonNode?)new JsonObject { ["name"] = f.Key, [item!] = f.Value.DeepClone() }).ToJsonArray() });
        }

        router.Add("PUT" + (kind == "pipeline" ? "" : ",POST"), path + "/{name}", call =>
        {
            JsonObject body = call.RequireJson();
            if (kind is "index_template" or "template" && body["index_patterns"] is null)
            {
                throw new ElasticsearchException(400, "x_content_parse_exception", "[1:1] Required [index_patterns]");
            }

            store[call.Require("name")] = body;
            return RestAnswer.Acknowledged();
        });
        router.Add("GET", path, Get);
        router.Add("GET", path + "/{name}", Get);
        router.Add("HEAD", path + "/{name}", call => RestAnswer.Exists(store.ContainsKey(call.Require("name"))));
        router.Add("DELETE", path + "/{name}", call => store.Remove(call.Require("name")) ? RestAnswer.Acknowledged()
            : throw new ElasticsearchException(404, "resource_not_found_exception", $"{kind} [{call["name"]}] missing"));
    }

    private RestAnswer Script(RestCall call)
    {
        string id = call.Require("id");
        if (call.Method is "PUT" or "POST")
        {
            context.Cluster.Scripts[id] = call.RequireJson()["script"].AsMap("script").DeepClone().AsObject();
            return RestAnswer.Acknowledged();
        }

        bool isThere = context.Cluster.Scripts.TryGetValue(id, out JsonObject? script);
        if (call.Method == "DELETE")
        {
            return context.Cluster.Scripts.Remove(id) ? RestAnswer.Acknowledged()
                : throw new ElasticsearchException(404, "resource_not_found_exception", $"stored script [{id}] does not exist and cannot be deleted");
        }

        var answer = new JsonObject { ["_id"] = id, ["found"] = isThere };
        if (isThere)
        {
            answer["script"] = script!.DeepClone();
        }

        return new RestAnswer(isThere ? 200 : 404, answer);
    }
}

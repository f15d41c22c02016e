using System.Text.Json.Nodes;
using Gatehouse.Testing.Elasticsearch.Indices;
using Gatehouse.Testing.Elasticsearch.Rest;

namespace Gatehouse.Testing.Elasticsearch.Apis;

/// <summary>Indices: made, removed, described, opened, closed, refreshed.</summary>
internal sealed class IndexApi(ApiContext context)
{
    public void Register(Router router)
    {
        router.Add("PUT", "/{index}", Create);
        router.Add("DELETE", "/{index}", Delete);
        router.Add("GET", "/{index}", call => Each(call, i => Describe(i)));
        router.Add("HEAD", "/{index}", Exists);
        foreach (string prefix in (string[])["", "/{index}"])
        {
            router.Add("GET", prefix + "/_mapping", call => Each(call, static i => new JsonObject { ["mappings"] = i.Mappings.DeepClone() }));
            router.Add("GET", prefix + "/_mapping/field/{fields}", FieldMapping);
            router.Add("GET", prefix + "/_settings", Settings);
            router.Add("GET", prefix + "/_settings/{name}", Settings);
            router.Add("PUT", prefix + "/_settings", PutSettings);
            router.Add("GET,POST", prefix + "/_refresh", Touch);
            router.Add("GET,POST", prefix + "/_flush", Touch);
            router.Add("POST", prefix + "/_forcemerge", Touch);
            router.Add("POST", prefix + "/_cache/clear", Touch);
        }

        router.Add("PUT,POST", "/{index}/_mapping", PutMapping);
        router.Add("POST", "/{index}/_open", call => SetClosed(call, isClosed: false));
        router.Add("POST", "/{index}/_close", call => SetClosed(call, isClosed: true));
        foreach (string kind in (string[])["_clone", "_shrink", "_split"])
        {
            router.Add("PUT,POST", "/{index}/" + kind + "/{target}", Resize);
        }
    }

    private RestAnswer Create(RestCall call)
    {
        string name = DateMath.Resolve(call.Require("index"), context.Cluster.Now);
        JsonObject body = call.Json();
        if (body.FirstOrDefault(static p => p.Key is not ("settings" or "mappings" or "aliases")).Key is { } unknown)
        {
            throw new ElasticsearchException(400, "parse_exception", $"unknown key [{unknown}] for create index");
        }

        context.Cluster.Create(name, body);
        return RestAnswer.Ok(new JsonObject { ["acknowledged"] = true, ["shards_acknowledged"] = true, ["index"] = name });
    }

    private RestAnswer Delete(RestCall call)
    {
        IReadOnlyList<string> list = IndexNames.Split(call["index"]);
        bool isAll = list.Count == 0 || list.Any(static n => n == "_all" || n.Contains('*'));
        if (isAll && context.Cluster.PersistentSettings["action.destructive_requires_name"].Text() == "true")
        {
            throw ElasticsearchException.IllegalArgument("Wildcard expressions or all indices are not allowed");
        }

        ResolveOptions options = new() { Closed = true, ForbidClosed = false, IgnoreAliases = true, WithDataStreams = false };
        string[] names = [.. context.Expressions.Targets(list, options.With(call)).Select(static t => t.Index.Name)];
        foreach (string name in names)
        {
            if (context.Cluster.OwnerOf(name) is { } owner && owner.Backing[^1] == name)
            {
                throw ElasticsearchException.IllegalArgument($"index [{name}] is the write index for data stream [{owner.Name}] and cannot be deleted");
            }
        }

        foreach (string name in names)
        {
            context.Cluster.OwnerOf(name)?.Backing.Remove(name);
            context.Cluster.Indices.Remove(name);
        }

        return RestAnswer.Acknowledged();
    }

    private RestAnswer Exists(RestCall call)
    {
        try
        {
            IReadOnlyList<string> list = IndexNames.Split(call["index"]);
            return RestAnswer.Exists(context.Expressions.Targets(list, ResolveOptions.Metadata.With(call)).Count > 0 || list.All(static n => n.Contains('*')));
        }
        catch (ElasticsearchException e) when (e.Status == 404)
        {
            return RestAnswer.Exists(false);
        }
    }

    private RestAnswer Each(RestCall call, Func<IndexState, JsonObject> describe)
    {
        ResolveOptions options = ResolveOptions.Metadata.With(call);
        return RestAnswer.Ok(context.Expressions.Targets(call["index"], options).ToJsonObject(static t => t.Index.Name, t => describe(t.Index)));
    }

    private static JsonObject Describe(IndexState index) => new()
    {
        ["aliases"] = index.Aliases.ToJsonObject(static a => a.Key, static a => a.Value.DeepClone()),
        ["mappings"] = index.Mappings.DeepClone(),
        ["settings"] = index.Settings.DeepClone(),
    };

    private RestAnswer Settings(RestCall call)
    {
        string pattern = call["name"] is { Length: > 0 } name and not "_all" ? name : "*";
        return Each(call, index =>
        {
            KeyValuePair<string, JsonNode?>[] flat = [.. IndexSettings.Flat(index.Settings, "").Where(s => pattern.Split(',').Any(p => Glob.Matches(p, s.Key)))];
            var nested = new JsonObject();
            IndexSettings.Apply(nested, flat.ToJsonObject(static s => s.Key, static s => s.Value?.DeepClone()));
            return new JsonObject { ["settings"] = call.Flag("flat_settings") ? flat.ToJsonObject(static s => s.Key, static s => s.Value?.DeepClone()) : nested };
        });
    }

    private RestAnswer FieldMapping(RestCall call) => Each(call, index =>
    {
        IEnumerable<(string Path, string Type)> fields = Mapping.Fields(index.Mappings).Where(f => call.Require("fields").Split(',').Any(p => Glob.Matches(p, f.Path)));
        return new JsonObject
        {
            ["mappings"] = fields.ToJsonObject(static f => f.Path, static f => new JsonObject
            {
                ["full_name"] = f.Path,
                ["mapping"] = new JsonObject { [f.Path[(f.Path.LastIndexOf('.') + 1)..]] = new JsonObject { ["type"] = f.Type } },
            }),
        };
    });

    private RestAnswer PutMapping(RestCall call)
    {
        JsonObject body = call.RequireJson();
        foreach (IndexTarget target in context.Targets(call, ResolveOptions.Metadata with { AllowNoIndices = false }))
        {
            foreach ((string path, string type) in Mapping.Fields(body))
            {
                if (Mapping.TypeOf(target.Index.Mappings, path) is { } before && before != type)
                {
                    throw ElasticsearchException.IllegalArgument($"mapper [{path}] cannot be changed from type [{before}] to [{type}]");
                }
            }

            target.Index.Mappings.MergeFrom(body);
        }

        return RestAnswer.Acknowledged();
    }

    private RestAnswer PutSettings(RestCall call)
    {
        JsonObject body = call.RequireJson();
        foreach (IndexTarget target in context.Targets(call, ResolveOptions.Metadata))
        {
            IndexSettings.Apply(target.Index.Settings, body["settings"] as JsonObject ?? body);
        }

        return RestAnswer.Acknowledged();
    }

    private RestAnswer Touch(RestCall call)
    {
        int count = context.Targets(call).Count;
        return RestAnswer.Ok(new JsonObject { ["_shards"] = new JsonObject { ["total"] = 2 * count, ["successful"] = count, ["failed"] = 0 } });
    }

    private RestAnswer SetClosed(RestCall call, bool isClosed)
    {
        ResolveOptions options = ResolveOptions.Metadata with { Open = isClosed, Closed = !isClosed, AllowNoIndices = false };
        IReadOnlyList<IndexTarget> targets = context.Targets(call, options);
        foreach (IndexTarget target in targets)
        {
            target.Index.IsClosed = isClosed;
        }

        var answer = new JsonObject { ["acknowledged"] = true, ["shards_acknowledged"] = true };
        if (isClosed)
        {
            answer["indices"] = targets.ToJsonObject(static t => t.Index.Name, static _ => new JsonObject { ["closed"] = true });
        }

        return RestAnswer.Ok(answer);
    }

    private RestAnswer Resize(RestCall call)
    {
        IndexState source = context.Single(call.Require("index"));
        string name = call.Require("target");
        IndexState copy = context.Cluster.Create(name, call.Json());
        copy.Mappings.MergeFrom(source.Mappings);
        foreach (Document document in source.Documents.Values.OrderBy(static d => d.SeqNo))
        {
            copy.Put(document.Id, document.Source, document.Routing);
        }

        return RestAnswer.Ok(new JsonObject { ["acknowledged"] = true, ["shards_acknowledged"] = true, ["index"] = name });
    }
}

using System.Text.Json.Nodes;
using Gatehouse.Testing.Elasticsearch.Indices;
using Gatehouse.Testing.Elasticsearch.Queries;
using Gatehouse.Testing.Elasticsearch.Rest;

namespace Gatehouse.Testing.Elasticsearch.Apis;

/// <summary>What is told about names and fields: resolve, field capabilities, statistics, shards, analysis.</summary>
internal sealed class MetadataApi(ApiContext context)
{
    public void Register(Router router)
    {
        router.Add("GET,POST", "/_resolve/index/{name}", Resolve);
        router.Add("GET,POST", "/_analyze", Analyze);
        router.Add("GET,POST", "/{index}/_analyze", Analyze);
        foreach (string prefix in (string[])["", "/{index}"])
        {
            router.Add("GET,POST", prefix + "/_field_caps", FieldCaps);
            router.Add("GET", prefix + "/_stats", Stats);
            router.Add("GET", prefix + "/_stats/{metric}", Stats);
            router.Add("GET", prefix + "/_segments", call => Shards(call, "indices"));
            router.Add("GET", prefix + "/_recovery", call => RestAnswer.Ok(context.Targets(call).ToJsonObject(static t => t.Index.Name, static _ => new JsonObject { ["shards"] = new JsonArray() })));
            router.Add("GET,POST", prefix + "/_search_shards", SearchShards);
        }
    }

    private RestAnswer Resolve(RestCall call)
    {
        ResolveOptions options = ResolveOptions.Metadata.With(call);
        string[] names = [.. context.Expressions.Names(IndexNames.Split(call.Require("name")), options).Order(StringComparer.Ordinal)];
        ClusterModel cluster = context.Cluster;
        SortedDictionary<string, List<(string Member, JsonObject Alias)>> aliases = cluster.Aliases();
        return RestAnswer.Ok(new JsonObject
        {
            ["indices"] = names.Where(cluster.Indices.ContainsKey).Select(n => (JsonNode?)Described(cluster.Indices[n])).ToJsonArray(),
            ["aliases"] = names.Where(aliases.ContainsKey).Select(n => (JsonNode?)new JsonObject
            {
                ["name"] = n,
                ["indices"] = aliases[n].SelectMany(m => cluster.DataStreams.TryGetValue(m.Member, out DataStreamState? s) ? s.Backing : [m.Member]).Order(StringComparer.Ordinal).ToJsonArray(),
            }).ToJsonArray(),
            ["data_streams"] = names.Where(cluster.DataStreams.ContainsKey).Select(n => (JsonNode?)new JsonObject
            {
                ["name"] = n,
                ["backing_indices"] = cluster.DataStreams[n].Backing.ToJsonArray(),
                ["timestamp_field"] = "@timestamp",
            }).ToJsonArray(),
        });
    }

    private JsonObject Described(IndexState index)
    {
        var result = new JsonObject { ["name"] = index.Name };
        if (index.Aliases.Count > 0)
        {
            result["aliases"] = index.Aliases.Keys.ToJsonArray();
        }

        string[] attributes = [.. new[] { index.IsHidden ? "hidden" : null, index.IsClosed ? "closed" : "open" }.OfType<string>()];
        result["attributes"] = attributes.ToJsonArray();
        if (context.Cluster.OwnerOf(index.Name) is { } owner)
        {
            result["data_stream"] = owner.Name;
        }

        return result;
    }

    private RestAnswer FieldCaps(RestCall call)
    {
        JsonObject body = call.Json();
        string[] wanted = [.. call["fields"]?.Split(',') ?? body["fields"].Texts()];
        if (wanted.Length == 0)
        {
            throw new ElasticsearchException(400, "action_request_validation_exception", "Validation Failed: 1: no fields specified;");
        }

        IReadOnlyList<IndexTarget> targets = context.Targets(call);
        if (body["index_filter"] is { } filter)
        {
            HashSet<IndexState> matching = [.. context.Searcher.Match(context.Searcher.Freeze(targets), filter).Select(static m => m.Index)];
            targets = [.. targets.Where(t => matching.Contains(t.Index))];
        }

        var fields = new JsonObject();
        IEnumerable<(string Path, string Type)> all = targets.SelectMany(static t => Mapping.Fields(t.Index.Mappings)).Concat([("_id", "_id"), ("_index", "_index"), ("_source", "_source")]);
        foreach ((string path, string type) in all.Distinct().Where(f => wanted.Any(w => Glob.Matches(w, f.Path))).OrderBy(static f => f.Path, StringComparer.Ordinal))
        {
            var capability = new JsonObject
            {
                ["type"] = type,
                ["metadata_field"] = path[0] == '_',
                ["searchable"] = type != "object",
                ["aggregatable"] = type is not ("object" or "text" or "_source"),
            };
            if (fields[path] is not JsonObject types)
            {
                fields[path] = types = [];
            }

            types[type] = capability;
        }

        return RestAnswer.Ok(new JsonObject { ["indices"] = targets.Select(static t => t.Index.Name).ToJsonArray(), ["fields"] = fields });
    }

    private RestAnswer Stats(RestCall call)
    {
        IReadOnlyList<IndexTarget> targets = context.Targets(call, ResolveOptions.Metadata with { ForbidClosed = true });
        JsonObject Numbers(IEnumerable<IndexTarget> some) => new()
        {
            ["docs"] = new JsonObject { ["count"] = some.Sum(static t => t.Index.Documents.Count), ["deleted"] = 0 },
            ["store"] = new JsonObject { ["size_in_bytes"] = some.Sum(static t => 250 + (100 * t.Index.Documents.Count)) },
        };
        JsonObject Both(IEnumerable<IndexTarget> some) => new() { ["primaries"] = Numbers(some), ["total"] = Numbers(some) };
        return RestAnswer.Ok(new JsonObject
        {
            ["_shards"] = new JsonObject { ["total"] = 2 * targets.Count, ["successful"] = targets.Count, ["failed"] = 0 },
            ["_all"] = Both(targets),
            ["indices"] = targets.ToJsonObject(static t => t.Index.Name, t =>
            {
                JsonObject one = Both([t]);
                one.Insert(0, "uuid", t.Index.Uuid);
                return one;
            }),
        });
    }

    private RestAnswer Shards(RestCall call, string member)
    {
        IReadOnlyList<IndexTarget> targets = context.Targets(call);
        return RestAnswer.Ok(new JsonObject
        {
            ["_shards"] = ApiContext.Shards(targets.Count),
            [member] = targets.ToJsonObject(static t => t.Index.Name, static _ => new JsonObject { ["shards"] = new JsonObject() }),
        });
    }

    private RestAnswer SearchShards(RestCall call)
    {
        IReadOnlyList<IndexTarget> targets = context.Targets(call);
        return RestAnswer.Ok(new JsonObject
        {
            ["nodes"] = new JsonObject { [context.Cluster.NodeId] = new JsonObject { ["name"] = "stand-in", ["transport_address"] = "127.0.0.1:9300" } },
            ["indices"] = targets.ToJsonObject(static t => t.Index.Name, static t => t.Filters.Count == 0 ? new JsonObject()
                : new JsonObject { ["filter"] = t.Filters[0].DeepClone() }),
            ["shards"] = targets.Select(t => (JsonNode?)new JsonArray(new JsonObject { ["state"] = "STARTED", ["primary"] = true, ["node"] = context.Cluster.NodeId, ["shard"] = 0, ["index"] = t.Index.Name })).ToJsonArray(),
        });
    }

    /// <summary>Without an index in the path, one in the query is used as well; either must exist.</summary>
    private RestAnswer Analyze(RestCall call)
    {
        if (call["index"] is { Length: > 0 } index)
        {
            context.Single(index);
        }

        JsonObject body = call.RequireJson();
        int position = 0;
        string analyzer = body["analyzer"].Text() ?? "standard";
        IEnumerable<string> tokens = body["text"].Texts().SelectMany(t => analyzer == "keyword" ? [t] : FieldValues.Tokens(t));
        return RestAnswer.Ok(new JsonObject
        {
            ["tokens"] = tokens.Select(t => (JsonNode?)new JsonObject { ["token"] = t, ["start_offset"] = 0, ["end_offset"] = t.Length, ["type"] = "<ALPHANUM>", ["position"] = position++ }).ToJsonArray(),
        });
    }
}

using System.Text.Json.Nodes;
using Gatehouse.Testing.Elasticsearch.Indices;
using Gatehouse.Testing.Elasticsearch.Rest;

namespace Gatehouse.Testing.Elasticsearch.Apis;

/// <summary>The banner, health, state, settings and nodes.</summary>
internal sealed class ClusterApi(ApiContext context)
{
    public void Register(Router router)
    {
        router.Add("GET", "/", _ => RestAnswer.Ok(Banner()));
        router.Add("HEAD", "/", static _ => RestAnswer.Exists(true));
        router.Add("GET", "/_cluster/health", Health);
        router.Add("GET", "/_cluster/health/{index}", Health);
        foreach (string path in (string[])["/_cluster/state", "/_cluster/state/{metric}", "/_cluster/state/{metric}/{index}"])
        {
            router.Add("GET", path, State);
        }

        router.Add("GET", "/_cluster/stats", Stats);
        router.Add("GET", "/_cluster/settings", _ => RestAnswer.Ok(Settings()));
        router.Add("PUT", "/_cluster/settings", PutSettings);
        router.Add("GET", "/_cluster/pending_tasks", static _ => RestAnswer.Ok(new JsonObject { ["tasks"] = new JsonArray() }));
        foreach (string path in (string[])["/_nodes", "/_nodes/{node_id}", "/_nodes/{node_id}/{metrics}", "/_nodes/stats", "/_nodes/{node_id}/stats"])
        {
            router.Add("GET", path, _ => RestAnswer.Ok(Nodes()));
        }

        if (!context.Cluster.IsOpenSearch)
        {
            router.Add("GET", "/_license", static _ => RestAnswer.Ok(new JsonObject { ["license"] = new JsonObject { ["status"] = "active", ["type"] = "basic", ["uid"] = "6f0e4d2e-0000-4000-8000-000000000000", ["issuer"] = "elasticsearch" } }));
            router.Add("GET", "/_xpack", static _ => RestAnswer.Ok(new JsonObject { ["license"] = new JsonObject { ["type"] = "basic", ["mode"] = "basic", ["status"] = "active" }, ["features"] = new JsonObject { ["security"] = new JsonObject { ["available"] = true, ["enabled"] = false } } }));
        }
    }

    private JsonObject Banner()
    {
        var version = new JsonObject { ["number"] = context.Cluster.Options.Version };
        if (context.Cluster.IsOpenSearch)
        {
            version["distribution"] = "opensearch";
        }
        else
        {
            version["build_flavor"] = "default";
        }

        version["build_type"] = "tar";
        version["build_hash"] = "0000000000000000000000000000000000000000";
        version["build_date"] = "2025-07-01T00:00:00.000000000Z";
        version["build_snapshot"] = false;
        version["lucene_version"] = "10.2.2";
        version["minimum_wire_compatibility_version"] = context.Cluster.IsOpenSearch ? "2.19.0" : "8.19.0";
        version["minimum_index_compatibility_version"] = context.Cluster.IsOpenSearch ? "2.0.0" : "8.0.0";
        return new JsonObject
        {
            ["name"] = "stand-in",
            ["cluster_name"] = "stand-in",
            ["cluster_uuid"] = context.Cluster.Uuid,
            ["version"] = version,
            ["tagline"] = context.Cluster.IsOpenSearch ? "The OpenSearch Project: https://opensearch.org/" : "You Know, for Search",
        };
    }

    private RestAnswer Health(RestCall call)
    {
        int shards = context.Targets(call, ResolveOptions.Metadata with { Closed = true, Hidden = true, IgnoreUnavailable = true }).Count;
        return RestAnswer.Ok(new JsonObject
        {
            ["cluster_name"] = "stand-in",
            ["status"] = "green",
            ["timed_out"] = false,
            ["number_of_nodes"] = 1,
            ["number_of_data_nodes"] = 1,
            ["active_primary_shards"] = shards,
            ["active_shards"] = shards,
            ["relocating_shards"] = 0,
            ["initializing_shards"] = 0,
            ["unassigned_shards"] = 0,
            ["delayed_unassigned_shards"] = 0,
            ["number_of_pending_tasks"] = 0,
            ["number_of_in_flight_fetch"] = 0,
            ["task_max_waiting_in_queue_millis"] = 0,
            ["active_shards_percent_as_number"] = 100.0,
        });
    }

    private RestAnswer State(RestCall call)
    {
        string metrics = call["metric"] ?? "_all";
        bool Wants(string metric) => metrics.Split(',').Any(m => m == "_all" || m == metric);
        IReadOnlyList<IndexTarget> targets = context.Targets(call, ResolveOptions.Metadata with { Closed = true, Hidden = true });
        var answer = new JsonObject { ["cluster_name"] = "stand-in", ["cluster_uuid"] = context.Cluster.Uuid };
        if (Wants("version"))
        {
            answer["version"] = 1;
            answer["state_uuid"] = context.Cluster.Uuid;
        }

        if (Wants("metadata"))
        {
            answer["metadata"] = new JsonObject
            {
                ["cluster_uuid"] = context.Cluster.Uuid,
                ["templates"] = context.Cluster.LegacyTemplates.ToJsonObject(static t => t.Key, static t => t.Value.DeepClone()),
                ["indices"] = targets.ToJsonObject(static t => t.Index.Name, static t => new JsonObject
                {
                    ["state"] = t.Index.IsClosed ? "close" : "open",
                    ["settings"] = t.Index.Settings.DeepClone(),
                    ["mappings"] = new JsonObject { ["_doc"] = t.Index.Mappings.DeepClone() },
                    ["aliases"] = t.Index.Aliases.Keys.ToJsonArray(),
                }),
            };
        }

        if (Wants("routing_table"))
        {
            answer["routing_table"] = new JsonObject { ["indices"] = targets.ToJsonObject(static t => t.Index.Name, static _ => new JsonObject { ["shards"] = new JsonObject() }) };
        }

        return RestAnswer.Ok(answer);
    }

    private RestAnswer Stats(RestCall call) => RestAnswer.Ok(new JsonObject
    {
        ["_nodes"] = ApiContext.Shards(1),
        ["cluster_name"] = "stand-in",
        ["cluster_uuid"] = context.Cluster.Uuid,
        ["status"] = "green",
        ["indices"] = new JsonObject
        {
            ["count"] = context.Cluster.Indices.Count,
            ["docs"] = new JsonObject { ["count"] = context.Cluster.Indices.Values.Sum(static i => i.Documents.Count), ["deleted"] = 0 },
        },
        ["nodes"] = new JsonObject { ["count"] = new JsonObject { ["total"] = 1, ["data"] = 1 }, ["versions"] = new JsonArray(context.Cluster.Options.Version) },
    });

    private JsonObject Settings() => new()
    {
        ["persistent"] = context.Cluster.PersistentSettings.DeepClone(),
        ["transient"] = context.Cluster.TransientSettings.DeepClone(),
    };

    private RestAnswer PutSettings(RestCall call)
    {
        JsonObject body = call.RequireJson();
        foreach ((string kind, JsonObject into) in new[] { ("persistent", context.Cluster.PersistentSettings), ("transient", context.Cluster.TransientSettings) })
        {
            foreach ((string key, JsonNode? value) in IndexSettings.Flat(body[kind] as JsonObject ?? [], ""))
            {
                if (value is null)
                {
                    into.Remove(key);
                }
                else
                {
                    into[key] = value.DeepClone();
                }
            }
        }

        JsonObject answer = Settings();
        answer.Insert(0, "acknowledged", true);
        return RestAnswer.Ok(answer);
    }

    private JsonObject Nodes() => new()
    {
        ["_nodes"] = ApiContext.Shards(1),
        ["cluster_name"] = "stand-in",
        ["nodes"] = new JsonObject
        {
            [context.Cluster.NodeId] = new JsonObject
            {
                ["name"] = "stand-in",
                ["transport_address"] = "127.0.0.1:9300",
                ["host"] = "127.0.0.1",
                ["ip"] = "127.0.0.1",
                ["version"] = context.Cluster.Options.Version,
                ["roles"] = new JsonArray("data", "ingest", "master"),
                ["http"] = new JsonObject { ["publish_address"] = "127.0.0.1:9200", ["max_content_length_in_bytes"] = 104_857_600 },
            },
        },
    };
}

using System.Collections.Frozen;

namespace Gatehouse.Policy.Indices;

/// <summary>The privileges of Elasticsearch 7 to 9 and what each implies directly.</summary>
internal static class PrivilegeTable
{
    // Not under `cluster:manage`, whose pattern leaves out cluster:admin/xpack/security/*; nor what is for nodes among themselves.
    private static readonly string[] Security =
    [
        "manage_security", "read_security", "manage_api_key", "manage_own_api_key", "grant_api_key", "clone_api_key", "manage_token", "manage_saml",
        "manage_oidc", "manage_service_account", "manage_user_profile", "delegate_pki",
    ];

    private static readonly string[] Internals = ["none", "cross_cluster_search", "cross_cluster_replication"];

    private static readonly string[] Managed =
    [
        "monitor", "manage_ml", "monitor_ml", "manage_transform", "monitor_transform", "manage_data_frame_transforms", "monitor_data_frame_transforms",
        "manage_watcher", "monitor_watcher", "manage_rollup", "monitor_rollup", "manage_enrich", "monitor_enrich", "manage_inference",
        "monitor_inference", "manage_connector", "monitor_connector", "read_connector_secrets", "write_connector_secrets", "manage_pipeline",
        "manage_ingest_pipelines", "read_pipeline", "manage_index_templates", "manage_ilm", "read_ilm", "manage_slm", "read_slm", "manage_ccr",
        "read_ccr", "create_snapshot", "monitor_snapshot", "manage_autoscaling", "manage_logstash_pipelines", "manage_search_application",
        "manage_search_query_rules", "manage_search_synonyms", "manage_behavioral_analytics", "post_behavioral_analytics_event", "manage_reindex",
        "monitor_reindex", "manage_esql", "monitor_esql", "monitor_text_structure", "monitor_stats", "cancel_task", "transport_client",
        "manage_data_stream_global_retention", "monitor_data_stream_global_retention", "read_fleet_secrets", "write_fleet_secrets",
        "manage_project_routing", "read_project_routing",
    ];

    private static readonly string[] Indices =
    [
        "none", "read", "read_cross_cluster", "read_failure_store", "create_doc", "create", "index", "delete", "write", "monitor", "manage",
        "manage_failure_store", "create_index", "delete_index", "auto_configure", "view_index_metadata", "maintenance", "manage_ilm",
        "manage_data_stream_lifecycle", "manage_follow_index", "manage_leader_index", "cross_cluster_replication",
        "cross_cluster_replication_internal", "create_view", "delete_view", "read_view_metadata", "manage_view",
    ];

    private static readonly (string Word, string[] Implied)[] IndexRules =
    [
        ("write", ["index", "delete", "create", "create_doc"]),
        ("index", ["create"]),
        ("create", ["create_doc"]),
        ("manage",
        [
            "monitor", "create_index", "delete_index", "view_index_metadata", "maintenance", "manage_ilm", "manage_data_stream_lifecycle",
            "manage_follow_index", "manage_leader_index", "auto_configure",
        ]),
        ("manage_view", ["create_view", "delete_view", "read_view_metadata"]),
    ];

    // `monitor` is cluster:monitor/*: what of a feature is named otherwise (enrich policies, snapshots, connectors) it does not have.
    private static readonly (string Word, string[] Implied)[] ClusterRules =
    [
        ("manage", Managed),
        ("monitor",
        [
            "monitor_ml", "monitor_transform", "monitor_data_frame_transforms", "monitor_watcher", "monitor_rollup", "monitor_inference",
            "monitor_esql", "monitor_text_structure", "monitor_stats",
        ]),
        ("manage_security", [.. Security.Where(static word => word is not ("manage_security" or "delegate_pki"))]),
        ("manage_api_key", ["manage_own_api_key"]),
        ("manage_ml", ["monitor_ml"]),
        ("manage_transform", ["monitor_transform", "manage_data_frame_transforms"]),
        ("manage_data_frame_transforms", ["monitor_data_frame_transforms", "manage_transform"]),
        ("monitor_transform", ["monitor_data_frame_transforms"]),
        ("monitor_data_frame_transforms", ["monitor_transform"]),
        ("manage_watcher", ["monitor_watcher"]),
        ("manage_rollup", ["monitor_rollup"]),
        ("manage_enrich", ["monitor_enrich"]),
        ("manage_inference", ["monitor_inference"]),
        ("manage_connector", ["monitor_connector"]),
        ("manage_pipeline", ["manage_ingest_pipelines", "read_pipeline"]),
        ("manage_ingest_pipelines", ["manage_pipeline", "read_pipeline"]),
        ("manage_ilm", ["read_ilm"]),
        ("manage_slm", ["read_slm"]),
        ("manage_ccr", ["read_ccr"]),
        ("create_snapshot", ["monitor_snapshot"]),
        ("manage_behavioral_analytics", ["post_behavioral_analytics_event"]),
        ("manage_reindex", ["monitor_reindex"]),
        ("manage_esql", ["monitor_esql"]),
        ("manage_project_routing", ["read_project_routing"]),
        ("manage_data_stream_global_retention", ["monitor_data_stream_global_retention"]),
    ];

    /// <summary>Beginnings of internal actions with the privilege that covers them, the longest first where one holds another.</summary>
    public static IReadOnlyList<(string Head, string Privilege)> Internal { get; } =
    [
        ("indices:data/read/", "index:read"), ("indices:data/write/delete", "index:delete"), ("indices:data/write/index", "index:index"),
        ("indices:data/write/update", "index:index"), ("indices:data/write/", "index:write"), ("indices:monitor/", "index:monitor"),
        ("indices:admin/create", "index:create_index"), ("indices:admin/delete", "index:delete_index"),
        ("indices:admin/refresh", "index:maintenance"), ("indices:admin/flush", "index:maintenance"), ("indices:admin/forcemerge", "index:maintenance"),
        ("indices:admin/ilm/", "index:manage_ilm"), ("indices:admin/mappings/get", "index:view_index_metadata"),
        ("indices:admin/aliases/get", "index:view_index_metadata"), ("indices:admin/get", "index:view_index_metadata"),
        ("indices:admin/index_template/", "cluster:manage_index_templates"), ("indices:admin/template/", "cluster:manage_index_templates"),
        ("indices:admin/", "index:manage"), ("indices:", "index:all"), ("cluster:monitor/", "cluster:monitor"),
        ("cluster:admin/xpack/security/", "cluster:manage_security"), ("cluster:admin/ingest/pipeline/", "cluster:manage_pipeline"),
        ("cluster:admin/ilm/", "cluster:manage_ilm"), ("cluster:admin/slm/", "cluster:manage_slm"), ("cluster:admin/", "cluster:manage"),
    ];

    /// <summary>For each privilege the others that grant it.</summary>
    public static FrozenDictionary<string, string[]> Grantors()
    {
        var implied = new Dictionary<string, HashSet<string>>(StringComparer.Ordinal);
        Add(implied, "index:", [("all", Indices), .. IndexRules], Indices);
        Add(implied, "cluster:", [("all", [.. Managed, "manage", .. Security, .. Internals]), .. ClusterRules], [.. Managed, "manage", .. Security, .. Internals]);

        // Until nothing new follows; there are few steps.
        bool isGrowing = true;
        while (isGrowing)
        {
            isGrowing = false;
            foreach (HashSet<string> words in implied.Values)
            {
                foreach (string word in words.ToArray())
                {
                    int before = words.Count;
                    words.UnionWith(implied[word]);
                    isGrowing |= words.Count > before;
                }
            }
        }

        return implied.Keys.ToFrozenDictionary(
            static word => word,
            word => implied.Where(pair => pair.Key != word && pair.Value.Contains(word)).Select(static pair => pair.Key).ToArray(),
            StringComparer.Ordinal);
    }

    private static void Add(Dictionary<string, HashSet<string>> implied, string head, (string Word, string[] Implied)[] rules, string[] words)
    {
        foreach (string word in words.Append("all"))
        {
            implied.Add(head + word, new HashSet<string>(StringComparer.Ordinal));
        }

        foreach ((string word, string[] follow) in rules)
        {
            implied[head + word].UnionWith(follow.Select(other => head + other));
        }
    }
}

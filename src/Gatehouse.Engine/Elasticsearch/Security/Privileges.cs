using System.Collections.Frozen;
using System.Collections.Immutable;
using Gatehouse.Operations;

namespace Gatehouse.Engine.Elasticsearch.Security;

/// <summary>
/// Elastic's privileges by name, interned once. A word that is none of them is asked for as <c>all</c>: what nobody knows is
/// had only by those who have everything, and words of clients never become actions.
/// </summary>
internal static class Privileges
{
    /// <summary>The system of the grants.</summary>
    public const string System = "elasticsearch";

    /// <summary>How actions on the cluster begin.</summary>
    public const string ClusterPrefix = "cluster:";

    /// <summary>How actions on indices begin.</summary>
    public const string IndexPrefix = "index:";

    /// <summary>Everything.</summary>
    public const string All = "all";

    /// <summary>Nothing; accepted in roles as Elasticsearch does.</summary>
    public const string None = "none";

    /// <summary>Privileges on the cluster, sorted.</summary>
    public static ImmutableArray<string> Cluster { get; } =
    [
        "all", "cancel_task", "clone_api_key", "create_snapshot", "cross_cluster_replication", "cross_cluster_search", "delegate_pki", "grant_api_key", "manage",
        "manage_api_key", "manage_autoscaling", "manage_behavioral_analytics", "manage_ccr", "manage_connector",
        "manage_data_frame_transforms", "manage_data_stream_global_retention", "manage_enrich", "manage_esql", "manage_ilm",
        "manage_index_templates", "manage_inference", "manage_ingest_pipelines", "manage_logstash_pipelines", "manage_ml",
        "manage_oidc", "manage_own_api_key", "manage_pipeline", "manage_reindex", "manage_rollup", "manage_saml",
        "manage_search_application", "manage_search_query_rules", "manage_search_synonyms", "manage_security",
        "manage_service_account", "manage_slm", "manage_token", "manage_transform", "manage_user_profile", "manage_watcher",
        "monitor", "monitor_connector", "monitor_data_frame_transforms", "monitor_data_stream_global_retention", "monitor_enrich",
        "monitor_esql", "monitor_inference", "monitor_ml", "monitor_reindex", "monitor_rollup", "monitor_snapshot", "monitor_stats",
        "monitor_text_structure", "monitor_transform", "monitor_watcher", "none", "post_behavioral_analytics_event", "read_ccr",
        "read_connector_secrets", "read_fleet_secrets", "read_ilm", "read_pipeline", "read_security", "read_slm",
        "transport_client", "write_connector_secrets", "write_fleet_secrets",
    ];

    /// <summary>Privileges on indices, sorted.</summary>
    public static ImmutableArray<string> Index { get; } =
    [
        "all", "auto_configure", "create", "create_doc", "create_index", "cross_cluster_replication",
        "cross_cluster_replication_internal", "delete", "delete_index", "index", "maintenance", "manage",
        "manage_data_stream_lifecycle", "manage_failure_store", "manage_follow_index", "manage_ilm", "manage_leader_index",
        "monitor", "none", "read", "read_cross_cluster", "read_failure_store", "view_index_metadata", "write",
    ];

    private static readonly FrozenDictionary<string, SystemAction> ClusterActions = Actions(ClusterPrefix, Cluster);

    private static readonly FrozenDictionary<string, SystemAction> IndexActions = Actions(IndexPrefix, Index);

    /// <summary>The action of a privilege on the cluster.</summary>
    public static SystemAction OnCluster(string name) => ClusterActions.GetValueOrDefault(name) ?? ClusterActions[All];

    /// <summary>The action of a privilege on indices.</summary>
    public static SystemAction OnIndex(string name) => IndexActions.GetValueOrDefault(name) ?? IndexActions[All];

    private static FrozenDictionary<string, SystemAction> Actions(string prefix, ImmutableArray<string> names) => names
        .Where(static name => name != None)
        .ToFrozenDictionary(static name => name, name => SystemAction.Intern(System, prefix + name), StringComparer.Ordinal);
}

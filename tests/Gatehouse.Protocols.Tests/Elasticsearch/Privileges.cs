namespace Gatehouse.Protocols.Tests.Elasticsearch;

/// <summary>Elastic's privileges by their names (security-privileges reference).</summary>
internal static class Privileges
{
    private const string Cluster =
        "all monitor manage manage_security read_security manage_ml monitor_ml manage_transform monitor_transform manage_watcher monitor_watcher " +
        "manage_rollup monitor_rollup manage_enrich monitor_enrich manage_inference monitor_inference manage_connector monitor_connector " +
        "read_connector_secrets write_connector_secrets manage_pipeline read_pipeline manage_index_templates manage_ilm read_ilm manage_slm " +
        "read_slm manage_ccr read_ccr create_snapshot monitor_snapshot manage_autoscaling manage_logstash_pipelines manage_search_application " +
        "manage_search_query_rules manage_search_synonyms manage_behavioral_analytics post_behavioral_analytics_event manage_reindex " +
        "monitor_reindex manage_esql monitor_esql monitor_text_structure cancel_task manage_api_key manage_own_api_key grant_api_key " +
        "clone_api_key manage_token manage_saml manage_oidc manage_service_account manage_user_profile delegate_pki read_fleet_secrets " +
        "write_fleet_secrets manage_project_routing read_project_routing";

    private const string Index =
        "read manage monitor view_index_metadata create create_doc index delete write create_index delete_index maintenance manage_ilm " +
        "manage_data_stream_lifecycle manage_follow_index manage_leader_index create_view delete_view read_view_metadata";

    public static IReadOnlyList<string> All { get; } =
        [.. Cluster.Split(' ').Select(static n => "cluster:" + n), .. Index.Split(' ').Select(static n => "index:" + n)];
}

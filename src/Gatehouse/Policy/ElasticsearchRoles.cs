using System.Collections.Immutable;

namespace Gatehouse.Policy;

/// <summary>
/// Elastic's reserved roles by their own names, in grants of system <c>elasticsearch</c>. What Elastic says with raw actions and has no
/// privilege for is left out, so that a role here has Elastic's rights or fewer, but for two that also read <c>ilm-history-*</c>.
/// Rights of applications (Kibana's features) are
/// Kibana's to decide: a role of such rights alone is empty here and exists for Kibana to find. Source: the built-in roles and
/// security privileges of Elastic's reference.
/// </summary>
internal static class ElasticsearchRoles
{
    private const string Read = "read";
    private const string Metadata = "view_index_metadata";
    private const string Write = "write";
    private const string All = "all";

    private static readonly string[] Audits = [".transform-notifications-*", ".data-frame-notifications-*", ".transform-notifications-read"];
    private static readonly string[] Watches = [".watches*", ".triggered_watches*", ".watcher-history-*"];

    /// <summary>All of them.</summary>
    public static IReadOnlyList<RoleDocument> Documents { get; } =
    [
        .. People(),
        .. Features(),
        .. Monitoring(),
        KibanaSystem(),
    ];

    private static RoleDocument[] People() =>
    [
        Role("viewer", "reads every index but hidden ones, and alerts", [], [
            .. Reader(), Entry([".siem-signals*", ".lists-*", ".items-*", ".alerts*", ".preview.alerts*"], Read, Metadata),
        ]),
        Role("editor", "reads every index but hidden ones, writes alerts, lists and annotations", [], [
            .. Reader(),
            Entry(["observability-annotations"], Read, Metadata, Write),
            Entry([".siem-signals*", ".lists-*", ".items-*"], Read, Metadata, Write, "maintenance"),
            Restricted([".internal.alerts*", ".alerts*", ".internal.preview.alerts*", ".preview.alerts*"], Read, Metadata, Write, "maintenance"),
        ]),
        Role("kibana_admin", "all of Kibana, which decides on it itself; nothing in Elasticsearch", [], []),
        Role("kibana_user", "as kibana_admin, which replaced it", [], []),
        Role("kibana_dashboard_only_user", "reads Kibana's dashboards, which it decides on itself; nothing in Elasticsearch", [], []),
        Role("reporting_user", "makes reports in Kibana, which decides on it itself; nothing in Elasticsearch", [], []),
        Role("snapshot_user", "takes snapshots of every index and sees what indices there are", ["create_snapshot"], [
            Restricted(["**"], Metadata),
        ]),
        Role("transport_client", "sees nodes and the state of the cluster", ["transport_client"], []),
    ];

    private static RoleDocument[] Features() =>
    [
        Role("ingest_admin", "index templates and ingest pipelines", ["manage_index_templates", "manage_pipeline"], []),
        Role("enrich_user", "enrich policies, their pipelines and their indices", ["manage_enrich", "manage_ingest_pipelines", "monitor"], [
            Restricted([".enrich-*"], "manage", Read, Write),
        ]),
        Role("inference_admin", "inference endpoints", ["manage_inference"], []),
        Role("inference_user", "uses inference endpoints", ["monitor_inference"], []),
        Role("transform_admin", "transforms", ["manage_transform"], [Restricted(Audits, Metadata, Read)]),
        Role("transform_user", "sees transforms", ["monitor_transform"], [Restricted(Audits, Metadata, Read)]),
        Role("machine_learning_admin", "machine learning jobs and their results", ["manage_ml"], [
            Restricted([".ml-anomalies*", ".ml-notifications*", ".ml-state*", ".ml-meta*", ".ml-stats-*"], Metadata, Read),
            Restricted([".ml-annotations*"], Metadata, Read, Write),
        ]),
        Role("machine_learning_user", "sees machine learning jobs and their results", ["monitor_ml"], [
            Restricted([".ml-anomalies*", ".ml-notifications*"], Metadata, Read),
            Restricted([".ml-annotations*"], Metadata, Read, Write),
        ]),
        Role("watcher_admin", "watches", ["manage_watcher"], [Restricted(Watches, Read)]),
        Role("watcher_user", "sees watches and their history", ["monitor_watcher"], [Restricted([".watches*", ".watcher-history-*"], Read)]),
        Role("rollup_admin", "rollup jobs", ["manage_rollup"], []),
        Role("rollup_user", "sees rollup jobs", ["monitor_rollup"], []),
        Role("logstash_admin", "Logstash's centrally kept pipelines", ["manage_logstash_pipelines"], [
            Restricted([".logstash*"], "create", "delete", "index", "manage", Read),
        ]),
        Role("beats_admin", "the configuration of centrally managed Beats", [], [Restricted([".management-beats"], All)]),
    ];

    private static RoleDocument[] Monitoring() =>
    [
        Role("monitoring_user", "reads the monitoring indices", [], [Entry([".monitoring-*"], Read, "read_cross_cluster")]),
        Role("remote_monitoring_agent", "writes monitoring data of this cluster", ["manage_index_templates", "manage_ingest_pipelines", "monitor"], [
            Entry([".monitoring-*"], All),
            Entry(["metricbeat-*"], "index", "create_index", Metadata),
        ]),
        Role("remote_monitoring_collector", "collects monitoring data of this cluster", ["monitor"], [
            Restricted(["**"], "monitor"),
            Restricted([".kibana*"], Read),
        ]),
        Role("logstash_system", "what Logstash itself needs to report its state", ["monitor"], []),
        Role("beats_system", "what Beats themselves need to report their state", ["monitor"], [
            Entry([".monitoring-beats-*"], "create_index", "create"),
        ]),
        Role("apm_system", "what an APM server itself needs to report its state", ["monitor"], [
            Entry([".monitoring-beats-*"], "create_index", "create_doc"),
        ]),
    ];

    private static RoleDocument KibanaSystem() => Role(
        "kibana_system",
        "what a Kibana server itself needs; for no person",
        [
            "monitor", "manage_index_templates", "manage_saml", "manage_token", "manage_oidc", "manage_enrich", "manage_pipeline", "manage_ilm",
            "manage_transform", "manage_ml", "grant_api_key", "manage_own_api_key", "manage_user_profile", "delegate_pki", "write_fleet_secrets",
            "monitor_text_structure", "cancel_task",
        ],
        [
            Entry(["*"], Metadata, "monitor"),
            Restricted([".kibana*", ".reporting-*", ".apm-agent-configuration", ".apm-custom-link", ".apm-source-map"], All),
            Entry([".monitoring-*", "apm-*", "logs-apm.*", "metrics-apm.*", "traces-apm.*", "traces-apm-*"], Read, "read_cross_cluster"),
            Restricted([".management-beats"], "create_index", Read, Write),
            Restricted([".ml-anomalies*", ".ml-stats-*"], Read),
            Restricted([".ml-annotations*", ".ml-notifications*"], Read, Write),
            Restricted([".fleet-secrets*"], Write, "delete", "create_index"),
            Restricted(
                [
                    ".fleet-actions*", ".fleet-agents*", ".fleet-artifacts*", ".fleet-enrollment-api-keys*", ".fleet-policies*", ".fleet-servers*",
                    ".fleet-file*",
                ],
                All),
            Entry(["metrics-fleet_server*"], All),
            Entry(["logs-fleet_server*"], Read, "delete_index"),
            Restricted(
                [
                    ".siem-signals*", ".lists-*", ".items-*", ".internal.alerts*", ".alerts*", ".internal.preview.alerts*", ".preview.alerts*",
                    ".slo-observability.*",
                ],
                All),
            Entry(["risk-score.risk-*"], All),
            Entry([".asset-criticality.asset-criticality-*"], "create_index", "manage", Read),
            Entry([".logs-endpoint.action*", ".logs-osquery_manager.action*"], "auto_configure", "create_index", Read, Write),
            Entry(["logs-elastic_agent*", ".logs-endpoint.diagnostic.collection-*", ".logs-endpoint.heartbeat-*", "metrics-endpoint.*", "logs-endpoint.events.*"], Read),
            Entry(["kibana_sample_data_*"], "create_index", "delete_index", Read, "index", Metadata),
            Restricted([".elastic-connectors*"], Read),
        ]);

    private static Grant[] Reader() => [Entry(["*"], Read, Metadata), Restricted([".profiling-*"], Read, Metadata)];

    private static RoleDocument Role(string name, string description, string[] cluster, Grant[] indices) => new()
    {
        Name = name,
        Description = description,
        Grants = cluster.Length == 0
            ? [.. indices]
            : [new Grant { System = "elasticsearch", Actions = [.. cluster.Select(static word => "cluster:" + word)] }, .. indices],
    };

    private static Grant Entry(string[] patterns, params string[] privileges) => new()
    {
        System = "elasticsearch",
        Actions = [.. privileges.Select(static word => "index:" + word)],
        Resources = [.. patterns],
    };

    private static Grant Restricted(string[] patterns, params string[] privileges) => Entry(patterns, privileges) with { AllowRestricted = true };
}

using System.Collections.Immutable;

namespace Gatehouse.Doctor.Elastic.Discovery;

/// <summary>All kinds of programs.</summary>
internal static class Programs
{
    /// <summary>Elasticsearch.</summary>
    public static ProgramKind Elasticsearch { get; } = ProgramKind.Node("elasticsearch", "org.elasticsearch.bootstrap.Elasticsearch", "es", "ES_PATH_CONF");

    /// <summary>OpenSearch.</summary>
    public static ProgramKind OpenSearch { get; } = ProgramKind.Node("opensearch", "org.opensearch.bootstrap.OpenSearch", "opensearch", "OPENSEARCH_PATH_CONF");

    /// <summary>Kibana.</summary>
    public static ProgramKind Kibana { get; } = ProgramKind.Console("kibana", "kibana.yml", "KBN_PATH_CONF");

    /// <summary>OpenSearch Dashboards.</summary>
    public static ProgramKind Dashboards { get; } = ProgramKind.Console("opensearch-dashboards", "opensearch_dashboards.yml", "OSD_PATH_CONF");

    /// <summary>Logstash.</summary>
    public static ProgramKind Logstash { get; } = new()
    {
        Program = "logstash",
        File = "logstash.yml",
        FolderVariable = "LS_SETTINGS_DIR",
        FolderOptions = ["--path.settings"],
        HasLongSettings = true,
        IsIt = static process => process.Arguments.Contains("org.logstash.Logstash"),
    };

    /// <summary>Beats.</summary>
    public static ImmutableArray<ProgramKind> Beats { get; } = [.. new[] { "filebeat", "metricbeat", "auditbeat", "heartbeat", "packetbeat", "winlogbeat" }.Select(ProgramKind.Beat)];
}

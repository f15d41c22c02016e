namespace Gatehouse.Policy.Indices;

/// <summary>
/// Names that belong to the cluster and its tools: logins, keys, dashboards, jobs. No pattern of a grant reaches them, an exact one
/// neither, unless the grant says so (<see cref="Grant.AllowRestricted"/>). Elastic and OpenSearch have them as system indices or
/// protect them by plugins; a gate cannot ask, so these are their known beginnings. Upgrades give them endings (<c>-reindexed-for-8</c>).
/// </summary>
internal static class RestrictedNames
{
    private const int StreamPrefixLength = 4;

    /// <summary>How they begin; whatever begins so is one.</summary>
    public static IReadOnlyList<string> Texts { get; } =
    [
        ".security", ".async-search", ".tasks", ".watches", ".triggered_watches", ".watcher-history-", ".kibana", ".apm-", ".reporting", ".ml-",
        ".transform-", ".data-frame-", ".fleet-", ".enrich-", ".geoip_databases", ".logstash", ".management-beats", ".snapshot-blob-cache",
        ".synonyms", ".query-rules", ".search-app", ".connector-", ".elastic-connectors", ".inference", ".secrets-", ".profiling-", ".slo-",
        ".internal.alerts-", ".opendistro_security", ".opendistro-", ".opensearch-", ".plugins-", ".ql-datasources",
        ".replication-metadata-store", "security-auditlog-", ".readonlyrest", ".searchguard", "top_queries-",
    ];

    private static readonly byte[][] Heads = [.. Texts.Select(System.Text.Encoding.UTF8.GetBytes)];

    /// <summary>Whether a name is one, or a backing index of one. Also for a remote cluster's name.</summary>
    public static bool Contains(ReadOnlySpan<byte> name)
    {
        name = WithoutStreamPrefix(name[(name.IndexOf((byte)':') + 1)..]);
        if (name.IsEmpty || name[0] is not ((byte)'.' or (byte)'s' or (byte)'t'))
        {
            return false;
        }

        foreach (byte[] head in Heads)
        {
            if (name.StartsWith(head))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether some name that begins with these bytes is one.</summary>
    public static bool CouldReach(ReadOnlySpan<byte> prefix)
    {
        prefix = prefix[(prefix.IndexOf((byte)':') + 1)..];
        if (".ds-"u8.StartsWith(prefix) || ".fs-"u8.StartsWith(prefix))
        {
            return true;
        }

        prefix = WithoutStreamPrefix(prefix);
        foreach (byte[] head in Heads)
        {
            if (prefix.StartsWith(head) || head.AsSpan().StartsWith(prefix))
            {
                return true;
            }
        }

        return false;
    }

    private static ReadOnlySpan<byte> WithoutStreamPrefix(ReadOnlySpan<byte> name) =>
        name.StartsWith(".ds-"u8) || name.StartsWith(".fs-"u8) ? name[StreamPrefixLength..] : name;
}

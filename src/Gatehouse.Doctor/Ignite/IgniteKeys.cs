using System.Collections.Frozen;
using System.Collections.Immutable;

namespace Gatehouse.Doctor.Ignite;

/// <summary>
/// Names of settings: which there are in the sections that are checked, which have another name since 3.1, and which belong to a node
/// and which to the cluster. A <c>*</c> stands for a name that somebody chose, <c>**</c> for whatever lies below.
/// </summary>
internal static class IgniteKeys
{
    /// <summary>Sections of a node alone.</summary>
    public static FrozenSet<string> OfNode { get; } = FrozenSet.ToFrozenSet(
        ["network", "clientConnector", "rest", "deployment", "compute", "raft", "storage", "nodeAttributes", "failureHandler"], StringComparer.Ordinal);

    /// <summary>Sections of the cluster alone.</summary>
    public static FrozenSet<string> OfCluster { get; } = FrozenSet.ToFrozenSet(
        ["security", "eventlog", "metrics", "gc", "transaction", "replication", "schemaSync", "suggestions"], StringComparer.Ordinal);

    /// <summary>Sections whose every name is known here.</summary>
    public static FrozenSet<string> Checked { get; } =
        FrozenSet.ToFrozenSet(["network", "clientConnector", "rest", "deployment", "compute", "security", "eventlog"], StringComparer.Ordinal);

    /// <summary>Names that were changed, with the new last name.</summary>
    public static ImmutableArray<(string Path, string Now)> Renamed { get; } =
    [
        ("clientConnector.connectTimeout", "connectTimeoutMillis"),
        ("clientConnector.idleTimeout", "idleTimeoutMillis"),
        ("network.shutdownQuietPeriod", "shutdownQuietPeriodMillis"),
        ("network.shutdownTimeout", "shutdownTimeoutMillis"),
        ("network.membership.membershipSyncInterval", "membershipSyncIntervalMillis"),
        ("network.membership.failurePingInterval", "failurePingIntervalMillis"),
        ("network.membership.scaleCube.gossipInterval", "gossipIntervalMillis"),
        ("network.membership.scaleCube.metadataTimeout", "metadataTimeoutMillis"),
        ("network.nodeFinder.resultWaitTime", "resultWaitTimeMillis"),
        ("network.fileTransfer.responseTimeout", "responseTimeoutMillis"),
        ("network.fileTransfer.chunkSize", "chunkSizeBytes"),
        ("deployment.deploymentLocation", "location"),
        ("raft.retryTimeout", "retryTimeoutMillis"),
        ("raft.retryDelay", "retryDelayMillis"),
        ("raft.responseTimeout", "responseTimeoutMillis"),
        ("raft.installSnapshotTimeout", "installSnapshotTimeoutMillis"),
        ("failureHandler.oomBufferSizeBites", "oomBufferSizeBytes"),
        ("transaction.readOnlyTimeout", "readOnlyTimeoutMillis"),
        ("transaction.readWriteTimeout", "readWriteTimeoutMillis"),
        ("sql.planner.maxPlanningTime", "maxPlanningTimeMillis"),
        ("gc.lowWatermark.dataAvailabilityTime", "dataAvailabilityTimeMillis"),
        ("gc.lowWatermark.updateInterval", "updateIntervalMillis"),
        ("schemaSync.delayDuration", "delayDurationMillis"),
        ("schemaSync.maxClockSkew", "maxClockSkewMillis"),
        ("replication.idleSafeTimePropagationDuration", "idleSafeTimePropagationDurationMillis"),
        ("replication.rpcTimeout", "rpcTimeoutMillis"),
        ("eventlog.sinks.*.batchSendFrequency", "batchSendFrequencyMillis"),
        ("eventlog.sinks.*.retryPolicy.initBackoff", "initBackoffMillis"),
        ("eventlog.sinks.*.retryPolicy.maxBackoff", "maxBackoffMillis"),
        ("metrics.exporters.*.period", "periodMillis"),
    ];

    private static readonly string[] Tls = ["enabled", "clientAuth", "ciphers", "keyStore.type", "keyStore.path", "keyStore.password", "trustStore.type", "trustStore.path", "trustStore.password"];

    private static readonly ImmutableArray<ImmutableArray<string>> Known =
    [
        .. Under("network", "port", "listenAddresses", "shutdownQuietPeriodMillis", "shutdownTimeoutMillis"),
        .. Under("network.inbound", "soBacklog", "soReuseAddr", "soKeepAlive", "soLinger", "tcpNoDelay"),
        .. Under("network.outbound", "soKeepAlive", "soLinger", "tcpNoDelay"),
        .. Under("network.membership", "membershipSyncIntervalMillis", "failurePingIntervalMillis"),
        .. Under("network.membership.scaleCube", "membershipSuspicionMultiplier", "failurePingRequestMembers", "gossipIntervalMillis", "gossipRepeatMult", "metadataTimeoutMillis"),
        .. Under("network.nodeFinder", "type", "netClusterNodes", "nameResolutionAttempts", "group", "port", "ttl", "resultWaitTimeMillis"),
        .. Under("network.fileTransfer", "responseTimeoutMillis", "chunkSizeBytes", "threadPoolSize", "maxConcurrentRequests"),
        .. Under("network.ssl", Tls),
        .. Under("clientConnector", "port", "listenAddresses", "connectTimeoutMillis", "idleTimeoutMillis", "sendServerExceptionStackTraceToClient", "metricsEnabled"),
        .. Under("clientConnector.ssl", Tls),
        .. Under("rest", "port", "dualProtocol", "httpToHttpsRedirection", "ssl.port"),
        .. Under("rest.ssl", Tls),
        .. Under("deployment", "location", "tempLocation"),
        .. Under("compute", "threadPoolSize", "threadPoolStopTimeoutMillis", "queueMaxSize", "statesLifetimeMillis"),
        .. Under("security", "enabled", "authentication.providers.*.name", "authentication.providers.*.type"),
        .. Under("security.authentication.providers.*.users.*", "username", "password", "roles", "displayName"), // the last two have a check of their own
        .. Under("eventlog.channels.*", "name", "enabled", "events"),
        .. Under("eventlog.sinks.*", "name", "type", "channel", "criteria", "level", "format", "endpoint", "protocol", "batchSendFrequencyMillis", "batchSize", "queueSize"),
        .. Under("eventlog.sinks.*.retryPolicy", "maxAttempts", "initBackoffMillis", "maxBackoffMillis", "backoffMultiplier"),
        .. Under("eventlog.sinks.*.ssl", Tls),
        .. Renamed.Select(static renamed => renamed.Path.Split('.').ToImmutableArray()),
    ];

    /// <summary>How far a path is known: the number of its names that some known path begins with. All of them: it is known.</summary>
    public static int KnownNames(ImmutableArray<string> path) => Known.Max(known => Common(known, path));

    /// <summary>Names that are known at the place where a path stops being known.</summary>
    public static IEnumerable<string> Instead(ImmutableArray<string> path)
    {
        int common = KnownNames(path);
        return Known.Where(known => known.Length > common && Common(known, path) == common).Select(known => known[common]).Distinct(StringComparer.Ordinal);
    }

    /// <summary>Whether a path fits one with stars.</summary>
    public static bool Fits(ImmutableArray<string> path, string pattern)
    {
        string[] parts = pattern.Split('.');
        return parts.Length == path.Length && Common([.. parts], path) == parts.Length;
    }

    private static int Common(ImmutableArray<string> known, ImmutableArray<string> path)
    {
        int at = 0;
        while (at < known.Length && at < path.Length && (known[at] == "*" || known[at] == path[at]))
        {
            at++;
        }

        return at;
    }

    private static IEnumerable<ImmutableArray<string>> Under(string section, params string[] names) => names.Select(name => $"{section}.{name}".Split('.').ToImmutableArray());
}

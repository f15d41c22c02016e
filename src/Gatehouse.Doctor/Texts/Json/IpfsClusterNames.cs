using System.Collections.Frozen;

namespace Gatehouse.Doctor.Texts.Json;

/// <summary>What a variable's text becomes.</summary>
internal enum IpfsValue
{
    Text = 0,
    Boolean = 1,
    Number = 2,

    /// <summary>Texts with commas between them.</summary>
    List = 3,

    /// <summary><c>name:value</c> with commas between them.</summary>
    Map = 4,
}

/// <summary>
/// Sections of IPFS Cluster's <c>service.json</c> with their names, as version 1.1 has them. A variable's name is the section's, and the name
/// in capitals without underscores; one underscore stands where an object begins.
/// </summary>
internal sealed class IpfsClusterSection
{
    private const string Http =
        "http_listen_multiaddress:l ssl_cert_file ssl_key_file read_timeout read_header_timeout write_timeout idle_timeout max_header_bytes:n "
        + "libp2p_listen_multiaddress:l id private_key basic_auth_credentials:m http_log_file headers:m cors_allowed_origins:l cors_allowed_methods:l "
        + "cors_allowed_headers:l cors_exposed_headers:l cors_allow_credentials:b cors_max_age";

    private const string Badger = "folder gc_interval gc_sleep gc_discard_ratio:n";

    private IpfsClusterSection(string prefix, string path, string names)
    {
        Prefix = prefix;
        Path = path.Split('.');
        Names = names.Split(' ').Select(static n => n.Split(':')).ToFrozenDictionary(
            static n => Folded(n[0]),
            static n => (n[0], n.Length == 1 ? IpfsValue.Text : n[1] switch { "b" => IpfsValue.Boolean, "n" => IpfsValue.Number, "l" => IpfsValue.List, _ => IpfsValue.Map }),
            StringComparer.Ordinal);
    }

    /// <summary>Every section, the longer prefixes first.</summary>
    public static IReadOnlyList<IpfsClusterSection> All { get; } =
    [
        new("CLUSTER_CRDT_", "consensus.crdt", "cluster_name trusted_peers:l batching.max_batch_size:n batching.max_batch_age batching.max_queue_size:n rebroadcast_interval repair_interval peerset_metric"),
        new("CLUSTER_RAFT_", "consensus.raft", "init_peerset:l wait_for_leader_timeout network_timeout commit_retries:n commit_retry_delay backups_rotate:n heartbeat_timeout election_timeout "
            + "commit_timeout max_append_entries:n trailing_logs:n snapshot_interval snapshot_threshold:n leader_lease_timeout data_folder datastore_namespace"),
        new("CLUSTER_RESTAPI_", "api.restapi", Http),
        new("CLUSTER_PINSVCAPI_", "api.pinsvcapi", Http),
        new("CLUSTER_IPFSPROXY_", "api.ipfsproxy", "listen_multiaddress:l node_multiaddress node_https:b log_file read_timeout read_header_timeout write_timeout idle_timeout max_header_bytes:n "
            + "extract_headers_extra:l extract_headers_path extract_headers_ttl"),
        new("CLUSTER_IPFSHTTP_", "ipfs_connector.ipfshttp", "node_multiaddress connect_swarms_delay ipfs_request_timeout pin_timeout unpin_timeout repogc_timeout informer_trigger_interval:n unpin_disable:b"),
        new("CLUSTER_STATELESS_", "pin_tracker.stateless", "concurrent_pins:n priority_pin_max_age priority_pin_max_retries:n max_pin_queue_size:n"),
        new("CLUSTER_PUBSUBMON_", "monitor.pubsubmon", "check_interval failure_threshold:n"),
        new("CLUSTER_BALANCED_", "allocator.balanced", "allocate_by:l"),
        new("CLUSTER_DISK_", "informer.disk", "metric_ttl metric_type"),
        new("CLUSTER_TAGS_", "informer.tags", "metric_ttl tags:m"),
        new("CLUSTER_NUMPIN_", "informer.numpin", "metric_ttl"),
        new("CLUSTER_PINQUEUE_", "informer.pinqueue", "metric_ttl weight_bucket_size:n"),
        new("CLUSTER_METRICS_", "observations.metrics", "enable_stats:b prometheus_endpoint reporting_interval"),
        new("CLUSTER_TRACING_", "observations.tracing", "enable_tracing:b jaeger_agent_endpoint sampling_prob:n service_name"),
        new("CLUSTER_BADGER3_", "datastore.badger3", Badger),
        new("CLUSTER_BADGER_", "datastore.badger", Badger),
        new("CLUSTER_LEVELDB_", "datastore.leveldb", "folder"),
        new("CLUSTER_PEBBLE_", "datastore.pebble", "folder"),
        new("CLUSTER_", "cluster", "id private_key peername secret leave_on_shutdown:b listen_multiaddress:l announce_multiaddress:l no_announce_multiaddress:l enable_relay_hop:b "
            + "connection_manager.high_water:n connection_manager.low_water:n connection_manager.grace_period resource_manager.enabled:b resource_manager.memory_limit_bytes:n "
            + "resource_manager.file_descriptors_limit:n dial_peer_timeout state_sync_interval pin_recover_interval ipfs_sync_interval replication_factor_min:n replication_factor_max:n "
            + "monitor_ping_interval peer_watch_interval mdns_interval pin_only_on_trusted_peers:b pin_only_on_untrusted_peers:b disable_repinning:b follower_mode:b peerstore_file peer_addresses:l"),
    ];

    public string Prefix { get; }

    /// <summary>Where it lies in the file.</summary>
    public string[] Path { get; }

    /// <summary>Its names by what a variable calls them.</summary>
    public FrozenDictionary<string, (string Name, IpfsValue Value)> Names { get; }

    /// <summary>A name as a variable has it.</summary>
    public static string Folded(string name) => name.Replace("_", "", StringComparison.Ordinal).Replace('.', '_').ToUpperInvariant();
}

using static Gatehouse.Doctor.Findings.Severity;

namespace Gatehouse.Doctor.Tests.Emqx;

/// <summary>Dashboard, MQTT, version, files, network.</summary>
internal static class OtherCases
{
    private const string Dashboard = "dashboard.listeners.http.bind = \"0.0.0.0:18083\"\n";
    private const string Legacy = "env 812 EMQX_SECURITY_PROFILE=legacy";

    private const string Zone = "listeners.ssl.default { enable = true, bind = \"127.0.0.1:8883\", zone = secure }\n";

    public static EmqxCase[] All { get; } =
    [
        new("DSH-001", Critical, "dashboard.default_password = public") { Line = 1, Host = Legacy },
        new("DSH-001", Critical, "dashboard.default_password = null") { Runs = false, Says = "nothing sets another" },
        new("DSH-001", Critical, "dashboard.default_password = null") { Host = "noenv 812", IsUnknown = true },
        new("DSH-003", High, Dashboard) { Line = 1 },
        new("DSH-003", High, "dashboard.listeners.http.bind = 18083") { Runs = false, Line = 1 },
        new("DSH-004", Medium, "dashboard.cors = true") { Line = 1 },
        new("DSH-005", Low, Dashboard + "dashboard.swagger_support = true") { Line = 2 },
        new("DSH-006", Medium, Dashboard + "prometheus.enable_basic_auth = false") { Line = 2 },
        new("DSH-006", Low, "prometheus.enable_basic_auth = null") { Version = "6.2.2" },
        new("DSH-007", Low, Dashboard) { Says = "/status" },
        new("DSH-008", High, "api_key.bootstrap_file = \"/etc/emqx/keys\"") { Files = [("/etc/emqx/keys", "one:S3CR3T:viewer\ntwo:S3CR3T\n")], Says = "administrator" },
        new("DSH-008", High, "api_key.bootstrap_file = \"/etc/emqx/keys\"") { Line = 1, Files = [("/etc/emqx/keys", "one:S3CR3T:viewer\n")], Host = "mode /etc/emqx/keys 0644", Says = "can read" },
        new("DSH-009", Low, "dashboard.password_expired_time = 0") { Line = 1 },
        new("DSH-010", High, "plugins.states = [{ name_vsn = \"my_acl-0.1.0\", enable = true }]") { Line = 1, Says = "my_acl-0.1.0" },
        new("DSH-010", High) { Files = [("/usr/lib/emqx/plugins/dropper-1.0.0/release.json", "{}")], Says = "dropper-1.0.0" },
        new("MQT-001", Medium, "mqtt.strict_mode = false") { Line = 1 },
        new("MQT-001", Medium, "mqtt.strict_mode = null") { Version = "6.2.2" },
        new("MQT-002", Medium, "mqtt.max_packet_size = 10MB") { Line = 1 },
        new("MQT-003", Medium, "mqtt.max_subscriptions = infinity") { Line = 1 },
        new("MQT-003", Medium, "mqtt.session_expiry_interval = 365d") { Line = 1 },
        new("MQT-001", Medium, Zone + "zones.secure.mqtt.strict_mode = false") { Line = 2 },
        new("MQT-002", Medium, Zone + "zones.secure.mqtt { max_packet_size = 10MB }") { Line = 2 },
        new("MQT-003", Medium, Zone + "zones.secure.mqtt.max_subscriptions = infinity") { Line = 2 },
        new("LIS-002", Critical, Zone + "zones.secure.mqtt.peer_cert_as_username = cn") { Line = 2 },
        new("MQT-004", Low, "retainer.backend.max_retained_messages = 0") { Line = 1 },
        new("MQT-005", Low, "listeners.tcp.default.bind = \"10.0.0.5:1883\""),
        new("MQT-006", Low, "mqtt.exclusive_subscription = true") { Line = 1 },
        new("VER-001", High) { Version = "5.8.5", Says = "CVE-2025-52136" },
        new("VER-001", High) { Version = "5.8.9", Says = "path traversal", IsUnknown = true },
        new("VER-001", High) { Version = "6.0.2", Says = "6.1.3" },
        new("VER-001", High) { Version = "5.7.2", Says = "topics with `$`" },
        new("VER-001", Low, "durable_sessions.enable = true") { Version = "5.8.9", Says = "CVE-2026-8741" },
        new("VER-001", High) { Version = "6.1.0", Says = "CVE-2026-6564" },
        new("VER-001", High) { Version = "6.2.1", Says = "6.2.2" },
        new("VER-001", Low) { Version = "6.2.0", Says = "CVE-2026-8741" },
        new("VER-001", High) { Runs = false, Version = "4.4.19", Says = "no longer kept" },
        new("VER-001", High) { Runs = false, Version = "", IsUnknown = true },
        new("VER-002", Medium) { Host = Legacy },
        new("VER-002", Medium) { Host = "noenv 812", IsUnknown = true },
        new("VER-003", High) { Host = "env 812 EMQX_ALLOW_ANONYMOUS=false", Says = "EMQX_ALLOW_ANONYMOUS" },
        new("VER-003", High, "allow_anonymous = false") { Line = 1 },
        new("VER-003", High) { Host = "noenv 812", IsUnknown = true },
        new("VER-004", Info, "cluster.static.seeds = [\"emqx1@127.77.0.1\", \"emqx2@127.77.0.2\"]") { Line = 1 },
        new("FIL-001", High) { Files = [("/etc/emqx/certs/server.key", "S3CR3T")], Host = "mode /etc/emqx/certs/server.key 0644" },
        new("FIL-001", High) { Files = [("/var/lib/emqx/backup/emqx-export.tar.gz", "S3CR3T")], Host = "mode /var/lib/emqx/backup/emqx-export.tar.gz 0664" },
        new("FIL-001", High, "authentication = [{ mechanism = jwt, secret = S3CR3T, algorithm = hmac-based }]") { Host = "mode /etc/emqx/emqx.conf 0644", Says = "secrets" },
        new("FIL-001", High, "dashboard.default_password = S3CR3T") { Host = "mode /etc/emqx/emqx.conf 0644", Says = "secrets" },
        new("FIL-001", High) { Host = "unreadable /var/lib/emqx/configs/cluster.hocon 0600", IsUnknown = true },
        new("FIL-002", Low, "authentication = [{ mechanism = password_based, backend = mysql, server = \"127.0.0.1\", password = \"S3CR3T\" }]") { Line = 1 },
        new("FIL-002", Low, "node.cookie = \"A7f3kQ9xZp2LwR8vTn5BdHs6YcJ4gMa1\"") { Line = 1 },
        new("FIL-003", High) { Host = "process 812 beam.smp user=0 -- beam.smp -root /usr/lib/emqx -name emqx@127.0.0.1 -- -emqx_data_dir /var/lib/emqx" },
        new("AUD-001", Medium, "log.audit.enable = false") { Line = 1 },
        new("NET-001", High, Dashboard) { Host = "address 192.168.7.5\naddress 203.0.113.9" },
        new("NET-001", Critical, "node.cookie = public\nrpc.listen_address = \"0.0.0.0\"") { Runs = false, Host = "address 203.0.113.9", Says = "gen_rpc" },
    ];
}

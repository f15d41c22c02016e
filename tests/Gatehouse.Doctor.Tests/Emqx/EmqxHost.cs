using System.Collections.Immutable;
using Gatehouse.Doctor.Emqx;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Rules;

namespace Gatehouse.Doctor.Tests.Emqx;

/// <summary>A host with one broker that is secured in every respect; tests change one thing at a time.</summary>
internal static class EmqxHost
{
    /// <summary>The cookie of the secured broker.</summary>
    public const string Cookie = "7f3kQ9xZp2LwR8vTn5BdHs6YcJ4gMa1E";

    /// <summary>Other secrets that files of tests hold.</summary>
    public const string Password = "Uw7-Zk2-Qp9-Xc4-Lm6";

    /// <summary>The configuration file.</summary>
    public const string Main = "/etc/emqx/emqx.conf";

    private const string Secured = """
        node { name = "emqx@127.0.0.1", data_dir = "/var/lib/emqx", cookie = "file:///etc/emqx/cookie", dist_bind_address = "127.0.0.1" }
        cluster.discovery_strategy = singleton
        rpc { listen_address = "127.0.0.1", insecure_fallback = false }
        listeners.tcp.default {
          bind = "127.0.0.1:1883", proxy_protocol = true, access_rules = ["allow 127.0.0.1", "deny all"]
          max_connections = 1000, max_conn_rate = "100/s", messages_rate = "100/s", bytes_rate = "1MB/s"
        }
        listeners { ssl.default.enable = false, ws.default.enable = false, wss.default.enable = false }
        dashboard { listeners.http.bind = "127.0.0.1:18083", default_password = "file:///etc/emqx/password", swagger_support = false, password_expired_time = 90d }
        authentication = [{ mechanism = password_based, backend = built_in_database, password_hash_algorithm { name = bcrypt } }]
        authorization { no_match = deny, cache.ttl = 1m, sources = [{ type = file, enable = true, path = "${EMQX_ETC_DIR}/acl.conf" }] }
        mqtt { strict_mode = true, max_packet_size = 1MB, max_subscriptions = 100, max_mqueue_len = 1000 }
        retainer.backend.max_retained_messages = 10000
        prometheus.enable_basic_auth = true
        log.audit.enable = true

        """;

    private const string Acl = """
        {allow, all, subscribe, ["plant/status"]}.
        {deny, all}.
        """;

    /// <summary>How many lines the secured file has; what a test adds begins behind them.</summary>
    public static int Lines { get; } = Secured.Count(static c => c == '\n');

    /// <summary>A host with the broker's files.</summary>
    /// <param name="more">Lines behind the secured ones, which they override.</param>
    /// <param name="version">Its version.</param>
    /// <param name="acl">Its rules, or null for secured ones.</param>
    public static FakeHost Files(string more = "", string? version = "6.3.0", string? acl = null)
    {
        string conf = version is null or "6.3.0" ? Secured : Secured.Replace("file:///etc/emqx/cookie", Cookie, StringComparison.Ordinal);
        conf = version?.StartsWith('5') == true ? conf.Replace(", dist_bind_address = \"127.0.0.1\"", "", StringComparison.Ordinal) : conf;
        FakeHost host = new FakeHost().User(990, "emqx")
            .File(Main, conf + more, owner: 990, group: 990)
            .File("/etc/emqx/acl.conf", acl ?? Acl, owner: 990)
            .File("/etc/emqx/cookie", Cookie + "\n", "0600", 990)
            .File("/etc/emqx/password", Password, "0600", 990)
            .File("/proc/mounts", "proc /proc proc rw,nosuid,nodev,noexec,relatime,hidepid=2 0 0\n", "0444");
        return version is null ? host : host.File("/usr/lib/emqx/releases/emqx_vars", $"REL_VSN=\"{version}\"\nIS_ENTERPRISE=\"\"\n", "0644");
    }

    /// <summary>The same with the broker running: its profile is hardened, its distribution on loopback.</summary>
    public static FakeHost Running(string more = "", string version = "6.3.0", string? acl = null) =>
        Files(more, version, acl).Describe($$"""
            process 812 beam.smp user=990 cwd=/usr/lib/emqx -- beam.smp -- -root /usr/lib/emqx -progname erl -- -home /var/lib/emqx -- -boot /usr/lib/emqx/releases/{{version}}/start -config /var/lib/emqx/configs/app.1.config -epmd_module ekka_epmd -proto_dist ekka -kernel inet_dist_use_interface {127,0,0,1} -name emqx@127.0.0.1 -setcookie {{Cookie}} -- -ekka_proto_dist inet_tcp -emqx_data_dir /var/lib/emqx
            env 812 HOME=/var/lib/emqx
            env 812 EMQX_ETC_DIR=/etc/emqx
            env 812 EMQX_SECURITY_PROFILE=hardened
            """);

    /// <summary>What is found on a host.</summary>
    public static ImmutableArray<Finding> Look(FakeHost host, params string[] files) =>
        [.. new EmqxDoctor().Examine(host, new ExaminationRequest([.. files])).SelectMany(static subject => subject.Findings)];

    /// <summary>A finding as a line: id, severity, <c>unknown</c>, place, text.</summary>
    public static string Line(Finding finding) =>
        $"{finding.Check} {finding.Severity.ToString().ToLowerInvariant()}{(finding.IsUnknown ? " unknown" : "")} {(finding.Evidence.IsEmpty ? "-" : Place(finding.Evidence[0]))} {finding.Text}";

    private static string Place(Evidence evidence) => evidence.Line == 0 ? evidence.Place : $"{evidence.Place}:{evidence.Line}";
}

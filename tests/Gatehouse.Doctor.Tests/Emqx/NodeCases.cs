using static Gatehouse.Doctor.Findings.Severity;

namespace Gatehouse.Doctor.Tests.Emqx;

/// <summary>Cookie, distribution, gen_rpc, mesh.</summary>
internal static class NodeCases
{
    private const string Tls = "cluster.proto_dist = inet_tls\n";
    private const string Clustered = """
        node.name = "emqx1@10.0.0.5"
        cluster.discovery_strategy = static
        cluster.static.seeds = ["emqx1@10.0.0.5", "emqx2@10.0.0.6"]

        """;

    private const string Meshed = """
        node.name = "emqx1@127.77.0.1"
        cluster.discovery_strategy = static
        cluster.static.seeds = ["emqx1@127.77.0.1", "emqx2@127.77.0.2", "emqx3@10.0.0.7"]
        node.dist_bind_address = "127.77.0.1"
        rpc.listen_address = "127.77.0.1"

        """;

    private const string ShippedOptions = """
        [{server, [{certfile, "/etc/emqx/certs/node.pem"}, {verify, verify_none}]},
         {client, [{verify, verify_none}]}].
        """;

    public static EmqxCase[] All { get; } =
    [
        new("ERL-001", Critical, "node.cookie = emqxsecretcookie") { Runs = false, Line = 1 },
        new("ERL-001", Critical, "node.cookie = \"emqx50elixir\"") { Runs = false, Line = 1 },
        new("ERL-001", Critical, "node.cookie = secret") { Runs = false, Line = 1 },
        new("ERL-001", Critical, "node.cookie = null") { Runs = false, Says = "no cookie is set" },
        new("ERL-001", Critical) { Host = "env 812 EMQX_NODE__COOKIE=public\nprocess 813 beam.smp -- beam.smp -name emqx2@127.0.0.1 -setcookie public -- -emqx_data_dir /var/lib/emqx" },
        new("ERL-001", Critical, "node.cookie = \"${UNKNOWN}\"") { Runs = false, IsUnknown = true, Files = [("/etc/emqx/emqx.conf", "node.name = ")] },
        new("ERL-002", High, "node.cookie = \"k3Vd9QpX\"") { Runs = false, Line = 1, Says = "8 characters" },
        new("ERL-002", High, "node.cookie = \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab\"") { Runs = false, Line = 1 },
        new("ERL-002", High, "node.cookie = \"MyEmqxClusterOfTheFactory2024\"") { Runs = false, Line = 1 },
        new("ERL-002", High, "node.cookie = \"file:///etc/emqx/cookie\"") { Runs = false, Version = "6.2.2", Line = 1 },
        new("ERL-003", Medium, "node.cookie = \"A7f3kQ9xZp2LwR8vTn5BdHs6YcJ4gMa1\"") { Line = 1, Says = "after a restart" },
        new("ERL-003", Low, "node.cookie = \"A7f3kQ9xZp2LwR8vTn5BdHs6YcJ4gMa1\"") { Line = 1, Host = "env 812 EMQX_NODE__COOKIE=" + EmqxHost.Cookie, Says = "a stronger one" },
        new("ERL-004", High) { Version = "5.8.9", Host = "mode /etc/emqx/emqx.conf 0644 990" },
        new("ERL-004", High) { Host = "mode /etc/emqx/cookie 0644 990" },
        new("ERL-004", High) { Files = [("/var/lib/emqx/configs/vm.2026.11.23.args", "-setcookie S3CR3T")], Host = "mode /var/lib/emqx/configs/vm.2026.11.23.args 0644" },
        new("ERL-005", Medium) { Files = [("/proc/mounts", "proc /proc proc rw,nosuid 0 0\n")] },
        new("ERL-005", Medium) { Host = "hidden /proc/mounts", IsUnknown = true },
        new("ERL-006", Medium, "node.cookie = \"7f3kQ9xZp2LwR8vTn5BdHs6YcJ4gMa1#1\"") { Version = "6.0.2", Line = 1 },
        new("ERL-006", Medium, "node.cookie = \"7f3kQ9xZp2 LwR8vTn5BdHs6YcJ4gMa1\"") { Line = 1 },
        new("ERL-010", High) { Host = "socket 0.0.0.0:4370 812", Says = "though the files say 127.0.0.1:4370" },
        new("ERL-010", Critical, "node.dist_bind_address = null\nnode.cookie = emqxsecretcookie") { Runs = false },
        new("ERL-010", High, "node.dist_bind_address = \"10.0.0.5\"") { Runs = false, Line = 1 },
        new("ERL-010", High) { Runs = false, Version = "5.8.9", Says = "0.0.0.0:4370" },
        new("ERL-010", Low, "node.dist_bind_address = \"127.0.0.1\"") { Version = "5.8.9", Line = 1, Says = "ignores" },
        new("ERL-010", High, "") { Runs = false, Version = "", IsUnknown = true },
        new("ERL-011", High, Clustered) { Runs = false, Line = 2 },
        new("ERL-011", High, "node.name = \"emqx@10.0.0.5\"\ncluster.discovery_strategy = manual") { Runs = false, IsUnknown = true },
        new("ERL-012", Critical, Tls) { Runs = false, Files = [("/etc/emqx/ssl_dist.conf", ShippedOptions)] },
        new("ERL-012", Critical, Tls) { Runs = false, Files = [("/etc/emqx/ssl_dist.conf", "[{server, [{verify, verify_peer}]}, {client, [{verify, verify_peer}]}].")], Says = "has no certificate" },
        new("ERL-013", High, Tls) { Runs = false },
        new("ERL-013", High, Tls) { Runs = false, Files = [("/etc/emqx/ssl_dist.conf", "[{server, [")] },
        new("ERL-013", High, Tls) { Runs = false, Host = "unreadable /etc/emqx/ssl_dist.conf 0600", IsUnknown = true },
        new("ERL-014", High, Tls) { Runs = false, Files = [("/etc/emqx/ssl_dist.conf", ShippedOptions)], Says = "is not there" },
        new("ERL-014", High, Tls) { Runs = false, Files = [("/etc/emqx/ssl_dist.conf", ShippedOptions), ("/etc/emqx/certs/node.pem", TestCertificates.ServerOnly)], Says = "servers and clients" },
        new("ERL-014", High, Tls) { Runs = false, Files = [("/etc/emqx/ssl_dist.conf", ShippedOptions), ("/etc/emqx/certs/node.pem", TestCertificates.ServerOnly)], Says = "no DNS name" },
        new("ERL-014", High, Tls) { Runs = false, Files = [("/etc/emqx/ssl_dist.conf", ShippedOptions), ("/etc/emqx/certs/node.pem", TestCertificates.ServerOnly)], Says = "ends in" },
        new("ERL-015", Critical, "listeners.ssl.default.enable = true") { IsUnknown = true, Files = [("/etc/emqx/certs/cert.pem", "no certificate")] },
        new("ERL-018", Medium) { Host = "socket 0.0.0.0:4369" },
        new("ERL-019", Medium) { Host = "process 812 beam.smp user=990 -- beam.smp -root /usr/lib/emqx -kernel inet_dist_base_port 14370 -name emqx@127.0.0.1 -- -emqx_data_dir /var/lib/emqx" },
        new("ERL-019", Medium) { Host = "process 812 beam.smp user=990 -- beam.smp -root /usr/lib/emqx -kernel inet_dist_listen_min 6000 inet_dist_listen_max 6010 -name emqx@127.0.0.1 -- -emqx_data_dir /var/lib/emqx", Says = "6000 to 6010" },
        new("ERL-020", Medium, "node.name = \"emqx60001@127.0.0.1\"") { Runs = false, Line = 1 },
        new("ERL-020", Medium) { Host = "process 813 beam.smp user=990 -- beam.smp -root /opt/other -name mqtt@127.0.0.1 -- -emqx_data_dir /opt/other/data", Says = "same ports" },
        new("ERL-002", High, "node.cookie = \"73190482651907358264\"") { Runs = false, Version = "6.2.2", Line = 1, Says = "66 bits" },
        new("ERL-022", Medium, "cluster { discovery_strategy = etcd, etcd.server = \"http://10.0.0.9:2379\" }") { Line = 1 },
        new("ERL-022", Medium, "cluster { discovery_strategy = etcd, etcd.server = \"https://10.0.0.9:2379\" }") { Says = "not verified" },
        new("ERL-022", Low, "cluster.discovery_strategy = dns") { Line = 1 },
        new("ERL-021", Medium, "cluster.discovery_strategy = dns") { Runs = false, Line = 1 },
        new("RPC-001", High, "rpc.listen_address = \"0.0.0.0\"") { Line = 1 },
        new("RPC-001", High) { Host = "socket 10.0.0.5:5370 812", Says = "though the files say 127.0.0.1:5370" },
        new("RPC-001", Critical, "rpc.listen_address = \"0.0.0.0\"\nnode.cookie = public") { Runs = false, Line = 1 },
        new("RPC-001", High, "rpc { port_discovery = manual, listen_address = \"0.0.0.0\" }") { Says = "5369" },
        new("RPC-003", High, "rpc.insecure_fallback = true") { Version = "5.8.9", Line = 1 },
        new("RPC-003", High, "rpc.insecure_fallback = true") { Runs = false, Version = "", IsUnknown = true },
        new("RPC-004", High, Clustered) { Runs = false, Line = 2 },
        new("RPC-005", High, "rpc.protocol = ssl\nrpc.certfile = \"/etc/emqx/certs/x.pem\"") { Says = "`rpc.keyfile` is not set" },
        new("RPC-005", High, "rpc.protocol = ssl\nrpc.certfile = \"/etc/emqx/certs/x.pem\"") { Line = 2, Says = "is not there" },
        new("RPC-006", Medium, "rpc.protocol = ssl\nrpc.tls_versions = [\"tlsv1.2\", \"tlsv1.1\"]") { Line = 2, Says = "tlsv1.1" },
        new("RPC-007", Medium, "rpc.server_port = 5369") { Line = 1 },
        new("RPC-007", Medium, Clustered + "rpc.port_discovery = manual") { Runs = false, IsUnknown = true },
        new("RPC-008", Critical, Clustered) { Runs = false, Version = "5.1.6", Line = 2 },
        new("MESH-001", High, Meshed) { Runs = false, Says = "emqx3@10.0.0.7", Line = 3 },
        new("MESH-002", High, Meshed + "rpc.listen_address = \"0.0.0.0\"") { Runs = false, Line = 6 },
    ];
}

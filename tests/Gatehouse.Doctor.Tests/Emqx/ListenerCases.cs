using static Gatehouse.Doctor.Findings.Severity;

namespace Gatehouse.Doctor.Tests.Emqx;

/// <summary>Listeners and their TLS.</summary>
internal static class ListenerCases
{
    private const string Tcp = "listeners.tcp.default.";
    private const string Ws = "listeners.ws.default { enable = true, bind = \"127.0.0.1:8083\", websocket.proxy_address_header = \"\" }\n";
    private const string Ssl = "listeners.ssl.default { enable = true, bind = \"0.0.0.0:8883\" }\n";
    private const string Verified = "listeners.ssl.default { enable = true, ssl_options { verify = verify_peer, fail_if_no_peer_cert = true } }\n";

    public static EmqxCase[] All { get; } =
    [
        new("LIS-001", High, Tcp + "bind = \"0.0.0.0:1883\"") { Line = 1 },
        new("LIS-001", High, Tcp + "bind = 1883") { Runs = false, Line = 1 },
        new("LIS-001", High, "listeners.ws.default { enable = true, bind = \"0.0.0.0:8083\" }") { Line = 1, Says = "`ws:default`" },
        new("LIS-001", High) { Host = "socket [::]:1883 812", Says = "though the files say 127.0.0.1:1883" },
        new("LIS-001", High, "listeners.tcp.extra.bind = \"nonsense\"") { Line = 1, IsUnknown = true },
        new("LIS-002", Critical, Ssl + "mqtt.peer_cert_as_username = cn") { Line = 2 },
        new("LIS-003", High, Ssl + "listeners.ssl.default.ssl_options.verify = verify_peer"),
        new("LIS-003", High, Verified + "listeners.ssl.default.ssl_options.fail_if_no_peer_cert = false") { Line = 2 },
        new("LIS-004", Medium, Ssl + "listeners.ssl.default.ssl_options.versions = [\"tlsv1.2\", tlsv1]") { Line = 2, Says = "speaks tlsv1" },
        new("LIS-004", Medium, Ssl + "listeners.ssl.default.ssl_options.ciphers = [\"ECDHE-RSA-DES-CBC3-SHA\"]") { Line = 2 },
        new("LIS-004", Medium, "dashboard.listeners.https { bind = 18084, ssl_options.versions = [\"tlsv1.1\"] }") { Line = 1, Says = "the dashboard" },
        new("LIS-005", High, Tcp + "enable_authn = false") { Line = 1 },
        new("LIS-005", Critical, Tcp + "enable_authn = false\n" + Tcp + "bind = \"10.0.0.5:1883\"") { Line = 1 },
        new("LIS-006", Critical, Tcp + "bind = \"0.0.0.0:1883\"\n" + Tcp + "access_rules = [\"allow all\"]") { Line = 2 },
        new("LIS-007", High, Tcp + "proxy_protocol = false") { Line = 1, Host = "socket 127.0.0.1:1883 812\nprocess 900 gatehouse -- gatehouse\nsocket 0.0.0.0:8883 900" },
        new("LIS-008", Medium, Ws + "listeners.ws.default.websocket.proxy_address_header = \"x-forwarded-for\"") { Line = 2 },
        new("LIS-008", High, "listeners.ws.default { enable = true, bind = \"0.0.0.0:8083\" }") { Version = "6.2.2", Says = "x-forwarded-for" },
        new("LIS-008", High, "listeners.ws.default.enable = true") { Runs = false, Version = "", IsUnknown = true },
        new("LIS-009", Medium, Ws) { Says = "`ws:default`" },
        new("LIS-010", Low, Tcp + "max_connections = infinity") { Says = "max_connections" },
        new("LIS-010", Medium, Ssl) { Says = "messages_rate" },
        new("LIS-011", Low, "listeners.tcp.admin { bind = \"0.0.0.0:11883\" }") { Says = "`tcp:admin`" },
        new("LIS-012", Medium, "listeners.ws.default { enable = true, bind = \"0.0.0.0:8083\" }") { Line = 1 },
        new("LIS-012", Medium, "listeners.wss = null") { Runs = false, Says = "8084" },
        new("LIS-012", Medium, "listeners.quic.default { enable = true, bind = \"0.0.0.0:14567\" }") { Says = "14567" },
        new("ERL-015", Critical, Ssl) { Files = [("/etc/emqx/certs/cert.pem", TestCertificates.Shipped)] },
        new("ERL-015", Critical, "rpc { protocol = ssl, cacertfile = \"certs/ca.pem\" }") { Files = [("/usr/lib/emqx/certs/ca.pem", TestCertificates.Shipped)], Line = 1 },
    ];
}

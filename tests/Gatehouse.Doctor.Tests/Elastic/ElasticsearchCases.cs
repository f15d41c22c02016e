using System.Text;

namespace Gatehouse.Doctor.Tests.Elastic;

/// <summary>What is wrong with a node of Elasticsearch after one change. The secured file has 14 lines: what is added stands in line 15.</summary>
internal static class ElasticsearchCases
{
    private const string Store = "-xpack.security.http.ssl.certificate\n-xpack.security.http.ssl.key\nxpack.security.http.ssl.keystore.path: certs/http.p12\nxpack.security.http.ssl.keystore.password: changeit";

    public static ElasticCase[] All { get; } = [.. Switches, .. Tls, .. Certificates, .. Secrets, .. Access, .. Filters, .. Network, .. Reach, .. Host];

    private static IEnumerable<ElasticCase> Switches =>
    [
        new("nothing", ""),
        new("security off", "xpack.security.enabled: false", "ES-001 critical @4", "ES-010 critical @4 @2", "ES-011 critical @4 @2", "ES-050 critical @2", "ES-050 critical @2"),
        new("security not set in 8", "-xpack.security.enabled"),
        new("security not set in 7", "-xpack.security.enabled", "ES-001 critical", "ES-010 critical @2", "ES-011 critical @2", "ES-050 critical @2", "ES-050 critical @2", "ES-060 medium", "ES-062 high", "ES-062 low") { Version = "7.17.9" },
        new("security in an unknown variable", "xpack.security.enabled: ${SECURITY}", "ES-001 critical unknown @4", "ES-010 critical unknown @4", "ES-011 critical unknown @4"),
        new("security off and another guard", "xpack.security.enabled: false\nnetwork.host: 127.0.0.1\n-discovery.seed_hosts", "ES-001 critical unknown @3", "ES-010 low @3 @2") { Also = static h => h.Folder("/usr/share/elasticsearch/plugins/readonlyrest").File("/usr/share/elasticsearch/plugins/readonlyrest/plugin-descriptor.properties", "version=1.66.1_es9.2.3\n") },
        new("no set-up and no TLS", "xpack.security.autoconfiguration.enabled: false\n-xpack.security.http.ssl.enabled", "ES-003 high @14", "ES-010 critical @2"),
        new("no set-up but TLS by hand", "xpack.security.autoconfiguration.enabled: false"),
        new("enrolment", "xpack.security.enrollment.enabled: true", "ES-004 low @5"),
    ];

    private static IEnumerable<ElasticCase> Tls =>
    [
        new("plain HTTP", "xpack.security.http.ssl.enabled: false", "ES-010 critical @6 @2"),
        new("plain HTTP on loopback", "xpack.security.http.ssl.enabled: false\nhttp.host: _local_", "ES-010 low @6 @15"),
        new("plain HTTP somewhere", "xpack.security.http.ssl.enabled: false\nhttp.host: ${HOST}", "ES-010 critical unknown @6 @15", "ES-050 info unknown @15"),
        new("plain transport", "xpack.security.transport.ssl.enabled: false", "ES-011 critical @9 @2"),
        new("plain transport alone on loopback", "xpack.security.transport.ssl.enabled: false\nnetwork.host: 127.0.0.1\n-discovery.seed_hosts"),
        new("plain transport on loopback in a cluster", "xpack.security.transport.ssl.enabled: false\ntransport.host: 127.0.0.1", "ES-011 critical @9 @15"),
        new("no verification", "xpack.security.transport.ssl.verification_mode: none", "ES-012 high @10"),
        new("no names", "xpack.security.transport.ssl.verification_mode: certificate", "ES-012 low @10"),
        new("only PKI, certificates optional", "xpack.security.authc.realms.pki.p.order: 0\nxpack.security.authc.realms.native.n.enabled: false\nxpack.security.authc.realms.file.f.enabled: false\nxpack.security.http.ssl.client_authentication: optional", "ES-013 medium @18"),
        new("only PKI, certificates required", "xpack.security.authc.realms.pki.p.order: 0\nxpack.security.authc.realms.native.n.enabled: false\nxpack.security.authc.realms.file.f.enabled: false\nxpack.security.http.ssl.client_authentication: required"),
        new("PKI beside passwords", "xpack.security.authc.realms.pki.p.order: 0"),
        new("no certificate from nodes", "xpack.security.transport.ssl.client_authentication: none", "ES-012 high @15"),
        new("a profile that verifies nobody", "transport.profiles.client.xpack.security.ssl.verification_mode: none", "ES-012 high @15"),
        new("a profile without certificates", "transport.profiles.client.xpack.security.ssl.client_authentication: optional", "ES-012 high @15"),
        new("a profile with old protocols", "transport.profiles.client.xpack.security.ssl.supported_protocols: [TLSv1]", "ES-014 high @15"),
        new("a good profile", "transport.profiles.client.xpack.security.ssl:\n  verification_mode: full\n  client_authentication: required\n  supported_protocols: [TLSv1.3]"),
        new("plain transport, alone under its own address", "xpack.security.transport.ssl.enabled: false\nnetwork.host: 127.0.0.1\nnetwork.publish_host: node1.example.com\ndiscovery.seed_hosts: [node1.example.com, node1]"),
        new("plain transport with a neighbour", "xpack.security.transport.ssl.enabled: false\nnetwork.host: 127.0.0.1\nnetwork.publish_host: node1.example.com\ndiscovery.seed_hosts: [node1.example.com, node2.example.com]", "ES-011 critical @9 @2"),
        new("old protocols", "xpack.security.http.ssl.supported_protocols: [TLSv1.2, TLSv1.1]", "ES-014 high @15"),
        new("old protocols in a realm", "xpack.security.authc.realms.ldap.l.url: \"ldaps://d:636\"\nxpack.security.authc.realms.ldap.l.ssl.supported_protocols: SSLv3", "ES-014 high @16"),
        new("good protocols", "xpack.security.http.ssl.supported_protocols: [TLSv1.3, TLSv1.2]"),
        new("CBC", "xpack.security.transport.ssl.cipher_suites: [TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA]", "ES-015 high @15"),
        new("static RSA", "xpack.security.http.ssl.cipher_suites: [TLS_RSA_WITH_AES_256_GCM_SHA384]", "ES-015 high @15"),
        new("good suites", "xpack.security.http.ssl.cipher_suites: [TLS_AES_256_GCM_SHA384, TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256]"),
    ];

    private static IEnumerable<ElasticCase> Certificates =>
    [
        new("expired", "", "ES-016 high @7", "ES-016 high @11") { Also = static h => h.File("/etc/elasticsearch/certs/node1.crt", TestCertificates.Expired) },
        new("ending", "", "ES-016 medium @7", "ES-016 medium @11") { Also = static h => h.File("/etc/elasticsearch/certs/node1.crt", TestCertificates.Ending) },
        new("short and forged", "", "ES-016 high @7", "ES-016 high @7", "ES-016 high @11", "ES-016 high @11") { Also = static h => h.File("/etc/elasticsearch/certs/node1.crt", TestCertificates.Weak) },
        new("without names", "xpack.security.transport.ssl.verification_mode: full", "ES-016 medium @7", "ES-016 medium @11") { Also = static h => h.File("/etc/elasticsearch/certs/node1.crt", TestCertificates.Nameless) },
        new("for another node", "network.publish_host: node9.example.com", "ES-016 medium @7", "ES-016 medium @11"),
        new("clients call it otherwise", "http.publish_host: node9.example.com", "ES-016 medium @7"),
        new("nodes call it otherwise", "http.publish_host: node1.example.com\ntransport.publish_host: node9.example.com", "ES-016 medium @11"),
        new("for this node", "http.publish_host: node1.example.com"),
        new("not to be seen", "", "ES-016 high unknown @7", "ES-016 high unknown @11") { Also = static h => h.Unreadable("/etc/elasticsearch/certs/node1.crt") },
        new("key for all", "", "ES-017 high") { Also = static h => h.Mode("/etc/elasticsearch/certs/node1.key", "0644") },
        new("folder for all", "", "ES-017 high") { Also = static h => h.Folder("/etc/elasticsearch", "0777") },
        new("one key for all nodes", "discovery.seed_hosts: [\"10.0.0.5\", \"10.0.0.6:9300\"]", "ES-018 medium @7", "ES-018 medium @11") { Also = static h => h.File("/etc/elasticsearch/certs/node1.crt", TestCertificates.Shared) },
        new("authority on the node", "", "ES-018 high") { Also = static h => h.File("/etc/elasticsearch/certs/ca/ca.key", "(a key)") },
        new("store of the first start", "-xpack.security.http.ssl.certificate\n-xpack.security.http.ssl.key\nxpack.security.http.ssl.keystore.path: certs/http.p12", "ES-016 high unknown @13", "ES-018 medium @13") { Also = static h => h.File("/etc/elasticsearch/elasticsearch.yml", Encoding.UTF8.GetString(h.Read("/etc/elasticsearch/elasticsearch.yml").Bytes!) + "# BEGIN SECURITY AUTO CONFIGURATION\n").Unreadable("/etc/elasticsearch/certs/http.p12") },
        new("store with the first start's name", "-xpack.security.http.ssl.certificate\n-xpack.security.http.ssl.key\nxpack.security.http.ssl.keystore.path: certs/http.p12", "ES-016 high unknown @13", "ES-018 medium unknown @13") { Also = static h => h.Unreadable("/etc/elasticsearch/certs/http.p12") },
        new("store without the authority's key", Store, "ES-019 high @14") { Also = static h => h.File("/etc/elasticsearch/certs/http.p12", TestCertificates.Store(withAuthorityKey: false)) },
        new("store with the authority's key", Store, "ES-018 medium @13", "ES-019 high @14") { Also = static h => h.File("/etc/elasticsearch/certs/http.p12", TestCertificates.Store(withAuthorityKey: true)) },
    ];

    private static IEnumerable<ElasticCase> Secrets =>
    [
        new("password of a profile's store", "transport.profiles.client.xpack.security.ssl.keystore.password: hunter2secret", "ES-019 high @15"),
        new("password of reindexing's key", "reindex.ssl.key_passphrase: hunter2secret", "ES-019 high @15"),
        .. new[]
        {
            "cluster: [\"cluster:*\"]", "cluster: [manage_watcher]", "cluster: [manage_api_key]", "cluster: [grant_api_key]", "run_as: [\"*\"]",
            "indices:\n    - names: ['*']\n      privileges: [\"indices:*\"]", "indices:\n    - names: ['*']\n      privileges: [\"indices:data/*\"]",
        }.Select(static rights => new ElasticCase($"anonymous with {rights.ReplaceLineEndings(" ")}", "xpack.security.authc.anonymous.roles: open", "ES-020 critical @15") { Also = h => h.File("/etc/elasticsearch/roles.yml", $"open:\n  {rights}\n") }),
        new("anonymous who looks", "xpack.security.authc.anonymous.roles: open", "ES-020 high @15") { Also = static h => h.File("/etc/elasticsearch/roles.yml", "open:\n  cluster: [monitor, \"cluster:monitor/*\"]\n  indices:\n    - names: ['*']\n      privileges: [view_index_metadata, \"indices:data/read/*\"]\n") },
        new("password in the file", "xpack.security.http.ssl.keystore.password: hunter2secret", "ES-019 high @15"),
        new("password in a variable", "xpack.security.authc.realms.ldap.l.url: ldaps://d\nxpack.security.authc.realms.ldap.l.bind_password: ${BIND}", "ES-019 medium @16"),
        new("anonymous reader", "xpack.security.authc.anonymous.roles: [viewer]", "ES-020 high @15"),
        new("anonymous writer", "xpack.security.authc.anonymous.roles: superuser", "ES-020 critical @15"),
        new("anonymous writer of its own", "xpack.security.authc.anonymous.roles: open", "ES-020 critical @15") { Also = static h => h.File("/etc/elasticsearch/roles.yml", "open:\n  indices:\n    - names: ['*']\n      privileges: [read, write]\n") },
        new("anonymous reader of its own", "xpack.security.authc.anonymous.roles: open", "ES-020 high @15") { Also = static h => h.File("/etc/elasticsearch/roles.yml", "open:\n  indices:\n    - names: ['*']\n      privileges: [read]\n") },
        new("first password", "", "ES-066 low") { Also = static h => h.File("/etc/elasticsearch/elasticsearch.keystore", TestKeystore.Make(6, ("bootstrap.password", "hunter2secret")), "0660") },
        new("keystore without it", "") { Also = static h => h.File("/etc/elasticsearch/elasticsearch.keystore", TestKeystore.Make(4, ("keystore.seed", "x")), "0660") },
        new("locked keystore", "", "ES-066 low unknown") { Also = static h => h.File("/etc/elasticsearch/elasticsearch.keystore", TestKeystore.Locked(), "0660") },
    ];

    private static IEnumerable<ElasticCase> Access =>
    [
        new("superuser in a file", "", "ES-024 medium @2") { Also = static h => h.File("/etc/elasticsearch/users_roles", "viewer:bob\nsuperuser:alice\n") },
        new("no superuser in a file", "") { Also = static h => h.File("/etc/elasticsearch/users_roles", "viewer:bob\n") },
        new("plain directory", "xpack.security.authc.realms.ldap.l.url: ldap://dir.example.com", "ES-024 high @15"),
        new("plain directory here", "xpack.security.authc.realms.ldap.l.url: [\"ldap://127.0.0.1:389\"]", "ES-024 low @15"),
        new("plain directory, realm off", "xpack.security.authc.realms.ldap.l.url: ldap://dir.example.com\nxpack.security.authc.realms.ldap.l.enabled: false"),
        new("domain without address", "xpack.security.authc.realms.active_directory.a.domain_name: example.com", "ES-024 high @15"),
        new("directory is not verified", "xpack.security.authc.realms.ldap.l.url: ldaps://d\nxpack.security.authc.realms.ldap.l.ssl.verification_mode: none", "ES-024 high @16"),
        new("good directory", "xpack.security.authc.realms.ldap.l.url: ldaps://d\nxpack.security.authc.realms.ldap.l.ssl.verification_mode: full"),
        new("tokens of anybody", "xpack.security.authc.realms.jwt.j.order: 3\nxpack.security.authc.realms.jwt.j.allowed_issuer: me", "ES-025 high"),
        new("good tokens", "xpack.security.authc.realms.jwt.j:\n  allowed_issuer: me\n  allowed_audiences: [es]\n  allowed_signature_algorithms: [RS256]"),
        new("short secret", "xpack.security.authc.realms.jwt.j:\n  allowed_issuer: me\n  allowed_audiences: [es]\n  allowed_signature_algorithms: [HS256]", "ES-025 high @18") { Also = static h => h.File("/etc/elasticsearch/elasticsearch.keystore", TestKeystore.Make(5, ("xpack.security.authc.realms.jwt.j.hmac_key", "hunter2secret")), "0660") },
        new("secret of unknown length", "xpack.security.authc.realms.jwt.j:\n  allowed_issuer: me\n  allowed_audiences: [es]\n  allowed_signature_algorithms: [HS256]", "ES-025 info unknown @18"),
    ];

    private static IEnumerable<ElasticCase> Filters =>
    [
        new("allow without deny", "xpack.security.http.filter.allow: [\"10.0.0.0/8\"]", "ES-030 high @15"),
        new("allow with deny", "xpack.security.http.filter.allow: [\"10.0.0.0/8\"]\nxpack.security.http.filter.deny: _all"),
        new("allow with the deny of transport", "xpack.security.http.filter.allow: [\"10.0.0.0/8\"]\nxpack.security.transport.filter.deny: _all"),
        new("the allow list of transport with a deny list of its own", "xpack.security.transport.filter.allow: 10.0.0.0/8\nxpack.security.transport.filter.deny: _all\nxpack.security.http.filter.deny: 192.0.2.1", "ES-030 high @15 @17"),
        new("the lists of transport for all", "xpack.security.transport.filter.allow: 10.0.0.0/8\nxpack.security.transport.filter.deny: _all"),
        new("allow in a profile", "transport.profiles.client.xpack.security.filter.allow: 10.1.0.0/16", "ES-030 high @15"),
        new("filter off", "xpack.security.http.filter.enabled: false", "ES-031 medium @15 @2"),
        new("filter off on loopback", "xpack.security.http.filter.enabled: false\nhttp.host: 127.0.0.1"),
        new("remote clusters for all", "remote_cluster_server.enabled: true", "ES-032 high @15 @2"),
        new("remote clusters in plain text", "remote_cluster_server.enabled: true\nxpack.security.remote_cluster_server.ssl.enabled: false\nxpack.security.remote_cluster.filter.allow: 10.1.0.0/16\nxpack.security.remote_cluster.filter.deny: _all", "ES-032 high @15 @16 @2"),
        new("remote clusters, filtered", "remote_cluster_server.enabled: true\nxpack.security.remote_cluster.filter.allow: 10.1.0.0/16\nxpack.security.remote_cluster.filter.deny: _all"),
        new("remote clusters on loopback", "remote_cluster_server.enabled: true\nremote_cluster.host: _local_"),
        new("no audit", "-xpack.security.audit.enabled", "ES-040 medium"),
        new("audit without refusals", "xpack.security.audit.logfile.events.exclude: [access_denied]", "ES-040 medium @15"),
        new("audit of some things", "xpack.security.audit.logfile.events.include: [access_granted]", "ES-040 medium @15"),
        new("audit of all", "xpack.security.audit.logfile.events.include: _all"),
        new("bodies", "xpack.security.audit.logfile.events.emit_request_body: true", "ES-041 medium @15"),
    ];

    private static IEnumerable<ElasticCase> Network =>
    [
        new("any origin", "http.cors.enabled: true\nhttp.cors.allow-origin: \"*\"", "ES-051 high @16"),
        new("any origin by expression", "http.cors.enabled: true\nhttp.cors.allow-origin: /https?:\\/\\/.*/", "ES-051 high @16"),
        new("any origin with credentials", "http.cors.enabled: true\nhttp.cors.allow-origin: /.*/\nhttp.cors.allow-credentials: true", "ES-051 critical @16 @17"),
        new("one origin", "http.cors.enabled: true\nhttp.cors.allow-origin: /https?:\\/\\/localhost(:[0-9]+)?/"),
        new("any origin, switched off", "http.cors.allow-origin: \"*\""),
        new("long bodies", "http.max_content_length: 500mb", "ES-052 low @15"),
        new("usual bodies", "http.max_content_length: 100mb"),
        new("checks off", "discovery.type: single-node\n-discovery.seed_hosts", "ES-053 medium @14 @2"),
        new("checks off on loopback", "discovery.type: single-node\n-discovery.seed_hosts\nnetwork.host: 127.0.0.1"),
    ];

    private static IEnumerable<ElasticCase> Reach =>
    [
        new("scripts, as Kibana needs them", "-script.allowed_types"),
        new("scripts of some contexts", "-script.allowed_types\nscript.allowed_contexts: score, update"),
        new("deleting all", "action.destructive_requires_name: false", "ES-060 medium @15"),
        new("reindex from anywhere", "reindex.remote.whitelist: [\"*:*\"]", "ES-061 high @15"),
        new("reindex from one", "reindex.remote.whitelist: [\"old.example.com:9200\"]"),
        new("any folder", "path.repo: /", "ES-061 high @15"),
        new("any folder otherwise written", "path.repo: /.", "ES-061 high @15"),
        new("any file by URL", "repositories.url.allowed_urls: [\"file:/*\"]", "ES-061 high @15"),
        new("one folder by URL", "repositories.url.allowed_urls: [\"file:/srv/backup/*\"]"),
        new("any URL", "repositories.url.allowed_urls: [\"http://*\"]", "ES-061 high @15"),
        new("old version", "xpack.security.authc.realms.pki.p.order: 0", "ES-062 medium") { Version = "8.18.2" },
        new("old version without certificates", "") { Version = "8.18.2" },
        new("older version", "", "ES-062 high", "ES-062 high", "ES-062 low") { Version = "7.14.0", Also = static h => h.File("/etc/elasticsearch/elasticsearch.yml", Encoding.UTF8.GetString(h.Read("/etc/elasticsearch/elasticsearch.yml").Bytes!) + "action.destructive_requires_name: true\n") },
        new("mended version", "") { Version = "8.19.9" },
        new("unknown version", "action.destructive_requires_name: true", "ES-062 medium unknown") { Version = "unknown" },
        new("plugin with a fault", "", "ES-062 high", "ES-062 medium") { Also = static h => h.File("/usr/share/elasticsearch/plugins/readonlyrest/plugin-descriptor.properties", "name=readonlyrest\nversion=1.60.0_es8.15.0\n") },
    ];

    private static IEnumerable<ElasticCase> Host =>
    [
        new("data for all", "path.data: /var/lib/elasticsearch", "ES-063 high") { Also = static h => h.Mode("/var/lib/elasticsearch", "0755", 990) },
        new("data for itself", "path.data: /var/lib/elasticsearch"),
        new("dumps for all", "", "ES-063 medium @2") { Also = static h => h.Folder("/tmp", "1777").File("/etc/elasticsearch/jvm.options", "-Xms1g\n-XX:HeapDumpPath=/tmp\n") },
        new("dumps for itself", "") { Also = static h => h.File("/etc/elasticsearch/jvm.options", "-XX:HeapDumpPath=/var/lib/elasticsearch\n") },
        new("debugger for all", "", "ES-063 critical @1") { Also = static h => h.File("/etc/elasticsearch/jvm.options.d/debug.options", "-agentlib:jdwp=transport=dt_socket,server=y,suspend=n,address=*:5005\n") },
        new("debugger here", "", "ES-063 high @1") { Also = static h => h.File("/etc/elasticsearch/jvm.options.d/debug.options", "-agentlib:jdwp=transport=dt_socket,server=y,suspend=n,address=5005\n") },
        new("management for all", "", "ES-063 critical @2") { Also = static h => h.File("/etc/elasticsearch/jvm.options", "-Dcom.sun.management.jmxremote.port=9999\n-Dcom.sun.management.jmxremote.authenticate=false\n") },
        new("FIPS with the wrong stores", "xpack.security.fips_mode.enabled: true\nxpack.security.fips_mode.required_providers: [BCFIPS]\nxpack.security.http.ssl.truststore.path: certs/ca.p12\nxpack.security.authc.password_hashing.algorithm: bcrypt", "ES-064 high @15 @17", "ES-064 high @15 @18"),
        new("FIPS with the right ones", "xpack.security.fips_mode.enabled: true\nxpack.security.fips_mode.required_providers: [BCFIPS]\nxpack.security.http.ssl.truststore.path: certs/ca.bcfks\nxpack.security.http.ssl.truststore.type: BCFKS"),
        new("FIPS with providers unknown", "xpack.security.fips_mode.enabled: true", "ES-064 high unknown @15"),
        new("weak passwords", "xpack.security.authc.password_hashing.algorithm: bcrypt4", "ES-065 medium @15"),
        new("weak keys", "xpack.security.authc.api_key.hashing.algorithm: sha1", "ES-065 medium @15"),
        new("good hashes", "xpack.security.authc.password_hashing.algorithm: pbkdf2_stretch\nxpack.security.authc.api_key.hashing.algorithm: ssha256"),
    ];
}

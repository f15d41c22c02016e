namespace Gatehouse.Doctor.Tests.Elastic;

/// <summary>What is wrong with a node of OpenSearch after one change. The secured file has 13 lines: what is added stands in line 14.</summary>
internal static class OpenSearchCases
{
    private const string Plugin = "/etc/opensearch/opensearch-security/";

    public static ElasticCase[] All { get; } =
    [
        new("nothing", ""),
        new("plugin off", "plugins.security.disabled: true", "ES-002 critical @14", "ES-010 critical @14 @2", "ES-011 critical @14 @2", "ES-050 critical @2", "ES-050 critical @2"),
        new("old name of the plugin's switch", "-plugins.security.ssl.http.enabled", "ES-010 critical @2"),
        new("old name of a switch beside new ones", "-plugins.security.ssl.http.enabled\nopendistro_security.ssl.http.enabled: true"),
        new("old names beside new ones", "opendistro_security.allow_unsafe_democertificates: true\nopendistro_security.ssl.transport.enforce_hostname_verification: false", "ES-022 critical @14", "ES-012 low @15"),
        new("plugin off by its old name", "opendistro_security.disabled: true", "ES-002 critical @14", "ES-010 critical @14 @2", "ES-011 critical @14 @2", "ES-050 critical @2", "ES-050 critical @2"),
        new("TLS and no login", "plugins.security.ssl_only: true", "ES-002 critical @14", "ES-050 critical @2", "ES-050 critical @2"),
        new("plain HTTP", "plugins.security.ssl.http.enabled: false", "ES-010 critical @4 @2"),
        new("names are not compared", "plugins.security.ssl.transport.enforce_hostname_verification: false", "ES-012 low @14"),
        new("names are compared", "plugins.security.ssl.transport.enforce_hostname_verification: true"),
        new("only certificates", "", "ES-013 medium") { Also = static h => h.File(Plugin + "config.yml", Config("cert", "clientcert")) },
        new("only certificates, required", "plugins.security.ssl.http.clientauth_mode: REQUIRE") { Also = static h => h.File(Plugin + "config.yml", Config("cert", "clientcert")) },
        new("passwords", "") { Also = static h => h.File(Plugin + "config.yml", Config("basic", "basic")) },
        new("old protocols", "plugins.security.ssl.http.enabled_protocols: [TLSv1]", "ES-014 high @14"),
        new("weak suites", "plugins.security.ssl.transport.enabled_ciphers: [TLS_RSA_WITH_3DES_EDE_CBC_SHA]", "ES-015 high @14"),
        new("password in the file", "plugins.security.ssl.http.pemkey_password: hunter2secret", "ES-019 high @14"),
        new("anonymous", "", "ES-020 high @4") { Also = static h => h.File(Plugin + "config.yml", "config:\n  dynamic:\n    http:\n      anonymous_auth_enabled: true\n") },
        new("anonymous administrators", "", "ES-020 critical @4") { Also = static h => h.File(Plugin + "config.yml", "config:\n  dynamic:\n    http:\n      anonymous_auth_enabled: true\n").File(Plugin + "roles_mapping.yml", "all_access:\n  backend_roles: [opendistro_security_anonymous_backendrole]\n") },
        new("demo user", "", "ES-021 critical @2") { Also = static h => h.File(Plugin + "internal_users.yml", "kibanaserver:\n  hash: \"$2a$12$4AcgAt3xwOWadA5s5blL6ev39OXDNhmOesEoo33eZtrq2N0YrU3H.\"\n") },
        new("own user", "") { Also = static h => h.File(Plugin + "internal_users.yml", "kibanaserver:\n  hash: \"$2y$12$abcdefghijklmnopqrstuuKq7g3fR2ZlJwq2uS6bq9Xk0p5m3y9eG\"\n") },
        new("demo certificates allowed", "plugins.security.allow_unsafe_democertificates: true", "ES-022 critical @14"),
        new("demo certificate by name", "plugins.security.ssl.http.pemcert_filepath: esnode.pem", "ES-016 high unknown @5", "ES-022 critical @5"),
        new("demo certificate by issuer", "", "ES-022 critical @5", "ES-022 critical @7") { Also = static h => h.File("/etc/opensearch/certs/node1.crt", TestCertificates.Demo) },
        new("everybody administers", "plugins.security.restapi.roles_enabled: [all_access, kibana_user]", "ES-023 high @10"),
        new("a role that everybody has", "plugins.security.restapi.roles_enabled: [mine]", "ES-023 high @10") { Also = static h => h.File(Plugin + "roles_mapping.yml", "mine:\n  users: ['*']\n") },
        new("a role of some", "plugins.security.restapi.roles_enabled: [mine]") { Also = static h => h.File(Plugin + "roles_mapping.yml", "mine:\n  users: [alice]\n") },
        new("demo administrator", "plugins.security.authcz.admin_dn: [\"CN=kirk,OU=client,O=client,L=test,C=de\"]", "ES-023 critical @9"),
        new("plain directory", "", "ES-024 high @10") { Also = static h => h.File(Plugin + "config.yml", Directory("enable_ssl: false")) },
        new("good directory", "") { Also = static h => h.File(Plugin + "config.yml", Directory("enable_ssl: true")) },
        new("tokens of anybody", "", "ES-025 high @6") { Also = static h => h.File(Plugin + "config.yml", Config("oidc", "openid")) },
        new("tokens with a short secret", "", "ES-025 high @6", "ES-025 high @8") { Also = static h => h.File(Plugin + "config.yml", Config("jwt", "jwt") + "          config:\n            signing_key: c2hvcnQ=\n") },
        new("tokens, all said", "") { Also = static h => h.File(Plugin + "config.yml", Config("oidc", "openid") + "          config:\n            required_issuer: me\n            required_audience: os\n") },
        new("no audit", "-plugins.security.audit.type", "ES-040 medium"),
        new("audit without refusals", "", "ES-040 medium @4") { Also = static h => h.File(Plugin + "audit.yml", "config:\n  audit:\n    log_request_body: false\n    disabled_rest_categories: [FAILED_LOGIN]\n") },
        new("bodies", "", "ES-041 medium @3") { Also = static h => h.File(Plugin + "audit.yml", "config:\n  audit:\n    log_request_body: true\n") },
        new("deleting all by default", "-action.destructive_requires_name", "ES-060 medium"),
        new("reindex from anywhere", "reindex.remote.allowlist: \"*:9200\"", "ES-061 high @14"),
        new("old version", "", "ES-062 high", "ES-062 high", "ES-062 low", "ES-062 medium", "ES-062 medium", "ES-062 medium", "ES-062 medium", "ES-062 medium") { Version = "1.3.6" },
        new("few rounds", "plugins.security.password.hashing.bcrypt.rounds: 4", "ES-065 medium @14"),
        new("plugin's files are hidden", "", "ES-013 medium unknown", "ES-020 high unknown", "ES-021 critical unknown", "ES-024 high unknown", "ES-025 high unknown", "ES-040 medium unknown", "ES-041 medium @11") { Also = static h => h.Unreadable(Plugin + "config.yml").Unreadable(Plugin + "internal_users.yml").Unreadable(Plugin + "audit.yml") },
    ];

    private static string Config(string name, string type) =>
        $"config:\n  dynamic:\n    authc:\n      {name}_domain:\n        http_authenticator:\n          type: {type}\n";

    private static string Directory(string setting) =>
        $"config:\n  dynamic:\n    authc:\n      dir_domain:\n        http_authenticator:\n          type: basic\n        authentication_backend:\n          type: ldap\n          config:\n            {setting}\n";
}

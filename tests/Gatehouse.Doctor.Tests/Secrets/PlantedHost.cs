namespace Gatehouse.Doctor.Tests.Secrets;

/// <summary>A host where every program of every system has a secret wherever one may stand, most of them at a fault.</summary>
internal static class PlantedHost
{
    /// <summary>What must not be seen anywhere. It is short and has a word in it, so that rules about weak secrets speak of it.</summary>
    public const string Secret = "Pl4nted-admin";

    private const string Emqx = $$"""
        node { name = "emqx@10.0.0.5", data_dir = "/var/lib/emqx", cookie = "{{Secret}}" }
        cluster { discovery_strategy = etcd, etcd { server = "http://u:{{Secret}}@10.0.0.9:2379", ssl.enable = false } }
        rpc { protocol = ssl, certfile = "certs/x.pem", listen_address = "0.0.0.0" }
        dashboard { listeners.http.bind = "0.0.0.0:18083", default_password = "{{Secret}}", cors = true }
        dashboard.sso.ldap { server = "10.0.0.9", bind_password = "{{Secret}}" }
        api_key.bootstrap_file = "/etc/emqx/keys"
        license.key = "{{Secret}}"
        authentication = [
          { mechanism = jwt, use_jwks = false, algorithm = "hmac-based", secret = "{{Secret}}" }
          { mechanism = jwt, use_jwks = true, endpoint = "http://u:{{Secret}}@10.0.0.9/jwks?token={{Secret}}" }
          { mechanism = password_based, backend = mysql, server = "db.example.com:3306", username = u, password = "{{Secret}}", password_hash_algorithm = { name = md5 } }
          { mechanism = password_based, backend = redis, server = "db.example.com:6379", password = "{{Secret}}" }
          { mechanism = password_based, backend = ldap, server = "db.example.com", bind_password = "{{Secret}}" }
          { mechanism = password_based, backend = http, method = post, url = "http://u:{{Secret}}@auth.example.com/?api_key={{Secret}}", headers { authorization = "Bearer {{Secret}}" }, body { password = "{{Secret}}" } }
        ]
        authorization.sources = [{ type = mongodb, server = "mongodb://u:{{Secret}}@m.example.com", password = "{{Secret}}" }, { type = http, url = "http://a.example.com/?secret={{Secret}}" }]
        connectors.http.c { url = "http://u:{{Secret}}@c.example.com", headers { authorization = "Bearer {{Secret}}" } }
        listeners.ssl.default.ssl_options { password = "{{Secret}}", versions = [tlsv1] }
        listeners.quic.default { enable = true, keyfile = "certs/key.pem" }
        """;

    private const string IgniteNode = $$"""
        ignite {
          network.ssl { enabled: true, keyStore { path: "/etc/ignite3db/n.p12", password: "{{Secret}}" }, trustStore { path: "/etc/ignite3db/n.p12", password: "{{Secret}}" } }
          clientConnector.ssl { enabled: true, clientAuth: require, keyStore { path: "", password: "{{Secret}}" }, trustStore.password: "{{Secret}}" }
          rest.ssl.keyStore.password: "{{Secret}}"
          rest.ssl.keyStore.passwort: "{{Secret}}"
        }
        """;

    private const string IgniteCluster = $$"""
        ignite {
          security { enabled: true, authentication.providers.default { type: basic, users { ignite { password: "{{Secret}}" }, anna { password: "{{Secret}}", roles: [a] } } } }
          eventlog { channels.a { events: [NOTHING_KNOWN] }, sinks.w { type: webhook, channel: a, endpoint: "http://u:{{Secret}}@log.example.com/?token={{Secret}}" } }
          metrics.exporters.o { exporterName: otlp, endpoint: "http://u:{{Secret}}@collector:4317", headers.Authorization.header: "Bearer {{Secret}}" }
        }
        """;

    private const string Cluster = $$"""
        {
          "cluster": { "secret": "{{Secret}}", "private_key": "{{Secret}}", "secert": "{{Secret}}", "listen_multiaddress": "/ip4/0.0.0.0/tcp/9096" },
          "consensus": { "crdt": { "trusted_peers": ["*"] } },
          "api": {
            "restapi": { "http_listen_multiaddress": "/ip4/0.0.0.0/tcp/9094", "basic_auth_credentials": { "admin": "{{Secret}}", "other": "{{Secret}}" }, "headers": { "Set-Cookie": ["a={{Secret}}"] } },
            "pinsvcapi": { "http_listen_multiaddress": "/ip4/0.0.0.0/tcp/9097", "basic_auth_credentials": { "admin": "{{Secret}}" }, "private_key": "{{Secret}}", "libp2p_listen_multiaddress": "/ip4/0.0.0.0/tcp/9100" }
          },
          "ipfs_connector": { "ipfshttp": { "node_multiaddress": "/ip4/10.0.0.9/tcp/5001" } }
        }
        """;

    private const string Kubo = $$"""
        {
          "Identity": { "PrivKey": "{{Secret}}" },
          "Addresses": { "API": "/ip4/0.0.0.0/tcp/5001", "Gateway": "/ip4/0.0.0.0/tcp/8080" },
          "API": { "HTTPHeaders": { "Access-Control-Allow-Origin": ["*"], "Authorization": ["{{Secret}}"] }, "Authorizations": { "robot": { "AuthSecret": "basic:robot:{{Secret}}", "AllowedPaths": ["/api/v0/pin"] }, "web": { "AuthSecret": "bearer:{{Secret}}", "AllowedPaths": ["/api/v0"] } } },
          "Pinning": { "RemoteServices": { "a": { "API": { "Endpoint": "https://u:{{Secret}}@pin.example.com", "Key": "{{Secret}}" } } } },
          "Experimental": { "Libp2pStreamMounting": true }
        }
        """;

    private const string Elastic = $$"""
        network.host: 10.0.0.5
        xpack.security.http.ssl.keystore.password: {{Secret}}
        xpack.security.transport.ssl.truststore.password: {{Secret}}
        xpack.security.authc.realms.ldap.l.url: "ldap://u:{{Secret}}@d"
        xpack.security.authc.realms.ldap.l.bind_password: {{Secret}}
        xpack.security.authc.realms.oidc.o.rp.client_secret: {{Secret}}
        xpack.notification.email.account.a.smtp.password: {{Secret}}
        s3.client.default.secret_key: {{Secret}}
        reindex.remote.whitelist: "*:9200, http://u:{{Secret}}@h:9200"
        repositories.url.allowed_urls: ["http://u:{{Secret}}@h/*", "http://h/*?token={{Secret}}"]
        """;

    /// <summary>All of it.</summary>
    public static FakeHost Make() => Broken(new FakeHost())
        .Address("203.0.113.9")
        .File("/etc/emqx/emqx.conf", Emqx)
        .File("/etc/emqx/keys", $"one:{Secret}:administrator\n")
        .File("/etc/emqx/acl.conf", "{allow, all}.")
        .File("/etc/ignite3db/ignite-config.conf", IgniteNode)
        .File("/etc/ignite3db/cluster.conf", IgniteCluster)
        .File("/etc/ipfs-cluster/service.json", Cluster, "0644")
        .File("/etc/ipfs-cluster/identity.json", $$"""{ "id": "x", "private_key": "{{Secret}}" }""", "0644")
        .File("/var/lib/ipfs/config", Kubo, "0644")
        .File("/var/lib/ipfs/swarm.key", $"/key/swarm/psk/1.0.0/\n/base16/\n{Secret}\n", "0644")
        .File("/etc/elasticsearch/elasticsearch.yml", Elastic)
        .File("/etc/elasticsearch/jvm.options", $"-XX:HeapDumpPath=/tmp\n-Djavax.net.ssl.trustStorePassword={Secret}\n-agentlib:jdwp=address=*:1\n")
        .File("/etc/elasticsearch/users_roles", "superuser:alice\n")
        .File("/etc/opensearch/opensearch.yml", $"plugins.security.ssl.http.pemkey_password: {Secret}\nplugins.security.ssl.transport.keystore_password: {Secret}\n")
        .File("/etc/opensearch/opensearch-security/config.yml", $"config:\n  dynamic:\n    authc:\n      l:\n        authentication_backend: {{ type: ldap, config: {{ hosts: ['d:389'], password: {Secret} }} }}\n      j:\n        http_authenticator: {{ type: jwt, config: {{ signing_key: {Secret} }} }}\n")
        .File("/etc/kibana/kibana.yml", $"elasticsearch.hosts: [\"http://u:{Secret}@10.0.0.5:9200\"]\nelasticsearch.username: elastic\nelasticsearch.password: {Secret}\nelasticsearch.serviceAccountToken: {Secret}\nxpack.encryptedSavedObjects.encryptionKey: {Secret}\n")
        .File("/etc/filebeat/filebeat.yml", $"cloud.auth: elastic:{Secret}\noutput.elasticsearch:\n  hosts: [\"http://u:{Secret}@10.0.0.5:9200\", \"http://10.0.0.5/?api_key={Secret}\"]\n  username: elastic\n  password: {Secret}\n  api_key: {Secret}\n  headers: {{ Authorization: {Secret} }}\n")
        .File("/etc/logstash/logstash.yml", $"xpack.monitoring.elasticsearch:\n  hosts: [\"http://u:{Secret}/x@10.0.0.5:9200\"]\n  password: {Secret}\n")
        .File("/etc/logstash/conf.d/a.conf", $"output {{ elasticsearch {{ hosts => ['http://u:{Secret}@10.0.0.5:9200'] user => elastic password => '{Secret}' api_key => '{Secret}' }} }}")
        .Process(812, "beam.smp", $"beam.smp -root /usr/lib/emqx -name emqx@10.0.0.5 -setcookie {Secret} -- -emqx_data_dir /var/lib/emqx", new Dictionary<string, string> { ["EMQX_NODE__COOKIE"] = Secret + "2", ["EMQX_DASHBOARD__DEFAULT_PASSWORD"] = Secret, ["EMQX_ALLOW_ANONYMOUS"] = Secret })
        .Process(813, "java", $"java -Djavax.net.ssl.keyStorePassword={Secret} -agentlib:jdwp=address=*:5005 -cp /x/ignite-runner-3.0.0.jar org.apache.ignite.internal.app.IgniteRunner --config-path /etc/ignite3db/ignite-config.conf", new Dictionary<string, string> { ["JAVA_TOOL_OPTIONS"] = $"-Dpassword={Secret} -Dcom.sun.management.jmxremote.port=1 -Dcom.sun.management.jmxremote.authenticate=false" })
        .Process(814, "ipfs-cluster-se", "ipfs-cluster-service --config /etc/ipfs-cluster daemon --bootstrap /ip4/10.0.0.6/tcp/9096", new Dictionary<string, string> { ["CLUSTER_SECRET"] = Secret + "3", ["CLUSTER_RESTAPI_BASICAUTHCREDENTIALS"] = $"admin:{Secret}", ["CLUSTER_PRIVATEKEY"] = Secret })
        .Process(815, "ipfs", "ipfs daemon", new Dictionary<string, string> { ["IPFS_PATH"] = "/var/lib/ipfs", ["API_ORIGIN"] = $"https://u:{Secret}@pages.example.org" })
        .Process(816, "java", $"java -Des.path.conf=/etc/elasticsearch -Expack.security.transport.ssl.keystore.password={Secret} org.elasticsearch.bootstrap.Elasticsearch", new Dictionary<string, string> { ["ELASTIC_PASSWORD"] = Secret, ["ES_JAVA_OPTS"] = $"-Dx.password={Secret}" });

    // What is refused is told with a place, and never with what stands there.
    private static FakeHost Broken(FakeHost host) => host
        .File("/opt/emqx/etc/emqx.conf", $"node.cookie = \"{Secret}\n")
        .File("/opt/ignite3/etc/ignite-config.conf", $"ignite.network.ssl.keyStore.password: \"{Secret}\n")
        .File("/opt/ignite3-db-3.0.0/etc/ignite-config.conf", $"ignite.rest.ssl.keyStore.password: {Secret} : {Secret}\n")
        .File("/root/.ipfs-cluster/service.json", $"{{ \"cluster\": {{ \"secret\": \"{Secret}\" \"{Secret}\" }} }}")
        .File("/root/.ipfs/config", $"{{ \"Identity\": {{ \"PrivKey\": {Secret} }} }}")
        .File("/root/.ipfs-cluster/identity.json", $"{{ \"private_key\": {Secret} }}")
        .File("/usr/share/kibana/config/kibana.yml", $"elasticsearch.password: \"{Secret}\n")
        .File("/usr/share/elasticsearch/config/elasticsearch.yml", $"a: b\nxpack.security.http.ssl.keystore.password: *{Secret}\n")
        .File("/etc/metricbeat/metricbeat.yml", $"output.elasticsearch.password: {{ {Secret}\n");
}

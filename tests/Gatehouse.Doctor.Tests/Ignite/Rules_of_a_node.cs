using System.Collections.Immutable;
using Gatehouse.Doctor.Findings;
using Shouldly;
using Xunit;

namespace Gatehouse.Doctor.Tests.Ignite;

/// <summary>A node's file in, what one rule saw out. Each rule sees its fault, and nothing where there is none.</summary>
public sealed class Rules_of_a_node
{
    private const string Tls = "ignite.{0}.ssl { enabled: true, clientAuth: require, ciphers: \"TLS_AES_256_GCM_SHA384\",\n keyStore { path: \"/k.p12\", password: \"one-long-word\" },\n trustStore { path: \"/t.p12\", password: \"other-long-word\" } }\n";

    [Theory]
    [InlineData("IGN-CLI-001", "ignite {}", "C1")] // an empty list of addresses is every interface
    [InlineData("IGN-CLI-001", "ignite.clientConnector {\n listenAddresses: [\"127.0.0.1\"]\n ssl.enabled: false }", "H3")]
    [InlineData("IGN-CLI-001", "ignite.clientConnector { listenAddresses: [\"203.0.113.5\"] }", "C1")]
    [InlineData("IGN-CLI-001", "ignite.clientConnector.ssl.enabled: true", "")]
    [InlineData("IGN-CLI-001", "ignite.clientConnector.ssl.enabled: ${TLS}", "?1")]
    [InlineData("IGN-CLI-002", "ignite.clientConnector.listenAddresses: [\"0.0.0.0\"]", "H1")]
    [InlineData("IGN-CLI-002", "ignite.clientConnector.listenAddresses: [\"::\"]", "H1")]
    [InlineData("IGN-CLI-002", "ignite.clientConnector.listenAddresses: [\"\"]", "H1")]
    [InlineData("IGN-CLI-002", "ignite.clientConnector.listenAddresses: [\"8.8.8.8\"]", "H1")]
    [InlineData("IGN-CLI-002", "ignite.clientConnector.listenAddresses: null", "H1")]
    [InlineData("IGN-CLI-002", "ignite {\n network.port: 3344 }", "H1")]
    [InlineData("IGN-CLI-002", "ignite.clientConnector.listenAddresses: [\"localhost\"]", "")]
    [InlineData("IGN-CLI-002", "ignite.clientConnector.listenAddresses: [\"10.1.2.3\"]", "")]
    [InlineData("IGN-CLI-002", "ignite.clientConnector.listenAddresses: [\"172.31.0.1\"]", "")]
    [InlineData("IGN-CLI-002", "ignite.clientConnector.listenAddresses: [\"172.32.0.1\"]", "H1")]
    [InlineData("IGN-CLI-002", "ignite.clientConnector.listenAddresses: [\"fd00::1\"]", "")]
    [InlineData("IGN-CLI-002", "ignite.clientConnector.listenAddresses: [\"node1.example.org\"]", "?1")]
    [InlineData("IGN-CLI-002", "ignite.clientConnector.listenAddresses: [${A}]", "?1")]
    [InlineData("IGN-CLI-003", "ignite.clientConnector.listenAddresses: [\"127.0.0.1\", \"10.0.0.1\"]", "M1")]
    [InlineData("IGN-CLI-003", "ignite.clientConnector.listenAddresses: [\"127.0.0.1\"]", "")]
    [InlineData("IGN-CLI-003", "ignite {}", "")]
    [InlineData("IGN-CLI-004", "ignite.clientConnector.ssl {\n enabled: true }", "M1")]
    [InlineData("IGN-CLI-004", "ignite.clientConnector.ssl {\n enabled: true\n clientAuth: none }", "M3")]
    [InlineData("IGN-CLI-004", "ignite.clientConnector.ssl { enabled: true, clientAuth: optional }", "")]
    [InlineData("IGN-CLI-004", "ignite.clientConnector.ssl.enabled: false", "")]
    [InlineData("IGN-CLI-004", "ignite.clientConnector.ssl { enabled: true, clientAuth: ${AUTH} }", "?1")]
    [InlineData("IGN-CLI-005", "ignite.clientConnector.ssl { enabled: true, clientAuth: optional }", "M1")]
    [InlineData("IGN-CLI-005", "ignite.clientConnector.ssl { enabled: true, clientAuth: require }", "")]
    [InlineData("IGN-CLI-006", "ignite.clientConnector.ssl { enabled: true, clientAuth: require }", "H1")]
    [InlineData("IGN-CLI-006", "ignite.clientConnector.ssl { enabled: true, clientAuth: optional, trustStore.path: \" \" }", "H1")]
    [InlineData("IGN-CLI-006", "ignite.clientConnector.ssl { enabled: true, clientAuth: require, trustStore.path: \"/t.p12\" }", "")]
    [InlineData("IGN-CLI-006", "ignite.clientConnector.ssl { enabled: true }", "")]
    [InlineData("IGN-CLI-006", "ignite.clientConnector.ssl { enabled: true, clientAuth: require, trustStore.path: ${P} }", "?1")]
    [InlineData("IGN-CLI-007", "ignite.clientConnector {\n sendServerExceptionStackTraceToClient: true }", "M2")]
    [InlineData("IGN-CLI-007", "ignite.clientConnector.sendServerExceptionStackTraceToClient: false", "")]
    [InlineData("IGN-CLI-007", "ignite {}", "")]
    [InlineData("IGN-CLI-008", "ignite {}", "L1")]
    [InlineData("IGN-CLI-008", "ignite.clientConnector.idleTimeoutMillis: 0", "L1")]
    [InlineData("IGN-CLI-008", "ignite.clientConnector.idleTimeoutMillis: 60000", "")]
    [InlineData("IGN-CLI-008", "ignite.clientConnector.idleTimeout: 60000", "")]
    [InlineData("IGN-CLI-008", "ignite.clientConnector.idleTimeoutMillis: soon", "?1")]
    public void The_client_connector(string id, string text, string marks) => Look(text).Marks(id).ShouldBe(marks);

    [Theory]
    [InlineData("IGN-REST-001", "ignite {}", "H1")]
    [InlineData("IGN-REST-001", "ignite.rest.ssl.enabled: true", "")]
    [InlineData("IGN-REST-002", "ignite.rest {\n dualProtocol: true }", "H2")]
    [InlineData("IGN-REST-002", "ignite {}", "")]
    [InlineData("IGN-REST-003", "ignite.rest.dualProtocol: true", "H1")]
    [InlineData("IGN-REST-003", "ignite.rest { dualProtocol: true, httpToHttpsRedirection: true }", "")]
    [InlineData("IGN-REST-003", "ignite.rest.httpToHttpsRedirection: false", "")]
    [InlineData("IGN-REST-004", "ignite {}", "H1")]
    [InlineData("IGN-REST-004", "ignite.rest.port: 10301", "H1")]
    [InlineData("IGN-REST-004", "ignite.rest.ssl { enabled: true, clientAuth: require }", "I1")]
    [InlineData("IGN-REST-004", "ignite.rest { dualProtocol: true, ssl { enabled: true, clientAuth: require } }", "H1")]
    [InlineData("IGN-REST-004", "ignite.rest.ssl { enabled: true, clientAuth: optional }", "H1")]
    [InlineData("IGN-REST-004", "ignite.rest.ssl { enabled: ${TLS}, clientAuth: require }", "H1")]
    [InlineData("IGN-REST-005", "ignite {}", "M1")]
    [InlineData("IGN-REST-005", "ignite.rest.ssl.clientAuth: optional", "M1")]
    [InlineData("IGN-REST-005", "ignite.rest.ssl.clientAuth: require", "")]
    [InlineData("IGN-REST-005", "ignite.rest.ssl.clientAuth: ${A}", "?1")]
    public void Rest(string id, string text, string marks) => Look(text).Marks(id).ShouldBe(marks);

    [Theory]
    [InlineData("IGN-NET-001", "ignite {}", "C1")]
    [InlineData("IGN-NET-001", "ignite.network.listenAddresses: [\"10.0.0.1\"]", "H1")]
    [InlineData("IGN-NET-001", "ignite.network.ssl.enabled: true", "")]
    [InlineData("IGN-NET-002", "ignite.network.ssl.enabled: true", "C1")]
    [InlineData("IGN-NET-002", "ignite.network {\n listenAddresses: [\"10.0.0.1\"]\n ssl { enabled: true, clientAuth: optional } }", "H3")]
    [InlineData("IGN-NET-002", "ignite.network.ssl.clientAuth: require", "")]
    [InlineData("IGN-NET-003", "ignite {}", "C1")]
    [InlineData("IGN-NET-003", "ignite.network.listenAddresses: [\"10.0.0.1\", \"8.8.4.4\"]", "C1")]
    [InlineData("IGN-NET-003", "ignite.network.listenAddresses: [\"10.0.0.1\", \"192.168.1.1\"]", "")]
    [InlineData("IGN-NET-004", "ignite.network.nodeFinder.type: MULTICAST", "M1")]
    [InlineData("IGN-NET-004", "ignite.network.nodeFinder.type: STATIC", "")]
    [InlineData("IGN-NET-004", "ignite.network.nodeFinder.type: ${T}", "?1")]
    [InlineData("IGN-NET-005", "ignite.network.nodeFinder { type: MULTICAST }", "L1")]
    [InlineData("IGN-NET-005", "ignite.network.nodeFinder { type: MULTICAST, ttl: 2 }", "L1")]
    [InlineData("IGN-NET-005", "ignite.network.nodeFinder { type: MULTICAST, ttl: 1 }", "")]
    [InlineData("IGN-NET-005", "ignite.network.nodeFinder.ttl: 9", "")]
    [InlineData("IGN-NET-006", "ignite.network.nodeFinder.netClusterNodes: [\"8.8.8.8:3344\"]", "M1")]
    [InlineData("IGN-NET-006", "ignite.network.nodeFinder.netClusterNodes: [\"[2001:db8::1]:3344\"]", "M1")]
    [InlineData("IGN-NET-006", "ignite.network.nodeFinder.netClusterNodes: [\"node1:3344\"]", "L1")]
    [InlineData("IGN-NET-006", "ignite.network.nodeFinder.netClusterNodes: [\"node1:3344\", \"8.8.8.8:3344\"]", "L1 M1")]
    [InlineData("IGN-NET-006", "ignite.network.nodeFinder.netClusterNodes: [\"10.0.0.1:3344\", \"localhost:3344\"]", "")]
    [InlineData("IGN-NET-006", "ignite.network.nodeFinder.netClusterNodes: ${PEERS}", "?1")]
    [InlineData("IGN-NET-007", "ignite.network.nodeFinder.netClusterNodes: [\"localhost:3344\"]", "I1")]
    [InlineData("IGN-NET-007", "ignite.network.nodeFinder.netClusterNodes: [\"localhost:3344\", \"10.0.0.1:3344\"]", "")]
    [InlineData("IGN-NET-007", "ignite {}", "")]
    public void The_network_between_nodes(string id, string text, string marks) => Look(text).Marks(id).ShouldBe(marks);

    [Theory]
    [InlineData("IGN-TLS-001", "ignite.rest.ssl.enabled: true", "H1")]
    [InlineData("IGN-TLS-001", "ignite.rest.ssl { enabled: true, keyStore.path: \"/k.p12\", clientAuth: require }", "H1")]
    [InlineData("IGN-TLS-001", "ignite.clientConnector.ssl { enabled: true, keyStore.path: \"/k.p12\", clientAuth: require }", "")]
    [InlineData("IGN-TLS-001", "ignite.rest.ssl { enabled: true, keyStore.path: ${K} }", "?1")]
    [InlineData("IGN-TLS-001", "ignite {}", "")]
    [InlineData("IGN-TLS-003", "ignite.network.ssl { enabled: true, keyStore.path: \"/k\" }", "M1")]
    [InlineData("IGN-TLS-003", "ignite.network.ssl {\n enabled: true\n keyStore.password: changeit }", "M3")]
    [InlineData("IGN-TLS-003", "ignite.network.ssl { enabled: true, keyStore.password: same-word, trustStore.password: same-word }", "M1")]
    [InlineData("IGN-TLS-003", "ignite.network.ssl { enabled: true, keyStore.password: one-word, trustStore.password: other-word }", "")]
    [InlineData("IGN-TLS-003", "ignite.network.ssl { enabled: true, keyStore.password: \"********\" }", "?1")]
    [InlineData("IGN-TLS-003", "ignite.network.ssl.keyStore.password: changeit", "")]
    [InlineData("IGN-TLS-004", "ignite.rest.ssl { enabled: true, ciphers: \"TLS_AES_128_GCM_SHA256, TLS_RSA_WITH_AES_128_GCM_SHA256\" }", "H1")]
    [InlineData("IGN-TLS-004", "ignite.rest.ssl { enabled: true, ciphers: \"TLS_DH_anon_WITH_AES_128_CBC_SHA,TLS_ECDHE_RSA_WITH_NULL_SHA\" }", "H1 H1")]
    [InlineData("IGN-TLS-004", "ignite.rest.ssl { enabled: true, ciphers: \"TLS_ECDH_RSA_WITH_AES_256_GCM_SHA384,TLS_DH_RSA_WITH_AES_256_GCM_SHA384\" }", "H1 H1")]
    [InlineData("IGN-TLS-004", "ignite.rest.ssl { enabled: true, ciphers: \"SSL_RSA_EXPORT_WITH_RC4_40_MD5\" }", "H1")]
    [InlineData("IGN-TLS-004", "ignite.rest.ssl { enabled: true, ciphers: \"TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA\" }", "H1")]
    [InlineData("IGN-TLS-004", "ignite.rest.ssl { enabled: true, ciphers: \"tls_ecdhe_rsa_with_aes_128_cbc_sha\" }", "H1")]
    [InlineData("IGN-TLS-004", "ignite.rest.ssl { enabled: true, ciphers: \"TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,TLS_AES_256_GCM_SHA384\" }", "")]
    [InlineData("IGN-TLS-005", "ignite.rest.ssl { enabled: true }", "I1")]
    [InlineData("IGN-TLS-005", "ignite.rest.ssl { enabled: true, ciphers: \"\" }", "I1")]
    [InlineData("IGN-TLS-005", "ignite.rest.ssl { enabled: true, ciphers: \"TLS_AES_256_GCM_SHA384\" }", "")]
    [InlineData("IGN-TLS-006", "ignite.rest.ssl { enabled: true, keyStore.type: JKS }", "L1")]
    [InlineData("IGN-TLS-006", "ignite.rest.ssl { enabled: true, trustStore.type: jks }", "L1")]
    [InlineData("IGN-TLS-006", "ignite.rest.ssl { enabled: true, keyStore.type: PKCS12 }", "")]
    public void Tls_settings(string id, string text, string marks) => Look(text).Marks(id).ShouldBe(marks);

    [Fact]
    public void Doors_that_share_a_store()
    {
        string all = string.Concat(new[] { "network", "clientConnector", "rest" }.Select(static door => Tls.Replace("{0}", door, StringComparison.Ordinal)));

        Look(all).Marks("IGN-TLS-008").ShouldBe("I2 L3", "keys side by side are lost together, trust is what tells nodes from clients");
        Look(all.Replace("\"/", "\"/other/", StringComparison.Ordinal).Replace("/other/k.p12", "/k.p12", StringComparison.Ordinal)).Marks("IGN-TLS-008").ShouldBe("I2 L3");
        Look(Tls.Replace("{0}", "network", StringComparison.Ordinal).Replace("/k.p12", "/n.p12", StringComparison.Ordinal).Replace("/t.p12", "/nt.p12", StringComparison.Ordinal) + Tls.Replace("{0}", "rest", StringComparison.Ordinal))
            .Marks("IGN-TLS-008").ShouldBe("");
    }

    [Theory]
    [InlineData("IGN-PORT-001", "ignite { rest.port: 10800 }", "M1")]
    [InlineData("IGN-PORT-001", "ignite.network.port: 80", "M1")]
    [InlineData("IGN-PORT-001", "ignite.clientConnector.port: 70000", "M1")]
    [InlineData("IGN-PORT-001", "ignite.clientConnector.port: 10400", "")] // without TLS that port is free
    [InlineData("IGN-PORT-001", "ignite { clientConnector.port: 10400\n rest.ssl.enabled: true }", "M1")]
    [InlineData("IGN-PORT-001", "ignite { clientConnector.port: 10300\n rest.ssl.enabled: true }", "")] // with TLS that one is
    [InlineData("IGN-PORT-001", "ignite { clientConnector.port: ${P} }", "?1")]
    [InlineData("IGN-DEP-001", "ignite.deployment.location: \"/srv/units\"", "H1 ?1")]
    [InlineData("IGN-DEP-001", "ignite.deployment.location: \"../units\"", "?1 H1")]
    [InlineData("IGN-DEP-001", "ignite.deployment.deploymentLocation: \"a/../../units\"", "?1 H1")]
    [InlineData("IGN-DEP-001", "ignite {}", "?1")] // the working folder is not known
    [InlineData("IGN-CMP-001", "ignite {}", "L1")]
    [InlineData("IGN-CMP-001", "ignite.compute.queueMaxSize: 2147483647", "L1")]
    [InlineData("IGN-CMP-001", "ignite.compute.queueMaxSize: 10000", "")]
    [InlineData("IGN-FILE-002", "ignite.network.port: ${PORT}", "H1")]
    [InlineData("IGN-FILE-002", "ignite {\n network.port: ${?PORT} }", "H2")]
    [InlineData("IGN-FILE-002", "ignite.network.port: 3344", "")]
    [InlineData("IGN-FILE-003", "ignite.clientconnector.port: 10800", "M1")]
    [InlineData("IGN-FILE-003", "ignite.clientConnector {\n idleTimeoutMilis: 5 }", "M2")]
    [InlineData("IGN-FILE-003", "ignite.clientConnector.ssl.keystore.path: \"/k\"", "M1")]
    [InlineData("IGN-FILE-003", "ignite { network.port: 3344\n security.enabled: true }", "M2")]
    [InlineData("IGN-FILE-003", "ignite { network.port: 3344 }\nclientConnector.ssl.enabled: true", "M2")]
    [InlineData("IGN-FILE-003", "ignite { network.inbound.soBacklog: 5, storage.profiles.default.engine: aimem, system.properties: [], nodeAttributes.nodeAttributes {} }", "")]
    [InlineData("IGN-FILE-003", "ignite.network { listenAddresses: [\"10.0.0.1\"], nodeFinder { type: STATIC, netClusterNodes: [] } }", "")]
    [InlineData("IGN-FILE-004", "ignite.clientConnector {\n connectTimeout: 5 }", "I2")]
    [InlineData("IGN-FILE-004", "ignite.network.membership { membershipSyncInterval: 5, scaleCube.gossipInterval: 1 }", "I1 I1")]
    [InlineData("IGN-FILE-004", "ignite.clientConnector.connectTimeoutMillis: 5", "")]
    [InlineData("IGN-FILE-005", "include \"other.conf\"\nignite.network.port: 3344", "M1")]
    [InlineData("IGN-FILE-005", "ignite.network.port: 3344", "")]
    [InlineData("IGN-FILE-006", "ignite.network.port: 3344\nignite.network.port: 3345", "M2")]
    [InlineData("IGN-FILE-006", "ignite.network.port: 3344\nignite.network.ssl.enabled: true", "")]
    public void Ports_code_and_the_file_itself(string id, string text, string marks) =>
        string.Join(' ', Look(text).Marks(id).Split(' ').Order(StringComparer.Ordinal)).ShouldBe(string.Join(' ', marks.Split(' ').Order(StringComparer.Ordinal)));

    [Theory]
    [InlineData("0644", "ignite.network.ssl.keyStore.password: a-word", "H0")]
    [InlineData("0644", "ignite.network.port: 3344", "L0")]
    [InlineData("0640", "ignite.network.ssl.keyStore.password: a-word", "")]
    [InlineData("0600", "ignite.network.ssl.keyStore.password: a-word", "")]
    public void A_file_that_everybody_reads(string mode, string text, string marks) =>
        IgniteLook.WithNode(text).Mode(IgniteLook.NodePath, mode).Findings().Marks("IGN-FILE-001").ShouldBe(marks);

    [Fact]
    public void A_broken_file_leaves_every_check_of_it_undecided()
    {
        ImmutableArray<Finding> findings = Look("ignite { network { port: 3344 ");

        findings.Where(static finding => finding.Check.StartsWith("IGN-NET", StringComparison.Ordinal)).ShouldAllBe(static finding => finding.IsUnknown);
        findings.Marks("IGN-NET-001").ShouldBe("?1");
        findings.First(static finding => finding.Check == "IGN-NET-001").Text.ShouldContain("GH8102");
    }

    [Fact]
    public void What_an_included_file_may_set_is_not_judged()
    {
        ImmutableArray<Finding> findings = Look("include \"other.conf\"\nignite.clientConnector.ssl.enabled: false");

        findings.Marks("IGN-NET-001").ShouldBe("?1");
        findings.Marks("IGN-CLI-001").ShouldBe("H2"); // who reaches it may be set there too
        findings.Marks("IGN-CLI-007").ShouldBe("?1");
    }

    [Fact]
    public void Old_names_are_right_for_a_version_that_knows_no_others()
    {
        FakeHost host = IgniteLook.WithNode("ignite.clientConnector.idleTimeout: 5").File("/usr/share/ignite3db/lib/ignite-runner-3.0.0.jar", "");

        host.Findings().Marks("IGN-FILE-004").ShouldBe("");
        IgniteLook.WithNode("ignite.clientConnector.idleTimeout: 5").Findings().Marks("IGN-FILE-004").ShouldBe("I1");
    }

    [Fact]
    public void Without_a_node_its_checks_say_that_they_cannot_know()
    {
        ImmutableArray<Finding> findings = IgniteLook.WithCluster("ignite.security.enabled: true").Findings(IgniteLook.ClusterPath);

        foreach (string id in new[] { "IGN-CLI-001", "IGN-REST-004", "IGN-NET-003", "IGN-TLS-005", "IGN-PORT-001", "IGN-DEP-001", "IGN-CMP-001", "IGN-FILE-001" })
        {
            findings.Marks(id).ShouldBe("?", id);
        }
    }

    private static ImmutableArray<Finding> Look(string text) => IgniteLook.WithNode(text).Findings();
}

using Gatehouse.Doctor.Findings;
using Shouldly;
using Xunit;

namespace Gatehouse.Doctor.Tests.Ipfs;

/// <summary>Each rule about <c>service.json</c>: one change to a secured file, and what is found then, at which line.</summary>
public class ClusterRuleTests
{
    private const string Weak = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    private const string Other = "12D3KooWGVFvpDciwvDSnQrQRdqp4cFTWMxxit8Kw8ZSa3381UEw";

    // Changes; what is found; what stands in the line of the last one found.
    public static TheoryData<string, string, string> Faults { get; } = new()
    {
        { """cluster.secret="" """, "IC001 critical", "\"secret\"" },
        { "cluster.secret=-", "IC001 critical", "\"cluster\"" },
        { "cluster.secret=null", "IC001 critical", "\"secret\"" },
        { """cluster.secret="abcd" """, "IC004 high", "\"secret\"" },
        { $"cluster.secret=\"{Weak}\"", "IC005 critical", "\"secret\"" },
        { """cluster.private_key="CAESQPUw" """, "IC009 high", "\"private_key\"" },
        { """consensus.raft={"init_peerset": []}""", "IC011 medium", "\"crdt\"" },
        { "consensus={}", "IC011 medium", "\"consensus\"" },
        { """consensus.crdt.trusted_peers=["*"]""", "IC020 high", "\"*\"" },
        { $$"""consensus.crdt.trusted_peers=["{{Other}}", "*"]""", "IC020 high", "\"*\"" },
        { "cluster.secret=\"\"\nconsensus.crdt.trusted_peers=[\"*\"]", "IC001 critical, IC020 critical", "\"*\"" },
        { "consensus.crdt.trusted_peers=[]", "IC021 low", "\"trusted_peers\"" },
        { "consensus.crdt.trusted_peers=-", "IC021 low", "\"crdt\"" },
        { $$"""consensus.crdt.trusted_peers=["{{Other}}", "somebody"]""", "IC022 medium", "somebody" },
        { $$"""consensus.crdt.trusted_peers=["{{Other}}", "{{Other}}"]""", "IC022 medium", Other },
        { $$"""consensus.crdt.trusted_peers=["{{ClusterCases.OwnId}}"]""", "IC022 medium", "\"trusted_peers\"" },
        { """consensus={"raft": {}}""", "IC023 medium", "\"raft\"" },
        { "consensus={\"raft\": {}}\ncluster.secret=\"\"", "IC002 critical, IC023 medium", "\"raft\"" },
        { "consensus={\"raft\": {}}\napi.restapi.basic_auth_credentials=null", "IC023 medium, IC024 high, IC032 medium", "\"basic_auth_credentials\"" },
        { "cluster.pin_only_on_trusted_peers=false", "IC026 medium", "\"pin_only_on_trusted_peers\"" },
        { "cluster.pin_only_on_trusted_peers=-", "IC026 medium", "\"cluster\"" },
        { "api.restapi.read_header_timeout=\"0s\"", "IC043 medium", "\"read_header_timeout\"" },
        { "api.restapi.max_header_bytes=1048576", "IC044 low", "\"max_header_bytes\"" },
        { "api.ipfsproxy={}", "IC070 medium", "\"ipfsproxy\"" },
        { """api.ipfsproxy={"listen_multiaddress": "/ip4/0.0.0.0/tcp/9095"}""", "IC070 medium, IC071 critical", "\"listen_multiaddress\"" },
        { """api.ipfsproxy={"listen_multiaddress": ["/ip4/127.0.0.1/tcp/9095", "/ip6/::/tcp/9095"]}""", "IC070 medium, IC071 critical", "/ip6/::" },
        { """ipfs_connector.ipfshttp.node_multiaddress="/ip4/10.0.0.9/tcp/5001" """, "IC072 high", "\"node_multiaddress\"" },
        { """ipfs_connector.ipfshttp.node_multiaddress="/dns4/ipfs0/tcp/5001" """, "IC072 high", "\"node_multiaddress\"" },
        { """ipfs_connector.ipfshttp.node_multiaddress="/ip4/127.0.0.1/tcp/9095" """, "IC073 medium", "\"node_multiaddress\"" },
        { """observations.metrics={"enable_stats": true, "prometheus_endpoint": "/ip4/0.0.0.0/tcp/8888"}""", "IC080 high", "\"prometheus_endpoint\"" },
        { """observations.tracing={"enable_tracing": true, "jaeger_agent_endpoint": "/ip4/10.0.0.9/udp/6831"}""", "IC081 medium", "\"jaeger_agent_endpoint\"" },
        { """observations.tracing={"enable_tracing": true, "jaeger_agent_endpoint": "/ip4/0.0.0.0/udp/6831"}""", "IC082 low", "\"jaeger_agent_endpoint\"" },
        { $"cluster.listen_multiaddress=\"/ip4/0.0.0.0/tcp/9096\"\ncluster.secret=\"{Weak}\"", "IC005 critical, IC090 high", "\"listen_multiaddress\"" },
        { "cluster.enable_relay_hop=true", "IC091 low", "\"enable_relay_hop\"" },
        { """cluster.mdns_interval="10s" """, "IC092 low", "\"mdns_interval\"" },
        { "cluster.mdns_interval=-", "IC092 low", "\"cluster\"" },
        { "cluster.resource_manager={\"enabled\": false}", "IC093 medium", "\"enabled\"" },
        { "cluster.connection_manager={\"high_water\": 50000}", "IC093 medium", "\"high_water\"" },
        { "cluster.leave_on_shutdown=true", "IC097 low", "\"leave_on_shutdown\"" },
        { """api.ipfsproxy={"listen_multiaddress": "/unix/run/ipfs-cluster/proxy.sock", "read_header_timeout": "0s"}""", "IC043 medium, IC070 medium", "\"ipfsproxy\"" },
        { "cluster.resource_manager={}", "IC093 medium", "\"resource_manager\"" },
        { """cluster.secert="x" """, "IC095 medium", "\"secert\"" },
        { """api.rest={}""", "IC095 medium", "\"rest\"" },
        { """ipfs_connector.ipfshttp.listen_multiaddress="/ip4/127.0.0.1/tcp/9095" """, "IC095 medium", "\"listen_multiaddress\"" },
    };

    // Of an API, as they stand for `restapi`; the ids of `pinsvcapi` are 20 further on.
    public static TheoryData<string, string, string> ApiFaults { get; } = new()
    {
        { "api.restapi.http_listen_multiaddress=\"/ip4/0.0.0.0/tcp/9094\"\napi.restapi.basic_auth_credentials=null", "IC030 critical", "\"http_listen_multiaddress\"" },
        { "api.restapi.http_listen_multiaddress=\"/ip6/::/tcp/9094\"\napi.restapi.basic_auth_credentials=-", "IC030 critical", "\"http_listen_multiaddress\"" },
        { "api.restapi.http_listen_multiaddress=[\"/ip4/127.0.0.1/tcp/9094\", \"/ip4/10.0.0.5/tcp/9094\"]", "IC031 critical", "10.0.0.5" },
        { "api.restapi.basic_auth_credentials=null", "IC032 medium", "\"basic_auth_credentials\"" },
        { "api.restapi.ssl_cert_file=\"tls.crt\"", "IC033 medium", "\"ssl_cert_file\"" },
        { "api.restapi.ssl_cert_file=\"tls.crt\"\napi.restapi.ssl_key_file=\"tls.key\"", "IC033 medium", "\"ssl_cert_file\"" },
        { """api.restapi.basic_auth_credentials={"robot": ""}""", "IC034 critical", "\"robot\"" },
        { """api.restapi.basic_auth_credentials={"robot": "hunter2"}""", "IC035 high", "\"robot\"" },
        { """api.restapi.basic_auth_credentials={"averyveryveryverylongname": "AVeryVeryVeryVeryLongName"}""", "IC035 high", "averyvery" },
        { """api.restapi.basic_auth_credentials={"robot": "abcabcabcabcabcabcabcabcabc"}""", "IC035 high", "\"robot\"" },
        { """api.restapi.basic_auth_credentials={"a": "KVM40oE2o7X+MgOqodmkKQqYTmNLI", "b": "KVM40oE2o7X+MgOqodmkKQqYTmNLI"}""", "IC035 high", "\"a\"" },
        { "api.restapi.basic_auth_credentials={}", "IC035 medium", "\"basic_auth_credentials\"" },
        { "api.restapi.libp2p_listen_multiaddress=\"/ip4/0.0.0.0/tcp/9100\"\napi.restapi.id=\"x\"\napi.restapi.private_key=\"hunter2\"", "IC009 high, IC036 high", "\"libp2p_listen_multiaddress\"" },
        { "api.restapi.libp2p_listen_multiaddress=[\"/ip4/0.0.0.0/tcp/9100\"]\napi.restapi.id=\"x\"\napi.restapi.private_key=\"hunter2\"\napi.restapi.basic_auth_credentials=null", "IC009 high, IC032 medium, IC036 critical", "\"libp2p_listen_multiaddress\"" },
        { """api.restapi.http_log_file="/srv/open/http.log" """, "IC037 low", "\"http_log_file\"" },
        { """api.restapi.headers={"access-control-allow-origin": ["*"]}""", "IC038 medium", "access-control" },
        { """api.restapi.headers={"Set-Cookie": ["a=b"]}""", "IC038 medium", "Set-Cookie" },
        { "api.restapi.http_listen_multiaddress=[]", "IC039 high", "\"http_listen_multiaddress\"" },
        { """api.restapi.http_listen_multiaddress="" """, "IC039 high", "\"http_listen_multiaddress\"" },
        { """api.restapi.cors_allowed_origins=["*"]""", "IC040 medium", "\"cors_allowed_origins\"" },
        { """api.restapi.cors_allowed_origins=["https://*"]""", "IC040 medium", "\"cors_allowed_origins\"" },
        { """api.restapi.cors_allowed_headers=["*"]""", "IC042 medium", "\"cors_allowed_headers\"" },
        { "api.restapi.cors_allowed_origins=[]", "IC040 medium", "\"cors_allowed_origins\"" },
        { "api.restapi.cors_allowed_origins=-\napi.restapi.basic_auth_credentials=null", "IC032 medium, IC040 high", "\"restapi\"" },
        { "api.restapi.cors_allowed_origins=[\"https://*.example.org\"]\napi.restapi.cors_allow_credentials=true", "IC041 medium", "\"cors_allow_credentials\"" },
        { """api.restapi.cors_allowed_methods=["GET", "DELETE"]""", "IC042 medium", "\"cors_allowed_methods\"" },
        { "api.restapi.cors_allowed_methods=[]", "IC042 medium", "\"cors_allowed_methods\"" },
        { "api.restapi.cors_allowed_methods=-\napi.restapi.cors_allowed_origins=[\"*\"]\napi.restapi.basic_auth_credentials=null", "IC032 medium, IC040 high, IC042 high", "\"restapi\"" },
    };

    public static TheoryData<string> Harmless { get; } =
    [
        "",
        """api.restapi.cors_allowed_headers=["Authorization"]""",
        """cluster.connection_manager={"high_water": 400}""",
        "api={}",
        """api.restapi.http_listen_multiaddress="/unix/run/ipfs-cluster/api.sock" """,
        "api.restapi.http_listen_multiaddress=\"/unix/run/ipfs-cluster/api.sock\"\napi.restapi.basic_auth_credentials=null",
        """api.restapi.http_log_file="http.log" """,
        """api.restapi.headers={"X-Served-By": ["one"]}""",
        "api.restapi.cors_allow_credentials=true",
        "api.restapi.read_header_timeout=-",
        """observations.metrics={"enable_stats": true, "prometheus_endpoint": "/ip4/127.0.0.1/tcp/8888"}""",
        """observations.metrics={"enable_stats": false, "prometheus_endpoint": "/ip4/0.0.0.0/tcp/8888"}""",
        """observations.tracing={"enable_tracing": false, "jaeger_agent_endpoint": "/ip4/0.0.0.0/udp/6831"}""",
        """cluster.listen_multiaddress=["/ip4/0.0.0.0/tcp/9096", "/ip4/0.0.0.0/udp/9096/quic"]""",
        """cluster.mdns_interval="0" """,
        "cluster.enable_relay_hop=-",
        "cluster.resource_manager=-",
        "cluster.follower_mode=true\ncluster.pin_only_on_trusted_peers=false",
        "cluster.peer_addresses=[]\nconsensus.crdt.trusted_peers=[]",
        """ipfs_connector.ipfshttp.node_multiaddress="/unix/run/ipfs/api.sock" """,
        """ipfs_connector.ipfshttp.node_multiaddress="/dns4/localhost/tcp/5001" """,
        "cluster.secret=-\ncluster.SECRET=\"b18184353b44aa8f37448aae2f5e0af18ba7f28f32426050b7112e66680c2a26\"",
    ];

    [Theory]
    [MemberData(nameof(Faults))]
    public void A_fault_is_found_at_its_line(string changes, string expected, string line) => Check(ClusterCases.Text(changes), expected, line);

    [Theory]
    [MemberData(nameof(ApiFaults))]
    public void A_fault_of_the_rest_api_is_found_at_its_line(string changes, string expected, string line) => Check(ClusterCases.Text(changes), expected, line);

    [Theory]
    [MemberData(nameof(ApiFaults))]
    public void The_same_fault_of_the_pinning_service_api_has_an_id_of_its_own(string changes, string expected, string line) =>
        Check(
            ClusterCases.ForPinning(ClusterCases.Text(changes)),
            expected.Replace("IC04", "IC06", StringComparison.Ordinal).Replace("IC03", "IC05", StringComparison.Ordinal),
            line.Replace("restapi", "pinsvcapi", StringComparison.Ordinal));

    [Theory]
    [MemberData(nameof(Harmless))]
    public void What_is_harmless_is_left_alone(string changes) => ClusterCases.Open(Found(ClusterCases.Text(changes))).ShouldBe("");

    [Theory]
    [InlineData("""cluster.listen_multiaddress="/ip4/0.0.0.0/tcp/9096" """, "IC090")]
    [InlineData("""consensus.crdt.cluster_name="ipfs-cluster" """, "IC027")]
    [InlineData("""cluster.listen_multiaddress="/ip4/10.0.0.5/udp/9096/quic" """, "IC094")]
    [InlineData("""ipfs_connector.ipfshttp.pin_method="refs" """, "IC095")]
    public void What_is_worth_knowing_is_information(string changes, string id)
    {
        Found(ClusterCases.Text(changes)).Where(f => f.Check == id).ShouldHaveSingleItem().Severity.ShouldBe(Severity.Info);
    }

    private static IReadOnlyList<Finding> Found(string text) => ClusterCases.Find(ClusterCases.Host(text).Folder("/srv/open", "0755"));

    private static void Check(string text, string expected, string line)
    {
        IReadOnlyList<Finding> found = Found(text);
        ClusterCases.Open(found).ShouldBe(expected);
        string last = expected.Split(", ")[^1].Split(' ')[0];
        Finding finding = found.First(f => f.Check == last && f.IsOpen);
        finding.Evidence.ShouldNotBeEmpty();
        text.Split('\n')[finding.Evidence[0].Line - 1].ShouldContain(line);
    }
}

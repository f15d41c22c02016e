using System.Text;

namespace Gatehouse.Engine.Hosting;

/// <summary>
/// How one of the known systems is recognised on a loopback port: bytes that change nothing are sent, and the first bytes of
/// the answer must carry a mark of that system. A port that answers something else is somebody else's.
/// </summary>
/// <param name="Name">The gate's name, such as <c>elasticsearch</c>.</param>
/// <param name="Product">For people: <c>Elasticsearch</c>.</param>
/// <param name="Request">What is sent.</param>
/// <param name="Marks">Any of these in the answer says yes.</param>
internal sealed record Fingerprint(string Name, string Product, byte[] Request, string[] Marks)
{
    /// <summary>One line a system, in the order in which a port is asked.</summary>
    public static IReadOnlyDictionary<int, Fingerprint[]> ByPort { get; } = new Dictionary<int, Fingerprint[]>
    {
        [9200] =
        [
            Get("elasticsearch", "OpenSearch", "/", "\"distribution\" : \"opensearch\"", "\"distribution\":\"opensearch\""),
            Get("elasticsearch", "Elasticsearch", "/", "You Know, for Search", "X-elastic-product", "security_exception"),
        ],
        [5601] =
        [
            Get("kibana", "OpenSearch Dashboards", "/api/status", "osd-name:", "osd-xsrf"),
            Get("kibana", "Kibana", "/api/status", "kbn-name:", "kbn-license-sig:", "kbn-xsrf"),
        ],
        [1883] = [Mqtt("mqtt", "an MQTT broker")],
        [8083] = [WebSocket("mqtt-websocket", "MQTT over WebSocket", "/mqtt", "sec-websocket-protocol: mqtt")],
        [18083] = [Get("emqx-api", "EMQX management API", "/status", "emqx is running", "emqx_")],
        [10800] = [new Fingerprint("ignite", "Apache Ignite 3 thin client", IgniteHello(), ["IGNI"])],
        [10300] = [Get("ignite-rest", "Apache Ignite 3 REST", "/management/v1/node/state", "\"state\"", "application/problem+json")],
        [9094] = [Get("ipfs-cluster", "IPFS Cluster REST API", "/id", "\"cluster_peers\"", "X-Ipfs-Cluster", "\"peername\"")],
        [9097] = [Get("ipfs-pinning", "IPFS Cluster pinning service", "/pins?limit=1", "\"count\"", "\"reason\"")],
        [9095] = [Post("ipfs-proxy", "IPFS Cluster proxy", "/api/v0/version", "\"Version\"", "X-Ipfs")],
        [8888] = [Get("ipfs-metrics", "IPFS Cluster metrics", "/metrics", "ipfscluster_", "ipfs_")],
        [5001] = [Post("kubo", "Kubo RPC", "/api/v0/version", "\"Golang\"", "Kubo", "go-ipfs")],
        [8080] = [Get("kubo-gateway", "Kubo gateway", "/ipfs/bafkqaaa", "X-Ipfs-Path", "X-Ipfs-Roots")],
    };

    /// <summary>Whether an answer carries a mark; header names compare without case.</summary>
    public bool Recognises(ReadOnlySpan<byte> answer)
    {
        string text = Encoding.Latin1.GetString(answer);
        return Marks.Any(mark => text.Contains(mark, StringComparison.OrdinalIgnoreCase));
    }

    private static Fingerprint Get(string name, string product, string target, params string[] marks) =>
        Http(name, product, "GET", target, marks);

    private static Fingerprint Post(string name, string product, string target, params string[] marks) =>
        Http(name, product, "POST", target, marks);

    private static Fingerprint Http(string name, string product, string method, string target, string[] marks)
    {
        string length = method == "POST" ? "Content-Length: 0\r\n" : "";
        string head = $"{method} {target} HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\n{length}Connection: close\r\n\r\n";
        return new Fingerprint(name, product, Encoding.ASCII.GetBytes(head), marks);
    }

    /// <summary>The upgrade of RFC 6455, section 4.1; a broker's answer names the subprotocol. The key is 16 bytes of any value.</summary>
    private static Fingerprint WebSocket(string name, string product, string target, params string[] marks)
    {
        string head = $"GET {target} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + $"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {Convert.ToBase64String(Encoding.ASCII.GetBytes("gatehouse-probes"))}\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n";
        return new Fingerprint(name, product, Encoding.ASCII.GetBytes(head), marks);
    }

    /// <summary>An MQTT 3.1.1 CONNECT with an empty client id and clean session; any CONNACK (0x20 0x02) says broker.</summary>
    private static Fingerprint Mqtt(string name, string product) =>
        new(name, product, [0x10, 0x0C, 0, 4, (byte)'M', (byte)'Q', (byte)'T', (byte)'T', 4, 2, 0, 10, 0, 0], ["\u0020\u0002"]);

    /// <summary>Magic, length 7, version 3.0.0, client code 2, empty feature set, no extensions; a node answers with its magic.</summary>
    private static byte[] IgniteHello() => [(byte)'I', (byte)'G', (byte)'N', (byte)'I', 0, 0, 0, 7, 3, 0, 0, 2, 0xC4, 0, 0];
}

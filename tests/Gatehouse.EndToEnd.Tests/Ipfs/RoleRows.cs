namespace Gatehouse.EndToEnd.Tests.Ipfs;

/// <summary>The requests of the table of roles: every route, every option of pins and adds, a command of each of Kubo's actions.</summary>
internal static class RoleRows
{
    private const string Peer = "{peer}";
    private const string Origin = "/ip4/192.0.2.1/tcp/4001/p2p/{peer}";

    /// <summary>A name of IPNS that the stand-ins know.</summary>
    public const string Name = "docs.example";

    private static readonly string[] States = ["free", "own", "shared", "other", "outside"];

    private static readonly string[] PinOptions =
    [
        "name=n", "mode=recursive", "mode=direct", "replication=1", "replication-min=1", "replication-max=2", $"user-allocations={Peer}", "expire-in=1h",
        "expire-at=2099-01-01T00:00:00Z", "meta-k=v", "meta-gatehouse-owner=v", $"origins={Origin}", "shard-size=1000",
    ];

    private static readonly string[] AddOptions =
    [
        "shard=true", "no-pin=true", "local=true", "nocopy=true", "wrap-with-directory=true", "stream-channels=false", "format=odd",
    ];

    /// <summary>All of them in the order of the file.</summary>
    public static IEnumerable<RoleRow> All =>
    [
        .. Of("cluster", Cluster()), .. Of("pinning", Pinning()), .. Of("proxy", Proxy()), .. Of("kubo", Kubo()), .. Of("gateway", Gateway()), .. Of("figures", Figures()),
    ];

    private static IEnumerable<RoleRow> Of(string gate, IEnumerable<string> lines) => lines.Select(line => new RoleRow(gate, line));

    private static IEnumerable<string> Each(string line, params string[] states) =>
        (states.Length == 0 ? States : states).Select(state => line.Replace("{}", "{" + state + "}", StringComparison.Ordinal));

    private static string[] Cluster() =>
    [
        "GET /health", "GET /id", "GET /version", "GET /peers", "POST /peers {\"peer_id\":\"" + Peer + "\"}", "DELETE /peers/" + Peer,
        "GET /health/graph", "GET /health/alerts", "GET /health/bandwidth", "GET /monitor/metrics", "GET /monitor/metrics/ping",
        "GET /allocations{+other}", .. Each("GET /allocations/{}", "own", "other", "outside"),
        "GET /pins{+other}", "GET /pins?local=true{+other}", "GET /pins?filter=pinned{+other}", "GET /pins?cids={own},{shared}", "GET /pins?cids={other}", .. Each("GET /pins/{}"),
        .. Each("POST /pins/{}"), .. PinOptions.SelectMany(option => Each($"POST /pins/{{}}?{option}", "free", "own", "other")),
        "POST /pins/{free}?pin-update={own}", "POST /pins/{free}?pin-update={other}", "POST /pins/{free}?unknown=1", "POST /pins/{free}?expire-in=1ms",
        .. Each("DELETE /pins/{}"),
        $"POST /pins/ipns/{Name}", "DELETE /pins/ipns/" + Name, "POST /pins/ipfs/{free}/sub", "POST /pins/ipld/{free}/sub",
        "POST /add file", .. PinOptions.Concat(AddOptions).Select(option => $"POST /add?{option} file"),
        .. Each("POST /pins/{}/recover", "own", "other"), "POST /pins/recover", "POST /pins/recover?local=true", "POST /ipfs/gc", "POST /ipfs/gc?local=true",
        "POST /token", "POST /pins/sync", "POST /pins/{own}/sync", "HEAD /id", "PUT /pins/{free}", "GET /unknown", "OPTIONS /pins", "OPTIONS /unknown",
    ];

    private static string[] Pinning() =>
    [
        "GET /health", "GET /pins{+other}", "GET /pins?status=pinned&limit=1000{+other}", "GET /pins?cid={own}", "GET /pins?cid={other}",
        .. Each("POST /pins {\"cid\":\"{}\"}"),
        "POST /pins {\"cid\":\"{free}\",\"name\":\"n\",\"meta\":{\"k\":\"v\"}}", "POST /pins {\"cid\":\"{free}\",\"meta\":{\"gatehouse-owner\":\"v\"}}",
        "POST /pins {\"cid\":\"{free}\",\"origins\":[\"" + Origin + "\"]}", "POST /pins {\"cid\":\"{other}\",\"origins\":[\"" + Origin + "\"]}",
        .. Each("GET /pins/{}"), "GET /pins/{own-id}", "GET /pins/{other-id}",
        "POST /pins/{own-id} {\"cid\":\"{free}\"}", "POST /pins/{other-id} {\"cid\":\"{free}\"}", "POST /pins/{other} {\"cid\":\"{free}\"}",
        .. Each("DELETE /pins/{}"), "DELETE /pins/{own-id}", "DELETE /pins/{other-id}",
        "POST /token", "PUT /pins/{own}", "GET /unknown", "OPTIONS /pins",
    ];

    private static string[] Proxy() =>
    [
        .. Each("POST /api/v0/pin/add?arg={}"), "POST /api/v0/pin/add/{free}", "POST /api/v0/pin/add?arg={free}&name=n", "POST /api/v0/pin/add?arg={other}&name=n",
        $"POST /api/v0/pin/add?arg=/ipns/{Name}", .. Each("POST /api/v0/pin/rm?arg={}"), "POST /api/v0/pin/rm/{own}", "POST /api/v0/pin/rm/{other}",
        "POST /api/v0/pin/ls{+other}", "POST /api/v0/pin/ls?stream=true{+other}", "POST /api/v0/pin/ls?arg={own}", "POST /api/v0/pin/ls?arg={other}", "POST /api/v0/pin/ls/{own}",
        "POST /api/v0/pin/update?arg={own}&arg={free}", "POST /api/v0/pin/update?arg={own}&arg={free}&unpin=false", "POST /api/v0/pin/update?arg={other}&arg={free}",
        "POST /api/v0/add file", "POST /api/v0/add?name=n file", "POST /api/v0/add?replication=1 file", "POST /api/v0/add?pin=false file", "POST /api/v0/add?only-hash=true file",
        "POST /api/v0/repo/stat", "POST /api/v0/repo/gc", "POST /api/v0/block/put?pin=true file", "POST /api/v0/dag/put?pin=true file",
        "POST /api/v0/block/put file", "POST /api/v0/id", "POST /api/v0/cat?arg={free}", "POST /api/v0/pin/verify", "POST /api/v0/config/show", "POST /api/v0/shutdown",
        "GET /api/v0/pin/ls", "GET /api/v0/pin/rm?arg={own}", "PUT /api/v0/pin/add?arg={free}", "GET /webui", "GET /debug/vars", "OPTIONS /api/v0/pin/ls",
    ];

    private static string[] Kubo() =>
    [
        "POST /api/v0/id", "POST /api/v0/version", "POST /api/v0/repo/stat", "POST /api/v0/swarm/peers", "GET /debug/metrics/prometheus",
        .. new[]
        {
            "add file", "cat?arg={free}", "pin/remote/ls", "block/put file", "block/rm?arg={free}", "pin/add?arg={free}", "pin/ls", "pin/rm?arg={free}",
            "pin/update?arg={free}&arg={free}", "pin/verify", "repo/gc", "repo/verify", "repo/ls", "filestore/ls", "files/ls?arg=/", "files/rm?arg=/x",
            "key/gen?arg=k", "key/import?arg=k file", "key/list", "key/rename?arg=k&arg=l", "key/rm?arg=k", "key/sign file", "key/verify file", "name/publish?arg={free}",
            $"swarm/connect?arg={Origin}", $"swarm/disconnect?arg={Origin}", "swarm/filters", "swarm/peering/ls", "swarm/limit?arg=system", "bootstrap/list",
            $"ping?arg={Peer}", "routing/provide?arg={free}", "dht/query?arg=" + Peer, "p2p/ls", "pubsub/ls", "config?arg=Addresses.API", "config/show",
            "shutdown", "diag/sys", "config/Addresses.API?arg=x", "key/export?arg=k", "unknown",
        }.Select(static call => "POST /api/v0/" + call),
        "GET /api/v0/id", "GET /debug/vars", "POST /debug/pprof-block/", "GET /webui", "GET /version", "OPTIONS /api/v0/id",
    ];

    private static string[] Gateway() => ["GET /ipfs/{free}", "HEAD /ipfs/{free}", $"GET /ipns/{Name}", "POST /ipfs/{free}", "GET /routing/v1/providers/{free}"];

    private static string[] Figures() => ["GET /metrics", "POST /metrics", "GET /debug/vars", "GET /debug/pprof/heap", "GET /"];
}

using System.Text.Json.Nodes;
using Gatehouse.Testing.Ipfs.Serving;
using Gatehouse.Testing.Ipfs.State;

namespace Gatehouse.Testing.Ipfs.Cluster;

/// <summary>Peers, health, metrics and garbage collection of the REST API.</summary>
internal sealed class InfoRoutes(ClusterPipeline pipeline, ClusterNode node)
{
    /// <summary>The version that is said to run.</summary>
    public const string Version = "1.1.6";

    public void Register()
    {
        GoMux routes = pipeline.Routes;
        routes.Add("GET", "/id", call => call.JsonAsync(200, Id(Peers.First)));
        routes.Add("GET", "/version", call => call.JsonAsync(200, new JsonObject { ["version"] = Version }));
        routes.Add("GET", "/peers", call => PinRoutes.StreamAsync(call, Peers.All.Select(Id)));
        routes.Add("POST", "/peers", AddAsync);
        routes.Add("DELETE", "/peers/{peer}", RemoveAsync);
        routes.Add("POST", "/ipfs/gc", CollectAsync);
        routes.Add("GET", "/health/graph", call => call.JsonAsync(200, Graph()));
        routes.Add("GET", "/health/alerts", call => call.JsonAsync(200, new JsonArray()));
        routes.Add("GET", "/health/bandwidth", call => call.JsonAsync(200, Bandwidth()));
        routes.Add("GET", "/monitor/metrics", call => call.JsonAsync(200, PinJson.List(["freespace", "ping", "pinqueue"])));
        routes.Add("GET", "/monitor/metrics/{name}", call => call.JsonAsync(200, Metrics(call.Variables["name"])));
    }

    private static JsonObject Id(string peer) => new()
    {
        ["id"] = peer,
        ["addresses"] = PinJson.List([$"/ip4/127.0.0.1/tcp/9096/p2p/{peer}"]),
        ["cluster_peers"] = PinJson.List(Peers.All),
        ["cluster_peers_addresses"] = PinJson.List([]),
        ["version"] = Version,
        ["commit"] = "",
        ["rpc_protocol_version"] = "/ipfscluster/1.0/rpc",
        ["error"] = "",
        ["ipfs"] = new JsonObject
        {
            ["id"] = Peers.Kubo,
            ["addresses"] = PinJson.List([$"/ip4/127.0.0.1/tcp/4001/p2p/{Peers.Kubo}"]),
            ["error"] = "",
        },
        ["peername"] = peer == Peers.First ? "first" : "second",
    };

    private static JsonObject Graph() => new()
    {
        ["cluster_id"] = Peers.First,
        ["id_to_peername"] = new JsonObject { [Peers.First] = "first", [Peers.Second] = "second" },
        ["ipfs_links"] = new JsonObject(),
        ["cluster_links"] = new JsonObject { [Peers.First] = PinJson.List([Peers.Second]), [Peers.Second] = PinJson.List([Peers.First]) },
        ["cluster_trust_links"] = new JsonObject { [Peers.First] = true, [Peers.Second] = true },
        ["cluster_to_ipfs"] = new JsonObject { [Peers.First] = Peers.Kubo },
    };

    private static JsonObject Bandwidth() => new()
    {
        ["/ipfscluster/1.0/rpc"] = new JsonObject { ["total_in"] = 1024, ["total_out"] = 2048, ["rate_in"] = 1.5, ["rate_out"] = 2.5 },
    };

    private static JsonArray Metrics(string name) =>
        [.. Peers.All.Where(_ => name is "ping" or "freespace" or "pinqueue").Select(p => (JsonNode?)new JsonObject
        {
            ["name"] = name,
            ["peer"] = p,
            ["value"] = "100",
            ["expire"] = 1_900_000_000_000_000_000,
            ["valid"] = true,
            ["weight"] = 100,
            ["partitionable"] = false,
            ["received_at"] = 1_700_000_000_000_000_000,
        })];

    private async Task AddAsync(Call call)
    {
        if (await call.BodyAsync() is not { } body)
        {
            await pipeline.FailAsync(call, 400, "error decoding request body");
        }
        else if (body["peer_id"] is not JsonValue value || !value.TryGetValue(out string? peer) || !Peers.IsPeerId(peer))
        {
            await pipeline.FailAsync(call, 400, "error decoding peer_id");
        }
        else
        {
            // crdt: answers and keeps nothing.
            await call.JsonAsync(200, Id(peer));
        }
    }

    private Task RemoveAsync(Call call) => Peers.IsPeerId(call.Variables["peer"])
        ? pipeline.FailAsync(call, 500, "error removing peer: cannot remove peers in crdt mode")
        : pipeline.FailAsync(call, 400, "error decoding Peer ID: failed to parse peer ID");

    private Task CollectAsync(Call call)
    {
        var peers = new JsonObject();
        foreach (string peer in call.Query.Bool("local") is true ? [Peers.First] : Peers.All)
        {
            peers[peer] = new JsonObject { ["peer"] = peer, ["peername"] = peer == Peers.First ? "first" : "second", ["keys"] = new JsonArray(), ["error"] = "" };
        }

        node.Collections++;
        return call.JsonAsync(200, new JsonObject { ["peer_map"] = peers });
    }
}

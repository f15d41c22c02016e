using System.Collections.Immutable;

namespace Gatehouse.Policy.Roles;

/// <summary>
/// Roles for IPFS Cluster, its pinning service, its proxy and Kubo. Those below <c>ipfs_admin</c> name each action: what a later version
/// adds is nobody's until somebody gives it. None of them reaches Kubo's own commands but figures
/// (<c>kubo.info</c>), and at a gate for local programs what IPFS Cluster itself calls.
/// </summary>
internal static class IpfsRoles
{
    private const string Cluster = "ipfs-cluster";
    private const string Pinning = "ipfs-pinning";
    private const string Proxy = "ipfs-proxy";
    private const string Kubo = "kubo";
    private const string Metrics = "metrics";

    private static readonly Grant[] Monitoring =
    [
        Grant(Cluster, "health.read", "version.read", "metrics.names", "metrics.read", "health.alerts", "health.graph", "health.bandwidth"),
        Grant(Pinning, "health.read"),
        Grant(Kubo, "metrics.read"),
        Grant(Metrics, "metrics.read"),
    ];

    private static readonly Grant[] Peers = [Grant(Cluster, "id.read", "peers.list")];

    private static readonly Grant[] Reading =
    [
        Grant(Cluster, "status.list", "status.read", "allocations.list", "allocations.read"),
        Grant(Pinning, "svc.pins.list", "svc.pins.read"),
        Grant(Proxy, "proxy.pin.ls"),
    ];

    private static readonly Grant[] Making =
    [
        Grant(Cluster, "pin.create", "pin.opt.name"),
        Grant(Pinning, "svc.pins.create"),
        Grant(Proxy, "proxy.pin.add", "pin.opt.name"),
    ];

    private static readonly Grant[] Bringing = [Grant(Cluster, "content.add"), Grant(Proxy, "proxy.add")];

    private static readonly Grant[] Removing =
    [
        Grant(Cluster, "pin.remove"),
        Grant(Pinning, "svc.pins.remove"),
        Grant(Proxy, "proxy.pin.rm"),
    ];

    private static readonly string[] Options =
        ["pin.opt.expire", "pin.opt.replication", "pin.opt.allocations", "pin.opt.update", "pin.opt.origins"];

    private static readonly Grant[] Curating =
    [
        Grant(Cluster, ["recover.one", .. Options]),
        Grant(Pinning, "svc.pins.replace", "pin.opt.origins"),
        Grant(Proxy, ["proxy.pin.update", "allocations.read", .. Options]),
    ];

    // What IPFS Cluster 1.1 calls on its Kubo; the catalogue knows the same.
    private static readonly string[] ClusterCalls =
    [
        "id", "version", "pin/add", "pin/update", "pin/rm", "pin/ls", "swarm/connect", "swarm/peers", "config/show", "repo/stat", "repo/gc", "resolve",
        "block/put", "block/get",
    ];

    private static readonly Grant[] Operating =
    [
        Grant(Cluster, "recover.one", "recover.all", "repo.gc"),
        Grant(Kubo, "kubo.info"),
        Grant(Proxy, "kubo.info"),
    ];

    /// <summary>All of them.</summary>
    public static IReadOnlyList<RoleDocument> Documents { get; } =
    [
        Role("ipfs_monitor", "IPFS: health, version and figures", Monitoring),
        Role("ipfs_viewer", "IPFS: as ipfs_monitor; also sees the peers and all pins", Monitoring, Peers, Reading),
        Role("ipfs_pinner", "IPFS: pins by CID, without options that others would feel; sees and removes its own pins", Monitoring, Peers, Own(Reading), Own(Making), Own(Removing)),
        Role("ipfs_uploader", "IPFS: as ipfs_pinner; also adds content", Monitoring, Peers, Own(Reading), Own(Making), Own(Removing), Own(Bringing)),
        Role("ipfs_curator", "IPFS: all pins, with all options; adds content", Monitoring, Peers, Reading, Making, Removing, Bringing, Curating),
        Role("ipfs_operator", "IPFS: as ipfs_viewer; also recovers pins and collects garbage; Kubo's own figures", Monitoring, Peers, Reading, Operating),
        Role("ipfs_kubo_calls", "Kubo: the commands that IPFS Cluster itself calls, at a gate for local programs; nothing elsewhere",
            [Grant(Kubo, "kubo.call") with { Resources = [.. ClusterCalls] }]),
        Role("ipfs_admin", "everything in IPFS Cluster, its pinning service and proxy, and Kubo",
            [Grant(Cluster, "*"), Grant(Pinning, "*"), Grant(Proxy, "*"), Grant(Kubo, "*"), Grant(Metrics, "*")]),
    ];

    private static Grant Grant(string system, params string[] actions) => new() { System = system, Actions = [.. actions] };

    // Each on the caller's own pins alone; on what only the upstream can name, not at all.
    private static Grant[] Own(Grant[] grants) => [.. grants.Select(static g => g with { When = new GrantConditions { Own = true } })];

    private static RoleDocument Role(string name, string description, params Grant[][] grants) => new()
    {
        Name = name,
        Description = description,
        Grants = [.. grants.SelectMany(static g => g)],
    };
}

using Gatehouse.Policy;
using Gatehouse.Protocols.Catalogues;
using Gatehouse.Protocols.Ipfs;
using Shouldly;
using Xunit;

namespace Gatehouse.Protocols.Tests.Ipfs;

/// <summary>Who may what by the built-in roles. <c>~</c> before an action: on one's own pins alone.</summary>
public sealed class Roles_of_IPFS
{
    private const string Monitor = """
        ipfs-cluster/health.alerts ipfs-cluster/health.bandwidth ipfs-cluster/health.graph ipfs-cluster/health.read ipfs-cluster/metrics.names
        ipfs-cluster/metrics.read ipfs-cluster/version.read ipfs-pinning/health.read kubo/metrics.read metrics/metrics.read
        """;

    private const string Peers = "ipfs-cluster/id.read ipfs-cluster/peers.list";

    private const string Reading = """
        ipfs-cluster/allocations.list ipfs-cluster/allocations.read ipfs-cluster/status.list ipfs-cluster/status.read ipfs-pinning/svc.pins.list
        ipfs-pinning/svc.pins.read ipfs-proxy/proxy.pin.ls
        """;

    private const string Making = """
        ipfs-cluster/pin.create ipfs-cluster/pin.opt.name ipfs-cluster/pin.remove ipfs-pinning/svc.pins.create ipfs-pinning/svc.pins.remove
        ipfs-proxy/pin.opt.name ipfs-proxy/proxy.pin.add ipfs-proxy/proxy.pin.rm
        """;

    private const string Bringing = "ipfs-cluster/content.add ipfs-proxy/proxy.add";

    private const string Curating = """
        ipfs-cluster/pin.opt.allocations ipfs-cluster/pin.opt.expire ipfs-cluster/pin.opt.origins ipfs-cluster/pin.opt.replication
        ipfs-cluster/pin.opt.update ipfs-cluster/recover.one ipfs-pinning/pin.opt.origins ipfs-pinning/svc.pins.replace ipfs-proxy/allocations.read
        ipfs-proxy/pin.opt.allocations ipfs-proxy/pin.opt.expire ipfs-proxy/pin.opt.origins ipfs-proxy/pin.opt.replication ipfs-proxy/pin.opt.update
        ipfs-proxy/proxy.pin.update
        """;

    private const string Operating = "ipfs-cluster/recover.all ipfs-cluster/recover.one ipfs-cluster/repo.gc ipfs-proxy/kubo.info kubo/kubo.info";

    /// <summary>What nobody below an administrator has.</summary>
    private const string AdministratorOnly = """
        ipfs-cluster/content.add.shard ipfs-cluster/peers.add ipfs-cluster/peers.remove ipfs-cluster/pin.create.path ipfs-cluster/pin.remove.path
        ipfs-cluster/sync ipfs-cluster/token.issue ipfs-pinning/token.issue ipfs-proxy/content.add.shard ipfs-proxy/proxy.block.put
        ipfs-proxy/proxy.dag.put ipfs-proxy/proxy.repo.gc ipfs-proxy/proxy.repo.stat kubo/gateway.read
        """;

    [Fact]
    public void A_monitor_sees_figures() => RightsOf("ipfs_monitor").ShouldBe(Words(Monitor));

    [Fact]
    public void A_viewer_sees_all_pins() => RightsOf("ipfs_viewer").ShouldBe(Words(Monitor, Peers, Reading));

    [Fact]
    public void A_pinner_has_its_own_pins() => RightsOf("ipfs_pinner").ShouldBe(Words(Monitor, Peers, Own(Reading), Own(Making)));

    [Fact]
    public void An_uploader_brings_content_besides() =>
        RightsOf("ipfs_uploader").ShouldBe(Words(Monitor, Peers, Own(Reading), Own(Making), Own(Bringing)));

    [Fact]
    public void A_curator_has_all_pins() => RightsOf("ipfs_curator").ShouldBe(Words(Monitor, Peers, Reading, Making, Bringing, Curating));

    [Fact]
    public void An_operator_keeps_things_running() => RightsOf("ipfs_operator").ShouldBe(Words(Monitor, Peers, Reading, Operating));

    [Fact]
    public void An_administrator_has_all_five_systems() =>
        RightsOf("ipfs_admin").ShouldBe(IpfsCatalogues.All.Keys.Select(static s => s + "/*").Order(StringComparer.Ordinal));

    [Fact]
    public void Every_operation_has_its_place()
    {
        IEnumerable<string> all = IpfsCatalogues.All.SelectMany(static c => c.Value.Endpoints.SelectMany(static e => e.Actions).Select(a => $"{c.Key}/{a}"))
            .Concat(Words(Making, Curating).Where(static w => w.Contains(".opt.", StringComparison.Ordinal)))
            .Where(static a => !a.Contains("/kubo.", StringComparison.Ordinal) || a.EndsWith("/kubo.info", StringComparison.Ordinal));
        string[] given = [.. Words(Monitor, Peers, Reading, Making, Bringing, Curating, Operating, AdministratorOnly)];
        all.Distinct().Except(given).ShouldBeEmpty();
        given.Except(all).ShouldBe(["ipfs-cluster/content.add.shard", "ipfs-proxy/allocations.read", "ipfs-proxy/content.add.shard"], ignoreOrder: true);
    }

    [Fact]
    public void None_below_an_administrator_reaches_commands_of_Kubo() =>
        BuiltInRoles.All.Values.Where(static r => r.Name.StartsWith("ipfs_", StringComparison.Ordinal) && r.Name is not ("ipfs_admin" or "ipfs_kubo_calls"))
            .SelectMany(static r => r.Grants).SelectMany(static g => g.Actions)
            .Where(static a => a.Contains('*', StringComparison.Ordinal) || (a.StartsWith("kubo.", StringComparison.Ordinal) && a != "kubo.info")).ShouldBeEmpty();

    private static string[] RightsOf(string role) =>
    [
        .. BuiltInRoles.All[role].Grants.SelectMany(static g => g.Actions.Select(a => $"{(g.When?.Own == true ? "~" : "")}{g.System}/{a}"))
            .Distinct().Order(StringComparer.Ordinal),
    ];

    private static string Own(string words) => string.Join(' ', Words(words).Select(static w => "~" + w));

    private static IEnumerable<string> Words(params string[] texts) => texts
        .SelectMany(static t => t.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries)).Distinct().Order(StringComparer.Ordinal);
}

using Gatehouse.Testing.Ipfs.Proxy;
using Gatehouse.Testing.Ipfs.Serving;

namespace Gatehouse.Testing.Ipfs;

/// <summary>
/// The IPFS proxy of a cluster (port 9095 upstream): no authentication, no TLS, some calls answered from the cluster whatever
/// their origin and even by GET, all else passed on to Kubo.
/// </summary>
public sealed class StandInProxy : StandInServer
{
    private readonly KuboLink _kubo;
    private readonly ProxyRoutes _routes;

    private StandInProxy(StandInCluster cluster, Uri kubo, StandInOptions options)
        : base(options)
    {
        _kubo = new KuboLink(kubo);
        _routes = new ProxyRoutes(cluster.Node, _kubo, options);
    }

    /// <summary>Starts one before a Kubo; it listens when this returns.</summary>
    public static async Task<StandInProxy> StartAsync(StandInCluster cluster, Uri kubo, StandInOptions? options = null)
    {
        var proxy = new StandInProxy(cluster, kubo, options ?? new StandInOptions());
        await proxy.ListenAsync();
        return proxy;
    }

    private protected override ValueTask CloseAsync()
    {
        _kubo.Dispose();
        return ValueTask.CompletedTask;
    }

    private protected override Task AnswerAsync(Call call) => _routes.RunAsync(call);
}

namespace Gatehouse.Testing.Ipfs;

/// <summary>A whole peer: cluster, pinning service, proxy, Kubo, gateway and metrics over one pinset and one store of content.</summary>
public sealed class IpfsStandIns : IAsyncDisposable
{
    private IpfsStandIns(StandInCluster cluster, StandInPinning pinning, StandInKubo kubo, StandInProxy proxy, StandInGateway gateway, StandInMetrics metrics)
    {
        Cluster = cluster;
        Pinning = pinning;
        Kubo = kubo;
        Proxy = proxy;
        Gateway = gateway;
        Metrics = metrics;
    }

    /// <summary>The REST API.</summary>
    public StandInCluster Cluster { get; }

    /// <summary>The pinning service.</summary>
    public StandInPinning Pinning { get; }

    /// <summary>The RPC of the node.</summary>
    public StandInKubo Kubo { get; }

    /// <summary>The proxy before the node.</summary>
    public StandInProxy Proxy { get; }

    /// <summary>The node's gateway.</summary>
    public StandInGateway Gateway { get; }

    /// <summary>The metrics listener.</summary>
    public StandInMetrics Metrics { get; }

    /// <summary>Starts all of them; the options hold for each, but for the port.</summary>
    public static async Task<IpfsStandIns> StartAsync(StandInOptions? options = null)
    {
        options = (options ?? new StandInOptions()) with { Port = 0 };
        StandInCluster cluster = await StandInCluster.StartAsync(options);
        StandInPinning pinning = await StandInPinning.StartAsync(cluster, options);
        StandInKubo kubo = await StandInKubo.StartAsync(options with { Certificate = null }, cluster.Blobs);
        StandInProxy proxy = await StandInProxy.StartAsync(cluster, kubo.Address, options with { Certificate = null });
        StandInGateway gateway = await StandInGateway.StartAsync(cluster.Blobs, options with { Certificate = null });
        StandInMetrics metrics = await StandInMetrics.StartAsync(options with { Certificate = null });
        return new IpfsStandIns(cluster, pinning, kubo, proxy, gateway, metrics);
    }

    /// <summary>Stops all of them.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (StandInServer server in (StandInServer[])[Pinning, Proxy, Gateway, Metrics, Kubo, Cluster])
        {
            await server.DisposeAsync();
        }
    }
}

using System.Text.Json.Nodes;
using Gatehouse.Testing.Ipfs.Cluster;
using Gatehouse.Testing.Ipfs.Pinning;
using Gatehouse.Testing.Ipfs.Serving;

namespace Gatehouse.Testing.Ipfs;

/// <summary>The pinning service of a cluster (port 9097 upstream); it shares the cluster's pinset and has its authentication and CORS.</summary>
public sealed class StandInPinning : StandInServer
{
    private readonly ClusterPipeline _pipeline;

    private StandInPinning(StandInCluster cluster, StandInOptions options)
        : base(options)
    {
        _pipeline = new ClusterPipeline(options, static (_, message) => new JsonObject
        {
            ["error"] = new JsonObject { ["reason"] = message, ["details"] = "" },
        });
        new PinningRoutes(_pipeline, cluster.Node).Register();
    }

    /// <summary>Starts one; it listens when this returns.</summary>
    public static async Task<StandInPinning> StartAsync(StandInCluster cluster, StandInOptions? options = null)
    {
        var pinning = new StandInPinning(cluster, options ?? new StandInOptions());
        await pinning.ListenAsync();
        return pinning;
    }

    private protected override Task AnswerAsync(Call call) => _pipeline.RunAsync(call);
}

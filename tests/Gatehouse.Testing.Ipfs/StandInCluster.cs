using System.Text.Json.Nodes;
using Gatehouse.Testing.Ipfs.Cluster;
using Gatehouse.Testing.Ipfs.Serving;
using Gatehouse.Testing.Ipfs.State;

namespace Gatehouse.Testing.Ipfs;

/// <summary>
/// The REST API of an ipfs-cluster 1.1 peer in memory (port 9094 upstream), with upstream's faults: a bad option answers 400 and
/// pins all the same, options of an existing pin are overwritten for everyone, any user may do everything.
/// </summary>
public sealed class StandInCluster : StandInServer
{
    private readonly ClusterPipeline _pipeline;

    private StandInCluster(StandInOptions options)
        : base(options)
    {
        Node = new ClusterNode(options.Time, new Pinset(options.Time), new Blobs());
        _pipeline = new ClusterPipeline(options, static (code, message) => new JsonObject { ["code"] = code, ["message"] = message });
        new InfoRoutes(_pipeline, Node).Register();
        new AddRoute(_pipeline, Node, options).Register();
        new PinRoutes(_pipeline, Node).Register();
    }

    /// <summary>The shared pinset.</summary>
    public Pinset Pins => Node.Pins;

    /// <summary>What was added.</summary>
    public Blobs Blobs => Node.Blobs;

    /// <summary>How often garbage was collected.</summary>
    public int Collections => Node.Collections;

    internal ClusterNode Node { get; }

    /// <summary>Starts one; it listens when this returns.</summary>
    public static async Task<StandInCluster> StartAsync(StandInOptions? options = null)
    {
        var cluster = new StandInCluster(options ?? new StandInOptions());
        await cluster.ListenAsync();
        return cluster;
    }

    private protected override Task AnswerAsync(Call call) => _pipeline.RunAsync(call);
}

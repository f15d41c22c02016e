using Gatehouse.Testing.Ipfs.State;

namespace Gatehouse.Testing.Ipfs.Cluster;

/// <summary>What every API of one cluster works on.</summary>
internal sealed class ClusterNode(TimeProvider time, Pinset pins, Blobs blobs)
{
    public TimeProvider Time => time;

    public Pinset Pins => pins;

    public Blobs Blobs => blobs;

    /// <summary>How often garbage was collected.</summary>
    public int Collections { get; set; }
}

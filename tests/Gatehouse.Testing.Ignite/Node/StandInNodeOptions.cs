using System.Security.Cryptography.X509Certificates;
using Gatehouse.Testing.Ignite.Wire;

namespace Gatehouse.Testing.Ignite.Node;

/// <summary>How a stand-in for a node is made.</summary>
public sealed record StandInNodeOptions
{
    /// <summary>The port on the loopback address; 0 takes a free one.</summary>
    public int Port { get; init; }

    public IgniteVersion Version { get; init; } = IgniteVersion.V320;

    /// <summary>What it offers in the handshake; null is what its version offers.</summary>
    public FeatureSet? Features { get; init; }

    /// <summary>Users and passwords; null = security is off, and everybody is let in as <c>unknown</c>.</summary>
    public IReadOnlyDictionary<string, string>? Users { get; init; }

    /// <summary>With a certificate (and its key) TLS begins with the first byte.</summary>
    public X509Certificate2? Certificate { get; init; }

    public string NodeName { get; init; } = "node-1";

    public string ClusterName { get; init; } = "stand-in";

    /// <summary>What the handshake says; zero = never. A connection that is silent for longer is closed.</summary>
    public TimeSpan IdleTimeout { get; init; }

    /// <summary>Other nodes that it names in CLUSTER_GET_NODES.</summary>
    public IReadOnlyList<string> OtherNodes { get; init; } = [];

    /// <summary>Rows of a table that SQL finds where nothing was written by keys.</summary>
    public int PageSize { get; init; } = 1024;
}

/// <summary>The version that it plays.</summary>
public enum IgniteVersion
{
    /// <summary>3.0.0: no features, operations to 69.</summary>
    V300,

    /// <summary>3.1.0: features to 11, operations to 73.</summary>
    V310,

    /// <summary>The development version of March 2026: features 1 to 3 and 5 to 18, every operation.</summary>
    V320,
}

/// <summary>What follows from the version.</summary>
public static class IgniteVersions
{
    /// <summary>What a server of this version offers. Of 3.1.0 only the known bits are certain: it is taken to leave out 0 and 4 as its successor does.</summary>
    public static FeatureSet Offers(this IgniteVersion version) => version switch
    {
        IgniteVersion.V300 => FeatureSet.None,
        IgniteVersion.V310 => FeatureSet.Of(1, 2, 3, 5, 6, 7, 8, 9, 10, 11),
        _ => FeatureSet.Of(1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18),
    };

    /// <summary>The last operation that it knows.</summary>
    public static Op LastOperation(this IgniteVersion version) => version switch
    {
        IgniteVersion.V300 => Op.ComputeExecutePartitioned,
        IgniteVersion.V310 => Op.ServerOpResponse,
        _ => Op.TxDiscard,
    };

    internal static PackWriter WriteTo(this IgniteVersion version, PackWriter w) => version switch
    {
        IgniteVersion.V300 => w.Int(3).Int(0).Int(0).Nil().Nil(),
        IgniteVersion.V310 => w.Int(3).Int(1).Int(0).Nil().Nil(),
        _ => w.Int(3).Int(2).Int(0).Nil().Text("SNAPSHOT"),
    };
}

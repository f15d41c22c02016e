using System.Collections.Immutable;
using System.Security.Cryptography;
using Gatehouse.Problems;
using Gatehouse.Trust.Files;
using Gatehouse.Trust.Sealing;

namespace Gatehouse.Trust.Nodes;

/// <summary>
/// What a command beside the running daemon may take of its node: who it is, the data keys, the files of trust as they are. Only
/// read: the daemon that holds the lock of the data folder may write them meanwhile, each in one step.
/// </summary>
public sealed class NodeReading : IDisposable
{
    private const int MostLooks = 10;

    private readonly KeyRing _ring;

    private NodeReading(NodeFile node, KeyRing ring)
    {
        NodeId = node.NodeId;
        NodeName = node.NodeName;
        ClusterId = node.ClusterId;
        _ring = ring;
    }

    /// <summary>The node's id.</summary>
    public string NodeId { get; }

    /// <summary>The node's name.</summary>
    public string NodeName { get; }

    /// <summary>The cluster's id.</summary>
    public string ClusterId { get; }

    /// <summary>Opens what the cluster has sealed.</summary>
    public Sealer Sealer => _ring.Sealer;

    /// <summary>Reads it; nothing is made, completed or renewed.</summary>
    /// <param name="dataDirectory">The data folder.</param>
    /// <param name="nodeKeyPath">The node's own key where it was given, as for the daemon.</param>
    /// <exception cref="ProblemException">GH3xxx.</exception>
    public static NodeReading Open(string dataDirectory, string? nodeKeyPath)
    {
        TrustFiles files = new(dataDirectory);
        PrivateFolder.Check(files.Data);
        NodeFile node = TrustBootstrap.ParseNode(files.Node, SecretFile.Read(files.Node));
        string keyPath = NodeKeyLocation.Resolve(files.Data, nodeKeyPath, node.NodeId);
        using NodeKey key = NodeKey.Load(keyPath, node.NodeId)
            ?? throw TrustProblems.NodeKeyMissing.Exception($"the key of node `{node.NodeId}` is not at `{keyPath}`", "name its place with --node-key FILE");
        byte[] dataKey = key.Unwrap("data-key/" + node.ClusterId, SecretFile.Read(files.DataKey), files.DataKey);
        return new NodeReading(node, new KeyRing(files, key, node.ClusterId, dataKey));
    }

    /// <summary>Files of one moment, by name: read until they were the same twice in a row.</summary>
    /// <param name="read">Reads all of them.</param>
    /// <exception cref="ProblemException">GH3031: they never were.</exception>
    public static ImmutableSortedDictionary<string, byte[]> AtOnce(Func<ImmutableSortedDictionary<string, byte[]>> read)
    {
        ImmutableSortedDictionary<string, byte[]> before = read();
        for (int i = 0; i < MostLooks; i++)
        {
            ImmutableSortedDictionary<string, byte[]> now = read();
            if (now.Count == before.Count && now.All(one => before.TryGetValue(one.Key, out byte[]? was) && was.AsSpan().SequenceEqual(one.Value)))
            {
                return now;
            }

            before = now;
        }

        throw TrustProblems.TrustInconsistent.Exception("the files of the node's trust change all the time", "try again in a minute");
    }

    /// <inheritdoc/>
    public void Dispose() => _ring.Dispose();
}

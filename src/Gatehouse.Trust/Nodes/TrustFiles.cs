using System.Collections.Immutable;

namespace Gatehouse.Trust.Nodes;

/// <summary>The files of a node's trust in the data folder, in the order in which they are made.</summary>
internal sealed class TrustFiles(string dataDirectory)
{
    public string Data { get; } = Path.GetFullPath(dataDirectory);

    /// <summary>Who the node is.</summary>
    public string Node => Path.Combine(Data, "node.json");

    /// <summary>Root and intermediates, for clients.</summary>
    public string CaBundle => Path.Combine(Data, "ca.crt");

    /// <summary>Folder of all that is sealed or wrapped.</summary>
    public string Folder => Path.Combine(Data, "trust");

    /// <summary>The cluster data key, wrapped to this node.</summary>
    public string DataKey => Path.Combine(Folder, "data-key.wrapped");

    /// <summary>The cluster secret, sealed under the data key.</summary>
    public string Secret => Path.Combine(Folder, "cluster-secret.sealed");

    /// <summary>The CA with its keys, wrapped to this node.</summary>
    public string Ca => Path.Combine(Folder, "ca.wrapped");

    /// <summary>The server certificate and its key, sealed for this node.</summary>
    public string Server => Path.Combine(Folder, "server.sealed");

    /// <summary>The mesh certificate and its key, sealed for this node.</summary>
    public string Mesh => Path.Combine(Folder, "mesh.sealed");

    /// <summary>What the node accepts, as the cluster state said last; takes the place of secret and CA once there is one.</summary>
    public string Known => Path.Combine(Folder, "known.sealed");

    /// <summary>Data keys besides the one in use.</summary>
    public string KeyRing => Path.Combine(Folder, "data-keys.sealed");

    /// <summary>Where one of the node's own certificates lies.</summary>
    public string Leaf(LeafKind kind) => kind == LeafKind.Mesh ? Mesh : Server;

    /// <summary>Those of the paths that are there, as people read them.</summary>
    public string Present(ImmutableArray<string> paths) =>
        string.Join(", ", paths.Where(File.Exists).Select(p => $"`{Path.GetRelativePath(Data, p)}`"));
}

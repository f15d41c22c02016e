using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Gatehouse.Engine.Mesh;

/// <summary>Another node of the cluster, as the mesh dials and recognises it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Id">Its id, 16 lower-case hex digits.</param>
/// <param name="Addresses">Where its mesh is dialled: <c>10.0.0.1:7444</c>, <c>[fd00::1]:7444</c> or <c>host:7444</c>.</param>
/// <param name="PeerAddress">Its loopback address, the same on every host.</param>
/// <param name="KeyHash">SHA-256 of its mesh leaf's SubjectPublicKeyInfo, 64 lower-case hex digits.</param>
internal sealed record MeshPeer(string Name, string Id, ImmutableArray<string> Addresses, IPAddress PeerAddress, string KeyHash);

/// <summary>A certificate authority whose node certificates are accepted.</summary>
/// <param name="Root">The root.</param>
/// <param name="Nodes">The intermediate that signs node certificates; nothing else may have signed them.</param>
/// <param name="Chain">Certificates between the two, of a hierarchy brought along; mostly empty.</param>
internal sealed record MeshAuthority(X509Certificate2 Root, X509Certificate2 Nodes, ImmutableArray<X509Certificate2> Chain)
{
    /// <summary>SHA-256 of <see cref="Nodes"/> (DER), hex.</summary>
    public string NodesHash { get; } = Convert.ToHexStringLower(SHA256.HashData(Nodes.RawData));
}

/// <summary>Everything the mesh decides on, immutable; the next one replaces it as a whole.</summary>
internal sealed record MeshView
{
    /// <summary>Peers that any service is open to.</summary>
    public const string Everybody = "*";

    /// <summary>The cluster's id, 32 lower-case hex digits.</summary>
    public required string ClusterId { get; init; }

    /// <summary>This node's name.</summary>
    public required string Node { get; init; }

    /// <summary>This node's id, 16 lower-case hex digits.</summary>
    public required string NodeId { get; init; }

    /// <summary>This node's own loopback address, where its cluster programs listen.</summary>
    public required IPAddress OwnAddress { get; init; }

    /// <summary>The cluster's secrets, 32 bytes each: the first is used to call, all are accepted.</summary>
    public required ImmutableArray<ReadOnlyMemory<byte>> Secrets { get; init; }

    /// <summary>This node's mesh certificate with its chain; the same object as long as the certificate is the same.</summary>
    public required SslStreamCertificateContext Certificate { get; init; }

    /// <summary>The authorities accepted.</summary>
    public required ImmutableArray<MeshAuthority> Authorities { get; init; }

    /// <summary>Keys that are revoked: SHA-256 of the SubjectPublicKeyInfo, 64 lower-case hex digits.</summary>
    public FrozenSet<string> RevokedKeys { get; init; } = FrozenSet<string>.Empty;

    /// <summary>The other nodes.</summary>
    public ImmutableArray<MeshPeer> Peers { get; init; } = [];

    /// <summary>Service to the names of trusted peers, or <see cref="Everybody"/>. A service without an entry trusts nobody.</summary>
    public FrozenDictionary<string, ImmutableArray<string>> TrustedPeers { get; init; } = FrozenDictionary<string, ImmutableArray<string>>.Empty;

    /// <summary>
    /// Whether connections under way are cut, too, whose secret or authority is no longer accepted. Without it they go on: the
    /// peer's key is the one that is pinned and not revoked; nothing new begins on them.
    /// </summary>
    public bool CutsRetired { get; init; }

    /// <summary>Whether a peer may use a service, in either direction.</summary>
    public bool IsTrusted(string service, string peer) =>
        TrustedPeers.TryGetValue(service, out ImmutableArray<string> names) && (names.Contains(peer) || names.Contains(Everybody));

    /// <summary>Whether a peer may use any service at all.</summary>
    public bool IsTrustedForAny(string peer)
    {
        foreach ((_, ImmutableArray<string> names) in TrustedPeers)
        {
            if (names.Contains(peer) || names.Contains(Everybody))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The peer of a name, or null.</summary>
    public MeshPeer? Find(string name)
    {
        foreach (MeshPeer peer in Peers)
        {
            if (string.Equals(peer.Name, name, StringComparison.Ordinal))
            {
                return peer;
            }
        }

        return null;
    }
}

/// <summary>Where the newest view comes from.</summary>
internal interface IMeshState
{
    /// <summary>The newest view.</summary>
    MeshView Current { get; }

    /// <summary>A newer view is in force; raised after <see cref="Current"/> has it, on any thread.</summary>
    event Action<MeshView>? Changed;
}

using System.Collections.Immutable;
using System.Security.Cryptography.X509Certificates;
using Gatehouse.Trust.Authorities;

namespace Gatehouse.Trust.Nodes;

/// <summary>What a node accepts at one moment. Immutable.</summary>
public sealed record TrustView
{
    /// <summary>Authorities, the active one first.</summary>
    public required ImmutableArray<TrustedAuthority> Authorities { get; init; }

    /// <summary>Cluster secrets of 32 bytes, the active one first. Never shown.</summary>
    public required ImmutableArray<ReadOnlyMemory<byte>> Secrets { get; init; }

    /// <summary>Roots and intermediates of all authorities as PEM, each root first: what clients take over.</summary>
    public string BundlePem() => string.Concat(Authorities.SelectMany(static a => a.All).Select(static c => c.ExportCertificatePem() + "\n"));
}

/// <summary>Which of a node's own certificates.</summary>
public enum LeafKind
{
    /// <summary>Shown to peers: the URI <c>spiffe://CLUSTER/node/NAME</c>.</summary>
    Mesh = 0,

    /// <summary>Shown to clients by gates and the admin API.</summary>
    Server = 1,
}

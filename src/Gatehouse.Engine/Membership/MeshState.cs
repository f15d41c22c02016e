using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Net;
using System.Net.Security;
using Gatehouse.Administration;
using Gatehouse.Engine.Mesh;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Membership;
using Gatehouse.Trust.Authorities;
using Gatehouse.Trust.Nodes;

namespace Gatehouse.Engine.Membership;

/// <summary>What the mesh decides on, made of the cluster state and this node's trust, whenever one of them changes.</summary>
internal sealed class MeshState : IMeshState, IDisposable
{
    private readonly SnapshotHolder _snapshots;
    private readonly NodeTrust _trust;
    private readonly Lock _lock = new();
    private SslStreamCertificateContext _certificate;
    private IssuedCertificate _leaf;
    private TrustView _accepted;
    private ImmutableArray<MeshAuthority> _authorities;
    private volatile MeshView _current;

    public MeshState(SnapshotHolder snapshots, NodeTrust trust)
    {
        _snapshots = snapshots;
        _trust = trust;
        _leaf = trust.Mesh;
        _certificate = Context(_leaf);
        _accepted = trust.View;
        _authorities = AuthoritiesOf(_accepted);
        _current = Make(snapshots.Current);
        snapshots.Swapped += OnSwapped;
        trust.Changed += OnTrustChanged;
    }

    /// <inheritdoc/>
    public event Action<MeshView>? Changed;

    /// <inheritdoc/>
    public MeshView Current => _current;

    /// <inheritdoc/>
    public void Dispose()
    {
        _snapshots.Swapped -= OnSwapped;
        _trust.Changed -= OnTrustChanged;
    }

    private static SslStreamCertificateContext Context(IssuedCertificate leaf) =>
        SslStreamCertificateContext.Create(leaf.Certificate, [.. leaf.Chain], offline: true);

    private static ImmutableArray<MeshAuthority> AuthoritiesOf(TrustView view) =>
        [.. view.Authorities.Select(static one => new MeshAuthority(one.Root, one.Nodes, one.Chain))];

    private void OnSwapped(SecuritySnapshot next) => Update();

    private void OnTrustChanged() => Update();

    private void Update()
    {
        MeshView next;
        lock (_lock)
        {
            next = Make(_snapshots.Current);
            _current = next;
        }

        Changed?.Invoke(next);
    }

    private MeshView Make(SecuritySnapshot snapshot)
    {
        ClusterDocument document = snapshot.Document;
        if (!ReferenceEquals(_leaf, _trust.Mesh))
        {
            _leaf = _trust.Mesh;
            _certificate = Context(_leaf);
        }

        if (!ReferenceEquals(_accepted, _trust.View))
        {
            _accepted = _trust.View;
            _authorities = AuthoritiesOf(_accepted);
        }

        MembershipDocument membership = document.Membership;
        return new MeshView
        {
            ClusterId = _trust.ClusterId,
            Node = _trust.NodeName,
            NodeId = _trust.NodeId,
            OwnAddress = membership.Nodes.TryGetValue(_trust.NodeName, out NodeDocument? own) && IPAddress.TryParse(own.PeerAddress, out IPAddress? address)
                ? address
                : IPAddress.Parse(NodeChanges.PeerAddress(1)),
            Secrets = _accepted.Secrets,
            Certificate = _certificate,
            Authorities = _authorities,
            RevokedKeys = document.Revocations.Keys.Concat(snapshot.Denials.Certificates).ToFrozenSet(StringComparer.Ordinal),
            Peers = [.. membership.Nodes.Values.Where(node => node.Name != _trust.NodeName && !snapshot.Denials.Nodes.Contains(node.Name)).Select(PeerOf).OfType<MeshPeer>()],
            TrustedPeers = membership.TrustedPeers.ToFrozenDictionary(static one => one.Key, static one => one.Value.Peers, StringComparer.Ordinal),
        };
    }

    private static MeshPeer? PeerOf(NodeDocument node) =>
        IPAddress.TryParse(node.PeerAddress, out IPAddress? address) ? new MeshPeer(node.Name, node.Id, node.Addresses, address, node.MeshKey) : null;
}

using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Gatehouse.Membership;
using Gatehouse.Problems;
using Gatehouse.Trust.Authorities;
using Gatehouse.Trust.Sealing;

namespace Gatehouse.Trust.Nodes;

/// <summary>
/// Everything a running node holds of trust: identity, keys, authorities, secrets and its own certificates. It follows the
/// cluster state: <see cref="Adopt"/>. Thread-safe.
/// </summary>
public sealed partial class NodeTrust : IDisposable
{
    private readonly Lock _changing = new();
    private readonly NodeFile _node;
    private readonly TrustFiles _files;
    private readonly NodeKey _key;
    private readonly KeyRing _ring;
    private volatile ClusterCa _ca;
    private volatile TrustView _view;
    private volatile MembershipDocument _known;
    private volatile IssuedCertificate _server;
    private volatile IssuedCertificate _mesh;

    internal NodeTrust(NodeFile node, TrustFiles files, string keyPath, NodeKey key, KeyRing ring, TrustLoad loaded)
    {
        _node = node;
        _files = files;
        _key = key;
        _ring = ring;
        _ca = loaded.Ca;
        _view = loaded.View;
        _known = loaded.Known;
        _server = loaded.Server;
        _mesh = loaded.Mesh;
        NodeKeyPath = keyPath;
        HighestSeenPath = NodeKeyLocation.Beside(keyPath, node.NodeId, ".seen");
        AuditHeadPath = NodeKeyLocation.Beside(keyPath, node.NodeId, ".head");
    }

    /// <summary>Raised after what the node accepts or shows has changed, on the thread that changed it.</summary>
    public event Action? Changed;

    /// <summary>The node's id: 16 lower-case hex digits, made once.</summary>
    public string NodeId => _node.NodeId;

    /// <summary>The node's name, as the first start had it.</summary>
    public string NodeName => _node.NodeName;

    /// <summary>The cluster's id: 32 lower-case hex digits, made once.</summary>
    public string ClusterId => _node.ClusterId;

    /// <summary>What it accepts now.</summary>
    public TrustView View => _view;

    /// <summary>Members and authorities as the cluster state said last; tokens are not in it.</summary>
    public MembershipDocument Known => _known;

    /// <summary>Whether it holds the CA's keys.</summary>
    public bool IsIssuer => _ca.CanIssue;

    /// <summary>SHA-256 of the active root certificate (DER), 64 lower-case hex digits.</summary>
    public string CaFingerprint => _ca.Fingerprint;

    /// <summary>PEM file with roots and intermediates, for <c>curl --cacert</c>.</summary>
    public string CaBundlePath => _files.CaBundle;

    /// <summary>Where the node's own key lies.</summary>
    public string NodeKeyPath { get; }

    /// <summary>Where the highest generation seen is recorded: beside the node key, outside the data folder.</summary>
    public string HighestSeenPath { get; }

    /// <summary>Where the newest head of the audit trail is recorded besides the store: beside the node key, outside the data folder.</summary>
    public string AuditHeadPath { get; }

    /// <summary>Whether this start made the CA.</summary>
    public bool IsNew { get; internal init; }

    /// <summary>The active root certificate, without its key.</summary>
    public X509Certificate2 Root => _view.Authorities[0].Root;

    /// <summary>The active intermediate that signs node and server certificates, without its key.</summary>
    public X509Certificate2 NodesCa => _view.Authorities[0].Nodes;

    /// <summary>The active intermediate that signs client certificates, without its key.</summary>
    public X509Certificate2 UsersCa => _view.Authorities[0].Users;

    /// <summary>The server certificate in use, with key and chain.</summary>
    public IssuedCertificate Server => _server;

    /// <summary>The mesh certificate in use, with key and chain.</summary>
    public IssuedCertificate Mesh => _mesh;

    /// <summary>SHA-256 of the SubjectPublicKeyInfo of the mesh certificate, 64 lower-case hex digits.</summary>
    public string MeshKeyHash => IssuedCertificate.KeyHashOf(_mesh.Certificate);

    /// <summary>Seals the cluster's documents.</summary>
    public Sealer Sealer => _ring.Sealer;

    /// <summary>Seals what belongs to this node alone.</summary>
    public Sealer NodeSealer => _key.Sealer;

    /// <summary>The node's signing key as SubjectPublicKeyInfo (DER, ECDSA P-256).</summary>
    public ReadOnlyMemory<byte> SigningPublicKey => _key.SigningPublicKey;

    /// <summary>What others wrap keys for this node to: SubjectPublicKeyInfo (DER, P-256).</summary>
    public ReadOnlyMemory<byte> WrapPublicKey => _key.PublicKey;

    /// <summary>Signs with the node's signing key: ECDSA P-256 over SHA-256, 64 bytes r and s.</summary>
    public byte[] Sign(ReadOnlySpan<byte> data) => _key.Sign(data);

    /// <summary>Signs a SHA-256 with the node's signing key: 64 bytes r and s (IEEE P1363). Thread-safe.</summary>
    public byte[] SignHash(ReadOnlySpan<byte> hash) => _key.SignHash(hash);

    /// <summary>Wraps a secret to a node's public key, for one purpose.</summary>
    /// <param name="recipient">Its <see cref="WrapPublicKey"/>.</param>
    /// <param name="purpose">What it is; unwrapping names the same.</param>
    /// <param name="secret">The secret.</param>
    /// <exception cref="CryptographicException">The key is none.</exception>
    public static byte[] Wrap(ReadOnlySpan<byte> recipient, string purpose, ReadOnlySpan<byte> secret) => KeyWrap.Wrap(recipient, purpose, secret);

    /// <summary>Unwraps what was wrapped to this node; <paramref name="place"/> names it for people.</summary>
    /// <exception cref="ProblemException">GH3021.</exception>
    public byte[] Unwrap(string purpose, ReadOnlySpan<byte> wrapped, string place) => _key.Unwrap(purpose, wrapped, place);

    /// <summary>HMAC-SHA256 of data under a key derived from the active cluster secret for one purpose; 32 bytes.</summary>
    public byte[] SecretProof(string purpose, ReadOnlySpan<byte> data) => SecretProof(_view.Secrets[0].Span, purpose, data);

    /// <summary>HMAC-SHA256 of data under a key derived from a cluster secret for one purpose; 32 bytes.</summary>
    public static byte[] SecretProof(ReadOnlySpan<byte> secret, string purpose, ReadOnlySpan<byte> data)
    {
        Span<byte> key = stackalloc byte[32];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, secret, key, [], Encoding.UTF8.GetBytes("gatehouse/secret/v1/" + purpose));
        byte[] proof = HMACSHA256.HashData(key, data);
        CryptographicOperations.ZeroMemory(key);
        return proof;
    }

    /// <summary>
    /// Takes over what the cluster state says of authorities, secrets and data key, and keeps it on disk. Idempotent. Certificates
    /// of its own that have to be made anew are <see cref="IsLeafDue"/> from then on. Returns whether anything changed.
    /// </summary>
    /// <exception cref="ProblemException">GH3005, GH3021, GH3022, GH3031.</exception>
    public bool Adopt(MembershipDocument membership)
    {
        lock (_changing)
        {
            if (membership.ActiveAuthority is null || membership.ActiveSecret is null)
            {
                return false;
            }

            MembershipDocument next = TrustLoad.WhatIsKept(membership);
            if (TrustLoad.Write(next).AsSpan().SequenceEqual(TrustLoad.Write(_known)))
            {
                return false;
            }

            LearnFrom(next);
            if (next.DataKey is { } dataKey)
            {
                _ring.Activate(dataKey);
            }

            TrustView view = TrustLoad.ViewOf(next);
            ClusterCa ca = TrustLoad.CaOf(next, _node, _key);
            TrustLoad.Keep(_files, _key, next, view);
            (_view, _ca, _known) = (view, ca, next);
        }

        Changed?.Invoke();
        return true;
    }

    /// <summary>
    /// Learns a data key that an issuer handed out, and those before it. Returns its id, or null where the record is not for this node.
    /// </summary>
    /// <exception cref="ProblemException">GH3023: not signed by an issuer; GH3021: does not open.</exception>
    public string? Learn(ReadOnlySpan<byte> record)
    {
        lock (_changing)
        {
            if (DataKeyRecord.TryRead(record) is not { } read || read.ClusterId != ClusterId)
            {
                throw TrustProblems.DataKeyForged.Exception("a record of a data key cannot be understood, or is of another cluster", "find out who wrote to the store");
            }

            if (Sealer.Knows(read.KeyId))
            {
                return read.KeyId;
            }

            if (!read.IsSignedByIssuer(_known))
            {
                throw TrustProblems.DataKeyForged.Exception(
                    $"data key `{read.KeyId}` is not signed by an issuer that this node knows", "find out who wrote to the store, or enrol this node again");
            }

            if (!read.Wraps.TryGetValue(NodeId, out byte[]? wrapped))
            {
                return null;
            }

            byte[] key = _key.Unwrap(DataKeyRecord.PurposeOf(ClusterId), wrapped, "keyring/" + read.KeyId);
            _ring.Learn(key, read);
            CryptographicOperations.ZeroMemory(key);
            return read.KeyId;
        }
    }

    // Who could write into the sealed state holds a data key already: the state itself needs no signature.
    private void LearnFrom(MembershipDocument membership)
    {
        foreach (DataKeyDocument document in membership.DataKeys)
        {
            if (!Sealer.Knows(document.Id) && document.Keys.TryGetValue(NodeId, out byte[]? wrapped))
            {
                byte[] key = _key.Unwrap(DataKeyRecord.PurposeOf(ClusterId), wrapped, "data key " + document.Id);
                _ring.Take(key, document.Id);
                CryptographicOperations.ZeroMemory(key);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Sealer.Dispose();
        _ring.Dispose();
        _key.Dispose();
        _ca.Dispose();
    }
}

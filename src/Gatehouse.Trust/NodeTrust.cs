using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Gatehouse.Trust;

/// <summary>Everything a running node holds of trust: identity, keys, CA and server certificate. Thread-safe.</summary>
public sealed class NodeTrust : IDisposable
{
    private readonly Lock _issuing = new();
    private readonly NodeFile _node;
    private readonly TrustFiles _files;
    private readonly NodeKey _key;
    private readonly ClusterCa _ca;
    private readonly byte[] _secret;
    private volatile IssuedCertificate _server;

    internal NodeTrust(
        NodeFile node, TrustFiles files, string keyPath, NodeKey key, Sealer sealer, byte[] secret, ClusterCa ca, IssuedCertificate server)
    {
        _node = node;
        _files = files;
        _key = key;
        _secret = secret;
        _ca = ca;
        _server = server;
        NodeKeyPath = keyPath;
        HighestSeenPath = NodeKeyLocation.Beside(keyPath, node.NodeId, ".seen");
        Sealer = sealer;
        CaFingerprint = ca.Fingerprint;
        Root = ClusterCa.Public(ca.Root);
        NodesCa = ClusterCa.Public(ca.Nodes);
        UsersCa = ClusterCa.Public(ca.Users);
    }

    /// <summary>The node's id: 16 lower-case hex digits, made once.</summary>
    public string NodeId => _node.NodeId;

    /// <summary>The node's name, as the first start had it.</summary>
    public string NodeName => _node.NodeName;

    /// <summary>The cluster's id: 32 lower-case hex digits, made once.</summary>
    public string ClusterId => _node.ClusterId;

    /// <summary>SHA-256 of the root certificate (DER), 64 lower-case hex digits.</summary>
    public string CaFingerprint { get; }

    /// <summary>PEM file with root and intermediates, for <c>curl --cacert</c>.</summary>
    public string CaBundlePath => _files.CaBundle;

    /// <summary>Where the node's own key lies.</summary>
    public string NodeKeyPath { get; }

    /// <summary>Where the highest generation seen is recorded: beside the node key, outside the data folder.</summary>
    public string HighestSeenPath { get; }

    /// <summary>Whether this start made the CA.</summary>
    public bool IsNew { get; internal init; }

    /// <summary>The root certificate, without its key.</summary>
    public X509Certificate2 Root { get; }

    /// <summary>The intermediate that signs node and server certificates, without its key.</summary>
    public X509Certificate2 NodesCa { get; }

    /// <summary>The intermediate that signs client certificates, without its key; what realm <c>pki</c> accepts.</summary>
    public X509Certificate2 UsersCa { get; }

    /// <summary>The server certificate in use, with key and chain.</summary>
    public IssuedCertificate Server => _server;

    /// <summary>Seals the cluster's documents.</summary>
    public Sealer Sealer { get; }

    /// <summary>Seals what belongs to this node alone.</summary>
    public Sealer NodeSealer => _key.Sealer;

    /// <summary>The node's signing key as SubjectPublicKeyInfo (DER, ECDSA P-256).</summary>
    public ReadOnlyMemory<byte> SigningPublicKey => _key.SigningPublicKey;

    /// <summary>Signs with the node's signing key: ECDSA P-256 over SHA-256, 64 bytes r and s.</summary>
    public byte[] Sign(ReadOnlySpan<byte> data) => _key.Sign(data);

    /// <summary>Signs a SHA-256 with the node's signing key: 64 bytes r and s (IEEE P1363). Thread-safe.</summary>
    public byte[] SignHash(ReadOnlySpan<byte> hash) => _key.SignHash(hash);

    /// <summary>HMAC-SHA256 of data under a key derived from the cluster secret for one purpose; 32 bytes.</summary>
    public byte[] SecretProof(string purpose, ReadOnlySpan<byte> data)
    {
        Span<byte> key = stackalloc byte[32];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, _secret, key, [], Encoding.UTF8.GetBytes("gatehouse/secret/v1/" + purpose));
        byte[] proof = HMACSHA256.HashData(key, data);
        CryptographicOperations.ZeroMemory(key);
        return proof;
    }

    /// <summary>Whether the server certificate has passed two thirds of its life.</summary>
    public bool NeedsRenewal(DateTimeOffset now) => CertificateLife.NeedsRenewal(_server.Certificate, now);

    /// <summary>
    /// Issues a new server certificate, keeps it on disk and puts it into <see cref="Server"/>. The old one stays usable
    /// for handshakes under way.
    /// </summary>
    /// <param name="names">Names besides loopback, host name and node name.</param>
    /// <param name="now">The moment of issue.</param>
    /// <exception cref="Gatehouse.Problems.ProblemException">GH3005, GH3040, GH3041.</exception>
    public IssuedCertificate RenewServerCertificate(IReadOnlyCollection<string> names, DateTimeOffset now)
    {
        IReadOnlyList<string> all = CertificateNames.ForServer(NodeName, names);
        lock (_issuing)
        {
            _server = TrustBootstrap.IssueServer(_files, _node, _key, _ca, all, now);
            return _server;
        }
    }

    /// <summary>Issues a client certificate by the <c>users</c> intermediate; the name is its common name and all it says.</summary>
    /// <exception cref="Gatehouse.Problems.ProblemException">GH3040, GH3041.</exception>
    public IssuedCertificate IssueClient(string name, DateTimeOffset now)
    {
        CertificateNames.EnsureClient(name);
        lock (_issuing)
        {
            return _ca.IssueClient(name, now);
        }
    }

    /// <summary>Issues this node's certificate for the mesh, with the URI <c>spiffe://CLUSTER/node/NAME</c>.</summary>
    /// <exception cref="Gatehouse.Problems.ProblemException">GH3041.</exception>
    public IssuedCertificate IssueNode(DateTimeOffset now)
    {
        lock (_issuing)
        {
            return _ca.IssueNode(NodeName, now);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(_secret);
        Sealer.Dispose();
        _key.Dispose();
        _ca.Dispose();
    }
}

using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Gatehouse.Membership;
using Gatehouse.Problems;
using Gatehouse.Trust.Authorities;
using Gatehouse.Trust.Sealing;

namespace Gatehouse.Trust.Nodes;

/// <summary>What a node asks for and, where it holds the CA's keys, hands out.</summary>
public sealed partial class NodeTrust
{
    /// <summary>
    /// Whether one of its own certificates has passed two thirds of its life, is not of the active authority, or (a server certificate)
    /// does not carry the names that it should.
    /// </summary>
    /// <param name="kind">Which.</param>
    /// <param name="names">Names besides loopback, host name and node name; of a server certificate only.</param>
    /// <param name="now">The moment.</param>
    /// <exception cref="ProblemException">GH3040.</exception>
    public bool IsLeafDue(LeafKind kind, IReadOnlyCollection<string> names, DateTimeOffset now)
    {
        // Who signed it was looked at when it was taken up: that intermediate is the first of its chain.
        IssuedCertificate issued = Leaf(kind);
        X509Certificate2 leaf = issued.Certificate;
        return CertificateLife.NeedsRenewal(leaf, now)
            || !issued.Chain[0].RawDataMemory.Span.SequenceEqual(NodesCa.RawDataMemory.Span)
            || (kind == LeafKind.Server && !CertificateNames.Of(leaf).SequenceEqual(CertificateNames.ForServer(NodeName, names), StringComparer.Ordinal));
    }

    /// <summary>One of its own certificates.</summary>
    public IssuedCertificate Leaf(LeafKind kind) => kind == LeafKind.Mesh ? _mesh : _server;

    /// <summary>Whether the server certificate has passed two thirds of its life.</summary>
    public bool NeedsRenewal(DateTimeOffset now) => CertificateLife.NeedsRenewal(_server.Certificate, now);

    /// <summary>
    /// Issues a new server certificate, keeps it on disk and puts it into <see cref="Server"/>. The old one stays usable
    /// for handshakes under way.
    /// </summary>
    /// <param name="names">Names besides loopback, host name and node name.</param>
    /// <param name="now">The moment of issue.</param>
    /// <exception cref="ProblemException">GH3005, GH3040, GH3041, GH3042.</exception>
    public IssuedCertificate RenewServerCertificate(IReadOnlyCollection<string> names, DateTimeOffset now)
    {
        RenewLeaf(LeafKind.Server, names, now);
        return _server;
    }

    /// <summary>Issues one of its own certificates anew, for the key it has. Issuers only.</summary>
    /// <exception cref="ProblemException">GH3005, GH3040, GH3041, GH3042.</exception>
    public void RenewLeaf(LeafKind kind, IReadOnlyCollection<string> names, DateTimeOffset now)
    {
        using ECDsa key = Leaf(kind).Certificate.GetECDsaPrivateKey() ?? throw new InvalidOperationException("a node's certificate has an EC key");
        using X509Certificate2 signed = SignLeaf(kind, new PublicKey(key), NodeName, CertificateNames.ForServer(NodeName, names), now);
        Install(kind, [signed.RawData, .. _ca.NodesChain.Select(static c => c.RawData)]);
    }

    /// <summary>
    /// Asks for one of its own certificates: a PKCS#10 request (DER) for the key that it has. What an issuer makes of it comes back
    /// through <see cref="Install"/>.
    /// </summary>
    public byte[] MakeRequest(LeafKind kind)
    {
        using ECDsa key = Leaf(kind).Certificate.GetECDsaPrivateKey() ?? throw new InvalidOperationException("a node's certificate has an EC key");
        return LeafRequest.Make(NodeName, key);
    }

    /// <summary>What this node's server certificate carries: loopback, host name, node name where it is a DNS name, and what is asked for.</summary>
    /// <exception cref="ProblemException">GH3040.</exception>
    public IReadOnlyList<string> NamesForServer(IEnumerable<string> further) => CertificateNames.ForServer(NodeName, further);

    /// <summary>Whether a certificate names a node of this cluster, and nothing else.</summary>
    public bool NamesNode(X509Certificate2 certificate, string nodeName) => CertificateNames.NamesNode(certificate, ClusterCa.NodeUri(ClusterId, nodeName));

    /// <summary>Answers a request of a node: the leaf, then the intermediates upwards (DER). Its extensions are not looked at.</summary>
    /// <param name="kind">Which certificate.</param>
    /// <param name="request">PKCS#10 (DER).</param>
    /// <param name="nodeName">Whose.</param>
    /// <param name="names">Names besides loopback and node name; of a server certificate only.</param>
    /// <param name="now">The moment.</param>
    /// <exception cref="ProblemException">GH3040 to GH3043.</exception>
    public ImmutableArray<byte[]> AnswerRequest(LeafKind kind, ReadOnlySpan<byte> request, string nodeName, IReadOnlyCollection<string> names, DateTimeOffset now)
    {
        CertificateNames.EnsureNode(nodeName);
        using X509Certificate2 signed = SignLeaf(kind, LeafRequest.KeyOf(request), nodeName, CertificateNames.ForNode(nodeName, names), now);
        return [signed.RawData, .. _ca.NodesChain.Select(static c => c.RawData)];
    }

    /// <summary>Puts a certificate that an issuer made for this node's key in use, and keeps it on disk.</summary>
    /// <param name="kind">Which.</param>
    /// <param name="chain">The leaf, then the intermediates upwards (DER).</param>
    /// <exception cref="ProblemException">GH3005, GH3043.</exception>
    public void Install(LeafKind kind, ImmutableArray<byte[]> chain)
    {
        lock (_changing)
        {
            using ECDsa key = Leaf(kind).Certificate.GetECDsaPrivateKey() ?? throw new InvalidOperationException("a node's certificate has an EC key");
            IssuedCertificate installed = LeafRequest.Accept(kind, chain, key, ClusterId, NodeName, _view);
            LeafRequest.Keep(_files, _key, kind, installed);
            if (kind == LeafKind.Mesh)
            {
                _mesh = installed;
            }
            else
            {
                _server = installed;
            }
        }

        Changed?.Invoke();
    }

    /// <summary>Issues a client certificate by the <c>users</c> intermediate; the name is its common name and all it says.</summary>
    /// <exception cref="ProblemException">GH3040, GH3041, GH3042.</exception>
    public IssuedCertificate IssueClient(string name, DateTimeOffset now)
    {
        CertificateNames.EnsureClient(name);
        lock (_changing)
        {
            return _ca.IssueClient(name, now);
        }
    }

    /// <summary>
    /// The membership of a cluster that has this node alone: it is number 1 and an issuer, its authority and secret are active.
    /// </summary>
    public MembershipDocument DescribeAlone(DateTimeOffset now, string by)
    {
        string id = SecretIdOf(_view.Secrets[0].Span);
        return new MembershipDocument
        {
            Nodes = MembershipDocument.Default.Nodes.Add(NodeName, new NodeDocument
            {
                Name = NodeName,
                Id = NodeId,
                Number = 1,
                PeerAddress = "127.77.0.1",
                Roles = [NodeDocument.Issuer],
                WrapKey = WrapPublicKey.ToArray(),
                SigningKey = SigningPublicKey.ToArray(),
                MeshKey = MeshKeyHash,
                Joined = now,
                JoinedBy = by,
            }),
            Authorities = [DescribeAuthority(_ca, TrustPhase.Active, [(NodeId, WrapPublicKey)], now)],
            Secrets = [new SecretDocument { Id = id, Phase = TrustPhase.Active, Value = _view.Secrets[0].ToArray(), Created = now }],
            DataKeys = [_ring.DescribeActive(ClusterId, [(NodeId, WrapPublicKey)], now)],
        };
    }

    /// <summary>A new authority, accepted and not yet used, its keys wrapped to the issuers given.</summary>
    public AuthorityDocument NewAuthority(IEnumerable<NodeDocument> issuers, DateTimeOffset now)
    {
        using ClusterCa made = ClusterCa.Create(ClusterId, now);
        return DescribeAuthority(made, TrustPhase.Next, issuers.Select(static n => (n.Id, (ReadOnlyMemory<byte>)n.WrapKey)), now);
    }

    /// <summary>The keys of an authority that this node holds, wrapped to one more issuer.</summary>
    /// <exception cref="ProblemException">GH3042, GH3021.</exception>
    public byte[] WrapAuthority(AuthorityDocument authority, ReadOnlySpan<byte> recipient)
    {
        if (!authority.Keys.TryGetValue(NodeId, out byte[]? wrapped))
        {
            throw TrustProblems.NoIssuer.Exception($"this node does not hold the keys of authority `{authority.Id}`", "ask a node with the role `issuer`");
        }

        byte[] opened = _key.Unwrap("ca/" + ClusterId, wrapped, "authority " + authority.Id);
        byte[] result = KeyWrap.Wrap(recipient, "ca/" + ClusterId, opened);
        CryptographicOperations.ZeroMemory(opened);
        return result;
    }

    /// <summary>A new cluster secret, accepted and not yet used.</summary>
    public static SecretDocument NewSecret(DateTimeOffset now)
    {
        byte[] value = RandomNumberGenerator.GetBytes(32);
        return new SecretDocument { Id = SecretIdOf(value), Phase = TrustPhase.Next, Value = value, Created = now };
    }

    /// <summary>
    /// A new data key for the nodes given: as the state holds it, and as a signed record for the store, for nodes that were away when the
    /// state was sealed under it. This node holds it from now on. Issuers only.
    /// </summary>
    /// <exception cref="ProblemException">GH3005, GH3042.</exception>
    public (DataKeyDocument Document, byte[] Record) NewDataKey(IEnumerable<NodeDocument> nodes, DateTimeOffset now)
    {
        if (!IsIssuer)
        {
            throw TrustProblems.NoIssuer.Exception("only an issuer hands out data keys", "ask a node with the role `issuer`");
        }

        lock (_changing)
        {
            byte[] key = RandomNumberGenerator.GetBytes(32);
            try
            {
                DataKeyRecord record = _ring.Describe(key, ClusterId, NodeName, nodes);
                record = record with { Signature = Sign(record.Signed()) };
                _ring.Learn(key, record);
                var document = new DataKeyDocument
                {
                    Id = record.KeyId,
                    Phase = TrustPhase.Next,
                    Keys = record.Wraps.ToImmutableSortedDictionary(StringComparer.Ordinal),
                    Created = now,
                };
                return (document, record.Write());
            }
            finally
            {
                CryptographicOperations.ZeroMemory(key);
            }
        }
    }

    /// <summary>All data keys, the one in use first, each wrapped to a node that joins.</summary>
    public ImmutableArray<byte[]> WrapDataKeys(ReadOnlySpan<byte> recipient) => _ring.WrapAll(recipient, ClusterId);

    /// <summary>The data keys of the cluster state, those to come too, wrapped to one more node, by their ids.</summary>
    public ImmutableDictionary<string, byte[]> WrapDataKeys(MembershipDocument membership, ReadOnlySpan<byte> recipient)
    {
        ImmutableDictionary<string, byte[]>.Builder wrapped = ImmutableDictionary.CreateBuilder<string, byte[]>(StringComparer.Ordinal);
        foreach (DataKeyDocument one in membership.DataKeys)
        {
            if (_ring.Wrap(one.Id, recipient, ClusterId) is { } key)
            {
                wrapped.Add(one.Id, key);
            }
        }

        return wrapped.ToImmutable();
    }

    private static AuthorityDocument DescribeAuthority(
        ClusterCa ca, TrustPhase phase, IEnumerable<(string Id, ReadOnlyMemory<byte> WrapKey)> issuers, DateTimeOffset now)
    {
        byte[] content = ca.Export();
        var document = new AuthorityDocument
        {
            Id = ca.Id,
            Phase = phase,
            Root = ca.Root.RawData,
            Nodes = ca.Nodes.RawData,
            Users = ca.Users.RawData,
            Chain = [.. ca.Chain.Select(static c => c.RawData)],
            Keys = issuers.ToImmutableSortedDictionary(static i => i.Id, i => KeyWrap.Wrap(i.WrapKey.Span, "ca/" + ca.ClusterId, content), StringComparer.Ordinal),
            Created = now,
        };
        CryptographicOperations.ZeroMemory(content);
        return document;
    }

    // Tells secrets apart and nothing about them.
    private static string SecretIdOf(ReadOnlySpan<byte> secret) => Convert.ToHexStringLower(SecretProof(secret, "id", [])[..4]);

    private X509Certificate2 SignLeaf(LeafKind kind, PublicKey key, string nodeName, IReadOnlyList<string> names, DateTimeOffset now)
    {
        lock (_changing)
        {
            return kind == LeafKind.Mesh ? _ca.SignNode(key, nodeName, now) : _ca.SignServer(key, nodeName, names, now);
        }
    }
}

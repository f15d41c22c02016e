using System.Collections.Immutable;
using System.Numerics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Gatehouse.Membership;
using Gatehouse.Problems;
using Gatehouse.Problems.Cluster;
using Gatehouse.Trust.Authorities;
using Gatehouse.Trust.Certificates;

namespace Gatehouse.Trust.Nodes;

/// <summary>Certificates and revocation lists that a node makes for others.</summary>
public sealed partial class NodeTrust
{
    /// <summary>Id of the active authority.</summary>
    public string AuthorityId => _ca.Id;

    /// <summary>Issues a certificate over somebody's key, by the active authority. Issuers only.</summary>
    /// <exception cref="ProblemException">GH3041, GH3042, GH3102, GH3103.</exception>
    public X509Certificate2 IssueLeaf(CertificateOrder order, PublicKey key, DateTimeOffset now)
    {
        lock (_changing)
        {
            EnsureIssuer(_ca);
            return LeafIssuer.Issue(order.Profile.IsOfUsers ? _ca.Users : _ca.Nodes, order, key, now);
        }
    }

    /// <summary>What stands above the certificates of a profile, from their issuer upwards, without the root.</summary>
    public ImmutableArray<X509Certificate2> ChainOf(CertificateProfile profile)
    {
        TrustedAuthority active = _view.Authorities[0];
        return [profile.IsOfUsers ? active.Users : active.Nodes, .. active.Chain];
    }

    /// <summary>Signs a revocation list of one intermediate; DER. Issuers only.</summary>
    /// <param name="authority">Id of the authority, whatever its phase.</param>
    /// <param name="isUsers">Of <c>users</c>, else of <c>nodes</c>.</param>
    /// <param name="number">Its number, above that of the list before.</param>
    /// <param name="revoked">All entries.</param>
    /// <param name="now">The moment of signing.</param>
    /// <exception cref="ProblemException">GH3021, GH3042.</exception>
    public byte[] SignRevocationList(string authority, bool isUsers, BigInteger number, IEnumerable<RevokedSerial> revoked, DateTimeOffset now)
    {
        lock (_changing)
        {
            if (authority == _ca.Id)
            {
                EnsureIssuer(_ca);
                return RevocationListMaker.Make(isUsers ? _ca.Users : _ca.Nodes, number, revoked, now);
            }

            AuthorityDocument? document = _known.Authorities.FirstOrDefault(one => one.Id == authority);
            using ClusterCa other = document is not null && document.Keys.TryGetValue(NodeId, out byte[]? wrapped)
                ? OpenAuthority(wrapped, authority)
                : throw TrustProblems.NoIssuer.Exception($"this node does not hold the keys of authority `{authority}`", "ask a node with the role `issuer`");
            return RevocationListMaker.Make(isUsers ? other.Users : other.Nodes, number, revoked, now);
        }
    }

    /// <summary>
    /// Whether an authority that somebody brought can be used here: its keys open with this node's key and belong to its
    /// certificates, and what it would issue verifies.
    /// </summary>
    /// <param name="authority">As it was brought.</param>
    /// <param name="names">Names that leaves will have.</param>
    /// <param name="now">The moment.</param>
    /// <exception cref="ProblemException">GH3021, GH3042, GH3110, GH3111.</exception>
    public void EnsureUsable(AuthorityDocument authority, IReadOnlyCollection<string> names, DateTimeOffset now)
    {
        if (!authority.Keys.TryGetValue(NodeId, out byte[]? wrapped))
        {
            throw TrustProblems.NoIssuer.Exception("the keys of this authority are not wrapped to this node", "run the command against a node with the role `issuer`");
        }

        using ClusterCa opened = OpenAuthority(wrapped, authority.Id);
        byte[][] said = [authority.Root, authority.Nodes, authority.Users, .. authority.Chain];
        byte[][] held = [opened.Root.RawData, opened.Nodes.RawData, opened.Users.RawData, .. opened.Chain.Select(static c => c.RawData)];
        if (opened.Id != authority.Id || !said.Select(Convert.ToHexString).SequenceEqual(held.Select(Convert.ToHexString), StringComparer.Ordinal))
        {
            throw CertificateProblems.AuthorityKeyMismatch.Exception("the wrapped keys are those of another authority than the certificates beside them");
        }

        AuthorityChecks.Ensure(
            new AuthorityMaterial(opened.Root, opened.Chain, opened.Nodes, opened.Users), ClusterId, names, now);
    }

    private static void EnsureIssuer(ClusterCa ca)
    {
        if (!ca.CanIssue)
        {
            throw TrustProblems.NoIssuer.Exception("this node does not hold the CA's keys", "ask a node with the role `issuer`");
        }
    }

    private ClusterCa OpenAuthority(byte[] wrapped, string id)
    {
        byte[] opened = _key.Unwrap("ca/" + ClusterId, wrapped, "authority " + id);
        try
        {
            return ClusterCa.Import(ClusterId, opened);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(opened);
        }
    }
}

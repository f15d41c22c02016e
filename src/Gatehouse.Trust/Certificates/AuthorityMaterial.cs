using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Gatehouse.Membership;
using Gatehouse.Trust.Authorities;
using Gatehouse.Trust.Sealing;

namespace Gatehouse.Trust.Certificates;

/// <summary>A whole hierarchy with the keys of its two intermediates, before it is wrapped to the cluster's issuers.</summary>
public sealed class AuthorityMaterial : IDisposable
{
    internal AuthorityMaterial(X509Certificate2 root, ImmutableArray<X509Certificate2> chain, X509Certificate2 nodes, X509Certificate2 users)
    {
        Root = root;
        Chain = chain;
        Nodes = nodes;
        Users = users;
    }

    /// <summary>The root, without its key: an operator's own root key is used once at most, and never kept.</summary>
    public X509Certificate2 Root { get; }

    /// <summary>What stands between the root and the two, from below upwards; without keys.</summary>
    public ImmutableArray<X509Certificate2> Chain { get; }

    /// <summary>The intermediate <c>nodes</c>, with its key.</summary>
    public X509Certificate2 Nodes { get; }

    /// <summary>The intermediate <c>users</c>, with its key.</summary>
    public X509Certificate2 Users { get; }

    /// <summary>First 16 lower-case hex digits of the root's SHA-256.</summary>
    public string Id => Convert.ToHexStringLower(SHA256.HashData(Root.RawDataMemory.Span))[..16];

    /// <summary>As the cluster state has it: accepted and not yet used, its keys wrapped to the issuers given.</summary>
    /// <param name="clusterId">The cluster.</param>
    /// <param name="issuers">Node ids and their keys to wrap to (SubjectPublicKeyInfo).</param>
    /// <param name="now">The moment.</param>
    public AuthorityDocument ToDocument(string clusterId, IEnumerable<(string Id, byte[] WrapKey)> issuers, DateTimeOffset now)
    {
        byte[] content = ClusterCa.ExportExternal(Root, Nodes, Users, Chain);
        try
        {
            return new AuthorityDocument
            {
                Id = Id,
                Phase = TrustPhase.Next,
                Root = Root.RawData,
                Nodes = Nodes.RawData,
                Users = Users.RawData,
                Chain = [.. Chain.Select(static c => c.RawData)],
                Keys = issuers.ToImmutableSortedDictionary(
                    static issuer => issuer.Id, issuer => KeyWrap.Wrap(issuer.WrapKey, "ca/" + clusterId, content), StringComparer.Ordinal),
                Created = now,
                External = true,
            };
        }
        finally
        {
            CryptographicOperations.ZeroMemory(content);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Root.Dispose();
        Nodes.Dispose();
        Users.Dispose();
        foreach (X509Certificate2 certificate in Chain)
        {
            certificate.Dispose();
        }
    }
}

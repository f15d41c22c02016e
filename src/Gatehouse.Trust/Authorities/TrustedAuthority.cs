using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Gatehouse.Membership;

namespace Gatehouse.Trust.Authorities;

/// <summary>An authority that is accepted.</summary>
public sealed record TrustedAuthority
{
    /// <summary>First 16 lower-case hex digits of the SHA-256 of the root.</summary>
    public required string Id { get; init; }

    /// <summary>How far it is in its life.</summary>
    public required TrustPhase Phase { get; init; }

    /// <summary>The root.</summary>
    public required X509Certificate2 Root { get; init; }

    /// <summary>Signs nodes and servers.</summary>
    public required X509Certificate2 Nodes { get; init; }

    /// <summary>Signs clients.</summary>
    public required X509Certificate2 Users { get; init; }

    /// <summary>Between the root and the two.</summary>
    public ImmutableArray<X509Certificate2> Chain { get; init; } = [];

    /// <summary>Root, intermediates, and what lies between.</summary>
    public IEnumerable<X509Certificate2> All => new[] { Root, Nodes, Users }.Concat(Chain);

    /// <summary>SHA-256 of the root certificate (DER), 64 lower-case hex digits.</summary>
    public string Fingerprint => Convert.ToHexStringLower(SHA256.HashData(Root.RawData));

    /// <summary>Reads a document.</summary>
    /// <exception cref="CryptographicException">A certificate cannot be read.</exception>
    public static TrustedAuthority Of(AuthorityDocument document) => new()
    {
        Id = document.Id,
        Phase = document.Phase,
        Root = X509CertificateLoader.LoadCertificate(document.Root),
        Nodes = X509CertificateLoader.LoadCertificate(document.Nodes),
        Users = X509CertificateLoader.LoadCertificate(document.Users),
        Chain = [.. document.Chain.Select(static c => X509CertificateLoader.LoadCertificate(c))],
    };

    /// <summary>Whether a certificate was signed by the intermediate <c>nodes</c>, whatever its dates.</summary>
    public bool SignedNode(X509Certificate2 leaf) => ClusterCa.IsSigned(leaf, Nodes, Root, Chain);
}

using System.Collections.Immutable;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Gatehouse.Engine.Certificates;

namespace Gatehouse.Engine.Mesh.Tunnels;

/// <summary>Who is at the other end of a tunnel, as its certificate proved.</summary>
/// <param name="Name">The node's name.</param>
/// <param name="KeyHash">SHA-256 of its public key, 64 hex digits.</param>
/// <param name="Authority">SHA-256 of the intermediate that signed, hex.</param>
/// <param name="LeafHash">SHA-256 of the certificate (DER).</param>
internal sealed record PeerIdentity(string Name, string KeyHash, string Authority, ReadOnlyMemory<byte> LeafHash);

/// <summary>
/// Verifies the certificate of one handshake against one view: chain through exactly an accepted <c>nodes</c> intermediate, usage,
/// the URI of a node that is in the cluster, its pinned key, not revoked. Runs on resumed handshakes, too.
/// </summary>
/// <param name="view">What is decided on.</param>
/// <param name="isCaller">Whether the other side called (else: is called).</param>
/// <param name="expected">The node that must be there, null: any of the cluster.</param>
internal sealed class PeerCheck(MeshView view, bool isCaller, string? expected)
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    /// <summary>Who it is; null before and where it was refused.</summary>
    public PeerIdentity? Identity { get; private set; }

    /// <summary>Why it was refused, frozen words; null before and where it was not.</summary>
    public string? Reason { get; private set; }

    /// <summary>More about it, for people.</summary>
    public string? Detail { get; private set; }

    /// <summary>How chains are built: from what the view accepts and nothing else.</summary>
    public static X509ChainPolicy MakePolicy(MeshView view, DateTimeOffset now)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
            VerificationFlags = X509VerificationFlags.NoFlag,
            VerificationTime = now.UtcDateTime,
            VerificationTimeIgnored = false,
        };
        foreach (MeshAuthority authority in view.Authorities)
        {
            policy.CustomTrustStore.Add(authority.Root);
            policy.ExtraStore.Add(authority.Nodes);
            foreach (X509Certificate2 link in authority.Chain)
            {
                policy.ExtraStore.Add(link);
            }
        }

        return policy;
    }

    /// <summary>The callback of <see cref="SslStream"/>.</summary>
    public bool Validate(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (certificate is not X509Certificate2 leaf || chain is null)
        {
            return Refuse(MeshReasons.CertificateMissing, null);
        }

        if ((errors & ~SslPolicyErrors.RemoteCertificateNameMismatch) != SslPolicyErrors.None)
        {
            return Refuse(MeshReasons.CertificateRefused, Describe(chain));
        }

        if (FindAuthority(chain) is not { } authority)
        {
            return Refuse(MeshReasons.CertificateRefused, "it is not signed by an authority for nodes");
        }

        return IsEndEntity(leaf)
            ? IsNode(leaf, authority)
            : Refuse(MeshReasons.CertificateRefused, isCaller ? "it is not for clients" : "it is not for servers");
    }

    private bool IsNode(X509Certificate2 leaf, MeshAuthority authority)
    {
        string prefix = $"spiffe://{view.ClusterId}/node/";
        if (!AlternativeNames.TryRead(leaf, AlternativeNameKind.Uri, out ImmutableArray<string> uris) || uris is not [{ } uri]
            || !uri.StartsWith(prefix, StringComparison.Ordinal))
        {
            return Refuse(MeshReasons.CertificateRefused, "it does not name one node of this cluster");
        }

        string name = uri[prefix.Length..];
        if (expected is not null && !string.Equals(name, expected, StringComparison.Ordinal))
        {
            return Refuse(MeshReasons.CertificateRefused, "it names another node");
        }

        // First: a node that was revoked is no member any more either, and its key in somebody's hands is the worse news.
        string key = Convert.ToHexStringLower(SHA256.HashData(leaf.PublicKey.ExportSubjectPublicKeyInfo()));
        if (view.RevokedKeys.Contains(key))
        {
            return Refuse(MeshReasons.KeyRevoked, name);
        }

        if (view.Find(name) is not { } peer)
        {
            return Refuse(MeshReasons.UnknownNode, name);
        }

        if (!string.Equals(key, peer.KeyHash, StringComparison.Ordinal))
        {
            return Refuse(MeshReasons.KeyNotPinned, name);
        }

        Identity = new PeerIdentity(name, key, authority.NodesHash, SHA256.HashData(leaf.RawData));
        return true;
    }

    private MeshAuthority? FindAuthority(X509Chain chain)
    {
        if (chain.ChainElements.Count < 3)
        {
            return null;
        }

        ReadOnlySpan<byte> issuer = chain.ChainElements[1].Certificate.RawDataMemory.Span;
        ReadOnlySpan<byte> root = chain.ChainElements[^1].Certificate.RawDataMemory.Span;
        foreach (MeshAuthority authority in view.Authorities)
        {
            if (issuer.SequenceEqual(authority.Nodes.RawDataMemory.Span) && root.SequenceEqual(authority.Root.RawDataMemory.Span))
            {
                return authority;
            }
        }

        return null;
    }

    // A certificate without the extension would be good for anything (RFC 5280 section 4.2.1.12).
    private bool IsEndEntity(X509Certificate2 leaf)
    {
        string wanted = isCaller ? ClientAuthentication : ServerAuthentication;
        bool isWanted = false;
        foreach (X509Extension extension in leaf.Extensions)
        {
            if (extension is X509BasicConstraintsExtension { CertificateAuthority: true })
            {
                return false;
            }

            if (extension is X509EnhancedKeyUsageExtension usage)
            {
                foreach (Oid oid in usage.EnhancedKeyUsages)
                {
                    isWanted |= string.Equals(oid.Value, wanted, StringComparison.Ordinal);
                }
            }
        }

        return isWanted;
    }

    private bool Refuse(string reason, string? detail)
    {
        Reason = reason;
        Detail = detail;
        return false;
    }

    private static string Describe(X509Chain chain) =>
        string.Join(", ", chain.ChainStatus.Select(static status => status.Status.ToString()).Distinct(StringComparer.Ordinal));
}

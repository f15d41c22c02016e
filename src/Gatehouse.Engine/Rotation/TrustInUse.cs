using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Gatehouse.Engine.Mesh;
using Gatehouse.Membership;
using Gatehouse.Membership.Rotations;
using Gatehouse.Problems;
using Gatehouse.Trust.Authorities;
using Gatehouse.Trust.Nodes;

namespace Gatehouse.Engine.Rotation;

/// <summary>What the next handshake of this node shows and accepts: not what it has been told, but what is in force.</summary>
/// <param name="trust">What the node holds.</param>
/// <param name="mesh">What the mesh decides on; null: there is no mesh.</param>
/// <param name="server">The certificate that gates and the admin API show.</param>
internal sealed class TrustInUse(NodeTrust trust, IMeshState? mesh, Func<SslStreamCertificateContext> server)
{
    private const string Nobody = "none";

    /// <summary>What is held of one kind.</summary>
    /// <param name="kind">The kind.</param>
    /// <param name="known">The cluster state; it names the data keys.</param>
    public Holding Of(string kind, MembershipDocument known) => kind switch
    {
        RotationKinds.Ca => Authorities(),
        RotationKinds.Secret => new Holding(
            trust.View.Secrets.Select(static s => RotationMaterial.FingerprintOfSecret(s.Span)), [RotationMaterial.FingerprintOfSecret(trust.View.Secrets[0].Span)]),
        _ => new Holding(
            known.DataKeys.Select(static k => k.Id).Where(trust.Sealer.Knows).Select(RotationMaterial.FingerprintOfDataKey),
            [RotationMaterial.FingerprintOfDataKey(trust.Sealer.KeyId)]),
    };

    /// <summary>Whether listeners and mesh have taken over what the node holds.</summary>
    public bool IsInForce()
    {
        if (!Same(server().TargetCertificate, trust.Server.Certificate))
        {
            return false;
        }

        if (mesh?.Current is not { } view)
        {
            return true;
        }

        TrustView accepted = trust.View;
        return Same(view.Certificate.TargetCertificate, trust.Mesh.Certificate)
            && view.Secrets.Length == accepted.Secrets.Length
            && view.Secrets.Zip(accepted.Secrets).All(static pair => CryptographicOperations.FixedTimeEquals(pair.First.Span, pair.Second.Span))
            && view.Authorities.Length == accepted.Authorities.Length
            && view.Authorities.Zip(accepted.Authorities).All(static pair => Same(pair.First.Root, pair.Second.Root) && Same(pair.First.Nodes, pair.Second.Nodes));
    }

    /// <summary>Whether this node could issue with an authority; tried, not believed.</summary>
    public bool CanIssueWith(AuthorityDocument authority)
    {
        if (!authority.Keys.TryGetValue(trust.NodeId, out byte[]? wrapped))
        {
            return false;
        }

        try
        {
            CryptographicOperations.ZeroMemory(trust.Unwrap("ca/" + trust.ClusterId, wrapped, "authority " + authority.Id));
            return true;
        }
        catch (ProblemException)
        {
            return false;
        }
    }

    private Holding Authorities()
    {
        TrustView view = trust.View;
        return new Holding(view.Authorities.Select(FingerprintOf), [SignerOf(view, trust.Mesh.Certificate), SignerOf(view, trust.Server.Certificate)]);
    }

    private static string SignerOf(TrustView view, X509Certificate2 leaf) =>
        view.Authorities.FirstOrDefault(authority => authority.SignedNode(leaf)) is { } signer ? FingerprintOf(signer) : Nobody;

    private static string FingerprintOf(TrustedAuthority authority) =>
        RotationMaterial.FingerprintOfAuthority(authority.Root.RawData, authority.Nodes.RawData, authority.Users.RawData);

    private static bool Same(X509Certificate2 one, X509Certificate2 other) => one.RawDataMemory.Span.SequenceEqual(other.RawDataMemory.Span);
}

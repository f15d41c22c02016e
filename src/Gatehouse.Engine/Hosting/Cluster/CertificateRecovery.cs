using System.Collections.Immutable;
using System.Security.Cryptography.X509Certificates;
using Gatehouse.Administration;
using Gatehouse.Audit;
using Gatehouse.Engine.Auditing;
using Gatehouse.Engine.Auditing.Outputs;
using Gatehouse.Engine.Connections;
using Gatehouse.Engine.Store;
using Gatehouse.Identity;
using Gatehouse.Membership;
using Gatehouse.Problems;
using Gatehouse.Problems.Cluster;
using Gatehouse.Trust.Nodes;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gatehouse.Engine.Hosting.Cluster;

/// <summary>
/// Brings certificates back with the daemon down: where the authority itself has expired, an issuer puts a new one in its place in
/// the cluster state; its own certificates are made anew in any case. Nothing else of the state is touched, and other nodes follow
/// it as they follow every change: they need the store for that, and no certificate.
/// </summary>
internal static class CertificateRecovery
{
    /// <summary>Does it.</summary>
    /// <exception cref="ProblemException">GH3311, GH2030, GH2031, or the folder is in use or cannot be read.</exception>
    public static async Task<CertificatesRecovered> RunAsync(NodeOptions options, CancellationToken cancellation)
    {
        await using OfflineNode node = await OfflineNode.OpenAsync(options, cancellation);
        Generation current = await node.Store.ReadCurrentAsync(cancellation)
            ?? throw RotationProblems.NotRecovered.Exception("the store holds no state", "put the store back from a backup first");
        NodeTrust trust = node.Trust;

        // An old state would bring back authorities that were retired for a reason.
        var last = new LastGenerationCache(options.DataDirectory, trust.HighestSeenPath, trust.ClusterId, trust.Sealer, trust.NodeSealer);
        if (last.WhyNot(current, out _) is { } refusal)
        {
            throw new ProblemException(refusal);
        }

        trust.Adopt(current.Document.Membership);
        if (!trust.IsIssuer)
        {
            throw RotationProblems.NotRecovered.Exception(
                $"node `{trust.NodeName}` does not hold the CA's keys",
                $"start it: it asks an issuer for certificates through the store. If it cannot, join it again: gatehouse token create --node {trust.NodeName} --replace on an issuer");
        }

        DateTimeOffset now = options.Time.GetUtcNow();
        bool isExpired = CertificateHealth.WhyNot(trust.Root, now) is not null || CertificateHealth.WhyNot(trust.NodesCa, now) is not null
            || CertificateHealth.WhyNot(trust.UsersCa, now) is not null;
        string? before = isExpired ? trust.CaFingerprint : null;
        MembershipDocument membership = current.Document.Membership;
        if (isExpired)
        {
            AuthorityDocument made = trust.NewAuthority(membership.Nodes.Values.Where(static n => n.IsIssuer), now) with { Phase = TrustPhase.Active };
            membership = membership with
            {
                Authorities = [.. membership.Authorities.Where(a => IsUsable(a, now)).Select(static a => a with { Phase = TrustPhase.Old }), made],
                Rotation = membership.Rotation?.Kind == Gatehouse.Membership.Rotations.RotationKinds.Ca ? null : membership.Rotation,
            };
            await CommitAsync(options, node, current, current.Document with { Membership = membership }, made.Id, cancellation);
            trust.Adopt(membership);
        }

        foreach (LeafKind kind in (ReadOnlySpan<LeafKind>)[LeafKind.Mesh, LeafKind.Server])
        {
            trust.RenewLeaf(kind, node.Written.Tls.Names, now);
        }

        return new CertificatesRecovered(
            before,
            trust.CaFingerprint,
            new DateTimeOffset(trust.Server.Certificate.NotAfter.ToUniversalTime()),
            [.. membership.Nodes.Keys.Where(name => name != trust.NodeName)]);
    }

    private static bool IsUsable(AuthorityDocument authority, DateTimeOffset now)
    {
        using X509Certificate2 root = X509CertificateLoader.LoadCertificate(authority.Root);
        using X509Certificate2 nodes = X509CertificateLoader.LoadCertificate(authority.Nodes);
        return CertificateHealth.WhyNot(root, now) is null && CertificateHealth.WhyNot(nodes, now) is null;
    }

    // Recorded durably before it is in the store: a change that cannot be recorded is not made.
    private static async Task CommitAsync(
        NodeOptions options, OfflineNode node, Generation current, ClusterDocument next, string authority, CancellationToken cancellation)
    {
        IAuditAnchor anchor = NodeTrail.AnchorOf(node.Store, node.Trust);
        var keepsAll = new AuditDelivery { KeepFrom = "" };
        await using FileAuditTrail trail = await NodeTrail.OpenAsync(
            node.Written, node.Trust, NodeTrail.FolderOf(node.Written, options), anchor, keepsAll, options.Time, NullLogger.Instance, cancellation);
        DateTimeOffset now = options.Time.GetUtcNow();
        string message = $"the CA has expired: authority {authority} put in its place with the daemon down";
        trail.Write(new AuditEvent
        {
            Action = AuditAction.SecurityConfigChange,
            Outcome = AuditOutcome.Success,
            Time = now,
            User = LocalUsers.NameOf(LocalUsers.Own),
            Realm = RealmNames.Kernel,
            Target = "ca/" + authority,
            Generation = current.Number + 1,
            Message = message,
        });
        if (!await trail.FlushAsync(CancellationToken.None))
        {
            throw StateProblems.ChangeNotRecorded.Exception("nothing was changed: the audit trail takes no record");
        }

        var note = new ChangeNote($"{RealmNames.Kernel}/{LocalUsers.NameOf(LocalUsers.Own)}", message, now);
        CommitResult result = await node.Store.TryCommitAsync(current.Number, next, note, CancellationToken.None);
        if (!result.IsCommitted)
        {
            throw RotationProblems.NotRecovered.Exception("another node changed the cluster state at this moment", "run it again");
        }
    }
}

/// <summary>What came of it.</summary>
/// <param name="Before">SHA-256 of the root that had expired; null: the CA is good.</param>
/// <param name="Now">SHA-256 of the root in use.</param>
/// <param name="Expires">When the node's own server certificate ends.</param>
/// <param name="Others">The other nodes.</param>
internal sealed record CertificatesRecovered(string? Before, string Now, DateTimeOffset Expires, ImmutableArray<string> Others);

using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Gatehouse.Administration;
using Gatehouse.Administration.Cluster;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Membership;
using Gatehouse.Problems;
using Gatehouse.Problems.Cluster;
using Gatehouse.Trust.Certificates;
using Gatehouse.Trust.Nodes;

namespace Gatehouse.Engine.Issuing;

/// <summary>Shows the cluster's authorities and takes up one that the operator brings; it comes into force by the rotation of the CA.</summary>
internal sealed class AuthorityDesk(NodeTrust trust, IStateChanges changes, TimeProvider time)
{
    /// <summary>Authorities, issuers, and names that certificates must be able to carry.</summary>
    public AuthorityListResponse List(ClusterDocument document) => new()
    {
        Cluster = trust.ClusterId,
        Authorities = [.. document.Membership.Authorities.Select(View)],
        Issuers = [.. IssuersOf(document).Select(static node => new IssuerView { Id = node.Id, Name = node.Name, WrapKey = node.WrapKey })],
        Names = [.. NamesOf()],
    };

    /// <summary>Adds an authority with <see cref="TrustPhase.Next"/>, after it was tried out here.</summary>
    /// <exception cref="ProblemException">GH3021, GH3042, GH3110 to GH3112, and those of a change.</exception>
    public async ValueTask<AuthorityListResponse> ImportAsync(string actor, AuthorityImportRequest body, CancellationToken cancellation)
    {
        DateTimeOffset now = time.GetUtcNow();
        var brought = new AuthorityDocument
        {
            Id = Convert.ToHexStringLower(SHA256.HashData(body.Root))[..16],
            Phase = TrustPhase.Next,
            Root = body.Root,
            Nodes = body.Nodes,
            Users = body.Users,
            Chain = [.. body.Chain],
            Keys = body.Keys.ToImmutableSortedDictionary(StringComparer.Ordinal),
            Created = now,
            External = true,
        };
        trust.EnsureUsable(brought, [.. NamesOf()], now);
        ChangeOutcome outcome = await changes.ChangeAsync(
            actor, $"bring authority {brought.Id}, to come into force by a rotation", document => Add(document, brought), cancellation);
        return outcome.Succeeded ? List(changes.Current) : throw new ProblemException(outcome.Problems[0]);
    }

    private static ChangeDecision Add(ClusterDocument document, AuthorityDocument brought)
    {
        MembershipDocument membership = document.Membership;
        if (membership.Rotation is not null || membership.Authorities.Any(static one => one.Phase == TrustPhase.Next))
        {
            return ChangeDecision.Refuse(CertificateProblems.AuthorityPending.Because(
                "another authority is on its way into force, or a rotation is", hint: "gatehouse ca status shows it"));
        }

        if (membership.Authorities.Any(one => one.Id == brought.Id))
        {
            return ChangeDecision.Refuse(CertificateProblems.AuthorityPending.Because($"authority `{brought.Id}` is in the cluster already"));
        }

        NodeDocument? without = IssuersOf(document).FirstOrDefault(node => !brought.Keys.ContainsKey(node.Id));
        return without is not null
            ? ChangeDecision.Refuse(CertificateProblems.AuthorityKeyMismatch.Because(
                $"the keys are not wrapped to issuer `{without.Name}`", hint: "run the command again: a node became an issuer in between"))
            : ChangeDecision.To(document with { Membership = membership with { Authorities = membership.Authorities.Add(brought) } });
    }

    private static IEnumerable<NodeDocument> IssuersOf(ClusterDocument document) =>
        document.Membership.Nodes.Values.Where(static node => node.IsIssuer);

    // The names of this node's certificate stand for those of the others.
    private IEnumerable<string> NamesOf() => CertificateFacts.Of(trust.Server.Certificate, time.GetUtcNow()).Names;

    private static AuthorityView View(AuthorityDocument authority)
    {
        X509Certificate2[] all = [.. new[] { authority.Root, authority.Nodes, authority.Users }.Concat(authority.Chain).Select(static der => X509CertificateLoader.LoadCertificate(der))];
        CertificateFacts[] facts = [.. all.Select(static one => CertificateFacts.Of(one, DateTimeOffset.UnixEpoch))];
        return new AuthorityView
        {
            Id = authority.Id,
            Phase = authority.Phase switch { TrustPhase.Next => "next", TrustPhase.Active => "active", _ => "old" },
            External = authority.External,
            Subject = facts[0].Subject,
            Fingerprint = facts[0].Fingerprint,
            NotAfter = facts.Min(static one => one.NotAfter),
            Created = authority.Created,
            Pem = string.Concat(all.Select(static one => one.ExportCertificatePem() + "\n")),
        };
    }
}

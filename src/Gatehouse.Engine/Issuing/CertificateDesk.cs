using System.Collections.Immutable;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Gatehouse.Administration;
using Gatehouse.Administration.Cluster;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Membership;
using Gatehouse.Problems;
using Gatehouse.Problems.Cluster;
using Gatehouse.Trust.Certificates;
using Gatehouse.Trust.Nodes;

namespace Gatehouse.Engine.Issuing;

/// <summary>Issues and renews certificates over keys that it never sees, and records each in the cluster state.</summary>
internal sealed class CertificateDesk(NodeTrust trust, IStateChanges changes, TimeProvider time)
{
    // What ended that long ago is listed no more.
    private static readonly TimeSpan Memory = TimeSpan.FromDays(30);

    /// <summary>Issues a certificate as ordered. Nothing but the key is taken from the request.</summary>
    /// <param name="actor">Who: <c>realm/name</c>.</param>
    /// <param name="body">What.</param>
    /// <param name="cancellation">Ends waiting.</param>
    /// <exception cref="ProblemException">GH3040 to GH3042, GH3100 to GH3109, and those of a change.</exception>
    public async ValueTask<CertificateIssued> IssueAsync(string actor, CertificateRequestBody body, CancellationToken cancellation)
    {
        SigningRequest request = SigningRequest.Read(Encoding.UTF8.GetBytes(body.Request));
        CertificateOrder order = OrderOf(body, request, changes.Current);
        return await IssueAsync(actor, order, request, "issue", cancellation);
    }

    /// <summary>Issues a certificate like one issued before.</summary>
    /// <exception cref="ProblemException">GH3107, and as <see cref="IssueAsync(string, CertificateRequestBody, CancellationToken)"/>.</exception>
    public async ValueTask<CertificateIssued> RenewAsync(string actor, string serial, CertificateRenewBody body, CancellationToken cancellation)
    {
        CertificateDocument before = Find(changes.Current, serial) ?? throw Unknown(serial);
        SigningRequest request = SigningRequest.Read(Encoding.UTF8.GetBytes(body.Request));
        CertificateOrder order = OrderOf(BodyOf(before, body), request, changes.Current) with { CommonName = before.Subject };
        return await IssueAsync(actor, order, request, $"renew {before.Serial} as", cancellation);
    }

    /// <summary>What a renewal asks for: the old one's profile and names.</summary>
    public static CertificateRequestBody BodyOf(CertificateDocument before, CertificateRenewBody body) => new()
    {
        Profile = before.Profile,
        Request = body.Request,
        User = before.Profile is CertificateProfile.Client or CertificateProfile.Node && before.Subject.Length > 0 ? before.Subject : null,
        Names = [.. before.Names.Where(static name => !name.Contains("://", StringComparison.Ordinal))],
        Days = body.Days,
    };

    /// <summary>The certificate of a serial number, however it is written; null where the cluster did not issue it.</summary>
    public static CertificateDocument? Find(ClusterDocument document, string serial) => document.Certificates.GetValueOrDefault(SerialOf(serial));

    /// <summary>A serial number in its one form.</summary>
    public static string SerialOf(string text) => text.Replace(":", "", StringComparison.Ordinal).ToLowerInvariant();

    /// <summary>All that were issued, those that end first first, and all that is revoked.</summary>
    public static CertificateListResponse List(ClusterDocument document, DateTimeOffset now) => new()
    {
        Certificates = [.. document.Certificates.Values.OrderBy(static one => one.NotAfter).ThenBy(static one => one.Serial, StringComparer.Ordinal).Select(one => View(one, document, now))],
        Revocations = [.. document.Revocations.Values.OrderBy(static one => one.Time).ThenBy(static one => one.KeyHash, StringComparer.Ordinal).Select(View)],
    };

    /// <summary>A revocation for people.</summary>
    public static RevocationView View(RevocationDocument revocation) => new()
    {
        KeyHash = revocation.KeyHash,
        Serial = revocation.Serial,
        Subject = revocation.Subject,
        Reason = revocation.Reason,
        Time = revocation.Time,
        By = revocation.By,
    };

    /// <summary>There is none.</summary>
    public static ProblemException Unknown(string serial) => CertificateProblems.NoSuchCertificate.Exception(
        $"the cluster has issued no certificate `{SigningRequest.Plain(serial)}`", "gatehouse cert list shows them; a file is named with its path");

    private static CertificateEntry View(CertificateDocument certificate, ClusterDocument document, DateTimeOffset now)
    {
        RevocationDocument? revoked = document.Revocations.GetValueOrDefault(certificate.KeyHash);
        DateTimeOffset renew = certificate.NotBefore + ((certificate.NotAfter - certificate.NotBefore) * 2 / 3);
        return new CertificateEntry
        {
            Serial = certificate.Serial,
            Profile = certificate.Profile,
            Subject = certificate.Subject,
            Names = certificate.Names,
            KeyHash = certificate.KeyHash,
            NotBefore = certificate.NotBefore,
            NotAfter = certificate.NotAfter,
            IssuedBy = certificate.IssuedBy,
            Authority = certificate.Authority,
            State = revoked is not null ? "revoked" : now > certificate.NotAfter ? "expired" : now > renew ? "renew" : "good",
            Reason = revoked?.Reason,
        };
    }

    private async ValueTask<CertificateIssued> IssueAsync(
        string actor, CertificateOrder order, SigningRequest request, string verb, CancellationToken cancellation)
    {
        DateTimeOffset now = time.GetUtcNow();
        using X509Certificate2 leaf = trust.IssueLeaf(order, request.Key, now);
        CertificateFacts facts = CertificateFacts.Of(leaf, now);
        CertificateDocument record = new()
        {
            Serial = facts.Serial,
            Profile = order.Profile.Name,
            Subject = order.CommonName,
            Names = order.Uri is null ? order.Names : [order.Uri],
            KeyHash = facts.KeyHash,
            NotBefore = facts.NotBefore,
            NotAfter = facts.NotAfter,
            IssuedBy = actor,
            Authority = trust.AuthorityId,
            Node = order.Profile.Name == CertificateProfile.Node ? order.CommonName : null,
        };

        // It exists for others only when it is on record: handed out after the commit.
        ChangeOutcome outcome = await changes.ChangeAsync(
            actor,
            $"{verb} certificate {record.Serial}, profile {record.Profile}, for {NameOf(record)}, until {record.NotAfter:yyyy-MM-dd}",
            document => document.Revocations.ContainsKey(record.KeyHash)
                ? ChangeDecision.Refuse(Revoked(document, record.KeyHash))
                : ChangeDecision.To(document with { Certificates = Forget(document.Certificates, now).SetItem(record.Serial, record) }),
            cancellation);
        if (!outcome.Succeeded)
        {
            throw new ProblemException(outcome.Problems[0]);
        }

        return new CertificateIssued
        {
            Generation = outcome.Generation,
            Certificate = View(record, changes.Current, now),
            Pem = leaf.ExportCertificatePem() + "\n",
            Chain = string.Concat(trust.ChainOf(order.Profile).Select(static above => above.ExportCertificatePem() + "\n")),
            Root = trust.Root.ExportCertificatePem() + "\n",
            LoadedOnce = order.Profile.IsLoadedOnce,
        };
    }

    private static string NameOf(CertificateDocument record) =>
        record.Subject.Length > 0 ? record.Subject : record.Names.FirstOrDefault() ?? "nobody";

    private static ImmutableSortedDictionary<string, CertificateDocument> Forget(ImmutableSortedDictionary<string, CertificateDocument> known, DateTimeOffset now) =>
        known.RemoveRange(known.Values.Where(one => one.NotAfter + Memory < now).Select(static one => one.Serial).ToArray());

    private CertificateOrder OrderOf(CertificateRequestBody body, SigningRequest request, ClusterDocument document)
    {
        CertificateProfile profile = CertificateProfile.Find(body.Profile)
            ?? throw CertificateProblems.PropertiesInvalid.Exception(
                $"there is no certificate profile `{SigningRequest.Plain(body.Profile)}`", $"one of {CertificateProfile.Words}");
        if (document.Revocations.ContainsKey(request.Facts.Hash))
        {
            throw new ProblemException(Revoked(document, request.Facts.Hash));
        }

        ImmutableArray<string> names = LeafIssuer.NamesOf(body.Names);
        string? uri = null;
        if (profile.Name == CertificateProfile.Node)
        {
            uri = UriOf(body.User, request.Facts.Hash, document);
            names = [];
        }

        var order = new CertificateOrder
        {
            Profile = profile,
            CommonName = CommonNameOf(profile, body.User, names),
            Names = names,
            Uri = uri,
            Days = body.Days ?? profile.DefaultDays,
        };
        return LeafIssuer.Check(order, request.Facts) is { } problem ? throw new ProblemException(problem) : order;
    }

    // A node's certificate is worth a member's place in the mesh: only for members, and only over the key that is pinned.
    private string UriOf(string? node, string keyHash, ClusterDocument document) =>
        node is not null && document.Membership.Nodes.TryGetValue(node, out NodeDocument? member) && member.MeshKey == keyHash
            ? $"spiffe://{trust.ClusterId}/node/{member.Name}"
            : throw CertificateProblems.NodeByJoining.Exception(
                "the request is not over the key of a member of this cluster", "gatehouse token create --node NAME, then gatehouse join there");

    private static string CommonNameOf(CertificateProfile profile, string? user, ImmutableArray<string> names)
    {
        if (profile.Name is CertificateProfile.Client or CertificateProfile.Node)
        {
            if (user is not null)
            {
                CertificateOrder.EnsureUser(user);
                return names.IsEmpty
                    ? user
                    : throw CertificateProblems.PropertiesInvalid.Exception(
                        "a client certificate has the name of a user, or names and no user", "leave --name out; without --user the certificate has no common name");
            }

            return "";
        }

        return user is null
            ? names.FirstOrDefault(static name => name.Length <= CertificateOrder.MostCommonName) ?? ""
            : throw CertificateProblems.PropertiesInvalid.Exception($"a certificate of profile `{profile.Name}` is no user's", "--user goes with --profile client");
    }

    private static Problem Revoked(ClusterDocument document, string keyHash) => CertificateProblems.KeyRevoked.Because(
        $"the key in this request was revoked ({document.Revocations[keyHash].Reason})", hint: "make a new key: --new-key");
}

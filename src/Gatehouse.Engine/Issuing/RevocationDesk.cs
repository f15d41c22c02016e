using System.Collections.Immutable;
using Gatehouse.Administration;
using Gatehouse.Administration.Cluster;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Membership;
using Gatehouse.Problems;
using Gatehouse.Problems.Cluster;
using Gatehouse.Trust.Certificates;

namespace Gatehouse.Engine.Issuing;

/// <summary>Revokes public keys. Pure but for the commit; whoever is cut by it is cut by the swap of the snapshot.</summary>
internal sealed class RevocationDesk(IStateChanges changes, TimeProvider time)
{
    private const int HashDigits = 64;
    private const int MostSubject = 256;

    // A revoked key is forgotten when its last certificate has ended for that long.
    private static readonly TimeSpan Memory = TimeSpan.FromDays(30);

    /// <summary>Revokes what is named; what is revoked already stays as it is.</summary>
    /// <exception cref="ProblemException">GH3103, GH3107, and those of a change.</exception>
    public async ValueTask<RevocationResponse> RevokeAsync(string actor, RevocationRequest body, CancellationToken cancellation)
    {
        if (!RevocationReasons.All.Contains(body.Reason, StringComparer.Ordinal))
        {
            throw CertificateProblems.PropertiesInvalid.Exception(
                $"`{SigningRequest.Plain(body.Reason)}` is no reason for a revocation", $"one of {string.Join(", ", RevocationReasons.All)}");
        }

        DateTimeOffset now = time.GetUtcNow();
        ImmutableArray<RevocationDocument> made = [];
        ChangeOutcome outcome = await changes.ChangeAsync(
            actor,
            $"revoke {Describe(body)}: {body.Reason}",
            document =>
            {
                made = [];
                ImmutableArray<RevocationDocument> wanted = Find(document, body, actor, now, out Problem? problem);
                if (problem is not null)
                {
                    return ChangeDecision.Refuse(problem);
                }

                made = [.. wanted.Where(one => !document.Revocations.ContainsKey(one.KeyHash))];
                return made.IsEmpty
                    ? default
                    : ChangeDecision.To(document with { Revocations = Forget(document.Revocations, now).AddRange(made.Select(static one => KeyValuePair.Create(one.KeyHash, one))) });
            },
            cancellation);
        return outcome.Succeeded
            ? new RevocationResponse { Generation = outcome.Generation, Revoked = [.. made.Select(CertificateDesk.View)] }
            : throw new ProblemException(outcome.Problems[0]);
    }

    /// <summary>Serial numbers that stand on a list of one intermediate.</summary>
    /// <param name="document">The cluster state.</param>
    /// <param name="authority">Id of the authority.</param>
    /// <param name="isUsers">Of <c>users</c>, else of <c>nodes</c>.</param>
    /// <param name="now">What has ended longer than a day ago is left out (RFC 5280 section 3.3 asks for one list after the end).</param>
    public static ImmutableArray<RevokedSerial> EntriesOf(ClusterDocument document, string authority, bool isUsers, DateTimeOffset now)
    {
        ILookup<string, CertificateDocument> byKey = document.Certificates.Values.ToLookup(static one => one.KeyHash, StringComparer.Ordinal);
        List<RevokedSerial> entries = [];
        foreach (RevocationDocument revocation in document.Revocations.Values)
        {
            CertificateDocument[] known = [.. byKey[revocation.KeyHash]];
            entries.AddRange(known
                .Where(one => one.Authority == authority && (one.Profile == CertificateProfile.Client) == isUsers && one.NotAfter + TimeSpan.FromDays(1) > now)
                .Select(one => new RevokedSerial(one.Serial, revocation.Time, revocation.Reason)));

            // A certificate that is not on record, such as a node's own: which of the two signed it is not known, and numbers are random.
            if (revocation.Serial is { } serial && !known.Any(one => one.Serial == serial) && !(revocation.NotAfter + TimeSpan.FromDays(1) <= now) && IsHex(serial))
            {
                entries.Add(new RevokedSerial(serial, revocation.Time, revocation.Reason));
            }
        }

        return [.. entries.DistinctBy(static entry => entry.Serial).OrderBy(static entry => entry.Serial, StringComparer.Ordinal)];
    }

    private static bool IsHex(string text) => text.Length is > 0 and <= 40 && text.Length % 2 == 0 && text.All(char.IsAsciiHexDigit);

    private static string Describe(RevocationRequest body) =>
        body.Serial is { } serial ? $"certificate {SigningRequest.Plain(serial)}"
        : body.User is { } user ? $"client certificates of {SigningRequest.Plain(user)}"
        : $"key {SigningRequest.Plain(body.KeyHash ?? "")}";

    private static ImmutableSortedDictionary<string, RevocationDocument> Forget(ImmutableSortedDictionary<string, RevocationDocument> known, DateTimeOffset now) =>
        known.RemoveRange(known.Values.Where(one => one.NotAfter + Memory < now).Select(static one => one.KeyHash).ToArray());

    private static ImmutableArray<RevocationDocument> Find(
        ClusterDocument document, RevocationRequest body, string actor, DateTimeOffset now, out Problem? problem)
    {
        problem = null;
        if (new[] { body.Serial, body.User, body.KeyHash }.Count(static one => one is not null) != 1)
        {
            problem = CertificateProblems.PropertiesInvalid.Because("exactly one is revoked: a serial number, the certificates of a user, or a key");
            return [];
        }

        if (body.KeyHash is { } hash)
        {
            return FindKey(document, body, hash, actor, now, out problem);
        }

        CertificateDocument[] found = body.Serial is { } serial
            ? [.. new[] { CertificateDesk.Find(document, serial) }.OfType<CertificateDocument>()]
            : [.. document.Certificates.Values.Where(one => one.Profile == CertificateProfile.Client && one.Subject == body.User && one.NotAfter > now)];
        problem = found.Length > 0 ? null : body.User is { } user
            ? CertificateProblems.NoSuchCertificate.Because($"user `{SigningRequest.Plain(user)}` has no client certificate of this cluster", hint: "gatehouse cert list")
            : CertificateDesk.Unknown(body.Serial ?? "").Problem;
        problem ??= found.Select(one => Reserved(document, one.KeyHash)).FirstOrDefault(static one => one is not null);
        return
        [
            .. found.GroupBy(static one => one.KeyHash, StringComparer.Ordinal).Select(group => new RevocationDocument
            {
                KeyHash = group.Key,
                Serial = group.First().Serial,
                Subject = group.First().Subject is { Length: > 0 } subject ? subject : group.First().Names.FirstOrDefault() ?? "",
                Reason = body.Reason,
                Time = now,
                By = actor,
                NotAfter = document.Certificates.Values.Where(one => one.KeyHash == group.Key).Max(static one => one.NotAfter),
            }),
        ];
    }

    private static ImmutableArray<RevocationDocument> FindKey(
        ClusterDocument document, RevocationRequest body, string hash, string actor, DateTimeOffset now, out Problem? problem)
    {
        if (hash.Length != HashDigits || !hash.All(char.IsAsciiHexDigitLower))
        {
            problem = CertificateProblems.PropertiesInvalid.Because("a key is named by the SHA-256 of its SubjectPublicKeyInfo, 64 lower-case hex digits");
            return [];
        }

        CertificateDocument? known = document.Certificates.Values.FirstOrDefault(one => one.KeyHash == hash);
        problem = Reserved(document, hash);
        string subject = SigningRequest.Plain(body.Subject ?? known?.Subject ?? "");
        return
        [
            new RevocationDocument
            {
                KeyHash = hash,
                Serial = known?.Serial,
                Subject = subject.Length > MostSubject ? subject[..MostSubject] : subject,
                Reason = body.Reason,
                Time = now,
                By = actor,
                NotAfter = known is null ? body.NotAfter : document.Certificates.Values.Where(one => one.KeyHash == hash).Max(static one => one.NotAfter),
            },
        ];
    }

    // To revoke these would cut the cluster itself: there are commands that do it in order.
    private static Problem? Reserved(ClusterDocument document, string hash)
    {
        NodeDocument? node = document.Membership.Nodes.Values.FirstOrDefault(one => one.MeshKey == hash);
        return node is not null
            ? CertificateProblems.PropertiesInvalid.Because($"this is the key of node `{node.Name}`", hint: $"gatehouse node revoke {node.Name}")
            : document.Membership.Authorities.SelectMany(static one => new[] { one.Root, one.Nodes, one.Users }).Any(der => HashOf(der) == hash)
            ? CertificateProblems.PropertiesInvalid.Because("this is the key of the cluster's own CA", hint: "gatehouse ca rotate replaces it")
            : null;
    }

    private static string HashOf(byte[] der)
    {
        using var certificate = System.Security.Cryptography.X509Certificates.X509CertificateLoader.LoadCertificate(der);
        return PublicKeyFacts.HashOf(certificate.PublicKey);
    }
}

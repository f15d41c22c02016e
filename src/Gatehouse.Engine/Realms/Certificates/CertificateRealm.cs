using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Gatehouse.Engine.Certificates;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Identity;
using Microsoft.Extensions.Logging;

namespace Gatehouse.Engine.Realms.Certificates;

/// <summary>
/// Step 4 for client certificates, the realms <c>pki</c>: chain, purpose and time, the realm's own revocation lists, then name
/// and groups out of the certificate's structure. Every refusal has its word in <see cref="CertificateReasons"/>.
/// </summary>
internal sealed class CertificateRealm : IRealm
{
    private const string CommonName = "2.5.4.3";
    private readonly Func<CertificateAuthorities?>? _inherited;
    private readonly RevocationLists _lists;
    private readonly CertificateField _name;
    private readonly CertificateField? _groups;
    private readonly TimeProvider _time;
    private volatile Made? _made;
    private volatile bool _isClosed;

    /// <param name="document">Of kind <see cref="RealmKind.Pki"/>, without problems in <see cref="CertificateSettingsRules"/>.</param>
    /// <param name="inherited">What counts when the settings name no authorities, asked at each login; null: nobody is let in then.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Hears of revocation lists.</param>
    public CertificateRealm(RealmDocument document, Func<CertificateAuthorities?>? inherited, TimeProvider time, ILogger logger)
    {
        if (CertificateSettingsRules.Check(document) is [{ } problem, ..])
        {
            throw problem.Definition.Exception(problem.Text, problem.Hint);
        }

        Document = document;
        CertificateSettings settings = document.Certificate!; // without problems it has them
        _time = time;
        CertificateAuthorities? authorities = settings.Authorities is { } pem ? new CertificateAuthorities(CertificateSettingsRules.ReadAuthorities(pem), []) : inherited?.Invoke();
        _inherited = settings.Authorities is null ? inherited : null;
        _made = MakeCheck(authorities);
        _lists = new RevocationLists(document.Name, settings.Crls.IsDefault ? [] : settings.Crls, authorities?.All ?? [], time, logger);
        _name = CertificateField.Parse(settings.NameFrom)!; // checked above, as the next one
        _groups = settings.GroupsFrom is { } groups ? CertificateField.Parse(groups) : null;
    }

    /// <inheritdoc/>
    public RealmDocument Document { get; }

    /// <summary>Counts up when a revocation list becomes another: what was verified before that must be verified again.</summary>
    public int Epoch => _lists.Epoch;

    /// <inheritdoc/>
    public async ValueTask<RealmAnswer> VerifyAsync(PresentedCredentials presented, IRealmSteps? steps, CancellationToken cancellation)
    {
        if (presented.Certificate is not { } certificate)
        {
            return RealmAnswer.NotMine;
        }

        if (_isClosed || CheckInForce() is not { } check)
        {
            steps?.Add("authorities", false, CertificateReasons.NoAuthorities);
            return new RealmAnswer(RealmVerdict.Unavailable, Reason: CertificateReasons.NoAuthorities);
        }

        await _lists.ReadyAsync(cancellation);

        // Building a chain looks into folders of the system: nothing for a socket thread.
        return await Task.Run(() => Verify(check, certificate, steps), cancellation);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _isClosed = true;
        _lists.Dispose();
    }

    private static Made? MakeCheck(CertificateAuthorities? authorities) => authorities is { Anchors.Count: > 0 } some ? new Made(some, new ChainCheck(some)) : null;

    // A rotation of the cluster's CA changes what is inherited, and no document of this realm.
    private ChainCheck? CheckInForce()
    {
        Made? made = _made;
        if (_inherited?.Invoke() is { } now && !ReferenceEquals(now, made?.Authorities))
        {
            _made = made = MakeCheck(now);
        }

        return made?.Check;
    }

    private static RealmAnswer Refuse(IRealmSteps? steps, string step, string reason)
    {
        steps?.Add(step, false, reason);
        return new RealmAnswer(RealmVerdict.Refused, Reason: reason);
    }

    private RealmAnswer Verify(ChainCheck check, X509Certificate2 certificate, IRealmSteps? steps)
    {
        try
        {
            DateTimeOffset now = _time.GetUtcNow();
            if (check.Check(certificate, now, out X509Certificate2[] path) is { } unfit)
            {
                return Refuse(steps, "chain, purpose and time", unfit);
            }

            // The first to end ends it for all.
            var until = new DateTimeOffset(path.Min(static c => c.NotAfter.ToUniversalTime()));
            steps?.Add("chain, purpose and time", true, $"{path.Length} certificates, until {until:u}");
            ImmutableArray<CertificateLink> links = CertificateLink.Of(path);
            if (_lists.Judge(links, now, out _) is { } revoked)
            {
                return Refuse(steps, "revocation lists", revoked);
            }

            steps?.Add("revocation lists", true, _lists.AreRequired ? "not on any" : "none in the settings");
            Principal? principal = MakePrincipal(certificate, out string reason);
            if (principal is null)
            {
                return Refuse(steps, "name and groups", reason);
            }

            steps?.Add("name and groups", true, $"`{principal.Name}`, {principal.Groups.Length} groups");
            return new RealmAnswer(RealmVerdict.Accepted, principal, Until: until) { Proof = _lists.AreRequired ? new CertificateProof(_lists, links) : null };
        }
        catch (CryptographicException)
        {
            return Refuse(steps, "read the certificate", CertificateReasons.Malformed);
        }
    }

    private Principal? MakePrincipal(X509Certificate2 certificate, out string reason)
    {
        reason = CertificateReasons.Subject;
        if (Subject.Read(certificate.SubjectName) is not { } subject || Subject.Read(certificate.IssuerName) is not { } issuer)
        {
            return null;
        }

        reason = CertificateReasons.Malformed;
        ImmutableArray<string> groups = [];
        if (!_name.TryRead(certificate, subject, out ImmutableArray<string> names) || _groups?.TryRead(certificate, subject, out groups) == false)
        {
            return null;
        }

        reason = names.Length == 0 ? CertificateReasons.NameMissing : CertificateReasons.NameAmbiguous;
        if (names.Length != 1)
        {
            return null;
        }

        reason = CertificateReasons.NameInvalid;
        return ForeignText.IsName(names[0]) && groups.All(ForeignText.IsValue)
            ? new Principal(names[0], Document.Name, groups, Attributes(certificate, subject, issuer))
            : null;
    }

    private static FrozenDictionary<string, string> Attributes(X509Certificate2 certificate, Subject subject, Subject issuer)
    {
        Dictionary<string, string> found = new(StringComparer.Ordinal)
        {
            ["cert.subject"] = subject.Canonical,
            ["cert.issuer"] = issuer.Canonical,
            ["cert.serial"] = Convert.ToHexStringLower(certificate.SerialNumberBytes.Span),
            ["cert.sha256"] = Convert.ToHexStringLower(SHA256.HashData(certificate.RawDataMemory.Span)),
            [SecuritySnapshot.CertificateKeyAttribute] = Convert.ToHexStringLower(SHA256.HashData(certificate.PublicKey.ExportSubjectPublicKeyInfo())),
        };
        if (subject.Values(CommonName) is [{ } single] && ForeignText.IsValue(single))
        {
            found["cert.cn"] = single;
        }

        return found.ToFrozenDictionary(StringComparer.Ordinal);
    }

    private sealed record Made(CertificateAuthorities Authorities, ChainCheck Check);
}

using System.Collections.Immutable;
using System.Security.Cryptography.X509Certificates;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Rules;
using Gatehouse.Doctor.Texts;
using Gatehouse.Problems;
using Gatehouse.Trust.Certificates;

namespace Gatehouse.Doctor.Ignite.Checks;

/// <summary>The key stores and trust stores that the file names: their modes, and the certificates in them.</summary>
internal static class StoreChecks
{
    private const int Days = 30;

    // MD5 and SHA-1 with RSA, SHA-1 with ECDSA and DSA.
    private static readonly string[] BrokenSignatures =
        ["1.2.840.113549.1.1.4", "1.2.840.113549.1.1.5", "1.2.840.10045.4.1", "1.2.840.10040.4.3", "1.3.14.3.2.29"];

    /// <summary>Its rules.</summary>
    public static ImmutableArray<Rule<IgniteSubject>> All { get; } =
    [
        Scope.EachTls("IGN-TLS-002", LiesOpen),
        Scope.EachTls("IGN-TLS-007", HasBadCertificates),
        Scope.EachTls("IGN-TLS-009", TrustsTheWorld),
    ];

    private static IEnumerable<Observation> LiesOpen(IgniteSubject subject, IgniteFile file, IgniteChannel channel)
    {
        foreach ((string kind, bool isSecret) in new[] { ("keyStore", true), ("trustStore", false) })
        {
            if (Find(subject, file, channel, kind) is not { } store)
            {
                continue;
            }

            Setting path = file.At(channel.Tls($"{kind}.path"));
            if (store.IsMissing)
            {
                yield return Observation.Of($"`{kind}` of {channel.Words}: there is no file `{store.Named}`", file.Show(path), store.Show(subject.Host));
            }
            else if (store.Fact is not { } fact)
            {
                yield return new Observation($"owner and mode of `{store.Named}` cannot be seen: {store.Lack ?? "this user may not look there"}", [file.Show(path)]) { IsUnknown = true };
            }
            else
            {
                string? who = isSecret && fact.Status.OthersRead ? "everybody on this host may read the private key in it"
                    : fact.Status.OthersWrite ? "everybody on this host may replace it"
                    : fact.Status.GroupWrites ? "its group may replace it"
                    : null;
                if (who is not null)
                {
                    yield return Observation.Of($"`{store.Named}` has mode {fact.Status.Octal}: {who}", store.Show(subject.Host), file.Show(path));
                }
            }
        }
    }

    private static IEnumerable<Observation> HasBadCertificates(IgniteSubject subject, IgniteFile file, IgniteChannel channel)
    {
        if (Find(subject, file, channel, "keyStore") is not { IsMissing: false } store)
        {
            yield break; // IGN-TLS-001 or IGN-TLS-002 says it
        }

        if (store.Lack is { } lack)
        {
            yield return new Observation($"the certificate of {channel.Words} cannot be looked at: {lack}", [file.Show(channel.Tls("keyStore.path"))]) { IsUnknown = true };
            yield break;
        }

        bool isLeaf = true;
        foreach (X509Certificate2 certificate in store.Certificates)
        {
            string words = $"{(isLeaf ? "the certificate" : "a certificate above that")} of {channel.Words}";
            ImmutableArray<Evidence> where = [file.Show(channel.Tls("keyStore.path")), store.Show(subject.Host)];
            if (Looked(certificate, isLeaf, subject.Host.Now) is not { } faults)
            {
                yield return new Observation($"a part of {words} cannot be read", where) { IsUnknown = true };
                continue;
            }

            foreach ((Severity severity, string fault) in faults)
            {
                yield return Observation.Of(severity, $"{words} {fault}", where);
            }

            isLeaf = false;
        }
    }

    private static List<(Severity Severity, string Fault)>? Looked(X509Certificate2 certificate, bool isLeaf, DateTimeOffset now)
    {
        try
        {
            return [.. Faults(certificate, isLeaf, now)];
        }
        catch (ProblemException)
        {
            return null;
        }
    }

    private static IEnumerable<(Severity Severity, string Fault)> Faults(X509Certificate2 certificate, bool isLeaf, DateTimeOffset now)
    {
        CertificateFacts facts = CertificateFacts.Of(certificate, now);
        if (now > facts.NotAfter)
        {
            yield return (Severity.High, $"expired on {facts.NotAfter:yyyy-MM-dd}");
        }
        else if (now < facts.NotBefore)
        {
            yield return (Severity.High, $"is not good before {facts.NotBefore:yyyy-MM-dd}");
        }
        else if (facts.NotAfter - now < TimeSpan.FromDays(Days))
        {
            yield return (Severity.Medium, $"expires on {facts.NotAfter:yyyy-MM-dd}");
        }

        if (PublicKeyFacts.Of(certificate.PublicKey).Weakness is { } weakness)
        {
            yield return (Severity.High, $"has a weak key: {weakness}");
        }

        if (BrokenSignatures.Contains(certificate.SignatureAlgorithm.Value, StringComparer.Ordinal) && facts.Subject != facts.Issuer)
        {
            yield return (Severity.High, "is signed with a broken hash (SHA-1 or MD5)");
        }

        if (isLeaf && facts.Names.IsEmpty)
        {
            yield return (Severity.Medium, "has no alternative names, and clients look at nothing else");
        }
    }

    private static IEnumerable<Observation> TrustsTheWorld(IgniteSubject subject, IgniteFile file, IgniteChannel channel)
    {
        if (channel.ClientAuth(file) == "none" || Find(subject, file, channel, "trustStore") is not { IsMissing: false } store)
        {
            yield break;
        }

        string path = channel.Tls("trustStore.path");
        string? known = store.Certificates.Select(PublicAuthorities.Find).FirstOrDefault(static name => name is not null);
        if (store.Named.EndsWith("/cacerts", StringComparison.Ordinal))
        {
            yield return Observation.Of($"{channel.Words} trusts every CA that Java trusts: a certificate from any of them passes, as names are not compared", file.Show(path));
        }
        else if (known is not null)
        {
            yield return Observation.Of($"{channel.Words} trusts a public CA (`{known}`): every certificate that it sells passes, as names are not compared", file.Show(path), store.Show(subject.Host));
        }
        else if (store.Lack is { } lack)
        {
            yield return new Observation($"whom {channel.Words} trusts cannot be looked at: {lack}", [file.Show(path)]) { IsUnknown = true };
        }
    }

    // Null where no store is named, or which one cannot be told: IGN-TLS-001 says so.
    private static StoreFile? Find(IgniteSubject subject, IgniteFile file, IgniteChannel channel, string kind)
    {
        string? path = file.Text(channel.Tls($"{kind}.path"));
        string? password = file.Text(channel.Tls($"{kind}.password"));
        return string.IsNullOrWhiteSpace(path) ? null
            : subject.Store(path, password is { Length: > 0 } and not IgniteFile.MaskedByIgnite ? password : null, file.Text(channel.Tls($"{kind}.type"), "PKCS12") ?? "");
    }
}

using System.Collections.Immutable;
using System.Security.Cryptography.X509Certificates;
using Gatehouse.Doctor.Emqx.Reading;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Rules;
using Gatehouse.Protocols.Erlang;

namespace Gatehouse.Doctor.Emqx.Checks;

/// <summary>TLS between nodes, and certificates that everybody has the key of.</summary>
internal static class DistributionTlsChecks
{
    private const int DaysBefore = 30;
    private const string ServerUse = "1.3.6.1.5.5.7.3.1";
    private const string ClientUse = "1.3.6.1.5.5.7.3.2";
    private const string AnyUse = "2.5.29.37.0";

    /// <summary>Its rules.</summary>
    public static ImmutableArray<Rule<EmqxSubject>> All { get; } =
    [
        new("ERL-012", Unverified),
        new("ERL-013", NoFile),
        new("ERL-014", NodeCertificate),
        new("ERL-015", Shipped),
    ];

    private static IEnumerable<Observation> Unverified(EmqxSubject emqx)
    {
        if (!emqx.Cluster.IsTls || DistributionTls.Of(emqx) is not { Options: not null } tls)
        {
            yield break; // not relied on, or ERL-013
        }

        foreach (string side in new[] { "server", "client" })
        {
            if (tls.Find(side, "verify") is not { } verify)
            {
                yield return Observation.Of($"the {side}'s options of TLS between nodes do not say `verify`: no certificate is asked for", new Evidence(EvidenceKind.File, tls.Path, $"{side}.verify: (not set)"));
            }
            else if (!verify.Value.IsAtom("verify_peer"))
            {
                yield return Observation.Of($"TLS between nodes accepts any {(side == "server" ? "caller" : "listener")}", verify.Evidence);
            }
        }

        bool isAsked = tls.Find("server", "fail_if_no_peer_cert") is { } fail && fail.Value.IsAtom("true");
        if (!isAsked && tls.Find("server", "verify") is { } asked && asked.Value.IsAtom("verify_peer"))
        {
            yield return Observation.Of("TLS between nodes lets in who has no certificate", tls.Find("server", "fail_if_no_peer_cert")?.Evidence ?? asked.Evidence);
        }
    }

    private static IEnumerable<Observation> NoFile(EmqxSubject emqx)
    {
        if (!emqx.Cluster.IsTls)
        {
            yield break;
        }

        DistributionTls tls = DistributionTls.Of(emqx);
        var place = new Evidence(EvidenceKind.File, tls.Path, "options of TLS between nodes");
        if (tls.Path.Contains(' ', StringComparison.Ordinal))
        {
            yield return Observation.Of("the path of the options of TLS between nodes has a space in it, with which the node does not start", place);
        }
        else if (tls.IsRefused)
        {
            yield return new Observation($"options of TLS between nodes cannot be looked at: {tls.Problem}", [place]) { IsUnknown = true };
        }
        else if (tls.Options is null)
        {
            yield return Observation.Of($"TLS between nodes is on, and its options cannot be read: {tls.Problem}", place);
        }
    }

    private static IEnumerable<Observation> NodeCertificate(EmqxSubject emqx)
    {
        if (!emqx.Cluster.IsTls)
        {
            yield break;
        }

        foreach (EmqxCertificate file in UsedCertificates.OfDistribution(emqx, "certfile").DistinctBy(static f => f.Path))
        {
            var place = new Evidence(EvidenceKind.File, file.Path, "certificate of the node");
            if (file.Certificates.IsEmpty)
            {
                yield return file.IsMissing
                    ? Observation.Of("the certificate for TLS between nodes is not there", file.Evidence, place)
                    : new Observation($"the certificate for TLS between nodes cannot be looked at: {file.Problem}", [file.Evidence, place]) { IsUnknown = true };
                continue;
            }

            foreach (string fault in Faults(emqx, file.Certificates[0]))
            {
                yield return Observation.Of($"the certificate for TLS between nodes {fault}", file.Evidence, place);
            }
        }
    }

    private static IEnumerable<string> Faults(EmqxSubject emqx, X509Certificate2 certificate)
    {
        string[] uses = [.. certificate.Extensions.OfType<X509EnhancedKeyUsageExtension>().SelectMany(static e => e.EnhancedKeyUsages.Cast<System.Security.Cryptography.Oid>()).Select(static o => o.Value ?? "")];
        if (uses.Length > 0 && !uses.Contains(AnyUse) && !(uses.Contains(ServerUse) && uses.Contains(ClientUse)))
        {
            yield return "is not for servers and clients both: a node is both, and one of the two ends refuses it";
        }

        // OTP compares an address in a node's name as a DNS name, too.
        string? host = emqx.Cluster.Self?.Name.Split('@') is [_, { } part] ? part : null;
        string[] names = [.. certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().SelectMany(static e => e.EnumerateDnsNames())];
        if (host is not null && !names.Contains(host, StringComparer.OrdinalIgnoreCase) && !Array.Exists(names, name => IsWildcardFor(name, host)))
        {
            yield return $"has no DNS name `{host}`, the host part of the node's name, which peers compare";
        }

        double days = (certificate.NotAfter.ToUniversalTime() - emqx.Host.Now.UtcDateTime).TotalDays;
        if (days < DaysBefore)
        {
            yield return days < 0 ? "has expired" : $"ends in {(int)days} days";
        }
    }

    private static IEnumerable<Observation> Shipped(EmqxSubject emqx)
    {
        foreach (EmqxCertificate file in emqx.Certificates)
        {
            if (file.Certificates.IsEmpty)
            {
                if (!file.IsMissing || file.IsDefault)
                {
                    yield return new Observation($"whether {file.Path} is a certificate that EMQX ships cannot be told: {file.Problem}", [file.Evidence]) { IsUnknown = true };
                }

                continue;
            }

            if (file.Certificates.Select(ShippedCertificates.Find).FirstOrDefault(static name => name is not null) is { } which)
            {
                yield return Observation.Of($"{file.Path} is {which} as EMQX ships it: its private key is public", file.Evidence);
            }
        }
    }

    private static bool IsWildcardFor(string name, string host) =>
        name.StartsWith("*.", StringComparison.Ordinal) && host.IndexOf('.', StringComparison.Ordinal) is > 0 and int dot && host[dot..].Equals(name[1..], StringComparison.OrdinalIgnoreCase);
}

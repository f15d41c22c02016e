using System.Collections.Immutable;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Probes;
using Gatehouse.Problems;
using Gatehouse.Trust.Certificates;

namespace Gatehouse.Doctor.Ports;

/// <summary>What is wrong with a certificate that a port shows: its end, its key, its signature, its names.</summary>
internal static class LiveCertificate
{
    /// <summary>Said of a port for nodes that may let in callers without a certificate.</summary>
    public const string Asked = "the port for nodes asks for a certificate and did not end a connection without one: whether it must be shown cannot be told";

    private const int SoonInDays = 30;

    /// <summary>Its faults, each as the end of a sentence that begins with the certificate.</summary>
    public static ImmutableArray<(Severity Severity, string Text)> Faults(X509Certificate2 certificate, DateTimeOffset now)
    {
        CertificateFacts facts;
        try
        {
            facts = CertificateFacts.Of(certificate, now);
        }
        catch (ProblemException)
        {
            return [(Severity.Medium, "has a part that cannot be read")];
        }

        var found = ImmutableArray.CreateBuilder<(Severity, string)>();
        if (facts.NotAfter < now)
        {
            found.Add((Severity.High, $"expired on {facts.NotAfter:yyyy-MM-dd}"));
        }
        else if (facts.NotBefore > now)
        {
            found.Add((Severity.High, $"is not good before {facts.NotBefore:yyyy-MM-dd}"));
        }
        else if (facts.NotAfter < now.AddDays(SoonInDays))
        {
            found.Add((Severity.Medium, $"ends on {facts.NotAfter:yyyy-MM-dd}, in less than {SoonInDays} days"));
        }

        if (facts.Key.StartsWith("rsa-", StringComparison.Ordinal) && int.TryParse(facts.Key.AsSpan(4), out int bits) && bits < 2048)
        {
            found.Add((Severity.High, $"has an RSA key of {bits} bits"));
        }

        string signature = certificate.SignatureAlgorithm.FriendlyName ?? "";
        if (signature.Contains("sha1", StringComparison.OrdinalIgnoreCase) || signature.Contains("md5", StringComparison.OrdinalIgnoreCase))
        {
            found.Add((Severity.High, "is signed with SHA-1 or MD5, which can be forged"));
        }

        if (facts.Names.IsEmpty)
        {
            found.Add((Severity.Medium, "has no alternative names, so that nobody can verify whose it is"));
        }

        return found.ToImmutable();
    }

    /// <summary>Writes its faults down, worst first, as one finding.</summary>
    /// <param name="notes">Where to.</param>
    /// <param name="check">The check of the system that is about certificates.</param>
    /// <param name="target">The port.</param>
    /// <param name="what">What listens there, for the sentence.</param>
    /// <param name="tls">What the handshake gave.</param>
    public static void Note(PortNotes notes, string check, IPEndPoint target, string what, TlsAnswer tls)
    {
        notes.Made(check);
        if (tls.Certificate is not { } certificate)
        {
            return;
        }

        (Severity Severity, string Text)[] faults = [.. Faults(certificate, notes.Subject.Host.Now).OrderByDescending(static f => f.Severity)];
        if (faults.Length > 0)
        {
            string text = string.Join(", and ", faults.Select(static f => f.Text));
            notes.Found(check, faults[0].Severity, $"the certificate that {what} shows {text}", PortNotes.At(target, $"certificate {certificate.GetCertHashString(System.Security.Cryptography.HashAlgorithmName.SHA256)[..16]}"));
        }
    }
}

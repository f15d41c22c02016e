using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Gatehouse.Doctor.Facts;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Rules;
using Gatehouse.Doctor.Texts;

namespace Gatehouse.Doctor.Ipfs.Cluster;

/// <summary>Certificate and key of an API.</summary>
internal static class TlsRules
{
    private const int SmallestRsa = 2048;

    /// <summary>IC033, IC053: what is wrong with them.</summary>
    public static IEnumerable<Observation> Certificate(ApiSection api)
    {
        Setting certificate = api["ssl_cert_file"];
        Setting key = api["ssl_key_file"];
        if (!api.IsOn || (certificate.IsBlank() && key.IsBlank()))
        {
            return [];
        }

        if (certificate.IsBlank() || key.IsBlank())
        {
            return [Observation.At($"the {api.Title} has a {(key.IsBlank() ? "certificate and no key" : "key and no certificate")}: the daemon does not start", certificate, key)];
        }

        var found = new List<Observation>();
        if (key.Text is { } keyFile && api.Subject.PathOf(keyFile) is { } keyPath && api.Subject.Host.Read(keyPath).IsMissing)
        {
            found.Add(Observation.At($"the key of the {api.Title} is not there: the daemon does not start", key));
        }

        found.AddRange(OfCertificate(api, certificate));
        return found;
    }

    private static IEnumerable<Observation> OfCertificate(ApiSection api, Setting setting)
    {
        string? path = setting.Text is null ? null : api.Subject.PathOf(setting.Text);
        FileContent content = path is null ? FileContent.Refused("where it lies cannot be told") : api.Subject.Host.Read(path);
        if (content.Bytes is null)
        {
            return [content.IsMissing
                ? Observation.At($"the certificate of the {api.Title} is not there: the daemon does not start", setting)
                : Observation.Unknown($"the certificate of the {api.Title} cannot be read: {content.Why}", setting)];
        }

        try
        {
            using var certificate = X509Certificate2.CreateFromPem(Encoding.Latin1.GetString(content.Bytes));
            return [.. OfCertificate(api, setting, certificate)];
        }
        catch (Exception fault) when (fault is CryptographicException or ArgumentException)
        {
            return [Observation.At($"the certificate file of the {api.Title} holds no certificate: the daemon does not start", setting)];
        }
    }

    private static IEnumerable<Observation> OfCertificate(ApiSection api, Setting setting, X509Certificate2 certificate)
    {
        DateTime now = api.Subject.Host.Now.UtcDateTime;
        if (certificate.NotAfter.ToUniversalTime() < now)
        {
            yield return Observation.At(Severity.High, $"the certificate of the {api.Title} ended on {certificate.NotAfter.ToUniversalTime():yyyy-MM-dd}; clients that still connect check nothing", setting);
        }
        else if (certificate.NotBefore.ToUniversalTime() > now)
        {
            yield return Observation.At($"the certificate of the {api.Title} begins on {certificate.NotBefore.ToUniversalTime():yyyy-MM-dd} only", setting);
        }

        if (certificate.SubjectName.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData))
        {
            yield return Observation.At($"the certificate of the {api.Title} is signed by itself: clients check nothing, or have to be given it one by one", setting);
        }

        using RSA? rsa = certificate.GetRSAPublicKey();
        if (rsa is { KeySize: < SmallestRsa })
        {
            yield return Observation.At(Severity.High, $"the RSA key of the {api.Title} has {rsa.KeySize} bits, {SmallestRsa} are the least", setting);
        }
        else if (rsa is null)
        {
            yield return Observation.At($"the key of the {api.Title} is no RSA key: the daemon's list for TLS 1.2 fits RSA alone, so that only clients with TLS 1.3 connect", setting);
        }
    }
}

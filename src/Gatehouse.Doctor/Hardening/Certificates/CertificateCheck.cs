using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Gatehouse.Doctor.Facts;
using Gatehouse.Problems;
using Gatehouse.Trust.Certificates;

namespace Gatehouse.Doctor.Hardening.Certificates;

/// <summary>Whether a certificate that is there already does what is wished.</summary>
internal static class CertificateCheck
{
    private static readonly TimeSpan LeastLeft = TimeSpan.FromDays(30);

    /// <summary>Whether it stays; <paramref name="why"/> says what is wrong otherwise.</summary>
    public static bool IsGood(IHost host, CertificateWish wish, out string? why)
    {
        try
        {
            why = wish.Places.Any(place => host.Look(place.Path) is null) ? "there is none yet"
                : wish.Pem is { } pem ? FaultOf(host, wish, pem)
                : FaultOf(host, wish, wish.Store!); // one of both
        }
        catch (Exception fault) when (fault is CryptographicException or ProblemException or ArgumentException)
        {
            why = "what is there cannot be read";
        }

        return why is null;
    }

    /// <summary>What is wrong with a certificate for a wish at a time, or null.</summary>
    public static string? FaultOf(X509Certificate2 certificate, CertificateWish wish, DateTimeOffset now)
    {
        if (certificate.NotAfter.ToUniversalTime() < now.UtcDateTime + LeastLeft)
        {
            return $"it ends {certificate.NotAfter.ToUniversalTime():yyyy-MM-dd}";
        }

        string[] lacking = [.. wish.Names.Where(name => !Carries(certificate, name))];
        return lacking.Length == 0 ? null : $"it does not carry {string.Join(", ", lacking)}";
    }

    private static string? FaultOf(IHost host, CertificateWish wish, PemPlaces places)
    {
        using X509Certificate2 certificate = X509Certificate2.CreateFromPem(Text(host, places.Certificate));
        using X509Certificate2 root = X509Certificate2.CreateFromPem(Text(host, places.Authority));
        using LeafKey key = LeafKey.Read(host.Read(places.Key).Bytes, []);
        X509Certificate2Collection chain = [];
        chain.ImportFromPem(Text(host, places.Certificate));
        return !IsOf(certificate, key) ? "its key is another one"
            : !LeadsTo(certificate, chain, root, host.Now) ? "it does not lead to the CA beside it"
            : FaultOf(certificate, wish, host.Now);
    }

    private static string? FaultOf(IHost host, CertificateWish wish, StorePlaces places)
    {
        using X509Certificate2 certificate = X509CertificateLoader.LoadPkcs12(host.Read(places.Keys).Bytes ?? [], places.KeysPassword, X509KeyStorageFlags.EphemeralKeySet);
        X509Certificate2Collection trust = X509CertificateLoader.LoadPkcs12Collection(host.Read(places.Trust).Bytes ?? [], places.TrustPassword, X509KeyStorageFlags.EphemeralKeySet);
        X509Certificate2Collection chain = X509CertificateLoader.LoadPkcs12Collection(host.Read(places.Keys).Bytes ?? [], places.KeysPassword, X509KeyStorageFlags.EphemeralKeySet);
        return !certificate.HasPrivateKey ? "there is no key in its store"
            : trust.Count == 0 || !LeadsTo(certificate, chain, trust[0], host.Now) ? "it does not lead to the CA beside it"
            : FaultOf(certificate, wish, host.Now);
    }

    /// <summary>Whether a certificate is over a key.</summary>
    public static bool IsOf(X509Certificate2 certificate, LeafKey key) =>
        certificate.PublicKey.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(key.PublicKey.ExportSubjectPublicKeyInfo());

    /// <summary>Whether a certificate leads to a root.</summary>
    public static bool LeadsTo(X509Certificate2 certificate, X509Certificate2Collection between, X509Certificate2 root, DateTimeOffset now)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(root);
        chain.ChainPolicy.ExtraStore.AddRange(between);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.VerificationTime = now.UtcDateTime;
        chain.ChainPolicy.VerificationTimeIgnored = false;
        return chain.Build(certificate);
    }

    private static bool Carries(X509Certificate2 certificate, string name)
    {
        X509SubjectAlternativeNameExtension? names = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().FirstOrDefault();
        return names is not null && (IPAddress.TryParse(name, out IPAddress? address)
            ? names.EnumerateIPAddresses().Contains(address)
            : names.EnumerateDnsNames().Contains(name, StringComparer.OrdinalIgnoreCase));
    }

    private static string Text(IHost host, string path) => Encoding.ASCII.GetString(host.Read(path).Bytes ?? []);
}

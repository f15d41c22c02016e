using System.Security.Cryptography.X509Certificates;

namespace Gatehouse.Doctor.Ignite.Checks;

/// <summary>CAs that issue to everybody, by the names in their certificates.</summary>
internal static class PublicAuthorities
{
    private static readonly string[] Names =
    [
        "Actalis", "AffirmTrust", "Amazon Root CA", "Atos TrustedRoot", "Baltimore CyberTrust", "Buypass", "Certigna", "certSIGN", "Certum", "COMODO",
        "D-TRUST", "DigiCert", "DST Root CA", "e-Szigno", "emSign", "Entrust Root", "GeoTrust", "GlobalSign", "Go Daddy", "Google Trust Services",
        "GTS Root", "HARICA", "Hellenic Academic", "Hongkong Post", "IdenTrust", "ISRG Root", "Izenpe", "Let's Encrypt", "Microsoft RSA Root",
        "Microsoft ECC Root", "NetLock", "QuoVadis", "SecureTrust", "Sectigo", "SSL.com", "Starfield", "SwissSign", "T-TeleSec", "Telia Root", "thawte",
        "Trustwave", "TWCA", "USERTRUST", "VeriSign", "XRamp",
    ];

    /// <summary>The name of the public CA that a certificate is of, or null.</summary>
    public static string? Find(X509Certificate2 certificate)
    {
        string subject = certificate.Subject;
        return Names.FirstOrDefault(name => subject.Contains(name, StringComparison.OrdinalIgnoreCase));
    }
}

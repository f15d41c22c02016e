using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Gatehouse.Trust.Files;

namespace Gatehouse.Trust.Authorities;

/// <summary>A certificate with its private key in memory, and the intermediates a peer needs.</summary>
public sealed class IssuedCertificate
{
    internal IssuedCertificate(X509Certificate2 certificate, ImmutableArray<X509Certificate2> chain)
    {
        Certificate = certificate;
        Chain = chain;
    }

    /// <summary>The leaf with its private key.</summary>
    public X509Certificate2 Certificate { get; }

    /// <summary>Intermediates from the leaf's issuer upwards, without the root.</summary>
    public ImmutableArray<X509Certificate2> Chain { get; }

    /// <summary>From then on it should be renewed: two thirds of its life.</summary>
    public DateTimeOffset RenewFrom => CertificateLife.RenewFrom(Certificate);

    /// <summary>Leaf and intermediates as PEM.</summary>
    public string ChainPem() =>
        string.Concat(Chain.Prepend(Certificate).Select(static c => c.ExportCertificatePem() + "\n"));

    /// <summary>SHA-256 of a certificate's SubjectPublicKeyInfo, 64 lower-case hex digits: what keys are known, pinned and revoked by.</summary>
    public static string KeyHashOf(X509Certificate2 certificate) =>
        Convert.ToHexStringLower(SHA256.HashData(certificate.PublicKey.ExportSubjectPublicKeyInfo()));

    /// <summary>The private key as PKCS#8 PEM. A secret: write it with <see cref="SecretFile"/> only.</summary>
    public string KeyPem()
    {
        using ECDsa key = Certificate.GetECDsaPrivateKey() ?? throw new InvalidOperationException("an issued certificate has an EC key");
        return key.ExportPkcs8PrivateKeyPem() + "\n";
    }
}

/// <summary>Life and renewal of certificates.</summary>
internal static class CertificateLife
{
    public static DateTimeOffset NotBefore(X509Certificate2 certificate) => new(certificate.NotBefore.ToUniversalTime());

    public static DateTimeOffset NotAfter(X509Certificate2 certificate) => new(certificate.NotAfter.ToUniversalTime());

    public static DateTimeOffset RenewFrom(X509Certificate2 certificate) =>
        NotBefore(certificate) + ((NotAfter(certificate) - NotBefore(certificate)) * 2 / 3);

    /// <summary>Past two thirds of its life, or, after the clock was set back, before it.</summary>
    public static bool NeedsRenewal(X509Certificate2 certificate, DateTimeOffset now) =>
        now >= RenewFrom(certificate) || now < NotBefore(certificate);
}

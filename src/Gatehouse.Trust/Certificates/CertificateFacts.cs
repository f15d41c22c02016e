using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Gatehouse.Problems;
using Gatehouse.Problems.Cluster;
using Gatehouse.Trust.Authorities;

namespace Gatehouse.Trust.Certificates;

/// <summary>What one certificate says, for people, and what is wrong with it.</summary>
public sealed record CertificateFacts
{
    private static readonly Dictionary<string, string> Purposes = new(StringComparer.Ordinal)
    {
        ["1.3.6.1.5.5.7.3.1"] = "server",
        ["1.3.6.1.5.5.7.3.2"] = "client",
        ["1.3.6.1.5.5.7.3.3"] = "code signing",
        ["1.3.6.1.5.5.7.3.4"] = "e-mail",
        ["1.3.6.1.5.5.7.3.8"] = "time stamping",
        ["1.3.6.1.5.5.7.3.9"] = "OCSP signing",
        ["2.5.29.37.0"] = "any",
    };

    // MD5 and SHA-1 with RSA, SHA-1 with ECDSA and DSA.
    private static readonly string[] BrokenSignatures =
        ["1.2.840.113549.1.1.4", "1.2.840.113549.1.1.5", "1.2.840.10045.4.1", "1.2.840.10040.4.3", "1.3.14.3.2.29"];

    /// <summary>Whose.</summary>
    public required string Subject { get; init; }

    /// <summary>Who signed it.</summary>
    public required string Issuer { get; init; }

    /// <summary>Its number, lower-case hex.</summary>
    public required string Serial { get; init; }

    /// <summary>DNS names, addresses and URIs.</summary>
    public required ImmutableArray<string> Names { get; init; }

    /// <summary><c>server</c>, <c>client</c> and others; empty where it does not say.</summary>
    public required ImmutableArray<string> Usages { get; init; }

    /// <summary>Its key: <c>ecdsa-p256</c>.</summary>
    public required string Key { get; init; }

    /// <summary>SHA-256 of its public key (SubjectPublicKeyInfo), 64 hex digits.</summary>
    public required string KeyHash { get; init; }

    /// <summary>SHA-256 of the certificate, 64 hex digits.</summary>
    public required string Fingerprint { get; init; }

    /// <summary>Good from.</summary>
    public required DateTimeOffset NotBefore { get; init; }

    /// <summary>Good until.</summary>
    public required DateTimeOffset NotAfter { get; init; }

    /// <summary>Whether it may sign others.</summary>
    public required bool IsAuthority { get; init; }

    /// <summary>What is wrong with it, in sentences; empty when nothing is.</summary>
    public required ImmutableArray<string> Problems { get; init; }

    /// <summary>Looks at one.</summary>
    /// <exception cref="ProblemException">GH3104: a part of it cannot be read.</exception>
    public static CertificateFacts Of(X509Certificate2 certificate, DateTimeOffset now)
    {
        try
        {
            return Look(certificate, now);
        }
        catch (Exception fault) when (fault is CryptographicException or System.Formats.Asn1.AsnContentException or ArgumentException or NotSupportedException)
        {
            throw CertificateProblems.CertificateUnreadable.Exception(
                "a part of this certificate cannot be read", "openssl x509 -noout -text -in FILE shows which", fault);
        }
    }

    private static CertificateFacts Look(X509Certificate2 certificate, DateTimeOffset now)
    {
        PublicKeyFacts key = PublicKeyFacts.Of(certificate.PublicKey);
        ImmutableArray<string> names = NamesOf(certificate);
        ImmutableArray<string> usages = UsagesOf(certificate);
        bool isAuthority = certificate.Extensions.OfType<X509BasicConstraintsExtension>().Any(static constraint => constraint.CertificateAuthority);
        return new CertificateFacts
        {
            Subject = SigningRequest.TextOf(certificate.SubjectName),
            Issuer = SigningRequest.TextOf(certificate.IssuerName),
            Serial = SerialOf(certificate),
            Names = names,
            Usages = usages,
            Key = key.Description,
            KeyHash = key.Hash,
            Fingerprint = Convert.ToHexStringLower(SHA256.HashData(certificate.RawDataMemory.Span)),
            NotBefore = CertificateLife.NotBefore(certificate),
            NotAfter = CertificateLife.NotAfter(certificate),
            IsAuthority = isAuthority,
            Problems = [.. ProblemsOf(certificate, key, isAuthority, names, usages, now)],
        };
    }

    /// <summary>A certificate's number as it is written everywhere here: lower-case hex of its bytes.</summary>
    public static string SerialOf(X509Certificate2 certificate) => Convert.ToHexStringLower(certificate.SerialNumberBytes.Span);

    private static IEnumerable<string> ProblemsOf(
        X509Certificate2 certificate, PublicKeyFacts key, bool isAuthority, ImmutableArray<string> names, ImmutableArray<string> usages, DateTimeOffset now)
    {
        if (now > CertificateLife.NotAfter(certificate))
        {
            yield return $"it expired on {CertificateLife.NotAfter(certificate):yyyy-MM-dd}";
        }
        else if (now < CertificateLife.NotBefore(certificate))
        {
            yield return $"it is not good before {CertificateLife.NotBefore(certificate):yyyy-MM-dd HH:mm}";
        }
        else if (CertificateWatch.DaysLeft(CertificateLife.NotAfter(certificate), now) is int days and <= CertificateWatch.FirstWarning)
        {
            yield return $"it ends in {days} days";
        }

        if (key.Weakness is { } weakness)
        {
            yield return $"{key.Description}: {weakness}";
        }

        if (BrokenSignatures.Contains(certificate.SignatureAlgorithm.Value, StringComparer.Ordinal) && !IsSelfSigned(certificate))
        {
            yield return $"it is signed with {certificate.SignatureAlgorithm.FriendlyName ?? "a broken hash"}";
        }

        if (!isAuthority && usages.Contains("server") && names.IsEmpty)
        {
            yield return "it has no alternative names: clients of today look at nothing else";
        }

        if (!isAuthority && usages.IsEmpty)
        {
            yield return "it does not say what it is for (extended key usage)";
        }
    }

    private static bool IsSelfSigned(X509Certificate2 certificate) =>
        certificate.SubjectName.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData);

    private static ImmutableArray<string> NamesOf(X509Certificate2 certificate)
    {
        ImmutableArray<string>.Builder names = ImmutableArray.CreateBuilder<string>();
        foreach (X509Extension extension in certificate.Extensions)
        {
            try
            {
                if (extension.Oid?.Value == "2.5.29.17")
                {
                    AddNames(names, extension.RawData);
                }
            }
            catch (Exception fault) when (fault is CryptographicException or System.Formats.Asn1.AsnContentException)
            {
                names.Add("(names that cannot be read)");
            }
        }

        return names.ToImmutable();
    }

    // GeneralNames (RFC 5280 section 4.2.1.6).
    private static void AddNames(ImmutableArray<string>.Builder names, byte[] der)
    {
        var outer = new System.Formats.Asn1.AsnReader(der, System.Formats.Asn1.AsnEncodingRules.DER);
        System.Formats.Asn1.AsnReader list = outer.ReadSequence();
        while (list.HasData)
        {
            System.Formats.Asn1.Asn1Tag tag = list.PeekTag();
            string prefix = tag.TagValue == 1 ? "email:" : tag.TagValue == 6 ? "URI:" : "";
            if (tag.TagValue is 1 or 2 or 6)
            {
                names.Add(prefix + SigningRequest.Plain(list.ReadCharacterString(System.Formats.Asn1.UniversalTagNumber.IA5String, tag)));
            }
            else if (tag.TagValue == 7)
            {
                byte[] address = list.ReadOctetString(tag);
                names.Add(address.Length is 4 or 16 ? new System.Net.IPAddress(address).ToString() : "(an address that cannot be read)");
            }
            else
            {
                list.ReadEncodedValue();
                names.Add("(a name of another kind)");
            }
        }
    }

    private static ImmutableArray<string> UsagesOf(X509Certificate2 certificate)
    {
        ImmutableArray<string>.Builder usages = ImmutableArray.CreateBuilder<string>();
        foreach (X509EnhancedKeyUsageExtension extension in certificate.Extensions.OfType<X509EnhancedKeyUsageExtension>())
        {
            foreach (Oid oid in extension.EnhancedKeyUsages)
            {
                usages.Add(Purposes.GetValueOrDefault(oid.Value ?? "", oid.Value ?? "?"));
            }
        }

        return usages.ToImmutable();
    }
}

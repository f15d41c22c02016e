using System.Collections.Immutable;
using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Gatehouse.Problems;
using Gatehouse.Problems.Cluster;

namespace Gatehouse.Trust.Certificates;

/// <summary>What was found in a file.</summary>
/// <param name="Certificates">In the file's order; public halves only.</param>
/// <param name="HasPrivateKey">Whether a private key lies beside them.</param>
/// <param name="Form"><c>PEM</c>, <c>DER</c> or <c>PKCS#12</c>.</param>
public sealed record CertificateFile(ImmutableArray<X509Certificate2> Certificates, bool HasPrivateKey, string Form);

/// <summary>Reads certificates out of any file that holds some: PEM, DER, PKCS#12. Bounded, and nothing in it is trusted.</summary>
public static class CertificateReader
{
    /// <summary>Largest file in bytes.</summary>
    public const int MaxBytes = 1024 * 1024;

    /// <summary>Most certificates of one file.</summary>
    public const int MaxCertificates = 200;

    /// <summary>Reads all certificates of a file, at least one.</summary>
    /// <param name="content">The file.</param>
    /// <param name="password">Of a PKCS#12 store; null when none was given.</param>
    /// <exception cref="ProblemException">GH3104, GH3105.</exception>
    public static CertificateFile Read(ReadOnlySpan<byte> content, string? password)
    {
        if (content.Length is 0 or > MaxBytes)
        {
            throw Unreadable($"a certificate file has 1 byte to {MaxBytes / 1024} KiB, this has {content.Length} bytes");
        }

        // 0xFEEDFEED and 0xCECECECE begin Java's own formats.
        if (content.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xED, 0xFE, 0xED]) || content.StartsWith((ReadOnlySpan<byte>)[0xCE, 0xCE, 0xCE, 0xCE]))
        {
            throw Unreadable("this is a Java key store of the old kind", "keytool -importkeystore -srckeystore FILE -destkeystore NEW.p12 -deststoretype pkcs12");
        }

        try
        {
            return content.IndexOf("-----BEGIN "u8) >= 0 ? ReadPem(content)
                : IsPkcs12(content) ? ReadPkcs12(content, password)
                : new CertificateFile([X509CertificateLoader.LoadCertificate(content)], false, "DER");
        }
        catch (Exception fault) when (fault is CryptographicException or AsnContentException or ArgumentException or FormatException or NotSupportedException)
        {
            throw CertificateProblems.CertificateUnreadable.Exception("this is neither a certificate (PEM, DER) nor a PKCS#12 store", null, fault);
        }
    }

    private static CertificateFile ReadPem(ReadOnlySpan<byte> content)
    {
        ReadOnlySpan<char> rest = Encoding.UTF8.GetChars(content.ToArray());
        ImmutableArray<X509Certificate2>.Builder found = ImmutableArray.CreateBuilder<X509Certificate2>();
        bool hasKey = false;
        while (PemEncoding.TryFind(rest, out PemFields fields))
        {
            ReadOnlySpan<char> label = rest[fields.Label];
            if (label is "CERTIFICATE" or "X509 CERTIFICATE" or "TRUSTED CERTIFICATE")
            {
                found.Add(X509CertificateLoader.LoadCertificate(Convert.FromBase64String(rest[fields.Base64Data].ToString())));
                if (found.Count > MaxCertificates)
                {
                    throw Unreadable($"there are more than {MaxCertificates} certificates in this file");
                }
            }

            hasKey |= label.EndsWith("PRIVATE KEY", StringComparison.Ordinal);
            rest = rest[fields.Location.End..];
        }

        return found.Count > 0
            ? new CertificateFile(found.ToImmutable(), hasKey, "PEM")
            : throw Unreadable(hasKey ? "there is a private key in this file, but no certificate" : "there is no CERTIFICATE in this file");
    }

    // PFX ::= SEQUENCE { version INTEGER (3), ... } (RFC 7292 section 4); a certificate begins with another SEQUENCE.
    private static bool IsPkcs12(ReadOnlySpan<byte> content)
    {
        AsnDecoder.ReadSequence(content, AsnEncodingRules.BER, out int offset, out int length, out _);
        ReadOnlySpan<byte> inner = content.Slice(offset, Math.Min(length, content.Length - offset));
        return inner.Length > 0 && Asn1Tag.TryDecode(inner, out Asn1Tag tag, out _) && tag == Asn1Tag.Integer;
    }

    private static CertificateFile ReadPkcs12(ReadOnlySpan<byte> content, string? password)
    {
        X509Certificate2Collection loaded;
        try
        {
            // Limits of the platform's loader bound rounds and sizes of a hostile file.
            loaded = X509CertificateLoader.LoadPkcs12Collection(content, password, X509KeyStorageFlags.EphemeralKeySet, Pkcs12LoaderLimits.Defaults);
        }
        catch (CryptographicException fault)
        {
            throw CertificateProblems.PasswordWrong.Exception(
                password is null ? "this PKCS#12 store needs a password" : "this PKCS#12 store does not open with this password, or is broken",
                "--password-file FILE, or - for stdin",
                fault);
        }

        bool hasKey = loaded.Any(static certificate => certificate.HasPrivateKey);
        ImmutableArray<X509Certificate2> certificates =
            [.. loaded.OrderByDescending(static certificate => certificate.HasPrivateKey).Select(static c => X509CertificateLoader.LoadCertificate(c.RawData))];
        foreach (X509Certificate2 certificate in loaded)
        {
            certificate.Dispose();
        }

        return certificates.IsEmpty ? throw Unreadable("there is no certificate in this store") : new CertificateFile(certificates, hasKey, "PKCS#12");
    }

    private static ProblemException Unreadable(string text, string? hint = null) => CertificateProblems.CertificateUnreadable.Exception(text, hint);
}

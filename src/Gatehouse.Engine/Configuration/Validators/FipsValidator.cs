using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Configuration.Validators;

/// <summary>
/// Profile <c>fips</c>: names whatever of the configuration is not approved (FIPS 140-3, SP 800-52 revision 2, SP 800-131A
/// revision 2), and refuses to run without OpenSSL's FIPS provider.
/// </summary>
internal sealed class FipsValidator : IConfigurationValidator
{
    private const int MaxBytes = 1024 * 1024;
    private const int LeastRsaBits = 2048;

    private static readonly HashSet<string> Hashes = new(StringComparer.Ordinal)
    {
        // RSA with SHA-256, 384, 512 (RFC 4055) and ECDSA with the same (RFC 5758).
        "1.2.840.113549.1.1.11", "1.2.840.113549.1.1.12", "1.2.840.113549.1.1.13",
        "1.2.840.10045.4.3.2", "1.2.840.10045.4.3.3", "1.2.840.10045.4.3.4",
    };

    private static readonly HashSet<string> Curves = new(StringComparer.Ordinal)
    {
        // P-256, P-384, P-521.
        "1.2.840.10045.3.1.7", "1.3.132.0.34", "1.3.132.0.35",
    };

    public void Validate(NodeConfiguration configuration, ConfigurationContext context)
    {
        if (configuration.Tls.Profile != Words.Fips)
        {
            return;
        }

        if (context.Host.FipsObstacle is { } obstacle)
        {
            context.Report(
                ConfigurationProblems.NotApproved,
                $"`tls.profile: fips`: {obstacle}",
                "tls.profile",
                "install a validated OpenSSL FIPS module, name its configuration in `tls.fips_module`, and start the daemon again");
        }

        foreach (GateConfiguration gate in configuration.Gates)
        {
            string place = $"gates.{gate.Name}";
            foreach (string suite in gate.TlsCiphers.Where(static suite => suite.Length > 0 && !TlsSuites.IsApproved(suite)))
            {
                Report(context, place + ".tls_ciphers", $"gate `{gate.Name}`: cipher suite `{suite}`");
            }

            if (gate.Protocol == "libp2p-psk")
            {
                Report(context, place + ".protocol", $"gate `{gate.Name}`: protocol `libp2p-psk` (XSalsa20)");
            }

            CheckFiles(
                context, place,
                [("certificate_file", gate.CertificateFile), ("client_ca_file", gate.ClientCaFile), ("upstream_ca", gate.UpstreamCa),
                    ("upstream_certificate", gate.UpstreamCertificate), ("key_file", gate.KeyFile)]);
        }

        foreach (OutputConfiguration output in configuration.Audit.Outputs)
        {
            CheckFiles(
                context, $"audit.outputs.{output.Name}",
                [("ca", output.Ca), ("certificate_file", output.CertificateFile), ("key_file", output.KeyFile)]);
        }
    }

    private static void CheckFiles(ConfigurationContext context, string place, ReadOnlySpan<(string Key, string? File)> files)
    {
        foreach ((string key, string? file) in files)
        {
            if (!string.IsNullOrEmpty(file))
            {
                CheckFile(context, $"{place}.{key}", file, key == "key_file");
            }
        }
    }

    private static void CheckFile(ConfigurationContext context, string place, string file, bool isKey)
    {
        if (Path.GetExtension(file) is ".p12" or ".pfx" or ".P12" or ".PFX")
        {
            Report(context, place, $"`{file}`: a PKCS#12 store (its key derivation)");
            return;
        }

        if (isKey || BoundedFile.TryReadText(context.Resolve(file), MaxBytes, out _) is not { } pem)
        {
            // A key belongs to its certificate, which says kind and size; what cannot be read is reported elsewhere.
            return;
        }

        var all = new X509Certificate2Collection();
        try
        {
            all.ImportFromPem(pem);
            foreach (X509Certificate2 certificate in all)
            {
                foreach (string why in Faults(certificate))
                {
                    Report(context, place, $"`{file}`: {why} of {certificate.Subject}");
                }
            }
        }
        catch (CryptographicException)
        {
            // Reported as unreadable elsewhere.
        }
        finally
        {
            foreach (X509Certificate2 certificate in all)
            {
                certificate.Dispose();
            }
        }
    }

    /// <summary>What of a certificate is not approved.</summary>
    internal static IEnumerable<string> Faults(X509Certificate2 certificate)
    {
        string signature = certificate.SignatureAlgorithm.Value ?? "";
        if (signature != "1.2.840.113549.1.1.10" && !Hashes.Contains(signature))
        {
            yield return $"the signature algorithm {certificate.SignatureAlgorithm.FriendlyName ?? signature}";
        }

        using RSA? rsa = certificate.GetRSAPublicKey();
        if (rsa is not null)
        {
            if (rsa.KeySize < LeastRsaBits)
            {
                yield return $"the RSA key of {rsa.KeySize} bits (at least {LeastRsaBits})";
            }

            yield break;
        }

        using ECDsa? ecdsa = certificate.GetECDsaPublicKey();
        string curve = ecdsa?.ExportParameters(includePrivateParameters: false).Curve.Oid.Value ?? "";
        if (!Curves.Contains(curve))
        {
            yield return ecdsa is null
                ? $"the key of kind {certificate.PublicKey.Oid.FriendlyName ?? certificate.PublicKey.Oid.Value}"
                : $"the curve {ecdsa.ExportParameters(includePrivateParameters: false).Curve.Oid.FriendlyName ?? curve}";
        }
    }

    private static void Report(ConfigurationContext context, string place, string what) =>
        context.Report(ConfigurationProblems.NotApproved, $"{what} is not approved under `tls.profile: fips`", place);
}

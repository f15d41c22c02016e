using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Configuration.Validators;

/// <summary>Certificates and keys exist, can be read, are private where they must be, and belong together.</summary>
internal sealed class CertificateValidator : IConfigurationValidator
{
    private const int MaxBytes = 1024 * 1024;
    private const UnixFileMode Others = (UnixFileMode)0b000_111_111;

    public void Validate(NodeConfiguration configuration, ConfigurationContext context)
    {
        foreach (GateConfiguration gate in configuration.Gates)
        {
            string place = $"gates.{gate.Name}";
            CheckCertificates(gate.UpstreamCa, place + ".upstream_ca", context)?.Dispose();
            CheckCertificates(gate.ClientCaFile, place + ".client_ca_file", context)?.Dispose();
            using X509Certificate2? leaf = CheckCertificates(gate.CertificateFile, place + ".certificate_file", context);
            CheckKey(gate.KeyFile, leaf, place + ".key_file", context);
            using X509Certificate2? towards = CheckCertificates(gate.UpstreamCertificate, place + ".upstream_certificate", context);
            CheckKey(gate.UpstreamKey, towards, place + ".upstream_key", context);
        }

        foreach (OutputConfiguration output in configuration.Audit.Outputs)
        {
            string place = $"audit.outputs.{output.Name}";
            CheckCertificates(output.Ca, place + ".ca", context)?.Dispose();
            using X509Certificate2? leaf = CheckCertificates(output.CertificateFile, place + ".certificate_file", context);
            CheckKey(output.KeyFile, leaf, place + ".key_file", context);
        }
    }

    /// <summary>Reports a file without readable certificates; gives its first one.</summary>
    private static X509Certificate2? CheckCertificates(string? file, string place, ConfigurationContext context)
    {
        if (string.IsNullOrEmpty(file))
        {
            return null;
        }

        string? pem = BoundedFile.TryReadText(context.Resolve(file), MaxBytes, out string why);
        if (pem is null)
        {
            context.Report(ConfigurationProblems.Certificate, $"file `{file}` {why}", place);
            return null;
        }

        try
        {
            var all = new X509Certificate2Collection();
            all.ImportFromPem(pem);
            if (all.Count > 0)
            {
                return all[0];
            }

            context.Report(ConfigurationProblems.Certificate, $"file `{file}` holds no certificate in PEM form", place);
        }
        catch (CryptographicException)
        {
            context.Report(ConfigurationProblems.Certificate, $"file `{file}` holds a certificate that cannot be read", place);
        }

        return null;
    }

    private static void CheckKey(string? file, X509Certificate2? leaf, string place, ConfigurationContext context)
    {
        if (string.IsNullOrEmpty(file))
        {
            return;
        }

        string path = context.Resolve(file);
        byte[]? bytes = BoundedFile.TryRead(path, MaxBytes, out UnixFileMode mode, out string why);
        if (bytes is null)
        {
            context.Report(ConfigurationProblems.Certificate, $"file `{file}` {why}", place);
            return;
        }

        if ((mode & Others) != UnixFileMode.None)
        {
            context.Report(
                ConfigurationProblems.KeyMode,
                $"key file `{file}` has mode {Convert.ToString((int)mode, 8).PadLeft(4, '0')}",
                place,
                $"chmod 600 {path}");
        }

        string pem = Encoding.UTF8.GetString(bytes);
        CryptographicOperations.ZeroMemory(bytes);
        if (leaf is not null && Mismatch(leaf, pem) is string mismatch)
        {
            context.Report(ConfigurationProblems.Certificate, $"key file `{file}` {mismatch}", place);
        }
    }

    private static string? Mismatch(X509Certificate2 leaf, string pem)
    {
        try
        {
            using AsymmetricAlgorithm? key = leaf.PublicKey.Oid.Value == "1.2.840.113549.1.1.1" ? RSA.Create() : ECDsa.Create();
            key.ImportFromPem(pem);
            return key.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(leaf.PublicKey.ExportSubjectPublicKeyInfo())
                ? null
                : "does not belong to the certificate";
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            return pem.Contains("ENCRYPTED", StringComparison.Ordinal)
                ? "is encrypted; Gatehouse starts without questions and cannot ask for its passphrase"
                : "holds no key in PEM form of the certificate's kind";
        }
    }
}

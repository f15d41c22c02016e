using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Gatehouse.Engine.Auditing.Outputs;
using Gatehouse.Engine.Configuration;
using Gatehouse.Problems;
using Gatehouse.Trust;
using Microsoft.Extensions.Logging;

namespace Gatehouse.Engine.Hosting;

/// <summary>The outputs of the trail, as the configuration has them.</summary>
internal static class NodeOutputs
{
    /// <summary>Makes them; nothing is dialled yet.</summary>
    /// <exception cref="ProblemException">A file cannot be used.</exception>
    public static AuditOutputs Make(
        NodeConfiguration written, NodeOptions options, string auditFolder, string node, AuditDelivery delivery, ILoggerFactory loggers)
    {
        string from = Path.GetDirectoryName(options.ConfigurationFile)!; // an absolute file has a folder
        return new AuditOutputs(
            auditFolder, [.. written.Audit.Outputs.Select(o => Settings(o, from, node))], delivery, options.Time, loggers.CreateLogger<AuditOutputs>());
    }

    private static OutputSettings Settings(OutputConfiguration output, string from, string node)
    {
        if (!OutputAddress.TryParse(output.Address, out OutputAddress? address))
        {
            throw AuditProblems.OutputInvalid.Exception($"`{output.Address}` is no address of an output");
        }

        try
        {
            var authorities = new X509Certificate2Collection();
            if (output.Ca is { } ca)
            {
                authorities.ImportFromPemFile(Path.GetFullPath(ca, from));
            }

            return new OutputSettings
            {
                Name = output.Name,
                Kind = address.IsSyslog ? OutputKind.Syslog : OutputKind.Otlp,
                Host = address.Host,
                Port = address.Port,
                Path = address.Path,
                IsTls = address.IsTls,
                Authorities = authorities,
                ServerName = output.ServerName ?? address.Host,
                ClientCertificate = Own(output, from),
                Node = node,
                Facility = Words.Facilities.IndexOf(output.Facility),
                MaxMessage = (int)output.MaxMessage,
                Limit = output.Limit,
                BlocksOnOverflow = output.OnOverflow == Words.Block,
            };
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw AuditProblems.OutputInvalid.Exception($"output `{output.Name}`: {e.Message}", inner: e);
        }
    }

    private static SslCertificates? Own(OutputConfiguration output, string from)
    {
        if (output.CertificateFile is not { } file || output.KeyFile is not { } keyFile)
        {
            return null;
        }

        string certificate = Path.GetFullPath(file, from);
        string key = Path.GetFullPath(keyFile, from);
        SecretFile.Check(key);
        var chain = new X509Certificate2Collection();
        chain.ImportFromPemFile(certificate);
        return new SslCertificates(X509Certificate2.CreateFromPemFile(certificate, key), [.. chain.Skip(1)]);
    }
}

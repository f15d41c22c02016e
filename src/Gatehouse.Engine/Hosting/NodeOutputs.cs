using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Gatehouse.Engine.Auditing.Outputs;
using Gatehouse.Engine.Configuration;
using Gatehouse.Problems;
using Gatehouse.Trust.Files;
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
        return new AuditOutputs(
            auditFolder, Settings(written, options, node), delivery, options.Time, loggers.CreateLogger<AuditOutputs>());
    }

    /// <summary>Their settings, with certificates, keys and secrets read.</summary>
    /// <exception cref="ProblemException">A file cannot be used.</exception>
    public static ImmutableArray<OutputSettings> Settings(NodeConfiguration written, NodeOptions options, string node)
    {
        string from = Path.GetDirectoryName(options.ConfigurationFile)!; // an absolute file has a folder
        return [.. written.Audit.Outputs.Select(o => Settings(o, from, node))];
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

            SslCertificates? own = Own(output, from);
            ImmutableArray<OutputHeader> headers = [.. output.Headers.Select(h => Header(output.Name, h, from))];
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
                ClientCertificate = own,
                Headers = headers,
                Fingerprint = Fingerprint(output, authorities, own, headers),
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

    private static OutputHeader Header(string output, OutputHeaderConfiguration header, string from)
    {
        string secret = header.Secret.Read(from, out string why)
            ?? throw ConfigurationProblems.Secret.Exception($"output `{output}`: header `{header.Name}`: {why}");
        return new OutputHeader(header.Name, header.IsBearer ? "Bearer " + secret : secret);
    }

    /// <summary>Of everything that is written and read; secrets are in it as a hash only.</summary>
    private static string Fingerprint(
        OutputConfiguration output, X509Certificate2Collection authorities, SslCertificates? own, ImmutableArray<OutputHeader> headers)
    {
        IEnumerable<string> all =
        [
            (output with { Headers = [] }).ToString(),
            .. authorities.Select(static c => c.Thumbprint),
            own is null ? "" : own.Certificate.Thumbprint + Convert.ToHexString(own.Certificate.PublicKey.ExportSubjectPublicKeyInfo()),
            .. own?.Chain.Select(static c => c.Thumbprint) ?? [],
            .. headers.SelectMany(static h => new[] { h.Name, h.Value }),
        ];
        return Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', all))));
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

using Gatehouse.Problems;

namespace Gatehouse.Engine.Configuration.Validators;

/// <summary>Audit outputs: the trail leaves this host only over TLS, to a receiver whose authority is named.</summary>
internal sealed class OutputValidator : IConfigurationValidator
{
    public void Validate(NodeConfiguration configuration, ConfigurationContext context)
    {
        foreach (OutputConfiguration output in configuration.Audit.Outputs)
        {
            if (output.Address.Length > 0)
            {
                Check(output, $"audit.outputs.{output.Name}", context);
            }
        }
    }

    private static void Check(OutputConfiguration output, string place, ConfigurationContext context)
    {
        if (!OutputAddress.TryParse(output.Address, out OutputAddress? address))
        {
            Report(
                context, $"`{output.Address}` is no address of an output", place + ".address",
                "syslog+tls://HOST:PORT, otlp+https://HOST:PORT/PATH, or on loopback syslog+tcp://127.0.0.1:PORT, otlp+http://127.0.0.1:PORT/PATH");
            return;
        }

        if (!address.IsTls && !address.IsLoopback)
        {
            Report(context, "the trail goes in clear text to loopback addresses only", place + ".address", "syslog+tls:// or otlp+https://");
        }

        bool hasTlsKey = output.Ca is not null || output.ServerName is not null || output.CertificateFile is not null || output.KeyFile is not null;
        if (!address.IsTls && hasTlsKey)
        {
            Report(context, "`ca`, `server_name`, `certificate_file` and `key_file` are for TLS, and this address has none", place);
        }

        if (address.IsTls && output.Ca is null)
        {
            Report(context, "there is no `ca`: the receiver's authority is never guessed", place, "ca: FILE with the authority's certificate");
        }

        if ((output.CertificateFile is null) != (output.KeyFile is null))
        {
            Report(context, "`certificate_file` and `key_file` belong together", place);
        }

        CheckHeaders(output, address, place, context);
    }

    /// <summary>Headers hold secrets: they go over TLS only, and their places are looked into before they are in force.</summary>
    private static void CheckHeaders(OutputConfiguration output, OutputAddress address, string place, ConfigurationContext context)
    {
        if (output.Headers.IsEmpty)
        {
            return;
        }

        if (address.IsSyslog || !address.IsTls)
        {
            Report(context, "`bearer` and `headers` are for `otlp+https://`", place, "any local user could take the port and read them");
            return;
        }

        foreach (OutputHeaderConfiguration header in output.Headers)
        {
            string? secret = header.Secret.Read(context.Resolve("."), out string why);
            if (secret is null || (header.IsBearer && secret.Contains(' ', StringComparison.Ordinal)))
            {
                context.Report(
                    ConfigurationProblems.Secret,
                    secret is null ? $"header `{header.Name}`: {why}" : $"header `{header.Name}`: a bearer token has no spaces, and the word `Bearer` is put before it here",
                    place + (header.IsBearer ? ".bearer" : ".headers"));
            }
        }
    }

    private static void Report(ConfigurationContext context, string text, string place, string? hint = null) =>
        context.Report(AuditProblems.OutputInvalid, text, place, hint);
}

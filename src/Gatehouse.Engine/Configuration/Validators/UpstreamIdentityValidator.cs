using System.Net;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Configuration.Validators;

/// <summary>Who a gate is to its upstream: one credential, its secret there, and no way on which others could read it.</summary>
internal sealed class UpstreamIdentityValidator : IConfigurationValidator
{
    public void Validate(NodeConfiguration configuration, ConfigurationContext context)
    {
        foreach (GateConfiguration gate in configuration.Gates.Where(static gate => gate.HasUpstreamIdentity))
        {
            string place = $"gates.{gate.Name}.";
            foreach ((string key, string why) in Conflicts(gate).Concat(Way(gate)))
            {
                context.Report(ConfigurationProblems.Conflict, $"gate `{gate.Name}`: {why}", place + key);
            }

            CheckSecret(gate.UpstreamPassword, place + "upstream_password", context);
            if (CheckSecret(gate.UpstreamApiKey, place + "upstream_api_key", context) is { } apiKey && apiKey.Contains(' ', StringComparison.Ordinal))
            {
                context.Report(
                    ConfigurationProblems.Secret,
                    $"`{gate.UpstreamApiKey}` holds spaces: it is the key alone, `id:secret` or its Base64, without the word ApiKey", place + "upstream_api_key");
            }
        }
    }

    private static string? CheckSecret(SecretReference? secret, string place, ConfigurationContext context)
    {
        if (secret is null || secret == SecretReference.Unread)
        {
            return null;
        }

        string? value = secret.Read(context.Resolve("."), out string why);
        if (value is null)
        {
            context.Report(ConfigurationProblems.Secret, why, place);
        }

        return value;
    }

    private static IEnumerable<(string Key, string Why)> Conflicts(GateConfiguration gate)
    {
        if ((gate.UpstreamUser is null) != (gate.UpstreamPassword is null))
        {
            yield return (gate.UpstreamUser is null ? "upstream_password" : "upstream_user", "`upstream_user` and `upstream_password` go together");
        }

        if (gate.UpstreamApiKey is not null && (gate.UpstreamUser is not null || gate.UpstreamPassword is not null))
        {
            yield return ("upstream_api_key", "the gate is a user or has an API key at its upstream, not both");
        }

        if ((gate.UpstreamCertificate is null) != (gate.UpstreamKey is null))
        {
            yield return (
                gate.UpstreamCertificate is null ? "upstream_key" : "upstream_certificate", "`upstream_certificate` and `upstream_key` go together");
        }

        // RFC 7617 section 2: the first colon ends the name.
        if (gate.UpstreamUser is { } user && (user.Length is 0 or > 512 || user.Any(static c => c is < ' ' or ':' or > '~')))
        {
            yield return ("upstream_user", "`upstream_user` is 1 to 512 visible ASCII characters without a colon");
        }
    }

    private static IEnumerable<(string Key, string Why)> Way(GateConfiguration gate)
    {
        if (gate.Protocol.Length == 0 || !UpstreamAddress.TryParse(gate.Upstream, out UpstreamAddress? upstream, out _))
        {
            yield break;
        }

        string first = gate.UpstreamUser is not null ? "upstream_user"
            : gate.UpstreamPassword is not null ? "upstream_password"
            : gate.UpstreamApiKey is not null ? "upstream_api_key"
            : gate.UpstreamCertificate is not null ? "upstream_certificate" : "upstream_key";
        if (gate.Protocol is "tcp" or Words.Swarm || upstream.Kind == UpstreamKind.Builtin)
        {
            yield return (first, $"`{first}` is for http, mqtt and ignite gates with an upstream of their own");
        }
        else if (!upstream.IsSecured && (gate.UpstreamCertificate is not null || gate.UpstreamKey is not null))
        {
            yield return (gate.UpstreamCertificate is null ? "upstream_key" : "upstream_certificate", "only an upstream with TLS (https, tls or wss) is shown a client certificate");
        }
        else if (upstream.IsClear && !(upstream.Address is { } address && IPAddress.IsLoopback(address)))
        {
            yield return (first, "a credential goes in clear text to loopback addresses only; use an upstream with TLS");
        }
    }
}

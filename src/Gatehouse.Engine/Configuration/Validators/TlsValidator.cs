using Gatehouse.Problems;

namespace Gatehouse.Engine.Configuration.Validators;

/// <summary>Profiles, versions and cipher suites of gates go together.</summary>
internal sealed class TlsValidator : IConfigurationValidator
{
    public void Validate(NodeConfiguration configuration, ConfigurationContext context)
    {
        if (configuration.Tls.FipsModule is not null && configuration.Tls.Profile != Words.Fips)
        {
            context.Report(ConfigurationProblems.Conflict, "`tls.fips_module` is for `tls.profile: fips`", "tls.fips_module");
        }

        foreach (GateConfiguration gate in configuration.Gates)
        {
            foreach ((string key, string why) in Conflicts(gate, gate.TlsProfile ?? configuration.Tls.Profile))
            {
                context.Report(ConfigurationProblems.Conflict, $"gate `{gate.Name}`: {why}", $"gates.{gate.Name}.{key}");
            }
        }
    }

    private static IEnumerable<(string Key, string Why)> Conflicts(GateConfiguration gate, string profile)
    {
        bool isModern = profile == Words.Modern;
        if (!gate.Tls)
        {
            foreach (string key in Set(gate))
            {
                yield return (key, $"`tls: false` has no use for `{key}`");
            }

            yield break;
        }

        if (isModern && gate.TlsVersions.Contains("1.2"))
        {
            yield return ("tls_versions", "profile `modern` is TLS 1.3 only");
        }

        if (gate.TlsCiphers.IsEmpty || gate.TlsCiphers.Except(TlsSuites.Names).Any() || gate.TlsVersions.Except(Words.TlsVersions).Any())
        {
            // None, or words that were not understood and are reported already.
            yield break;
        }

        string[] versions = !gate.TlsVersions.IsEmpty ? [.. gate.TlsVersions] : isModern ? ["1.3"] : ["1.2", "1.3"];
        foreach (string version in versions)
        {
            if (!gate.TlsCiphers.Any(suite => TlsSuites.IsOf13(suite) == (version == "1.3")))
            {
                yield return ("tls_ciphers", $"`tls_ciphers` names no suite of TLS {version}, which `tls_versions` or the profile lets in");
            }
        }

        if (gate.TlsCiphers.FirstOrDefault(suite => !versions.Contains(TlsSuites.IsOf13(suite) ? "1.3" : "1.2")) is { } useless)
        {
            yield return ("tls_ciphers", $"`{useless}` is of a version that the gate does not speak");
        }
    }

    private static IEnumerable<string> Set(GateConfiguration gate) =>
        from key in ((string Key, bool IsSet)[])
        [
            ("tls_profile", gate.TlsProfile is not null), ("tls_versions", !gate.TlsVersions.IsEmpty), ("tls_ciphers", !gate.TlsCiphers.IsEmpty),
        ]
        where key.IsSet
        select key.Key;
}

using Gatehouse.Engine.Configuration.Reading;
using Gatehouse.Problems;
using Gatehouse.Protocols.Libp2p;

namespace Gatehouse.Engine.Configuration.Validators;

/// <summary>Settings of a swarm gate that contradict each other.</summary>
internal static class SwarmRules
{
    /// <summary>Each key that is wrong, and why.</summary>
    public static IEnumerable<(string Key, string Why)> Conflicts(GateConfiguration gate)
    {
        if (gate.Swarm is not { } swarm)
        {
            yield return ("protocol", "a libp2p-psk gate needs `swarm` with the keys that it accepts");
            yield break;
        }

        if (swarm.Keys.IsEmpty)
        {
            yield return ("swarm", "`keys` names no key: nobody could come in");
        }

        if (swarm.Keys.Length > 8)
        {
            yield return ("swarm.keys", "`keys` names more than 8 keys; each one is tried on each connection");
        }

        if ((swarm.Mode == Words.Relay) != (swarm.UpstreamKey is not null))
        {
            yield return (swarm.UpstreamKey is null ? "swarm" : "swarm.upstream_key", "`upstream_key` goes with `mode: relay`");
        }

        (string Key, bool Set)[] foreign =
        [
            ("realms", !gate.Realms.IsEmpty), ("hosts", !gate.Hosts.IsEmpty), ("cors", gate.Cors is not null),
            ("upgrade", !gate.Upgrade.IsEmpty), ("audit_body", gate.AuditBody > 0),
            ("audit_body_mask", !gate.AuditBodyMask.IsEmpty), ("tls", !gate.Tls), ("certificate_file", gate.CertificateFile is not null),
            ("client_ca_file", gate.ClientCaFile is not null || gate.TakesClusterClients), ("tls_profile", gate.TlsProfile is not null),
            ("tls_versions", !gate.TlsVersions.IsEmpty), ("tls_ciphers", !gate.TlsCiphers.IsEmpty),
        ];
        foreach ((string key, bool _) in foreign.Where(static f => f.Set))
        {
            yield return (key, $"`{key}` is not for libp2p-psk gates: the swarm key alone admits, and peers bring their own encryption");
        }
    }
}

/// <summary>The keys of swarm gates: there, readable by nobody else, and secrets.</summary>
internal sealed class SwarmKeyValidator : IConfigurationValidator
{
    public void Validate(NodeConfiguration configuration, ConfigurationContext context)
    {
        foreach (GateConfiguration gate in configuration.Gates)
        {
            if (gate.Swarm is { } swarm)
            {
                Check(gate, swarm, context);
            }
        }
    }

    private static void Check(GateConfiguration gate, SwarmConfiguration swarm, ConfigurationContext context)
    {
        foreach (SecretReference place in swarm.Keys)
        {
            Check(gate, place, "swarm.keys", context);
        }

        if (swarm.UpstreamKey is { } upstream && !swarm.Keys.Contains(upstream))
        {
            Check(gate, upstream, "swarm.upstream_key", context);
        }
    }

    private static void Check(GateConfiguration gate, SecretReference place, string where, ConfigurationContext context)
    {
        if (place == SecretReference.Unread)
        {
            return;
        }

        using SwarmKey? key = SwarmKeyFile.Read(place, context.Resolve("."), out string why);
        if (key is null)
        {
            context.Report(SwarmProblems.KeyUnusable, $"gate `{gate.Name}`: {why}", $"gates.{gate.Name}.{where}");
        }
        else if (key.FindWeakness() is { } weakness)
        {
            context.Report(
                SwarmProblems.KeyIsNoSecret,
                $"gate `{gate.Name}`: `{place}` {Say(weakness)}",
                $"gates.{gate.Name}.{where}",
                "gatehouse swarm key new FILE makes a random one");
        }
    }

    private static string Say(SwarmKeyWeakness weakness) => weakness switch
    {
        SwarmKeyWeakness.Public => "is a key that stands in published sample configurations",
        SwarmKeyWeakness.AllEqual => "is one byte, repeated",
        SwarmKeyWeakness.Repeating => "is a short pattern, repeated",
        SwarmKeyWeakness.Sequential => "is digits in a row",
        SwarmKeyWeakness.Text => "is text",
        _ => "has too few different bytes",
    };
}

using Gatehouse.Identity;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Configuration.Validators;

/// <summary>Settings of one gate that contradict each other, or that its protocol does not have.</summary>
internal sealed class GateSettingsValidator : IConfigurationValidator
{
    public void Validate(NodeConfiguration configuration, ConfigurationContext context)
    {
        foreach (GateConfiguration gate in configuration.Gates)
        {
            foreach ((string key, string why) in Conflicts(gate))
            {
                context.Report(ConfigurationProblems.Conflict, $"gate `{gate.Name}`: {why}", $"gates.{gate.Name}.{key}");
            }
        }
    }

    /// <summary>Each key that is wrong, and why.</summary>
    internal static IEnumerable<(string Key, string Why)> Conflicts(GateConfiguration gate)
    {
        if (gate.CertificateFile is null != gate.KeyFile is null)
        {
            yield return ("certificate_file", "`certificate_file` and `key_file` go together");
        }

        if (!gate.Tls && (gate.CertificateFile is not null || gate.ClientCaFile is not null))
        {
            yield return ("tls", "`tls: false` has no use for certificates");
        }

        if (gate.Realms.Contains(RealmNames.Pki))
        {
            if (!gate.Tls)
            {
                yield return ("realms", "realm `pki` needs TLS");
            }
            else if (gate.ClientCaFile is null && !gate.TakesClusterClients)
            {
                yield return ("realms", "realm `pki` needs `client_ca_file`: a file, or `cluster`");
            }
        }

        IEnumerable<(string, string)> further = Upstream(gate).Concat(Cors(gate)).Concat(gate.Protocol switch
        {
            "tcp" => Tcp(gate),
            "http" => Http(gate),
            Words.Mqtt => MqttRules.Conflicts(gate),
            Words.Ignite => IgniteRules.Conflicts(gate),
            Words.Swarm => SwarmRules.Conflicts(gate),
            _ => [],
        });
        if (gate.Mqtt is not null && gate.Protocol is not (Words.Mqtt or ""))
        {
            further = further.Append(("mqtt", "`mqtt` is for gates of protocol `mqtt`"));
        }

        if (gate.Ignite is not null && gate.Protocol is not (Words.Ignite or ""))
        {
            further = further.Append(("ignite", "`ignite` is for gates of protocol `ignite`"));
        }

        if (gate.IgniteRest is not null && gate.System != Words.IgniteRest)
        {
            further = further.Append(("ignite_rest", "`ignite_rest` is for gates of system `ignite-rest`"));
        }

        if (gate.Swarm is not null && gate.Protocol is not (Words.Swarm or ""))
        {
            further = further.Append(("swarm", "`swarm` is for gates of protocol `libp2p-psk`"));
        }

        foreach ((string, string) conflict in further.Concat(IpfsRules.Conflicts(gate)).Concat(LocalRules.Conflicts(gate)))
        {
            yield return conflict;
        }
    }

    private static IEnumerable<(string Key, string Why)> Upstream(GateConfiguration gate)
    {
        if (!UpstreamAddress.TryParse(gate.Upstream, out UpstreamAddress? upstream, out _) || gate.Protocol.Length == 0)
        {
            yield break;
        }

        bool fits = upstream.Kind is UpstreamKind.Unix || gate.Protocol switch
        {
            "tcp" or Words.Swarm => upstream.Kind is UpstreamKind.Tcp,
            Words.Ignite => upstream.Kind is UpstreamKind.Tcp or UpstreamKind.Tls,
            Words.Mqtt => upstream.Kind is UpstreamKind.Tcp or UpstreamKind.Tls or UpstreamKind.Ws or UpstreamKind.Wss,
            _ => upstream.Kind is UpstreamKind.Http or UpstreamKind.Https or UpstreamKind.Builtin,
        };
        if (!fits)
        {
            yield return ("upstream", $"protocol `{gate.Protocol}` cannot forward to `{gate.Upstream}`");
        }

        bool secured = upstream.IsSecured;
        if (secured && gate.UpstreamCa is null)
        {
            yield return ("upstream", "an upstream with TLS (https, tls or wss) needs `upstream_ca`, the CA its certificate must chain to");
        }

        if (!secured && (gate.UpstreamCa is not null || gate.UpstreamServerName is not null))
        {
            yield return (gate.UpstreamCa is null ? "upstream_server_name" : "upstream_ca", "only upstreams with TLS (https, tls or wss) have a certificate to check");
        }
    }

    private static IEnumerable<(string Key, string Why)> Http(GateConfiguration gate)
    {
        if (gate.Realms.Contains(RealmNames.Network))
        {
            yield return ("realms", "realm `network` is for tcp gates");
        }

        if (gate.AuditBody == 0 && !gate.AuditBodyMask.IsEmpty)
        {
            yield return ("audit_body_mask", "`audit_body_mask` needs `audit_body`");
        }
    }

    private static IEnumerable<(string Key, string Why)> Cors(GateConfiguration gate)
    {
        if (gate.Cors is not { } cors)
        {
            yield break;
        }

        if (cors.Origins.IsEmpty)
        {
            yield return ("cors.origins", "`cors` needs an origin; without `cors` no page of another origin is let in");
        }

        if (cors.Methods.IsEmpty)
        {
            yield return ("cors.methods", "`cors` needs a method");
        }
    }

    private static IEnumerable<(string Key, string Why)> Tcp(GateConfiguration gate)
    {
        if (gate.Realms.IsEmpty)
        {
            yield return ("realms", "a tcp gate needs `realms`: `pki` or `network`");
        }

        if (gate.Realms.Contains(RealmNames.Native))
        {
            yield return ("realms", "a tcp gate cannot ask for a password; its realms are `pki` and `network`");
        }

        foreach (string realm in gate.Realms.Where(static realm => realm is not (RealmNames.Native or RealmNames.Pki or RealmNames.Network)))
        {
            yield return ("realms", $"a tcp gate cannot ask realm `{realm}`; its realms are `pki` and `network`");
        }

        (string Key, bool Set)[] httpOnly =
        [
            ("hosts", !gate.Hosts.IsEmpty), ("cors", gate.Cors is not null),
            ("audit_body", gate.AuditBody > 0),
            ("upgrade", !gate.Upgrade.IsEmpty),
        ];
        foreach ((string key, bool _) in httpOnly.Where(static h => h.Set))
        {
            yield return (key, $"`{key}` is for http gates");
        }
    }
}

using System.Net;
using Gatehouse.Identity;

namespace Gatehouse.Engine.Configuration.Validators;

/// <summary>Settings of a gate for Ignite clients that contradict each other.</summary>
internal static class IgniteRules
{
    /// <summary>Each key that is wrong, and why.</summary>
    public static IEnumerable<(string Key, string Why)> Conflicts(GateConfiguration gate)
    {
        if (gate.Realms.Contains(RealmNames.Network))
        {
            yield return ("realms", "realm `network` is for tcp gates");
        }

        (string Key, bool Set)[] httpOnly =
        [
            ("hosts", !gate.Hosts.IsEmpty), ("cors", gate.Cors is not null), ("upgrade", !gate.Upgrade.IsEmpty),
            ("audit_body", gate.AuditBody > 0), ("audit_body_mask", !gate.AuditBodyMask.IsEmpty),
            ("upstream_api_key", gate.UpstreamApiKey is not null),
        ];
        foreach ((string key, bool _) in httpOnly.Where(static h => h.Set))
        {
            yield return (key, $"`{key}` is for http gates");
        }

        if (gate.Ignite is not { } ignite)
        {
            yield break;
        }

        if (ignite.ServerNamesOnly && ignite.Nodes.IsEmpty)
        {
            yield return ("ignite.server_names_only", "`server_names_only` without `nodes` lets nobody in");
        }

        if (!ignite.Nodes.IsEmpty && !gate.Tls)
        {
            yield return ("ignite.nodes", "nodes are chosen by the server name that clients ask TLS for: not with `tls: false`");
        }

        foreach ((string, string) conflict in Nodes(gate, ignite))
        {
            yield return conflict;
        }
    }

    private static IEnumerable<(string Key, string Why)> Nodes(GateConfiguration gate, IgniteConfiguration ignite)
    {
        UpstreamAddress? own = UpstreamAddress.TryParse(gate.Upstream, out UpstreamAddress? parsed, out _) ? parsed : null;
        var owners = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (IgniteNodeConfiguration node in ignite.Nodes)
        {
            string place = $"ignite.nodes.{node.Name}";
            if (node.ServerNames.IsEmpty)
            {
                yield return (place + ".server_names", $"no server name leads to node `{node.Name}`");
            }

            foreach (string name in node.ServerNames.Where(static n => n.Length > 0).Distinct(StringComparer.Ordinal))
            {
                if (!owners.TryAdd(name, node.Name))
                {
                    yield return (place + ".server_names", $"server name `{name}` leads to node `{owners[name]}` already");
                }
            }

            if (!UpstreamAddress.TryParse(node.Upstream, out UpstreamAddress? upstream, out _) || own is null)
            {
                continue;
            }

            // The gate's authorities, certificate and user are those for its nodes, and were checked with the gate's own upstream.
            if (upstream.Kind != own.Kind)
            {
                yield return (place + ".upstream", $"node `{node.Name}` is reached in another way than the gate's `upstream`: both have tcp, or both tls");
            }
            else if (gate.HasUpstreamIdentity && upstream.IsClear && !(upstream.Address is { } address && IPAddress.IsLoopback(address)))
            {
                yield return (place + ".upstream", "a credential goes in clear text to loopback addresses only; use upstreams with TLS");
            }
        }
    }
}

using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Gatehouse.Network.Firewall;

/// <summary>A shell script of ufw commands. ufw takes the first rule that matches, so ours go before all others.</summary>
internal static class UfwFormat
{
    public static string Write(FirewallPlan plan)
    {
        var text = new StringBuilder();
        text.Append("#!/bin/sh\n");
        foreach (string line in FirewallText.Head("sh FILE", "sh FILE remove"))
        {
            text.Append("# ").Append(line).Append('\n');
        }

        text.Append(
            """
            # ufw is not asked about ports that containers publish: where there are any, take --format nftables.
            # While it loads, ufw's own default holds for a moment: ufw default deny incoming
            set -euf

            remove() {
            	ufw show added | sed -n "s/^ufw \(.*\) comment 'gatehouse: .*'$/\1/p" | while read -r rule; do
            		ufw --force delete $rule </dev/null
            	done
            }

            case "${1-load}" in
            load) remove ;;
            remove) remove; exit 0 ;;
            *) echo "usage: $0 [load|remove]" >&2; exit 2 ;;
            esac

            # Each goes before those above it: read from the end.

            """.ReplaceLineEndings("\n"));

        // Prepended one by one, the last becomes the first.
        foreach (string line in plan.Rules.SelectMany(rule => Lines(plan, rule)).Reverse())
        {
            text.Append(line).Append('\n');
        }

        return text.ToString();
    }

    private static IEnumerable<string> Lines(FirewallPlan plan, FirewallRule rule)
    {
        string port = $"port {rule.Ports.Text(':')} proto {FirewallText.Word(rule.Transport)}";
        foreach (FirewallGrant grant in rule.Grants)
        {
            string to = grant.Destination?.ToString() ?? "any";
            foreach (string from in Sources(plan, grant))
            {
                yield return $"ufw prepend allow from {from} to {to} {port} comment '{FirewallText.Name}: {FirewallText.Word(grant.Source)}, {FirewallText.Comment(rule.Why)}'";
            }
        }

        if (!FirewallText.IsOpen(plan, rule))
        {
            yield return $"ufw prepend deny from any to any {port} comment '{FirewallText.Name}: {FirewallText.Comment(rule.Why)}'";
        }
    }

    private static IEnumerable<string> Sources(FirewallPlan plan, FirewallGrant grant)
    {
        if (plan.Sources.Of(grant.Source) is null)
        {
            return ["any"];
        }

        return FirewallText.Families.Where(f => FirewallText.IsIn(grant, f))
            .SelectMany(family => FirewallText.Networks(plan, grant, family) ?? [])
            .Select(FirewallText.Network);
    }
}

using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Gatehouse.Network.Endpoints;

namespace Gatehouse.Network.Firewall;

/// <summary>
/// A file for <c>nft -f</c>. The chain sits before address translation, so that ports which a container engine publishes are
/// seen by it too; it speaks of packets to this host only.
/// </summary>
internal static class NftablesFormat
{
    public static string Write(FirewallPlan plan)
    {
        var text = new StringBuilder();
        text.Append("#!/usr/sbin/nft -f\n");
        foreach (string line in FirewallText.Head("nft -f FILE", $"nft delete table inet {FirewallText.Name}"))
        {
            text.Append("# ").Append(line).Append('\n');
        }

        // Made and deleted in the same transaction: whatever was loaded before is gone, and it is no error if nothing was.
        text.Append($"\ntable inet {FirewallText.Name}\ndelete table inet {FirewallText.Name}\n\ntable inet {FirewallText.Name} {{\n");
        foreach (Audiences group in Groups(plan))
        {
            foreach (AddressFamily family in FirewallText.Families)
            {
                WriteSet(text, plan, group, family);
            }
        }

        text.Append(
            """
            	chain incoming {
            		# Before address translation: ports published by containers are seen too.
            		type filter hook prerouting priority mangle; policy accept;

            		# This host itself, what only passes through it, and answers.
            		iif "lo" accept
            		fib daddr type != { local, broadcast, multicast, anycast } accept
            		ct state established accept

            """.ReplaceLineEndings("\n"));
        foreach (FirewallRule rule in plan.Rules)
        {
            WriteRule(text, plan, rule);
        }

        return text.Append("\t}\n}\n").ToString();
    }

    private static IEnumerable<Audiences> Groups(FirewallPlan plan) =>
        plan.Rules.SelectMany(static r => r.Grants).Select(static g => g.Source).Distinct().Order().Where(group => plan.Sources.Of(group) is not null);

    private static void WriteSet(StringBuilder text, FirewallPlan plan, Audiences group, AddressFamily family)
    {
        ImmutableArray<IPNetwork> networks = FirewallText.Networks(plan, new FirewallGrant(group, null), family) ?? [];
        text.Append($"\tset {SetName(group, family)} {{\n\t\ttype {(family == AddressFamily.InterNetwork ? "ipv4_addr" : "ipv6_addr")}\n\t\tflags interval\n");
        if (!networks.IsEmpty)
        {
            text.Append("\t\telements = { ").AppendJoin(", ", networks.Select(FirewallText.Network)).Append(" }\n");
        }

        text.Append("\t}\n\n");
    }

    private static void WriteRule(StringBuilder text, FirewallPlan plan, FirewallRule rule)
    {
        string port = $"{FirewallText.Word(rule.Transport)} dport {rule.Ports}";
        text.Append($"\n\t\t# {FirewallText.Comment(rule.Why, 200)}\n\t\t# open to: {FirewallText.Comment(FirewallText.Who(plan, rule))}\n");
        foreach (FirewallGrant grant in rule.Grants)
        {
            string at = grant.Destination is { } to ? $"{Family(to.AddressFamily)} daddr {to} " : "";
            if (plan.Sources.Of(grant.Source) is null)
            {
                text.Append($"\t\t{at}{port} accept\n");
                continue;
            }

            foreach (AddressFamily family in FirewallText.Families.Where(f => FirewallText.IsIn(grant, f)))
            {
                text.Append($"\t\t{Family(family)} saddr @{SetName(grant.Source, family)} {at}{port} accept\n");
            }
        }

        text.Append(FirewallText.IsOpen(plan, rule) ? "" : $"\t\t{port} drop\n");
    }

    private static string Family(AddressFamily family) => family == AddressFamily.InterNetwork ? "ip" : "ip6";

    private static string SetName(Audiences group, AddressFamily family) => $"{FirewallText.Word(group)}{(family == AddressFamily.InterNetwork ? "4" : "6")}";
}

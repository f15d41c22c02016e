using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Gatehouse.Network.Firewall;

/// <summary>
/// A shell script for iptables and ip6tables, old and nft ones: one chain a family in the table before address translation,
/// put in place as a whole by <c>iptables-restore</c>.
/// </summary>
internal static class IptablesFormat
{
    private const string Chain = "GATEHOUSE";

    // Comments are the kernel's and have 256 bytes with their zero.
    private const int MostComment = 200;

    private static readonly string Begin =
        $$"""
        # look at it first:        sh FILE test
        set -eu

        # Table mangle, before address translation: ports published by containers are seen too.
        # Only packets to this host itself that come from outside go through the chain.
        # One type a rule: ip6tables takes a list of them for all at once.
        jump() { "$1" -w -t mangle "$2" PREROUTING ! -i lo -m addrtype --dst-type "$3" -j {{Chain}}; }

        insert() {
        	for type in ANYCAST MULTICAST LOCAL; do
        		jump "$1" -C $type 2>/dev/null || jump "$1" -I $type
        	done
        }

        remove() {
        	for type in ANYCAST MULTICAST LOCAL; do
        		while jump "$1" -C $type 2>/dev/null; do jump "$1" -D $type; done
        	done
        	if "$1" -w -t mangle -L {{Chain}} -n >/dev/null 2>&1; then
        		"$1" -w -t mangle -F {{Chain}}
        		"$1" -w -t mangle -X {{Chain}}
        	fi
        }

        case "${1-load}" in
        load|test) ;;
        remove) remove iptables; remove ip6tables; exit 0 ;;
        *) echo "usage: $0 [load|test|remove]" >&2; exit 2 ;;
        esac

        rules4() {
        	cat <<'RULES'

        """.ReplaceLineEndings("\n");

    private static readonly string End =
        """
        RULES
        }

        if [ "${1-load}" = test ]; then
        	rules4 | iptables-restore -w --noflush --test
        	rules6 | ip6tables-restore -w --noflush --test
        	exit 0
        fi
        rules4 | iptables-restore -w --noflush
        insert iptables
        rules6 | ip6tables-restore -w --noflush
        insert ip6tables

        """.ReplaceLineEndings("\n");

    public static string Write(FirewallPlan plan)
    {
        var text = new StringBuilder();
        text.Append("#!/bin/sh\n");
        foreach (string line in FirewallText.Head("sh FILE", "sh FILE remove"))
        {
            text.Append("# ").Append(line).Append('\n');
        }

        text.Append(Begin);
        WriteRules(text, plan, AddressFamily.InterNetwork);
        text.Append("RULES\n}\n\nrules6() {\n\tcat <<'RULES'\n");
        WriteRules(text, plan, AddressFamily.InterNetworkV6);
        return text.Append(End).ToString();
    }

    private static void WriteRules(StringBuilder text, FirewallPlan plan, AddressFamily family)
    {
        text.Append($"*mangle\n:{Chain} - [0:0]\n-A {Chain} -m conntrack --ctstate ESTABLISHED -m comment --comment \"answers\" -j RETURN\n");
        foreach (FirewallRule rule in plan.Rules)
        {
            string protocol = FirewallText.Word(rule.Transport);
            string port = $"-p {protocol} -m {protocol} --dport {rule.Ports.Text(':')}";
            string why = $"-m comment --comment \"{FirewallText.Comment(rule.Why, MostComment)}\"";
            foreach (FirewallGrant grant in rule.Grants.Where(g => FirewallText.IsIn(g, family)))
            {
                string at = grant.Destination is { } to ? $"-d {to} " : "";
                string who = $"-m comment --comment \"{FirewallText.Word(grant.Source)}\"";
                ImmutableArray<IPNetwork>? networks = FirewallText.Networks(plan, grant, family);
                foreach (string from in networks is { } some ? some.Select(static n => $"-s {FirewallText.Network(n)} ") : [""])
                {
                    text.Append($"-A {Chain} {from}{at}{port} {who} -j RETURN\n");
                }
            }

            text.Append(FirewallText.IsOpen(plan, rule) ? "" : $"-A {Chain} {port} {why} -j DROP\n");
        }

        text.Append("COMMIT\n");
    }
}

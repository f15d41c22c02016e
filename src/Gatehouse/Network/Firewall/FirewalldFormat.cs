using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Gatehouse.Network.Firewall;

/// <summary>A policy object of firewalld (0.9 and later) from every zone to this host, asked before the zones.</summary>
internal static class FirewalldFormat
{
    /// <summary>How to load the file.</summary>
    public const string Load = "install -m 0644 FILE " + File + " && systemctl reload firewalld";

    /// <summary>How to take it out again.</summary>
    public const string Remove = "rm " + File + " && systemctl reload firewalld";

    private const string File = "/etc/firewalld/policies/" + FirewallText.Name + ".xml";
    private const int Allow = -200;
    private const int Refuse = -100;

    public static string Write(FirewallPlan plan)
    {
        var text = new StringBuilder();
        text.Append("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<!--\n");
        foreach (string line in FirewallText.Head(Load, Remove))
        {
            text.Append("  ").Append(line).Append('\n');
        }

        text.Append("  firewalld is not asked about ports that containers publish: where there are any, take the nftables format.\n-->\n");
        text.Append("<policy target=\"CONTINUE\" priority=\"-1000\">\n  <short>").Append(FirewallText.Name)
            .Append("</short>\n  <description>Ports of Gatehouse and of the systems it guards.</description>\n")
            .Append("  <ingress-zone name=\"ANY\"/>\n  <egress-zone name=\"HOST\"/>\n");
        foreach (FirewallRule rule in plan.Rules)
        {
            text.Append("\n  <!-- ").Append(FirewallText.Comment(rule.Why, 200)).Append(". Open to: ")
                .Append(FirewallText.Comment(FirewallText.Who(plan, rule))).Append(" -->\n");
            string port = $"<port port=\"{rule.Ports}\" protocol=\"{FirewallText.Word(rule.Transport)}\"/>";
            foreach (FirewallGrant grant in rule.Grants)
            {
                WriteGrant(text, plan, grant, port);
            }

            text.Append(FirewallText.IsOpen(plan, rule) ? "" : $"  <rule priority=\"{Number(Refuse)}\">{port}<drop/></rule>\n");
        }

        return text.Append("</policy>\n").ToString();
    }

    private static void WriteGrant(StringBuilder text, FirewallPlan plan, FirewallGrant grant, string port)
    {
        string to = grant.Destination is { } at ? $"<destination address=\"{at}\"/>" : "";
        if (plan.Sources.Of(grant.Source) is null)
        {
            string family = grant.Destination is { } only ? $" family=\"{Word(only.AddressFamily)}\"" : "";
            text.Append($"  <rule priority=\"{Number(Allow)}\"{family}>{to}{port}<accept/></rule>\n");
            return;
        }

        foreach (AddressFamily family in FirewallText.Families.Where(f => FirewallText.IsIn(grant, f)))
        {
            foreach (IPNetwork network in FirewallText.Networks(plan, grant, family) ?? ImmutableArray<IPNetwork>.Empty)
            {
                text.Append($"  <rule priority=\"{Number(Allow)}\" family=\"{Word(family)}\"><source address=\"{FirewallText.Network(network)}\"/>{to}{port}<accept/></rule>\n");
            }
        }
    }

    private static string Word(AddressFamily family) => family == AddressFamily.InterNetwork ? "ipv4" : "ipv6";

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}

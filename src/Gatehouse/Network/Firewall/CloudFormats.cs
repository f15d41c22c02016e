using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Gatehouse.Network.Endpoints;

namespace Gatehouse.Network.Firewall;

/// <summary>
/// Rules of a security group: what is not named is closed, so a group has only who comes in. As the permissions that
/// <c>aws ec2 authorize-security-group-ingress</c> reads, and as Terraform resources.
/// </summary>
internal static class CloudFormats
{
    // What a description may have (its letters: FirewallText.Comment).
    private const int MostDescription = 250;

    /// <summary>A JSON array of permissions.</summary>
    public static string WriteJson(FirewallPlan plan)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, NewLine = "\n" }))
        {
            json.WriteStartArray();
            foreach (FirewallRule rule in plan.Rules)
            {
                Entry[] entries = [.. Entries(plan, rule)];
                if (entries.Length == 0)
                {
                    continue;
                }

                json.WriteStartObject();
                json.WriteString("IpProtocol", FirewallText.Word(rule.Transport));
                json.WriteNumber("FromPort", rule.Ports.First);
                json.WriteNumber("ToPort", rule.Ports.Last);
                WriteRanges(json, "IpRanges", "CidrIp", entries, AddressFamily.InterNetwork);
                WriteRanges(json, "Ipv6Ranges", "CidrIpv6", entries, AddressFamily.InterNetworkV6);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        return Encoding.UTF8.GetString(buffer.ToArray()) + "\n";
    }

    /// <summary>One resource a rule and network.</summary>
    public static string WriteTerraform(FirewallPlan plan)
    {
        var text = new StringBuilder();
        text.Append(
            """
            # Written by gatehouse firewall. A security group closes what it does not name, so there are no rules for guarded ports
            # here, and there must be none elsewhere in the group. ssh is not in it.
            variable "gatehouse_security_group_id" {
              type = string
            }

            """.ReplaceLineEndings("\n"));
        foreach (FirewallRule rule in plan.Rules)
        {
            foreach (Entry entry in Entries(plan, rule))
            {
                string label = $"gatehouse_{FirewallText.Word(rule.Transport)}_{rule.Ports}_{entry.Network}";
                text.Append(
                    $$"""

                    resource "aws_vpc_security_group_ingress_rule" "{{string.Concat(label.Select(static c => char.IsAsciiLetterOrDigit(c) ? c : '_'))}}" {
                      security_group_id = var.gatehouse_security_group_id
                      description       = "{{entry.Description}}"
                      ip_protocol       = "{{FirewallText.Word(rule.Transport)}}"
                      from_port         = {{rule.Ports.First.ToString(CultureInfo.InvariantCulture)}}
                      to_port           = {{rule.Ports.Last.ToString(CultureInfo.InvariantCulture)}}
                      {{(entry.IsIPv4 ? "cidr_ipv4        " : "cidr_ipv6        ")}} = "{{entry.Network}}"
                    }

                    """.ReplaceLineEndings("\n"));
            }
        }

        return text.ToString();
    }

    private static void WriteRanges(Utf8JsonWriter json, string list, string member, Entry[] entries, AddressFamily family)
    {
        json.WriteStartArray(list);
        foreach (Entry entry in entries.Where(e => e.Network.BaseAddress.AddressFamily == family))
        {
            json.WriteStartObject();
            json.WriteString(member, entry.Network.ToString());
            json.WriteString("Description", entry.Description);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    // A network once a port: it may be in two groups.
    private static IEnumerable<Entry> Entries(FirewallPlan plan, FirewallRule rule)
    {
        ImmutableArray<IPNetwork> networks = FirewallSources.Distinct(rule.Grants.SelectMany(grant => FirewallText.Families
            .Where(f => FirewallText.IsIn(grant, f))
            .SelectMany(family => FirewallText.Networks(plan, grant, family) ?? [Everything(family)])));
        foreach (IPNetwork network in networks)
        {
            IEnumerable<Audiences> groups = rule.Grants.Select(static g => g.Source).Distinct()
                .Where(g => plan.Sources.Of(g) is not { } some || some.Contains(network));
            yield return new Entry(network, FirewallText.Comment($"{string.Join(", ", groups.Select(FirewallText.Word))}: {rule.Why}", MostDescription));
        }
    }

    private static IPNetwork Everything(AddressFamily family) => new(family == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any, 0);

    private sealed record Entry(IPNetwork Network, string Description)
    {
        public bool IsIPv4 => Network.BaseAddress.AddressFamily == AddressFamily.InterNetwork;
    }
}

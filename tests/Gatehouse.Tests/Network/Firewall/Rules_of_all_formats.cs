using System.Net;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Xml.Linq;
using Gatehouse.Network.Endpoints;
using Gatehouse.Network.Firewall;
using Gatehouse.Tests.Network.Endpoints;
using Shouldly;
using Xunit;

namespace Gatehouse.Tests.Network.Firewall;

/// <summary>The plan of a node, and what each format makes of it; GATEHOUSE_UPDATE_GOLDEN=1 writes the files beside this one anew.</summary>
public sealed class Rules_of_all_formats
{
    private static readonly FirewallSources Sources = new()
    {
        Clients = Networks("10.0.0.0/8", "2001:db8:1::/48"),
        Peers = Networks("10.0.0.2", "10.0.0.3", "2001:db8::3"),
        Operators = Networks("192.0.2.0/28"),
    };

    private static readonly FirewallPlan Plan = FirewallPlan.Of(
        EndpointMap.Of(Sample.Node(
            Sample.Gate("elasticsearch", "elasticsearch", "0.0.0.0:9243", 9200),
            Sample.Gate("mqtt", "mqtt", "10.0.0.1:8883", 1883),
            Sample.Gate("kubo", "kubo", "127.0.0.1:5443", 5001)) with
        {
            Services = [new ServiceShape("erlang", "erlang", [4371, 4372, 5371, 5372])],
        }),
        Sources,
        []);

    public static TheoryData<string> Formats => [.. FirewallWriter.Formats];

    [Theory]
    [MemberData(nameof(Formats))]
    public void A_format_is_its_golden_file(string format)
    {
        string file = Golden(format);
        string text = FirewallWriter.Write(Plan, format);
        if (Environment.GetEnvironmentVariable("GATEHOUSE_UPDATE_GOLDEN") == "1")
        {
            File.WriteAllText(file, text);
        }

        text.ShouldBe(File.ReadAllText(file), "GATEHOUSE_UPDATE_GOLDEN=1 writes it anew");
        FirewallWriter.Write(Plan, format).ShouldBe(text);
    }

    [Fact]
    public void No_port_stands_in_two_rules_and_ssh_in_none()
    {
        for (int i = 0; i < Plan.Rules.Length; i++)
        {
            Plan.Rules[i].Ports.Contains(22).ShouldBeFalse();
            Plan.Rules.Skip(i + 1).ShouldAllBe(later => later.Transport != Plan.Rules[i].Transport || !later.Ports.Overlaps(Plan.Rules[i].Ports));
        }
    }

    [Fact]
    public void What_is_configured_wins_over_a_usual_port_of_the_same_number()
    {
        FirewallPlan plan = FirewallPlan.Of(EndpointMap.Of(Sample.Node(Sample.Gate("mqtt", "mqtt", "0.0.0.0:8883", 1883), Sample.Gate("odd", "http", "0.0.0.0:4375", 9000))), Sources, []);
        Grants(plan, 4375).ShouldBe([new FirewallGrant(Audiences.Clients, null)]);
        Grants(plan, 4374).ShouldBe([new FirewallGrant(Audiences.Peers, null)]);
        Grants(plan, 4376).ShouldBe([new FirewallGrant(Audiences.Peers, null)]);
        Grants(plan, 9000).ShouldBeEmpty();
    }

    [Fact]
    public void A_gate_on_one_address_is_open_there_only()
    {
        FirewallPlan plan = FirewallPlan.Of(EndpointMap.Of(Sample.Node(Sample.Gate("es", "elasticsearch", "10.0.0.1:9200", 9200))), Sources, []);
        Grants(plan, 9200).ShouldBe([new FirewallGrant(Audiences.Clients, IPAddress.Parse("10.0.0.1"))]);
        string nft = FirewallWriter.Write(plan, "nftables");
        nft.ShouldContain("ip saddr @clients4 ip daddr 10.0.0.1 tcp dport 9200 accept");
        nft.ShouldNotContain("ip6 saddr @clients6 ip daddr");
    }

    [Fact]
    public void Kept_ports_are_in_no_rule()
    {
        FirewallPlan plan = FirewallPlan.Of(EndpointMap.Of(Sample.Node(Sample.Gate("mqtt", "mqtt", "0.0.0.0:8883", 1883))), Sources, [PortSpan.Of(8083), new PortSpan(4372, 4373)]);
        plan.Rules.ShouldNotContain(static r => r.Ports.Contains(8083) || r.Ports.Contains(4372) || r.Ports.Contains(4373));
        Grants(plan, 4371).ShouldBe([new FirewallGrant(Audiences.Peers, null)]);
        Grants(plan, 4374).ShouldBe([new FirewallGrant(Audiences.Peers, null)]);
    }

    [Fact]
    public void A_group_without_addresses_lets_nobody_in()
    {
        var none = new FirewallSources { Clients = null };
        FirewallPlan plan = FirewallPlan.Of(EndpointMap.Of(Sample.Node()), none, []);
        FirewallWriter.Write(plan, "iptables").ShouldNotContain("--dport 7444 -m comment --comment \"peers\" -j RETURN");
        FirewallWriter.Write(plan, "iptables").ShouldContain("-A GATEHOUSE -p tcp -m tcp --dport 7444 -m comment --comment \"mesh\" -j DROP");
        FirewallWriter.Write(plan, "ufw").ShouldNotContain("allow");
        FirewallWriter.Write(plan, "security-group").Trim().ShouldBe("[]");
        FirewallWriter.Write(plan, "firewalld").ShouldNotContain("accept");
    }

    [Fact]
    public void Hostile_names_stay_inside_their_comment()
    {
        Endpoint hostile = EndpointMap.Of(Sample.Node())[0] with { What = "x\"; }\n}' \n table ip --> $(reboot) `reboot` \\", Ports = PortSpan.Of(7999) };
        FirewallPlan plan = FirewallPlan.Of([hostile], Sources, []);
        foreach (string format in FirewallWriter.Formats)
        {
            string text = FirewallWriter.Write(plan, format);
            string line = text.Split('\n').First(static l => l.Contains("reboot", StringComparison.Ordinal));
            line.ShouldNotContain("$(");
            line.ShouldNotContain("`");
            line.ShouldNotContain("\\");
            text.Split('\n').ShouldNotContain(static l => l.StartsWith(" table ip", StringComparison.Ordinal), format);
        }

        XDocument.Parse(FirewallWriter.Write(plan, "firewalld")).Root!.Name.LocalName.ShouldBe("policy");
    }

    [Fact]
    public void Security_groups_are_json_with_every_source_once_a_port()
    {
        using var document = JsonDocument.Parse(FirewallWriter.Write(Plan, "security-group"));
        JsonElement admin = document.RootElement.EnumerateArray().Single(static p => p.GetProperty("FromPort").GetInt32() == 7443);
        admin.GetProperty("IpRanges").EnumerateArray().Select(static r => r.GetProperty("CidrIp").GetString()).ShouldBe(["10.0.0.2/32", "10.0.0.3/32", "192.0.2.0/28"]);
        document.RootElement.EnumerateArray().ShouldNotContain(static p => p.GetProperty("FromPort").GetInt32() == 9200);
    }

    [Theory]
    [InlineData("10.0.0.0/8", "10.0.0.0/8")]
    [InlineData("10.0.0.7", "10.0.0.7/32")]
    [InlineData("2001:db8::/32", "2001:db8::/32")]
    [InlineData("0.0.0.0/0", "0.0.0.0/0")]
    [InlineData("::/0", "::/0")]
    public void Networks_are_read(string text, string read)
    {
        FirewallSources.TryParse(text, out IPNetwork network, out _).ShouldBeTrue();
        network.ToString().ShouldBe(read);
    }

    [Theory]
    [InlineData("10.0.0.5/8")]
    [InlineData("10.1")]
    [InlineData("010.0.0.1")]
    [InlineData("10.0.0.0/33")]
    [InlineData("")]
    [InlineData("10.0.0.1-10.0.0.9")]
    [InlineData("fe80::1%eth0")]
    public void What_others_could_read_differently_is_no_network(string text) => FirewallSources.TryParse(text, out _, out _).ShouldBeFalse();

    [Fact]
    public void Networks_inside_others_are_left_out_for_sets_take_no_overlap() =>
        FirewallSources.Distinct(Networks("10.0.0.7", "10.0.0.0/8", "10.2.0.0/16", "192.0.2.1", "2001:db8::1", "10.0.0.7"))
            .Select(static n => n.ToString()).ShouldBe(["10.0.0.0/8", "192.0.2.1/32", "2001:db8::1/128"]);

    private static System.Collections.Immutable.ImmutableArray<FirewallGrant> Grants(FirewallPlan plan, int port) =>
        plan.Rules.Single(r => r.Transport == Transport.Tcp && r.Ports.Contains(port)).Grants;

    private static System.Collections.Immutable.ImmutableArray<IPNetwork> Networks(params string[] texts) =>
        [.. texts.Select(static text => FirewallSources.TryParse(text, out IPNetwork network, out string why) ? network : throw new ArgumentException(why, nameof(texts)))];

    private static string Golden(string format, [CallerFilePath] string here = "") =>
        Path.Combine(Path.GetDirectoryName(here)!, "Golden", "firewall." + format);
}

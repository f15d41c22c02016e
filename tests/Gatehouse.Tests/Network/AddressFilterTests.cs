using System.Net;
using System.Net.Sockets;
using FsCheck;
using FsCheck.Fluent;
using Gatehouse.Network;
using Gatehouse.Problems;
using Shouldly;
using Xunit;

namespace Gatehouse.Tests.Network;

public sealed class AddressFilterTests
{
    private static readonly string[] Bases =
        ["10.0.0.0", "10.1.0.0", "10.1.2.0", "10.1.2.3", "192.168.0.0", "0.0.0.0", "255.255.255.255", "127.0.0.1",
         "::", "::1", "2001:db8::", "2001:db8:1::", "2001:db8:1:2::5", "fe80::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "::ffff:10.1.2.3"];

    [Theory]
    [InlineData("10.1")]
    [InlineData("10.1.2")]
    [InlineData("1.2.3.4.5")]
    [InlineData("010.0.0.1")]
    [InlineData("0x0a.0.0.1")]
    [InlineData("167772161")]
    [InlineData("10.0.0.256")]
    [InlineData("10.0.0.1/33")]
    [InlineData("10.0.0.0/08")]
    [InlineData("10.0.0.0/")]
    [InlineData("10.0.0.0/+8")]
    [InlineData("/8")]
    [InlineData("10.0.0.0/8/8")]
    [InlineData(" 10.0.0.1")]
    [InlineData("10.0.0.1 ")]
    [InlineData("10.0.0.1\n")]
    [InlineData("10.0.0.1:80")]
    [InlineData("fe80::1%eth0")]
    [InlineData("fe80::1%1")]
    [InlineData("[::1]")]
    [InlineData("[::1]:80")]
    [InlineData("::1::")]
    [InlineData(":::")]
    [InlineData("1:2:3:4:5:6:7")]
    [InlineData("1:2:3:4:5:6:7:8:9")]
    [InlineData("12345::")]
    [InlineData("::/129")]
    [InlineData("::ffff:10.1")]
    [InlineData("::ffff:010.0.0.1")]
    [InlineData("::ffff:10.0.0.1.")]
    [InlineData("١٠.0.0.1")]
    [InlineData("1.2.3")]
    [InlineData("0x7f.1")]
    [InlineData("host.0x7f")]
    [InlineData("10.0.0.1.")]
    [InlineData("host.example.42")]
    [InlineData("*.10.0.0.1")]
    [InlineData("*")]
    [InlineData("*.")]
    [InlineData(".")]
    [InlineData("*example.com")]
    [InlineData("a.*.example.com")]
    [InlineData("..example.com")]
    [InlineData("host..example.com")]
    [InlineData("host.example.com..")]
    [InlineData("-host.example.com")]
    [InlineData("host_a.example.com")]
    [InlineData("_local")]
    [InlineData("host.example.com:80")]
    [InlineData("host example.com")]
    [InlineData("bücher.example")]
    [InlineData("ｅxample.com")]
    [InlineData("_ALL")]
    [InlineData("10.0.0.1-")]
    [InlineData("-10.0.0.1")]
    [InlineData("10.0.0.1-10.0.0.2-10.0.0.3")]
    [InlineData("10.0.0.0/8-11.0.0.0/8")]
    [InlineData("10.0.0.1 - 10.0.0.2")]
    [InlineData("10.0.0.1-2")]
    [InlineData("10.0.0.1-::2")]
    [InlineData("::ffff:10.0.0.1-2001:db8::")]
    [InlineData("10.0.0.2-10.0.0.1")]
    [InlineData("")]
    public void A_form_that_others_may_read_differently_is_refused(string text)
    {
        List<Problem> problems = [];
        AddressFilter.Compile([new AddressRule(AddressRuleEffect.Allow, text)], problems).ShouldBeNull();
        problems.ShouldHaveSingleItem().Definition.ShouldBe(NetworkProblems.InvalidAddress);
        AddressFilter.Check(text).ShouldNotBeNull();
    }

    [Theory]
    [InlineData("10.1.2.3/8", "10.0.0.0/8")]
    [InlineData("10.0.0.1/31", "10.0.0.0/31")]
    [InlineData("2001:db8::1/32", "2001:db8::/32")]
    [InlineData("::ffff:10.0.0.1/104", "10.0.0.0/8")]
    public void Host_bits_below_the_prefix_are_refused_with_the_network(string text, string network)
    {
        Problem? problem = AddressFilter.Check(text);
        problem.ShouldNotBeNull().Definition.ShouldBe(NetworkProblems.HostBitsSet);
        problem.Hint.ShouldNotBeNull().ShouldContain($"`{network}`");
    }

    [Fact]
    public void A_problem_shows_no_control_characters_and_no_endless_text()
    {
        Problem problem = AddressFilter.Check("\u001b[2J`" + new string('9', 5000)).ShouldNotBeNull();
        problem.Text.ShouldNotContain('\u001b');
        problem.Text.Length.ShouldBeLessThan(200);
    }

    [Fact]
    public void Without_rules_everyone_enters()
    {
        AddressFilter.Open.Decide(IPAddress.Loopback).IsAllowed.ShouldBeTrue();
        AddressFilter.Open.Decide(IPAddress.Loopback).Rule.ShouldBeNull();
        default(AddressVerdict).IsAllowed.ShouldBeFalse();
        Compile().Decide(IPAddress.IPv6Loopback).IsAllowed.ShouldBeTrue();
    }

    [Fact]
    public void An_allow_rule_makes_deny_the_default_in_both_families()
    {
        AddressFilter filter = Compile("+10.0.0.0/8");
        Allows(filter, "10.255.255.255").ShouldBeTrue();
        Allows(filter, "::ffff:10.0.0.0").ShouldBeTrue();
        Allows(filter, "11.0.0.0").ShouldBeFalse();
        Allows(filter, "9.255.255.255").ShouldBeFalse();
        Allows(filter, "::1").ShouldBeFalse();
        filter.Decide(IPAddress.Parse("11.0.0.0")).Rule.ShouldBeNull();
    }

    [Fact]
    public void Deny_rules_alone_keep_the_default_open()
    {
        AddressFilter filter = Compile("-10.0.0.0/8");
        Allows(filter, "10.0.0.1").ShouldBeFalse();
        Allows(filter, "11.0.0.1").ShouldBeTrue();
        Allows(filter, "::1").ShouldBeTrue();
    }

    [Fact]
    public void The_most_specific_rule_wins_and_is_named()
    {
        AddressFilter filter = Compile("-_all", "+10.0.0.0/8", "-10.1.0.0/16", "+10.1.2.3");
        Allows(filter, "10.1.2.3").ShouldBeTrue();
        Allows(filter, "10.1.2.4").ShouldBeFalse();
        Allows(filter, "10.2.0.0").ShouldBeTrue();
        Allows(filter, "8.8.8.8").ShouldBeFalse();
        filter.Decide(IPAddress.Parse("10.1.9.9")).Rule!.Address.ShouldBe("10.1.0.0/16");
        filter.Decide(IPAddress.Parse("8.8.8.8")).Rule!.Address.ShouldBe("_all");
    }

    [Theory]
    [InlineData("+10.0.0.0/8", "-10.0.0.0/8")]
    [InlineData("-10.0.0.0/8", "+10.0.0.0/8")]
    [InlineData("+10.0.0.7", "-10.0.0.7/32")]
    [InlineData("+10.0.0.7", "-::ffff:10.0.0.7")]
    [InlineData("+_all", "-_all")]
    [InlineData("-_all", "+_all")]
    public void Deny_wins_a_tie(string first, string second) =>
        Allows(Compile(first, second), "10.0.0.7").ShouldBeFalse();

    [Fact]
    public void All_is_less_specific_than_the_widest_network()
    {
        Allows(Compile("-_all", "+0.0.0.0/0"), "1.2.3.4").ShouldBeTrue();
        Allows(Compile("-_all", "+0.0.0.0/0"), "::1").ShouldBeFalse();
        Allows(Compile("+_all", "-::/0"), "::1").ShouldBeFalse();
        Allows(Compile("+_all", "-::/0"), "1.2.3.4").ShouldBeTrue();
        Allows(Compile("+_all", "-::/0"), "::ffff:1.2.3.4").ShouldBeTrue();
    }

    [Fact]
    public void A_range_holds_both_its_ends_and_nothing_beyond()
    {
        AddressFilter filter = Compile("+10.0.0.5-10.0.0.99", "+2001:db8:0:1::5-2001:db8:0:9::7", "+::ffff:10.9.0.1-::ffff:10.9.0.2");
        Allows(filter, "10.0.0.4").ShouldBeFalse();
        Allows(filter, "10.0.0.5").ShouldBeTrue();
        Allows(filter, "10.0.0.99").ShouldBeTrue();
        Allows(filter, "10.0.0.100").ShouldBeFalse();
        Allows(filter, "2001:db8:0:1::4").ShouldBeFalse();
        Allows(filter, "2001:db8:0:1::5").ShouldBeTrue();
        Allows(filter, "2001:db8:0:9::7").ShouldBeTrue();
        Allows(filter, "2001:db8:0:9::8").ShouldBeFalse();
        Allows(filter, "10.9.0.2").ShouldBeTrue();
        filter.Decide(IPAddress.Parse("10.0.0.7")).Rule!.Address.ShouldBe("10.0.0.5-10.0.0.99");
    }

    [Fact]
    public void Of_overlapping_ranges_the_one_with_fewer_addresses_wins()
    {
        AddressFilter filter = Compile("+10.0.0.0-10.0.0.99", "-10.0.0.50-10.0.0.160", "+10.0.0.0/24", "-10.0.0.60-10.0.0.60");
        Allows(filter, "10.0.0.55").ShouldBeTrue();
        Allows(filter, "10.0.0.60").ShouldBeFalse();
        Allows(filter, "10.0.0.99").ShouldBeTrue();
        Allows(filter, "10.0.0.100").ShouldBeFalse();
        Allows(filter, "10.0.0.200").ShouldBeTrue();
    }

    [Fact]
    public void Duplicates_are_fine()
    {
        AddressFilter filter = Compile("+10.0.0.0/8", "+10.0.0.0/8", "+10.0.0.1", "+10.0.0.1");
        Allows(filter, "10.0.0.1").ShouldBeTrue();
        filter.Count.ShouldBe(4);
    }

    [Fact]
    public void The_zone_of_a_link_local_source_does_not_change_the_verdict() =>
        Compile("-fe80::/10").Decide(new IPAddress(IPAddress.Parse("fe80::1").GetAddressBytes(), 3)).IsAllowed.ShouldBeFalse();

    [Fact]
    public void Every_bad_rule_is_reported()
    {
        List<Problem> problems = [];
        AddressFilter.Compile(Rules("+10.1", "+10.0.0.0/8", "-x!", "+10.0.0.1/8"), problems).ShouldBeNull();
        problems.Count.ShouldBe(3);
    }

    [Fact]
    public void Deciding_allocates_nothing()
    {
        AddressFilter filter = Compile("+10.0.0.0/8", "-10.1.0.0/16", "+2001:db8::/32");
        IPAddress[] addresses = [IPAddress.Parse("10.1.2.3"), IPAddress.Parse("2001:db8::1"), IPAddress.Parse("::ffff:10.2.0.1")];
        Sum(filter, addresses, 1000);
        long before = GC.GetAllocatedBytesForCurrentThread();
        int allowed = Sum(filter, addresses, 1000);
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
        allowed.ShouldBe(2000);

        static int Sum(AddressFilter filter, IPAddress[] addresses, int times)
        {
            int allowed = 0;
            for (int i = 0; i < times; i++)
            {
                foreach (IPAddress address in addresses)
                {
                    allowed += filter.Decide(address).IsAllowed ? 1 : 0;
                }
            }

            return allowed;
        }
    }

    [Fact]
    public void The_compiled_filter_agrees_with_the_reference()
    {
        Gen<string> network =
            from text in Gen.Elements(Bases)
            from flip in Gen.Choose(0, 15)
            from bits in Gen.Choose(0, 255)
            from length in Gen.Choose(0, 128)
            select Network(text, flip, bits, length);
        Gen<string> range =
            from text in Gen.Elements(Bases)
            from flips in Gen.Choose(0, 15).ArrayOf(2)
            from bits in Gen.Choose(0, 255).ArrayOf(2)
            select Range(Flip(IPAddress.Parse(text), flips[0], bits[0]), Flip(IPAddress.Parse(text), flips[1], bits[1]));
        Gen<AddressRule> rule =
            from address in Gen.Frequency((6, network), (4, range), (1, Gen.Constant(AddressRule.All)))
            from deny in Gen.Elements(true, false)
            select new AddressRule(deny ? AddressRuleEffect.Deny : AddressRuleEffect.Allow, address);
        Gen<IPAddress> probe =
            from text in Gen.Elements(Bases)
            from flip in Gen.Choose(0, 15)
            from bits in Gen.Choose(0, 255)
            select Flip(IPAddress.Parse(text), flip, bits);
        var cases =
            from rules in rule.ListOf()
            from probes in probe.ArrayOf(24)
            select (Rules: rules.ToArray(), Probes: probes);

        Prop.ForAll(cases.ToArbitrary(), static c =>
        {
            List<Problem> problems = [];
            AddressFilter filter = AddressFilter.Compile(c.Rules, problems).ShouldNotBeNull();
            IEnumerable<IPAddress> edges = c.Rules.Where(static r => r.Address != AddressRule.All)
                .SelectMany(static r => Edges(r.Address));
            foreach (IPAddress address in c.Probes.Concat(edges))
            {
                AddressVerdict verdict = filter.Decide(address);
                verdict.IsAllowed.ShouldBe(ReferenceAddressFilter.Decide(c.Rules, address), address.ToString());
                bool byDefault = !c.Rules.Any(static r => r.Effect == AddressRuleEffect.Allow);
                verdict.IsAllowed.ShouldBe(verdict.Rule is { } rule ? rule.Effect == AddressRuleEffect.Allow : byDefault);
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2000).WithEndSize(60));
    }

    [Fact]
    public void A_large_filter_agrees_with_the_reference_where_rules_crowd()
    {
        var random = new Random(7);
        AddressRule[] rules = [.. Enumerable.Range(0, 5000).Select(i =>
            new AddressRule(i % 3 == 0 ? AddressRuleEffect.Deny : AddressRuleEffect.Allow, i % 2 == 0
                ? Network("10.1.0.0", 2, random.Next(256), random.Next(12, 33))
                : Network("2001:db8::", random.Next(4, 8), random.Next(256), random.Next(24, 65))))];
        AddressFilter filter = AddressFilter.Compile(rules, []).ShouldNotBeNull();
        for (int i = 0; i < 2000; i++)
        {
            IPAddress address = Flip(IPAddress.Parse(i % 2 == 0 ? "10.1.0.0" : "2001:db8::"), random.Next(2, 8), random.Next(256));
            filter.Decide(address).IsAllowed.ShouldBe(ReferenceAddressFilter.Decide(rules, address), address.ToString());
        }
    }

    private static IEnumerable<IPAddress> Edges(string network)
    {
        AddressParser.ParseRange(network, out AddressRange range, out _).ShouldBe(AddressParseStatus.Parsed);
        return new[] { range.First - 1, range.First, range.Last, range.Last + 1 }.Select(static bits =>
        {
            byte[] bytes = new byte[16];
            System.Buffers.Binary.BinaryPrimitives.WriteUInt128BigEndian(bytes, bits);
            return new IPAddress(bytes);
        });
    }

    private static IPAddress Flip(IPAddress address, int index, int bits)
    {
        byte[] bytes = address.GetAddressBytes();
        bytes[index % bytes.Length] ^= (byte)bits;
        return new IPAddress(bytes);
    }

    private static string Range(IPAddress one, IPAddress other)
    {
        // Both ends are of one family, or there is no such range.
        other = one.IsIPv4MappedToIPv6 == other.IsIPv4MappedToIPv6 ? other : one;
        bool swapped = one.GetAddressBytes().AsSpan().SequenceCompareTo(other.GetAddressBytes()) > 0;
        return swapped ? $"{other}-{one}" : $"{one}-{other}";
    }

    private static string Network(string text, int flip, int bits, int length)
    {
        byte[] bytes = Flip(IPAddress.Parse(text), flip, bits).GetAddressBytes();
        length = Math.Min(length, bytes.Length * 8);
        for (int bit = length; bit < bytes.Length * 8; bit++)
        {
            bytes[bit / 8] &= (byte)~(1 << (7 - (bit % 8)));
        }

        return $"{new IPAddress(bytes)}/{length}";
    }

    private static bool Allows(AddressFilter filter, string address) => filter.Decide(IPAddress.Parse(address)).IsAllowed;

    private static AddressFilter Compile(params string[] rules) => AddressFilter.Compile(Rules(rules), []).ShouldNotBeNull();

    private static IEnumerable<AddressRule> Rules(params string[] rules) => rules.Select(static r =>
        new AddressRule(r[0] == '+' ? AddressRuleEffect.Allow : AddressRuleEffect.Deny, r[1..]));
}

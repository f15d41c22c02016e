using System.Collections.Immutable;
using System.Net;
using FsCheck;
using FsCheck.Fluent;
using Gatehouse.Network;
using Gatehouse.Problems;
using Shouldly;
using Xunit;

namespace Gatehouse.Tests.Network;

public sealed class ElasticsearchFilterTests
{
    private static readonly string[] Names = ["h.a.example", "g.a.example", "h.b.a.example", "a.example", "h.c.example"];
    private static readonly string[] NameItems = ["*.a.example", "*.b.a.example", "*.example", "h.a.example", "h.c.example", "a.example"];

    [Theory]
    [InlineData("", "", "")]
    [InlineData("10.0.0.0/8", "", "")]
    [InlineData("_all", "10.1.0.0/16", "")]
    [InlineData("", "10.1.0.0/16", "-10.1.0.0/16")]
    [InlineData("", "_all", "-_all")]
    [InlineData("10.0.0.0/8", "_all", "+10.0.0.0/8")]
    [InlineData("10.0.0.0/8", "10.1.0.0/16", "")]
    [InlineData("10.1.0.0/16", "10.0.0.0/15", "-10.0.0.0/16")]
    [InlineData("10.0.0.7", "10.0.0.0/29", "-10.0.0.0-10.0.0.6")]
    [InlineData("10.0.0.1", "10.0.0.1", "")]
    [InlineData("2001:db8::/33", "2001:db8::/32", "-2001:db8:8000::/33")]
    [InlineData("10.0.0.99/8", "_all", "+10.0.0.0/8")]
    [InlineData("10.9.9.9/255.255.0.0", "_all", "+10.9.0.0/16")]
    [InlineData("10.0.0.0/8,*.a.example", "_all", "+10.0.0.0/8 +*.a.example")]
    [InlineData("*.a.example", "10.0.0.0/8", "+_all -10.0.0.0/8 +*.a.example")]
    [InlineData("", "*.a.example,10.0.0.0/8", "+_all -10.0.0.0/8 -*.a.example")]
    [InlineData("10.0.0.0/8", "_all,*.a.example", "+10.0.0.0/8")]
    [InlineData("10.0.0.0/8,10.1.0.0/16,11.0.0.0/8", "_all", "+10.0.0.0/7")]
    public void Rules_with_the_same_meaning_are_made(string allow, string deny, string expected) =>
        string.Join(' ', Translate(allow, deny).ShouldNotBeNull().Select(Text)).ShouldBe(expected);

    [Theory]
    [InlineData("h.a.example", "_all")]
    [InlineData("", "h.a.example")]
    [InlineData("10.0.0.0/8", "*.a.example")]
    [InlineData("*.a.example", "*.c.example")]
    [InlineData("*.a.example", "10.0.0.1")]
    [InlineData("localhost", "_all")]
    [InlineData("192.168.*", "_all")]
    [InlineData("*", "_all")]
    [InlineData("*-lab.example", "_all")]
    [InlineData("*.A.example", "_all")]
    [InlineData(".a.example", "_all")]
    [InlineData("10.0.0.0/255.0.255.0", "_all")]
    [InlineData("10.0.0.0/0x8", "_all")]
    [InlineData("10.1/16", "_all")]
    [InlineData("::ffff:10.0.0.0/104", "_all")]
    [InlineData("host.example/8", "_all")]
    [InlineData("10.0.0.1-10.0.0.9", "_all")]
    public void What_cannot_be_kept_is_refused(string allow, string deny)
    {
        List<Problem> problems = [];
        Filter(allow, deny).Translate(null, problems).ShouldBeNull();
        problems.ShouldNotBeEmpty();
        problems.ShouldAllBe(static p => p.Definition == NetworkProblems.FilterNotKept);
    }

    [Fact]
    public void What_it_listens_on_is_let_in_and_must_be_known()
    {
        ElasticsearchFilter local = Filter("", "_all") with { Own = ["127.0.0.1", "::1"] };
        string.Join(' ', local.Translate("es", []).ShouldNotBeNull().Select(Text)).ShouldBe("+127.0.0.1 +::1");
        List<Problem> problems = [];
        (Filter("", "_all") with { Own = default }).Translate(null, problems).ShouldBeNull();
        problems.ShouldHaveSingleItem().Hint.ShouldNotBeNull().ShouldContain("--own");
        (Filter("", "") with { Own = default }).Translate(null, []).ShouldNotBeNull().ShouldBeEmpty();
    }

    [Fact]
    public void Localhost_stands_for_the_hosts_addresses()
    {
        ElasticsearchFilter filter = Filter("localhost", "_all") with { Interfaces = ["192.0.2.7"] };
        string.Join(' ', filter.Translate(null, []).ShouldNotBeNull().Select(Text)).ShouldBe("+127.0.0.0/8 +192.0.2.7 +::1");
    }

    [Fact]
    public void Translated_rules_decide_as_elasticsearch_does()
    {
        Gen<string> address =
            from v6 in Gen.Elements(false, true)
            from low in Gen.Choose(0, 31)
            select v6 ? $"2001:db8::{low:x}" : $"10.0.0.{low}";
        Gen<string> network =
            from text in address
            from bits in Gen.Choose(0, 6)
            select text.Contains(':') ? $"{text}/{128 - bits}" : $"{text}/{32 - bits}";
        Gen<string> item = Gen.Frequency(
            (3, address), (5, network), (3, Gen.Elements(NameItems)), (1, Gen.Constant("_all")), (1, Gen.Elements("0.0.0.0/0", "::/0")));
        Gen<string[]> list = Gen.Choose(0, 5).SelectMany(item.ArrayOf);
        Gen<string?[]> names = Gen.Elements([.. Names, null, null]).ArrayOf(66);
        Gen<(string[] Own, string[] Allow, string[] Deny, string?[] Names)> cases =
            from own in Gen.Choose(0, 1).SelectMany(address.ArrayOf)
            from allow in list
            from deny in list
            from world in names
            select (own, allow, deny, world);
        int translated = 0;
        Prop.ForAll(cases.ToArbitrary(), c =>
        {
            List<Problem> problems = [];
            var filter = new ElasticsearchFilter([.. c.Allow], [.. c.Deny], [.. c.Own], default, TakeHostsForward: true);
            if (filter.Translate("es", problems) is not { } rules)
            {
                problems.ShouldNotBeEmpty();
                return;
            }

            translated++;
            AddressFilter compiled = AddressFilter.Compile(rules, []).ShouldNotBeNull();
            var model = new ElasticsearchModel(c.Own, c.Allow, c.Deny);
            var world = new NamedWorld(World().Select((a, i) => (a, c.Names[i])).ToDictionary(static p => p.a, static p => p.Item2));
            foreach (IPAddress source in world.Addresses)
            {
                compiled.Decide(source, world).IsAllowed.ShouldBe(
                    model.Decide(source, world.NameOf(source)), $"{source} {world.NameOf(source)}: {string.Join(' ', rules.Select(Text))}");
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(3000));
        translated.ShouldBeGreaterThan(1000, "most rule sets can be kept");
    }

    // All of the small world, and two addresses that no rule but the widest holds.
    private static IEnumerable<IPAddress> World() =>
        Enumerable.Range(0, 32).SelectMany(static i => new[] { $"10.0.0.{i}", $"2001:db8::{i:x}" }).Append("192.0.2.1").Append("fe80::1").Select(IPAddress.Parse);

    private static ElasticsearchFilter Filter(string allow, string deny) =>
        new([.. allow.Split(',', StringSplitOptions.RemoveEmptyEntries)], [.. deny.Split(',', StringSplitOptions.RemoveEmptyEntries)], [], default, false);

    private static ImmutableArray<AddressRule>? Translate(string allow, string deny)
    {
        List<Problem> problems = [];
        ImmutableArray<AddressRule>? rules = Filter(allow, deny).Translate(null, problems);
        problems.ShouldBeEmpty();
        return rules;
    }

    private static string Text(AddressRule rule) => (rule.Effect == AddressRuleEffect.Allow ? "+" : "-") + rule.Address;
}

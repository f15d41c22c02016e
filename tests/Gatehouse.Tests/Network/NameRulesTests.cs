using System.Collections.Immutable;
using System.Net;
using Gatehouse.Network;
using Gatehouse.Problems;
using Shouldly;
using Xunit;

namespace Gatehouse.Tests.Network;

public sealed class NameRulesTests
{
    private readonly Facts _facts = new();

    [Theory]
    [InlineData("Host.Example.COM.", "host.example.com", AddressRuleKind.Host)]
    [InlineData("*.EXAMPLE.com.", "*.example.com", AddressRuleKind.Subdomains)]
    [InlineData(".example.com", ".example.com", AddressRuleKind.Domain)]
    [InlineData("localhost", "localhost", AddressRuleKind.Host)]
    [InlineData("xn--bcher-kva.example", "xn--bcher-kva.example", AddressRuleKind.Host)]
    [InlineData("10.0.0.5-10.0.0.99", "10.0.0.5-10.0.0.99", AddressRuleKind.Range)]
    [InlineData("host-a.example.com", "host-a.example.com", AddressRuleKind.Host)]
    [InlineData("10.0.0.0/8", "10.0.0.0/8", AddressRuleKind.Network)]
    [InlineData("::1", "::1", AddressRuleKind.Address)]
    [InlineData("_all", "_all", AddressRuleKind.Everyone)]
    public void A_name_has_one_form_however_written(string text, string form, AddressRuleKind kind)
    {
        AddressFilter.TryNormalize(text, out string normalized, out AddressRuleKind found).ShouldBeTrue();
        normalized.ShouldBe(form);
        found.ShouldBe(kind);
    }

    [Fact]
    public void An_internationalized_name_is_refused_with_its_one_form() =>
        AddressFilter.Check("*.bücher.example").ShouldNotBeNull().Hint.ShouldNotBeNull().ShouldContain("`*.xn--bcher-kva.example`");

    [Fact]
    public void A_domain_holds_what_is_below_it_at_a_label_and_only_with_the_dot_itself()
    {
        _facts.Names("10.0.0.1", "a.example.com");
        _facts.Names("10.0.0.2", "example.com");
        _facts.Names("10.0.0.3", "badexample.com");
        _facts.Names("10.0.0.4", "x.y.example.com");
        _facts.Names("10.0.0.5", "example.com.evil.net");
        Allows("10.0.0.1", "+*.example.com").ShouldBeTrue();
        Allows("10.0.0.4", "+*.example.com").ShouldBeTrue();
        Allows("10.0.0.2", "+*.example.com").ShouldBeFalse();
        Allows("10.0.0.2", "+.example.com").ShouldBeTrue();
        Allows("10.0.0.3", "+.example.com").ShouldBeFalse();
        Allows("10.0.0.5", "+.example.com").ShouldBeFalse();
    }

    [Fact]
    public void Until_the_names_are_known_only_address_rules_let_in()
    {
        AddressFilter filter = Compile("+*.example.com", "+10.0.0.0/8");
        Decide(filter, "192.0.2.1").ShouldBe((false, NameDoubt.Unknown));
        Decide(filter, "10.0.0.1").ShouldBe((true, NameDoubt.None));
        _facts.Asked.ShouldBe(["192.0.2.1"]);
        _facts.Names("192.0.2.1", "a.example.com");
        Decide(filter, "192.0.2.1").ShouldBe((true, NameDoubt.None));
        Decide(filter, "::ffff:192.0.2.1").ShouldBe((true, NameDoubt.None));
    }

    [Fact]
    public void A_name_that_is_only_claimed_does_not_allow_and_does_deny()
    {
        _facts.Claims("192.0.2.1", "a.example.com");
        Allows("192.0.2.1", "+*.example.com").ShouldBeFalse();
        Allows("192.0.2.1", "+_all", "-*.example.com").ShouldBeFalse();
        Allows("192.0.2.1", "+192.0.2.1", "-*.example.com").ShouldBeFalse();
    }

    [Fact]
    public void With_a_deny_rule_by_name_nobody_escapes_by_being_unknown_or_nameless()
    {
        AddressFilter filter = Compile("-*.evil.example");
        Decide(filter, "192.0.2.1").ShouldBe((false, NameDoubt.MayBeDenied));
        _facts.Nameless("192.0.2.1");
        Decide(filter, "192.0.2.1").ShouldBe((false, NameDoubt.Nameless));
        _facts.Claims("192.0.2.1", "fine.example");
        Decide(filter, "192.0.2.1").ShouldBe((false, NameDoubt.Nameless));
        _facts.Names("192.0.2.1", "fine.example");
        Decide(filter, "192.0.2.1").ShouldBe((true, NameDoubt.None));
        _facts.Names("192.0.2.1", "fine.example", "a.evil.example");
        Decide(filter, "192.0.2.1").ShouldBe((false, NameDoubt.None));
        Decide(filter, "::ffff:192.0.2.1").ShouldBe((false, NameDoubt.None));
    }

    [Fact]
    public void Rules_for_networks_do_not_outweigh_a_name_that_is_not_known_and_rules_for_the_address_do()
    {
        AddressFilter filter = Compile("-*.evil.example", "+10.0.0.0/8", "+10.0.0.7");
        Decide(filter, "10.0.0.1").ShouldBe((false, NameDoubt.MayBeDenied));
        Decide(filter, "10.0.0.7").ShouldBe((true, NameDoubt.None));
        _facts.Nameless("10.0.0.1");
        Decide(filter, "10.0.0.1").ShouldBe((true, NameDoubt.None));
        _facts.Claims("10.0.0.7", "x.evil.example");
        Decide(filter, "10.0.0.7").ShouldBe((false, NameDoubt.None));
    }

    [Fact]
    public void A_host_stands_for_its_addresses_and_deny_wins_the_tie()
    {
        _facts.Host("db.example", "10.0.0.9");
        AddressFilter filter = Compile("-10.0.0.0/8", "+db.example");
        Decide(filter, "10.0.0.9").ShouldBe((true, NameDoubt.None));
        Decide(filter, "::ffff:10.0.0.9").ShouldBe((true, NameDoubt.None));
        Decide(filter, "10.0.0.8").Allowed.ShouldBeFalse();
        Decide(Compile("+10.0.0.9", "-db.example"), "10.0.0.9").Allowed.ShouldBeFalse();
        Decide(Compile("-10.0.0.9", "+db.example"), "10.0.0.9").Allowed.ShouldBeFalse();
        Compile("-10.0.0.9", "+db.example").Hosts.ShouldBe(["db.example"]);
    }

    [Fact]
    public void A_former_address_of_a_host_denies_and_does_not_allow()
    {
        _facts.Host("db.example", "10.0.0.9", isCurrent: false);
        Decide(Compile("+db.example"), "10.0.0.9").Allowed.ShouldBeFalse();
        Decide(Compile("+10.0.0.0/8", "-db.example"), "10.0.0.9").Allowed.ShouldBeFalse();
    }

    [Fact]
    public void A_denied_host_that_is_not_resolved_closes_all_but_single_addresses()
    {
        AddressFilter filter = Compile("-db.example", "+10.0.0.7", "+10.0.0.0/8");
        Decide(filter, "10.0.0.8").ShouldBe((false, NameDoubt.MayBeDenied));
        Decide(filter, "10.0.0.7").ShouldBe((true, NameDoubt.None));
        _facts.Host("db.example", "10.0.0.9");
        Decide(filter, "10.0.0.8").ShouldBe((true, NameDoubt.None));
        Decide(filter, "10.0.0.9").ShouldBe((false, NameDoubt.None));
    }

    [Fact]
    public void An_allowed_host_that_is_not_resolved_closes_as_every_allow_rule_does()
    {
        Decide(Compile("+db.example"), "10.0.0.8").Allowed.ShouldBeFalse();
        _facts.Asked.ShouldBeEmpty("plain names need no reverse lookup");
    }

    [Fact]
    public void Without_knowledge_a_filter_with_names_is_closed()
    {
        Compile("-*.evil.example").Decide(IPAddress.Loopback).IsAllowed.ShouldBeFalse();
        Compile("+*.good.example").Decide(IPAddress.Loopback).IsAllowed.ShouldBeFalse();
        Compile("-db.example").Decide(IPAddress.Loopback).IsAllowed.ShouldBeFalse();
    }

    [Fact]
    public void The_rule_by_name_that_decided_is_told()
    {
        _facts.Names("10.0.0.1", "a.example.com");
        Compile("+_all", "-*.Example.com").Decide(IPAddress.Parse("10.0.0.1"), _facts).Rule.ShouldNotBeNull().Address.ShouldBe("*.Example.com");
    }

    private bool Allows(string source, params string[] rules) => Decide(Compile(rules), source).Allowed;

    private (bool Allowed, NameDoubt Doubt) Decide(AddressFilter filter, string source)
    {
        AddressVerdict verdict = filter.Decide(IPAddress.Parse(source), _facts);
        return (verdict.IsAllowed, verdict.Doubt);
    }

    private static AddressFilter Compile(params string[] rules)
    {
        List<Problem> problems = [];
        return AddressFilter.Compile(
            rules.Select(static r => new AddressRule(r[0] == '+' ? AddressRuleEffect.Allow : AddressRuleEffect.Deny, r[1..])), problems)
            .ShouldNotBeNull(string.Join('\n', problems));
    }

    private sealed class Facts : INameFacts
    {
        private readonly Dictionary<IPAddress, SourceNames> _names = [];
        private readonly Dictionary<IPAddress, ImmutableArray<HostAddress>> _hosts = [];
        private readonly HashSet<string> _resolved = [];

        public List<string> Asked { get; } = [];

        public void Names(string source, params string[] names) => _names[IPAddress.Parse(source)] = new SourceNames(true, [.. names], [.. names]);

        public void Claims(string source, params string[] names) => _names[IPAddress.Parse(source)] = new SourceNames(true, [.. names], []);

        public void Nameless(string source) => _names[IPAddress.Parse(source)] = SourceNames.None;

        public void Host(string name, string address, bool isCurrent = true)
        {
            _resolved.Add(name);
            _hosts[IPAddress.Parse(address)] = [new HostAddress(name, isCurrent)];
        }

        public ImmutableArray<HostAddress> HostsAt(IPAddress source) => _hosts.GetValueOrDefault(source, []);

        public bool IsResolved(string host) => _resolved.Contains(host);

        public SourceNames NamesOf(IPAddress source)
        {
            Asked.Add(source.ToString());
            return _names.GetValueOrDefault(source);
        }
    }
}

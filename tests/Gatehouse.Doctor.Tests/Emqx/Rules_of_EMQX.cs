using System.Collections.Immutable;
using Gatehouse.Doctor.Emqx;
using Gatehouse.Doctor.Findings;
using Shouldly;
using Xunit;

namespace Gatehouse.Doctor.Tests.Emqx;

public class Rules_of_EMQX
{
    public static TheoryData<EmqxCase> Cases { get; } = [.. NodeCases.All, .. ListenerCases.All, .. AccessCases.All, .. OtherCases.All];

    [Theory]
    [MemberData(nameof(Cases))]
    public void What_is_wrong_is_found_where_it_stands(EmqxCase wrong)
    {
        ImmutableArray<Finding> all = EmqxHost.Look(Host(wrong));
        Finding[] found = [.. all.Where(f => f.Check == wrong.Id && f.IsUnknown == wrong.IsUnknown && f.Text.Contains(wrong.Says, StringComparison.Ordinal))];

        found.ShouldNotBeEmpty(string.Join('\n', all.Select(EmqxHost.Line)));
        found.ShouldContain(f => wrong.IsUnknown || f.Severity == wrong.Severity, string.Join('\n', found.Select(EmqxHost.Line)));
        if (wrong.Line > 0)
        {
            found.ShouldContain(f => f.Evidence.Any(e => e.Place == EmqxHost.Main && e.Line == EmqxHost.Lines + wrong.Line), string.Join('\n', found.Select(EmqxHost.Line)));
        }
    }

    [Fact]
    public void A_secured_broker_of_a_line_without_fixes_has_its_faults_alone() =>
        EmqxHost.Look(EmqxHost.Running(version: "5.8.9")).Where(static f => f.Severity > Severity.Info || f.IsUnknown).Select(static f => f.Check).Distinct().ShouldBe(["VER-001"]);

    [Theory]
    [InlineData("mqtt { strict_mode = false, max_packet_size = 10MB, max_subscriptions = infinity }\nzones.default.mqtt { strict_mode = true, max_packet_size = 1MB, max_subscriptions = 100 }")]
    [InlineData("zones.other.mqtt { strict_mode = false, max_packet_size = 10MB, peer_cert_as_username = cn }")]
    public void What_a_listeners_zone_sets_is_in_force_and_what_other_zones_set_is_not(string conf) =>
        EmqxHost.Look(EmqxHost.Running(conf)).Where(static f => f.Severity > Severity.Info || f.IsUnknown).Select(EmqxHost.Line).ShouldBeEmpty();

    [Theory]
    [InlineData("6.3.0")]
    [InlineData("6.2.2")]
    public void A_secured_broker_is_found_clean(string version) =>
        EmqxHost.Look(EmqxHost.Running(version: version)).Where(static f => f.Severity > Severity.Info || f.IsUnknown).Select(EmqxHost.Line).ShouldBeEmpty();

    [Fact]
    public void Every_rule_is_seen_at_work()
    {
        string[] seen = [.. Cases.Select(static row => row.Data.Id).Distinct().Order(StringComparer.Ordinal)];

        EmqxDoctor.Rules.Select(static rule => rule.Id).Except(seen).ShouldBeEmpty();
    }

    [Fact]
    public void Every_rule_has_an_id_of_its_own_and_a_page()
    {
        EmqxDoctor.Rules.Select(static rule => rule.Id).ShouldBeUnique();
        EmqxDoctor.Rules.Where(static rule => CheckPage.Find(rule.Id) is not { System: "emqx" }).Select(static rule => rule.Id).ShouldBeEmpty();
        CheckPage.Ids.Where(static id => CheckPage.Find(id)!.System == "emqx").Except(EmqxDoctor.Rules.Select(static rule => rule.Id))
            .ShouldBe(["DSH-002", "ERL-016", "ERL-017", "LIS-013", "RPC-002"], "checks that ask a port have pages and no rule here");
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void No_secret_is_shown(EmqxCase wrong)
    {
        foreach (Finding finding in EmqxHost.Look(Host(wrong)))
        {
            string all = $"{finding.Text} {string.Join(' ', finding.Evidence.Select(static e => e.Place + " " + e.Shown))}";
            all.ShouldNotContain(EmqxHost.Cookie);
            all.ShouldNotContain(EmqxHost.Password);
            all.ShouldNotContain("S3CR3T");
        }
    }

    [Fact]
    public void A_rule_that_breaks_is_no_finding_of_a_secured_broker() =>
        EmqxHost.Look(EmqxHost.Running()).ShouldNotContain(static f => f.Text.Contains("the check itself failed", StringComparison.Ordinal));

    private static FakeHost Host(EmqxCase wrong)
    {
        FakeHost host = wrong.Runs ? EmqxHost.Running(wrong.Conf, wrong.Version, wrong.Acl) : EmqxHost.Files(wrong.Conf, wrong.Version.Length == 0 ? null : wrong.Version, wrong.Acl);
        foreach ((string path, string text) in wrong.Files)
        {
            host.File(path, text);
        }

        return host.Describe(wrong.Host);
    }
}

using System.Collections.Immutable;
using System.Text;
using Gatehouse.Administration;
using Gatehouse.Engine.Configuration.Files;
using Gatehouse.Policy;
using Gatehouse.Problems;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Configuration;

public sealed class RoleFileTests
{
    [Fact]
    public void A_role_is_read_with_every_key()
    {
        RoleView role = Read(
            """
            # readers of the plant
            name: reader
            description: reads by day
            grants:
              - system: etcd
                actions: [kv.range, watch]
                resources: app/**
                when:
                  sources: [10.0.0.0/8, '2001:db8::/32']
                  gates: [etcd]
                  client_certificate: true
                  not_before: 2026-01-01T00:00:00Z
                  not_after: 2026-12-31T23:59:59.5+02:00
                  hours: 08:00-18:00
              - effect: deny
                system: "*"
                actions: "*"
                resources: [App/secret, app/secret]
            """).ShouldNotBeNull();

        role.Name.ShouldBe("reader");
        role.Description.ShouldBe("reads by day");
        role.Grants.Count.ShouldBe(2);
        GrantView first = role.Grants[0];
        first.Effect.ShouldBe(GrantEffect.Allow);
        first.System.ShouldBe("etcd");
        first.Actions.ShouldBe(["kv.range", "watch"]);
        first.Resources.ShouldBe(["app/**"]);
        ConditionsView when = first.When.ShouldNotBeNull();
        when.Sources.ShouldBe(["10.0.0.0/8", "2001:db8::/32"]);
        when.Gates.ShouldBe(["etcd"]);
        when.ClientCertificate.ShouldBeTrue();
        when.NotBefore.ShouldBe(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
        when.NotAfter.ShouldBe(new DateTimeOffset(2026, 12, 31, 21, 59, 59, 500, TimeSpan.Zero));
        when.Hours.ShouldBe("08:00-18:00");
        role.Grants[1].Effect.ShouldBe(GrantEffect.Deny);
        role.Grants[1].Resources.ShouldBe(["App/secret", "app/secret"]);
        role.Grants[1].When.ShouldBeNull();
    }

    [Theory]
    [InlineData("", "GH1009 role.yaml:1:1: the role has no `grants`")]
    [InlineData("grants:\n", "GH1008 role.yaml:1:8: `grants` is a list of grants")]
    [InlineData("grants:\n  - system: etcd\n", "GH1009 role.yaml:2:5: a grant has no `actions`")]
    [InlineData("grants:\n  - system: etcd\n    actions: [get]\n    resource: [app]\n", "GH1006 role.yaml:4:5: unknown key `resource` in a grant")]
    [InlineData("grants:\n  - system: etcd\n    actions: [get]\n    resources:\n", "GH1008 role.yaml:4:15: the value is empty")]
    [InlineData("grants:\n  - system: etcd\n    actions: [get]\n    resources: []\n", "GH1008 role.yaml:4:16: the list is empty")]
    [InlineData("grants:\n  - system: etcd\n    actions: [get]\n    when:\n", "GH1008 role.yaml:4:10: `when` is empty")]
    [InlineData("grants:\n  - system: etcd\n    actions: [get]\n    when: {}\n", "GH1008 role.yaml:4:11: `when` is empty")]
    [InlineData("grants:\n  - system: etcd\n    actions: [get]\n    when:\n      hour: 1\n", "GH1006 role.yaml:5:7: unknown key `hour` in `when`")]
    [InlineData("grants:\n  - system: etcd\n    actions: [get]\n    when: {not_after: 2026-12-31T23:59:59}\n", "GH1012 role.yaml:4:23: `2026-12-31T23:59:59` is no time")]
    [InlineData("grants:\n  - system: etcd\n    system: http\n    actions: [get]\n", "GH1007 role.yaml:3:5: key `system` stands twice in a grant")]
    [InlineData("grants:\n  - system: *\n    actions: [get]\n", "GH100")]
    [InlineData("grants:\n  - effect: denny\n    system: etcd\n    actions: [get]\n", "GH1013 role.yaml:2:13: unknown effect `denny`")]
    [InlineData("grants:\n  - &a {system: etcd, actions: [get]}\n  - *a\n", "GH1005 role.yaml:2:5: ")]
    [InlineData("grants:\n\t- system: etcd\n", "GH1002 role.yaml:2:1: a tab")]
    [InlineData("just a word\n", "GH1008 role.yaml:1:1: the role is a mapping")]
    public void What_is_no_role_is_named_with_its_place(string text, string problem)
    {
        RoleFile.Read(Encoding.UTF8.GetBytes(text), "role.yaml", out ImmutableArray<Problem> problems).ShouldBeNull();

        problems[0].ToString().ShouldStartWith(problem);
    }

    private static RoleView? Read(string text)
    {
        RoleView? role = RoleFile.Read(Encoding.UTF8.GetBytes(text), "role.yaml", out ImmutableArray<Problem> problems);
        problems.ShouldBeEmpty();
        return role;
    }
}

using Gatehouse.Audit;
using Gatehouse.Problems;
using Shouldly;
using Xunit;
using static Gatehouse.Tests.Audit.AuditPolicies;

namespace Gatehouse.Tests.Audit;

/// <summary>Levels, include and exclude, gates, and what no policy can keep out of the trail.</summary>
public sealed class Audit_policies_name_events
{
    private static readonly IgnorePolicy Everybody = new() { Name = "everybody", Users = ["*", ""], Realms = ["*", ""], Roles = ["*", ""], Actions = ["*", ""], Resources = ["*", ""] };

    /// <summary>As much as a policy can leave out.</summary>
    private static readonly AuditPolicy Nothing = Compile(new AuditRules { Exclude = ["_all"], Ignore = [Everybody] });

    [Fact]
    public void Some_events_are_always_recorded_and_the_list_is_frozen()
    {
        AuditAction[] always = [.. Enum.GetValues<AuditAction>().Where(static action => Nothing.Records(new AuditSubject(action, "etcd")))];
        always.Select(AuditWords.Of).ShouldBe(
            ["none", "security_config_change", "trail_recovered", "node_started", "node_stopped", "alarm", "segment_started", "checkpoint", "trail_pruned"]);
        AuditPolicy everybody = Ignoring(Everybody);
        always.Where(action => everybody.Decide(new AuditSubject(action, "etcd")).Rule != AuditRule.Always).ShouldBeEmpty();
    }

    [Fact]
    public void On_the_admin_API_whatever_was_refused_is_always_recorded()
    {
        AuditAction[] always = [.. AuditLevels.Nameable.Where(static action => Nothing.Records(new AuditSubject(action, "admin")))];
        always.Select(AuditWords.Of).ShouldBe(
            ["access_denied", "authentication_failed", "anonymous_access_denied", "tampered_request", "limit_reached"]);
    }

    [Fact]
    public void Every_event_is_in_one_of_the_lists()
    {
        // A new event must be thought about: it is recorded always until it can be named.
        Enum.GetValues<AuditAction>().Length.ShouldBe(20);
        AuditLevels.Nameable.Length.ShouldBe(10);
        AuditLevels.EventsOf("full").Order().ShouldBe(AuditLevels.Nameable);
        ((int)Enum.GetValues<AuditAction>().Max()).ShouldBeLessThan(32);
    }

    [Theory]
    [InlineData("minimal", "access_denied anonymous_access_denied authentication_failed connection_cut limit_reached tampered_request")]
    [InlineData("standard", "access_denied access_granted anonymous_access_denied authentication_failed connection_cut connection_denied limit_reached tampered_request")]
    [InlineData("full", "access_denied access_granted anonymous_access_denied authentication_failed connection_cut connection_denied connection_granted limit_reached tampered_request tls_failed")]
    public void A_level_is_a_list_of_events(string level, string events) => Events(Compile(new AuditRules { Level = level })).ShouldBe(events);

    [Fact]
    public void Lists_add_to_a_level_and_exclude_wins()
    {
        Events(Compile(new AuditRules())).ShouldBe(Events(AuditPolicy.Everything));
        Events(Compile(new AuditRules { Include = ["access_denied", "tls_failed"] })).ShouldBe("access_denied tls_failed");
        Events(Compile(new AuditRules { Include = [] })).ShouldBe("");
        Events(Compile(new AuditRules { Include = ["_all"], Exclude = ["access_granted", "connection_denied", "connection_granted"] }))
            .ShouldBe("access_denied anonymous_access_denied authentication_failed connection_cut limit_reached tampered_request tls_failed");
        Events(Compile(new AuditRules { Level = "minimal", Include = ["tls_failed", "security_config_change"], Exclude = ["connection_cut", "tls_failed"] }))
            .ShouldBe("access_denied anonymous_access_denied authentication_failed limit_reached tampered_request");
    }

    [Fact]
    public void A_gate_has_rules_of_its_own_over_those_of_every_gate()
    {
        AuditPolicy policy = Compile(
            new AuditRules { Level = "standard", Ignore = [new IgnorePolicy { Name = "probe", Users = ["probe"] }] },
            new GateAuditRules { Gate = "quiet", Rules = new AuditRules { Exclude = ["access_granted"] } },
            new GateAuditRules { Gate = "loud", Rules = new AuditRules { Level = "full" } },
            new GateAuditRules { Gate = "own", Rules = new AuditRules { Ignore = [new IgnorePolicy { Name = "robot", Users = ["robot"] }] } });

        policy.Records(Granted("anna", gate: "etcd")).ShouldBeTrue();
        AuditVerdict quiet = policy.Decide(Granted("anna", gate: "quiet"));
        quiet.ShouldBe(new AuditVerdict(false, AuditRule.NotIncluded, "quiet"));
        quiet.ToString().ShouldBe("the events of gate `quiet` do not name it");
        policy.Records(new AuditSubject(AuditAction.AccessDenied, "quiet")).ShouldBeTrue();
        policy.Records(new AuditSubject(AuditAction.TlsFailed, "loud")).ShouldBeTrue();
        policy.Records(new AuditSubject(AuditAction.TlsFailed, "etcd")).ShouldBeFalse();
        policy.Decide(Granted("probe", gate: "loud")).ShouldBe(new AuditVerdict(false, AuditRule.Ignored, null, "probe"));
        policy.Decide(Granted("robot", gate: "own")).ShouldBe(new AuditVerdict(false, AuditRule.Ignored, "own", "robot"));
        policy.Decide(Granted("robot", gate: "own")).ToString().ShouldBe("ignore policy `robot` of gate `own` matches it");
        policy.Records(Granted("robot", gate: "etcd")).ShouldBeTrue();
    }

    [Fact]
    public void The_decision_before_goes_with_the_record_after()
    {
        AuditPolicy without = Compile(new AuditRules { Exclude = ["access_granted"] });
        without.Records(new AuditSubject(AuditAction.AccessDecided, "etcd")).ShouldBeFalse();
        AuditPolicy.Everything.Records(new AuditSubject(AuditAction.AccessDecided, "etcd")).ShouldBeTrue();
    }

    [Fact]
    public void All_mistakes_are_named_with_their_place()
    {
        List<Problem> problems = MistakesOf(
            new AuditRules
            {
                Level = "loud",
                Include = ["acces_granted", "access_decided"],
                Exclude = ["security_config_change", "checkpoint"],
                Ignore = [new IgnorePolicy { Name = "empty" }, new IgnorePolicy { Name = "twice", Users = ["a"] }, new IgnorePolicy { Name = "twice", Users = ["b"] }, new IgnorePolicy { Name = "no name", Users = ["a"] }],
            },
            new GateAuditRules { Gate = "g", Rules = new AuditRules { Ignore = [new IgnorePolicy { Name = "twice", Users = ["a"] }] } },
            new GateAuditRules { Gate = "g", Rules = new AuditRules() },
            new GateAuditRules { Gate = "no gate", Rules = new AuditRules { Exclude = ["alarm"] } });

        problems.ShouldAllBe(static problem => problem.Definition == AuditProblems.PolicyInvalid);
        string text = string.Join('\n', problems);
        string[] expected =
        [
            "every gate: `loud` is no level", "`acces_granted` is no event", "`access_decided` goes with `access_granted`", "`security_config_change` is always recorded",
            "`checkpoint` is always recorded", "`empty` has no field", "`twice` is there twice", "`no name`: a name is", "gate `g` is there twice",
            "gate `g`: ignore policy `twice` has the name of one of every gate", "gate `no gate`: that is no name", "gate `no gate`: `alarm` is always recorded",
        ];
        expected.ShouldAllBe(one => text.Contains(one, StringComparison.Ordinal), text);
    }

    [Fact]
    public void Policies_gates_and_patterns_have_an_end()
    {
        MistakesOf(new AuditRules { Ignore = [.. Enumerable.Range(0, 65).Select(static i => new IgnorePolicy { Name = $"p{i}", Users = ["a"] })] }).ShouldHaveSingleItem();
        MistakesOf(new AuditRules { Ignore = [new IgnorePolicy { Name = "p", Users = [.. Enumerable.Range(0, 1001).Select(static i => $"u{i}")] }] }).ShouldHaveSingleItem();
        MistakesOf(new AuditRules(), [.. Enumerable.Range(0, 257).Select(static i => new GateAuditRules { Gate = $"g{i}", Rules = new AuditRules() })]).ShouldHaveSingleItem();
        Compile(new AuditRules { Ignore = [.. Enumerable.Range(0, 64).Select(static i => new IgnorePolicy { Name = $"p{i}", Users = [$"u{i}"] })] })
            .Decide(Granted("u63")).Policy.ShouldBe("p63");
    }

    private static string Events(AuditPolicy policy) => string.Join(
        ' ', AuditLevels.Nameable.Where(action => policy.Records(new AuditSubject(action, "etcd"))).Select(AuditWords.Of).Order(StringComparer.Ordinal));
}

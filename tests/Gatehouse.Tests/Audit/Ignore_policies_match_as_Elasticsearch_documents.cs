using Gatehouse.Audit;
using Gatehouse.Operations;
using Shouldly;
using Xunit;
using static Gatehouse.Tests.Audit.AuditPolicies;

namespace Gatehouse.Tests.Audit;

/// <summary>The documented cases: any pattern of a list, all lists of a policy, any policy; every value of a list; nothing where nothing is.</summary>
public sealed class Ignore_policies_match_as_Elasticsearch_documents
{
    // The first example of Elasticsearch's manual.
    private static readonly AuditPolicy Example1 = Ignoring(
        new IgnorePolicy { Name = "example1", Users = ["kibana_system", "admin_user"], Resources = ["app-logs*"] });

    [Fact]
    public void Any_pattern_of_a_list_and_all_lists_of_a_policy_must_match()
    {
        Example1.Records(Granted("kibana_system", operations: On("index:read", "app-logs-2026"))).ShouldBeFalse();
        Example1.Records(Granted("admin_user", operations: On("index:read", "app-logs"))).ShouldBeFalse();
        Example1.Records(Granted("anna", operations: On("index:read", "app-logs-2026"))).ShouldBeTrue();
        Example1.Records(Granted("kibana_system", operations: On("index:read", "payroll"))).ShouldBeTrue();
    }

    [Fact]
    public void Every_resource_must_match()
    {
        Example1.Records(Granted("kibana_system", operations: On("index:read", "app-logs-1", "app-logs-2"))).ShouldBeFalse();
        Example1.Records(Granted("kibana_system", operations: On("index:read", "app-logs-1", "payroll"))).ShouldBeTrue();
        Example1.Records(Granted("kibana_system", operations: On("index:read", "app-logs-1").On("index:write", "payroll"))).ShouldBeTrue();
    }

    [Fact]
    public void Every_role_must_match()
    {
        AuditPolicy policy = Ignoring(new IgnorePolicy { Name = "example2", Roles = ["admin", "ops_admin_*"] });
        policy.Records(Granted("anna", ["admin", "ops_admin_1"])).ShouldBeFalse();
        policy.Records(Granted("anna", ["admin", "reader"])).ShouldBeTrue();
        policy.Records(Granted("anna", [])).ShouldBeTrue();
        policy.Records(Granted("anna")).ShouldBeTrue();
        policy.Records(new AuditSubject(AuditAction.AuthenticationFailed, "etcd")).ShouldBeTrue();
    }

    [Theory]
    [InlineData("")]
    [InlineData(null)]
    public void An_empty_text_or_list_matches_a_missing_value(string? text)
    {
        string[] missing = text is null ? [] : ["next", text];
        AuditPolicy policy = Ignoring(new IgnorePolicy { Name = "example3", Resources = [.. missing] });
        policy.Records(new AuditSubject(AuditAction.AnonymousAccessDenied, "etcd")).ShouldBeFalse();
        policy.Records(Granted("anna", operations: On("cluster:monitor"))).ShouldBeFalse();
        policy.Records(Granted("anna", operations: On("index:read", "next"))).ShouldBe(text is null);
        policy.Records(Granted("anna", operations: On("index:read", "other"))).ShouldBeTrue();
    }

    [Fact]
    public void A_star_is_no_missing_value()
    {
        AuditPolicy policy = Ignoring(new IgnorePolicy { Name = "all", Resources = ["*"] });
        policy.Records(Granted("anna", operations: On("index:read", "x"))).ShouldBeFalse();
        policy.Records(Granted("anna", operations: On("cluster:monitor"))).ShouldBeTrue();
        policy.Records(Granted("anna", operations: On("index:read", "x").On("cluster:monitor"))).ShouldBeTrue();
        policy.Records(Granted("anna")).ShouldBeTrue();
    }

    [Fact]
    public void Any_policy_is_enough_and_policies_do_not_add_up()
    {
        AuditPolicy policy = Ignoring(
            new IgnorePolicy { Name = "one", Users = ["a"], Resources = ["x"] },
            new IgnorePolicy { Name = "two", Users = ["b"], Resources = ["y"] });
        policy.Records(Granted("a", operations: On("read", "x"))).ShouldBeFalse();
        policy.Records(Granted("b", operations: On("read", "y"))).ShouldBeFalse();
        policy.Records(Granted("a", operations: On("read", "y"))).ShouldBeTrue();

        // Each value is covered by some policy, but no policy covers both.
        AuditPolicy halves = Ignoring(new IgnorePolicy { Name = "one", Resources = ["x"] }, new IgnorePolicy { Name = "two", Resources = ["y"] });
        halves.Records(Granted("a", operations: On("read", "x", "y"))).ShouldBeTrue();
        halves.Decide(Granted("a", operations: On("read", "y", "y"))).Policy.ShouldBe("two");
    }

    [Fact]
    public void Realms_and_actions_match_too_and_every_action_must()
    {
        AuditPolicy policy = Ignoring(new IgnorePolicy { Name = "p", Realms = ["native"], Actions = ["index:read", "/cluster:(monitor|read).*/"] });
        policy.Records(Granted("anna", operations: On("index:read", "x").On("cluster:monitor/health"))).ShouldBeFalse();
        policy.Records(Granted("anna", operations: On("index:read", "x").On("index:write", "x"))).ShouldBeTrue();
        policy.Records(new AuditSubject(AuditAction.AccessGranted, "g") { User = "anna", Realm = "ldap", Operations = On("index:read", "x") }).ShouldBeTrue();
    }

    [Fact]
    public void A_name_that_nobody_verified_is_no_user()
    {
        AuditPolicy policy = Ignoring(new IgnorePolicy { Name = "robot", Users = ["robot"] });
        policy.Records(Granted("robot")).ShouldBeFalse();
        policy.Records(new AuditSubject(AuditAction.AuthenticationFailed, "etcd") { User = "robot" }).ShouldBeTrue();
        Ignoring(new IgnorePolicy { Name = "nobody", Users = [""] }).Records(new AuditSubject(AuditAction.AuthenticationFailed, "etcd") { User = "robot" }).ShouldBeFalse();
    }

    [Fact]
    public void Acting_as_somebody_who_is_ignored_hides_nothing()
    {
        AuditPolicy policy = Ignoring(new IgnorePolicy { Name = "robot", Users = ["robot", "keeper"], Realms = ["native"] });
        var record = new AuditEvent { Action = AuditAction.AccessGranted, User = "robot", Realm = "native" };
        foreach ((string? actor, bool isRecorded) in new[] { (null, false), ("native/anna", true), ("ldap/keeper", true), ("native/keeper", false), ("keeper", true) })
        {
            record.RunBy = actor;
            policy.Records(new AuditSubject(record)).ShouldBe(isRecorded, actor);
        }

        policy.Records(new AuditSubject(AuditAction.AccessGranted, "g") { User = "robot", Realm = "native", Actor = "anna", ActorRealm = "native" }).ShouldBeTrue();
    }

    [Theory, InlineData("users"), InlineData("resources"), InlineData("include"), InlineData("exclude")]
    public void Null_in_a_list_is_a_problem_and_no_crash(string where)
    {
        string[] list = ["a", null!];
        var rules = new AuditRules
        {
            Include = where == "include" ? [null!] : null,
            Exclude = where == "exclude" ? [null!] : null,
            Ignore = [new IgnorePolicy { Name = "p", Realms = ["x"], Users = where == "users" ? [.. list] : null, Resources = where == "resources" ? [.. list] : null }],
        };
        List<Gatehouse.Problems.Problem> problems = [];
        AuditPolicy.Compile(new AuditPolicyDocument { Rules = rules }, problems).ShouldBeNull();
        problems.ShouldHaveSingleItem().Definition.Id.ShouldBe("GH8030");
    }

    [Fact]
    public void All_names_that_begin_so_match_only_where_each_of_them_would()
    {
        AuditPolicy policy = Ignoring(new IgnorePolicy { Name = "p", Resources = ["app/*", "/tmp[0-9].*/", "exact"] });
        policy.Records(Granted("a", operations: On("range", "app/..."))).ShouldBeFalse();
        policy.Records(Granted("a", operations: On("range", "app/x/..."))).ShouldBeFalse();
        policy.Records(Granted("a", operations: On("range", "tmp7..."))).ShouldBeFalse();
        policy.Records(Granted("a", operations: On("range", "app..."))).ShouldBeTrue();
        policy.Records(Granted("a", operations: On("range", "tmp..."))).ShouldBeTrue();
        policy.Records(Granted("a", operations: On("range", "exact..."))).ShouldBeTrue();
        policy.Records(Granted("a", operations: On("range", "..."))).ShouldBeTrue();
        policy.Records(Granted("a", operations: On("range", "app/x", "secret/..."))).ShouldBeTrue();
    }

    [Fact]
    public void A_name_that_is_no_text_matches_only_any_character()
    {
        var operations = new OperationSet();
        operations.Begin(SystemAction.Intern("audit-policy-test", "read"));
        operations.AddResource([(byte)'a', 0xFF, 0xC3]);
        Ignoring(new IgnorePolicy { Name = "p", Resources = ["a*"] }).Records(Granted("x", operations: operations)).ShouldBeFalse();
        Ignoring(new IgnorePolicy { Name = "p", Resources = ["a??"] }).Records(Granted("x", operations: operations)).ShouldBeFalse();
        Ignoring(new IgnorePolicy { Name = "p", Resources = ["a?"] }).Records(Granted("x", operations: operations)).ShouldBeTrue();
        Ignoring(new IgnorePolicy { Name = "p", Resources = ["aÿÃ"] }).Records(Granted("x", operations: operations)).ShouldBeTrue();

        var cut = new OperationSet();
        cut.Begin(SystemAction.Intern("audit-policy-test", "read"));
        cut.AddPrefix([(byte)'a', 0xC3]);
        Ignoring(new IgnorePolicy { Name = "p", Resources = ["/a[^x].*/"] }).Records(Granted("x", operations: cut)).ShouldBeTrue();
    }

    [Fact]
    public void Deciding_allocates_nothing_and_costs_the_same_for_one_policy_and_many()
    {
        IgnorePolicy[] many =
        [
            .. Enumerable.Range(0, 63).Select(static i => new IgnorePolicy { Name = $"p{i}", Users = [$"robot-{i}-*"], Resources = [$"app/{i}/*", $"/tmp{i}[a-z]+/"] }),
            new IgnorePolicy { Name = "last", Users = ["anna"], Roles = ["reader"], Actions = ["kv.*"], Resources = ["app/*"] },
        ];
        AuditPolicy policy = Ignoring(many);
        OperationSet operations = On("kv.range", "app/users/1", "app/users/2");
        string[] roles = ["reader"];
        policy.Decide(Granted("anna", roles, operations)).Policy.ShouldBe("last");
        policy.Records(Granted("bert", roles, operations)).ShouldBeTrue();

        long before = GC.GetAllocatedBytesForCurrentThread();
        bool any = false;
        for (int i = 0; i < 10_000; i++)
        {
            any |= policy.Records(Granted("anna", roles, operations));
        }

        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
        any.ShouldBeFalse();
    }
}

using System.Collections.Immutable;
using System.Text;
using Gatehouse.Administration;
using Gatehouse.Operations;
using Gatehouse.Policy;
using Gatehouse.Policy.Names;
using Gatehouse.Problems;
using Shouldly;
using Xunit;
using static Gatehouse.Tests.Policy.PolicyFixture;

namespace Gatehouse.Tests.Policy.Names;

/// <summary>What grants of system <c>ignite</c> mean, case by case.</summary>
public sealed class Rights_in_Ignite
{
    [Theory]
    [InlineData("public.orders", "PUBLIC.ORDERS", true)]
    [InlineData("public.orders", "PUBLIC.\"orders\"", false)]
    [InlineData("public.\"orders\"", "PUBLIC.\"orders\"", true)]
    [InlineData("public.\"orders\"", "PUBLIC.ORDERS", false)]
    [InlineData("public.\"ORDERS\"", "PUBLIC.ORDERS", true)] // one table, however it is written
    [InlineData("\"PUBLIC\".orders", "PUBLIC.ORDERS", true)]
    [InlineData("\"public\".orders", "PUBLIC.ORDERS", false)]
    [InlineData("public.*", "PUBLIC.\"a.b\"", true)]
    [InlineData("public.*", "PUBLIC.\"a/b\"", true)]
    [InlineData("public.*", "PUBLIC2.T", false)]
    [InlineData("*", "\"x\".\"y\"", true)]
    [InlineData("*.orders", "X.ORDERS", true)]
    [InlineData("public.ord*", "PUBLIC.ORDERS", true)]
    [InlineData("public.ord*", "PUBLIC.\"orders\"", false)]
    [InlineData("public.\"ord*\"", "PUBLIC.\"orders\"", true)]
    [InlineData("public.\"a\"\"b\"", "PUBLIC.\"a\"\"b\"", true)]
    [InlineData("public.\"1a\"", "PUBLIC.\"1a\"", true)]
    [InlineData("${username}.*", "ANNA.T", true)]
    [InlineData("${username}.*", "\"anna\".T", false)]
    [InlineData("\"${username}\".*", "\"anna\".T", true)]
    [InlineData("\"${username}\".*", "ANNA.T", false)]
    [InlineData("public.\"of ${username}\"", "PUBLIC.\"of anna\"", true)]
    public void A_table_is_matched_as_SQL_reads_its_name(string pattern, string table, bool isAllowed) =>
        PolicyOf(May("table.read", pattern)).Allows(Ask(IgniteRights.TableRead, table)).ShouldBe(isAllowed);

    [Theory]
    [InlineData("compute.execute", "com.acme.*", "com.acme.Job", true)]
    [InlineData("compute.execute", "com.acme.*", "com.acme.a.Job", true)]
    [InlineData("compute.execute", "com.acme.*", "com.ACME.Job", false)]
    [InlineData("compute.execute", "com.acme.${username}.*", "com.acme.anna.Job", true)]
    [InlineData("compute.execute", "com.acme.${username}.*", "com.acme.ANNA.Job", false)]
    [InlineData("compute.unit", "billing:*", "billing:1.0.0", true)]
    [InlineData("compute.unit", "billing:1.?", "billing:1.0", false)] // `?` is itself
    public void Of_code_case_counts(string action, string pattern, string name, bool isAllowed) =>
        PolicyOf(May(action, pattern)).Allows(Ask(SystemAction.Intern("ignite", action), name)).ShouldBe(isAllowed);

    [Theory]
    [InlineData("PUBLIC.X", "public")] // a value that closed a part, or opened another, would be more than a name
    [InlineData("a\"b", "\"${username}\".T")]
    [InlineData("a.b", "com.acme.${username}.*", "compute.execute", "com.acme.a.b.Job")]
    [InlineData("PUBLIC.T", "${username}", "sql.ddl.zone", "PUBLIC.T")]
    public void A_user_whose_name_has_a_divider_gets_nobody_elses(string user, string pattern, string action = "sql.ddl.zone", string name = "PUBLIC.T") =>
        PolicyOf(May(action, pattern)).Allows(Ask(SystemAction.Intern("ignite", action), name), Context(user)).ShouldBeFalse();

    [Theory]
    [InlineData("table.read", "meta.read", true)]
    [InlineData("table.write", "meta.read", true)]
    [InlineData("sql.read", "meta.read", true)]
    [InlineData("sql.write", "meta.read", true)]
    [InlineData("sql.ddl", "meta.read", true)]
    [InlineData("sql.*", "meta.read", true)]
    [InlineData("table.read", "sql.read", false)]
    [InlineData("sql.read", "table.read", false)]
    [InlineData("table.write", "table.read", false)]
    [InlineData("sql.write", "sql.read", false)]
    [InlineData("sql.ddl", "sql.write", false)]
    [InlineData("sql.read", "system.read", false)]
    public void An_allow_implies_little(string granted, string asked, bool isAllowed)
    {
        CompiledPolicy policy = PolicyOf(May(granted, "public.orders"));

        policy.Allows(Ask(SystemAction.Intern("ignite", asked), "PUBLIC.ORDERS")).ShouldBe(isAllowed);
        policy.Allows(Ask(SystemAction.Intern("ignite", asked), "PUBLIC.OTHERS")).ShouldBeFalse();
    }

    [Theory]
    [InlineData("table.read", "tx.use", true)]
    [InlineData("table.write", "tx.use", true)]
    [InlineData("sql.read", "tx.use", true)]
    [InlineData("sql.write", "tx.use", true)]
    [InlineData("sql.ddl", "tx.use", false)]
    [InlineData("meta.read", "tx.use", false)]
    [InlineData("compute.execute", "cluster.read", true)]
    [InlineData("compute.unit", "cluster.read", false)]
    [InlineData("table.read", "cluster.read", false)]
    [InlineData("table.*", "sql.kill", false)]
    public void What_has_no_resource_is_implied_by_any_name(string granted, string asked, bool isAllowed) =>
        PolicyOf(May(granted, "X.Y")).Allows(Ask(SystemAction.Intern("ignite", asked))).ShouldBe(isAllowed);

    [Theory]
    [InlineData("table.read", "sql.read", true)]
    [InlineData("sql.read", "table.read", true)]
    [InlineData("table.write", "sql.write", true)]
    [InlineData("sql.write", "table.write", true)]
    [InlineData("table.*", "sql.write", true)]
    [InlineData("table.read", "sql.write", false)]
    [InlineData("table.read", "meta.read", false)]
    [InlineData("table.read", "tx.use", false)]
    public void A_deny_holds_on_both_ways_to_the_rows(string denied, string asked, bool isDenied)
    {
        CompiledPolicy policy = PolicyOf(May("*"), MayNot(denied, "public.pay*"));

        Denial denial = policy.DenialOf(Ask(SystemAction.Intern("ignite", asked), "PUBLIC.PAYROLL"));
        denial.Reason.ShouldBe(isDenied ? DenialReason.ExplicitDeny : DenialReason.None);
        policy.Allows(Ask(SystemAction.Intern("ignite", asked), "PUBLIC.ORDERS")).ShouldBeTrue();
    }

    [Theory]
    [InlineData("public.*", "PUBLIC.", true)]
    [InlineData("*", "PUBLIC.", true)]
    [InlineData("public.orders", "PUBLIC.", false)]
    [InlineData("public.a*", "PUBLIC.", false)]
    [InlineData("*.orders", "PUBLIC.", false)]
    public void A_schema_needs_all_of_it(string pattern, string schema, bool isAllowed)
    {
        OperationSet asked = Ask(IgniteRights.SqlDdl);
        asked.AddPrefix(Encoding.UTF8.GetBytes(schema));

        PolicyOf(May("sql.ddl", pattern)).Allows(asked).ShouldBe(isAllowed);
        PolicyOf(May("sql.ddl"), MayNot("sql.ddl", "public.audit")).Allows(asked).ShouldBeFalse();
        PolicyOf(May("sql.ddl"), MayNot("sql.ddl", "other.audit")).Allows(asked).ShouldBeTrue();
    }

    [Theory]
    [InlineData("table.raed", "orders", "GH6005", "the nearest is `table.read`")]
    [InlineData("tabel.*", "orders", "GH6005", "matches no action")]
    [InlineData("code.deploy", "orders", "GH6005", "no action of Ignite")]
    [InlineData("table.read", "orders", "GH6006", "such as `PUBLIC.ORDERS`")]
    [InlineData("table.read", "a.b.c", "GH6006", "more than two parts")]
    [InlineData("table.read", "public.", "GH6006", "ends with a dot")]
    [InlineData("table.read", ".t", "GH6006", "nothing before it")]
    [InlineData("table.read", "public.my-table", "GH6006", "double quotes")]
    [InlineData("table.read", "public.1a", "GH6006", "begins with a digit")]
    [InlineData("table.read", "public.\"a", "GH6006", "without its other one")]
    [InlineData("table.read", "public.\"\"", "GH6006", "empty name")]
    [InlineData("table.read", "public.\"a\"b", "GH6006", "right behind")]
    [InlineData("table.read", "public.a\"b\"", "GH6006", "inside a part")]
    [InlineData("table.read", "public.\"ORD*\"", "GH6006", "without them")]
    [InlineData("table.read", "public.?", "GH6006", "outside quotes")]
    [InlineData("table.read", "public.${user name}", "GH6006", "placeholder")]
    [InlineData("sql.ddl.zone", "public.z", "GH6006", "one part")]
    [InlineData("*", "public.orders", "GH6006", "two grants")]
    [InlineData("*", "${username}.*", "GH6006", "two grants")]
    [InlineData("*.read", "com.acme.Job", "GH6006", "two grants")]
    public void What_would_mean_something_else_is_refused(string action, string pattern, string id, string said)
    {
        List<Problem> problems = [];

        CompiledPolicy.Compile(1, [Role("role", May(action, pattern))], problems).ShouldBeNull();

        problems.ShouldHaveSingleItem().Id.ShouldBe(id);
        problems[0].Text.ShouldContain(said);
    }

    [Theory]
    [InlineData("*", "PUBLIC.*")]
    [InlineData("*", "PUBLIC.\"orders\"")]
    [InlineData("*", "*")]
    [InlineData("sql.*", "default")]
    [InlineData("sql.ddl.zone", "\"my zone\"")]
    [InlineData("tx.use", "*")]
    public void And_this_is_not(string action, string pattern) => ProblemsOf(May(action, pattern)).ShouldBeEmpty();

    [Fact]
    public void An_explanation_shows_the_grant_that_implied_it()
    {
        CompiledPolicy policy = PolicyOf(May("table.*", "public.*"), MayNot("table.read", "public.payroll"));

        Explanation meta = Explainer.Explain(policy, Context(), Ask(IgniteRights.MetaRead, "PUBLIC.ORDERS"));
        Explanation sql = Explainer.Explain(policy, Context(), Ask(IgniteRights.SqlRead, "PUBLIC.PAYROLL"));

        meta.IsAllowed.ShouldBeTrue();
        meta.Operations[0].Resources[0].Grants[0].Grant.Actions.ShouldBe(["table.*"]);
        ConsideredGrant denying = sql.Operations[0].Resources[0].DeniedBy.ShouldHaveSingleItem();
        GrantText.Format(GrantView.From(denying.Grant)).ShouldBe("ignite:table.read:public.payroll");
    }

    [Theory]
    [InlineData("table.read", "PUBLIC.ORDERS", "PUBLIC.ORDERS")]
    [InlineData("table.read", "PUBLIC.\"my table\"", "PUBLIC.\"my table\"")]
    [InlineData("table.read", "PUBLIC.\"a*b\"", "PUBLIC.\"a*b\"")]
    [InlineData("compute.execute", "com.acme.Job", "com.acme.Job")]
    [InlineData("compute.unit", "billing:1.0", "billing:1.0")]
    public void The_smallest_grant_is_the_name(string action, string name, string pattern) =>
        Explainer.Explain(PolicyOf(), Context(), Ask(SystemAction.Intern("ignite", action), name)).Operations[0].SmallestGrant!.Resources.ShouldBe([pattern]);

    [Theory]
    [InlineData("public.orders", false, "PUBLIC.ORDERS")]
    [InlineData("public.\"Orders\"", false, "PUBLIC.\"Orders\"")]
    [InlineData("\"PUBLIC\".orders", false, "PUBLIC.ORDERS")]
    [InlineData("public.", true, "PUBLIC.")]
    [InlineData("", true, "")]
    [InlineData("orders", false, null)]
    [InlineData("public.*", false, null)]
    [InlineData("public.${username}", false, null)]
    public void A_question_is_asked_as_grants_are_written(string text, bool isPrefix, string? asked)
    {
        IgniteNames.TryAsk(IgniteRights.SqlRead, text, isPrefix, out string? name, out string? reason).ShouldBe(asked is not null, reason);
        if (asked is not null)
        {
            name.ShouldBe(asked);
        }

        IgniteNames.TryAsk(IgniteRights.ComputeExecute, text, isPrefix, out name, out _).ShouldBeTrue();
        name.ShouldBe(text);
    }

    [Fact]
    public void Who_runs_code_does_not_bring_it_and_nobody_by_default_does_both()
    {
        string[] bring = [.. RolesWith("ignite-rest", "code.deploy", "a:1")];
        string[] run = [.. RolesWith("ignite", "compute.execute", "com.acme.Job")];

        bring.ShouldBe(["ignite_admin", "ignite_deployer", "superuser"]);
        run.ShouldBe(["ignite_admin", "ignite_compute", "superuser"]);
        RolesWith("ignite-rest", "security.admin", null).ShouldBe(["ignite_admin", "ignite_security", "superuser"]);
        RolesWith("ignite", "sql.write", "PUBLIC.T").ShouldBe(["ignite_admin", "ignite_developer", "ignite_writer", "superuser"]);
        RolesWith("ignite", "sql.ddl", "PUBLIC.T").ShouldBe(["ignite_admin", "ignite_developer", "superuser"]);
        RolesWith("ignite", "sql.ddl.zone", "Z").ShouldBe(["ignite_admin", "superuser"]);
        RolesWith("ignite", "sql.read", "PUBLIC.T").ShouldBe(["ignite_admin", "ignite_developer", "ignite_reader", "ignite_writer", "superuser"]);
        RolesWith("ignite", "meta.read", "PUBLIC.T").ShouldBe(["ignite_admin", "ignite_developer", "ignite_monitor", "ignite_operator", "ignite_reader", "ignite_writer", "superuser"]);
        RolesWith("ignite", "sql.kill", null).ShouldBe(["ignite_admin", "ignite_operator", "superuser"]);
        RolesWith("ignite-rest", "recovery.admin", "z").ShouldBe(["ignite_admin", "superuser"]);
    }

    private static IEnumerable<string> RolesWith(string system, string action, string? name) =>
        BuiltInRoles.All.Keys.Where(role => DifferentialTests.Compile([]).Allows(
            name is null ? Ask(SystemAction.Intern(system, action)) : Ask(SystemAction.Intern(system, action), name), Context() with { Roles = [role] }));

    private static Grant May(string action, params string[] resources) =>
        new() { System = IgniteRights.System, Actions = [action], Resources = [.. resources] };

    private static Grant MayNot(string action, params string[] resources) => May(action, resources) with { Effect = GrantEffect.Deny };

    private static OperationSet Ask(SystemAction action, params string[] names)
    {
        var set = new OperationSet();
        set.Begin(action);
        foreach (string name in names)
        {
            set.AddResource(Encoding.UTF8.GetBytes(name));
        }

        return set;
    }
}

using Gatehouse.Policy;
using Gatehouse.Policy.Questions;
using Shouldly;
using Xunit;
using static Gatehouse.Tests.Policy.Indices.IndexFixture;
using static Gatehouse.Tests.Policy.PolicyFixture;

namespace Gatehouse.Tests.Policy.Indices;

public class Restricted_names
{
    [Theory]
    [InlineData(".kibana_1")]
    [InlineData(".kibana")]
    [InlineData(".security-7")]
    [InlineData(".tasks")]
    [InlineData(".tasks-reindexed-for-8")]
    [InlineData(".ds-.kibana-event-log-8.1-2024.01.31-000001")]
    [InlineData(".ds-.fleet-x")]
    [InlineData(".fs-.ml-2024.01.31-000001")]
    [InlineData(".opendistro_security")]
    [InlineData("security-auditlog-2024.01.01")]
    [InlineData("top_queries-1")]
    [InlineData("<.kib{now}>")]
    [InlineData("<security-{now/d{'auditlog-1'}}>")]
    [InlineData(".kibana::data")]
    [InlineData(".kibana*")]
    [InlineData(".k*")]
    public void Need_a_grant_that_says_so(string name)
    {
        PolicyOf(On("index:read", "**"), On("index:read", ".kibana*", ".*", "*")).May("index:read", name).ShouldBeFalse();
        PolicyOf(Restricted("index:read", "**")).May("index:read", name).ShouldBeTrue();
        PolicyOf(Restricted("index:read", "**"), Not("index:read", "**")).May("index:read", name).ShouldBeFalse();
    }

    [Theory]
    [InlineData(".mine")]
    [InlineData("kibana")]
    [InlineData("security")]
    [InlineData(".ds-logs-2024.01.31-000001")]
    public void Others_do_not(string name) => PolicyOf(On("index:read", "**")).May("index:read", name).ShouldBeTrue();

    [Fact]
    public void Who_may_do_everything_everywhere_reads_them_and_changes_none()
    {
        CompiledPolicy policy = PolicyOf(Everything);
        foreach (string action in (string[])["index:read", "index:monitor", "index:view_index_metadata"])
        {
            policy.May(action, ".kibana_1").ShouldBeTrue(action);
        }

        foreach (string action in (string[])["index:write", "index:delete", "index:manage", "index:delete_index", "index:create_index"])
        {
            policy.May(action, ".kibana_1").ShouldBeFalse(action);
            policy.May(action, "logs").ShouldBeTrue(action);
        }

        PolicyOf(Everything with { AllowRestricted = true }).May("index:write", ".kibana_1").ShouldBeTrue();
    }

    [Fact]
    public void Are_the_condition_that_failed()
    {
        ResourceExplanation explained = Explainer.Explain(PolicyOf(On("index:read", ".kibana*")), Context(), Asks("index:read", ".kibana_1")).Operations[0].Resources[0];
        explained.Grants.ShouldHaveSingleItem().Failed.ShouldBe(FailedCondition.Restricted);

        Grant smallest = Explainer.Explain(PolicyOf(), Context(), Asks("index:read", ".kibana_1")).Operations[0].SmallestGrant.ShouldNotBeNull();
        smallest.AllowRestricted.ShouldBeTrue();
    }

    [Fact]
    public void Are_so_in_questions_too()
    {
        CompiledPolicy policy = PolicyOf(On("index:read", ".kibana*"));
        AskedOperation asked = AskedOperation.Of(Asks("index:read", ".kibana_1")).Single();
        RoleQuestions.Look(policy, "role", asked, new Circumstances(Noon), null).Verdict.ShouldBe(Fit.No);
        RoleQuestions.Look(PolicyOf(Restricted("index:read", ".kibana*")), "role", asked, new Circumstances(Noon), null).Verdict.ShouldBe(Fit.Yes);

        // Somebody's own stream, whoever it is.
        AskedOperation backing = AskedOperation.Of(Asks("index:read", ".ds-logs-anna-2024.01.31-000001")).Single();
        RoleQuestions.Look(PolicyOf(On("index:read", "logs-${username}")), "role", backing, new Circumstances(Noon), null).Verdict.ShouldBe(Fit.Maybe);
    }

    [Fact]
    public void Are_of_one_system_only() =>
        FaultsOf(new Grant { System = "http", Actions = ["get"], AllowRestricted = true }).ShouldHaveSingleItem().ShouldStartWith("GH6006");
}

using System.Collections.Immutable;
using System.Text.Json;
using Gatehouse.Operations;
using Gatehouse.Policy;
using Shouldly;
using Xunit;
using static Gatehouse.Tests.Policy.PolicyFixture;

namespace Gatehouse.Tests.Policy;

public class ExplainerTests
{
    [Fact]
    public void Each_grant_shows_its_first_failing_condition()
    {
        CompiledPolicy policy = PolicyOf(
            Allow("read") with { System = "other" },
            Allow("write"),
            Allow("read", "b/**", "c"),
            Allow("read") with { When = new() { Sources = ["192.168.0.0/16"], Gates = ["two"] } },
            Allow("read") with { When = new() { Gates = ["two"], ClientCertificate = true } },
            Allow("read") with { When = new() { ClientCertificate = true, NotAfter = Noon } },
            Allow("read") with { When = new() { NotAfter = Noon } });
        Explanation explanation = Explainer.Explain(policy, Context(), Ask("read", "a/1"));
        explanation.IsAllowed.ShouldBeFalse();
        explanation.Reason.ShouldBe(DenialReason.NoGrant);
        ResourceExplanation resource = explanation.Operations.Single().Resources.Single();
        resource.Resource.ShouldBe("a/1");
        resource.Grants.OrderBy(g => g.Index).Select(g => g.Failed).ShouldBe(
        [
            FailedCondition.System, FailedCondition.Action, FailedCondition.Resource, FailedCondition.Source, FailedCondition.Gate,
            FailedCondition.ClientCertificate, FailedCondition.Time,
        ]);

        // The nearest first.
        resource.Grants[0].Failed.ShouldBe(FailedCondition.Time);
        resource.Grants[^1].Failed.ShouldBe(FailedCondition.System);
    }

    [Fact]
    public void The_smallest_grant_names_the_missing_resources_only()
    {
        CompiledPolicy policy = PolicyOf(Allow("read", "a"));
        Grant grant = Explainer.Explain(policy, Context(), Ask("read", "a", "b/1", "c", "c")).Operations.Single().SmallestGrant.ShouldNotBeNull();
        grant.System.ShouldBe("etcd");
        grant.Actions.ShouldBe(["read"]);
        grant.Resources.ShouldBe(["b/1", "c"]);
        grant.Effect.ShouldBe(GrantEffect.Allow);
        grant.When.ShouldBeNull();
    }

    [Fact]
    public void A_prefix_needs_a_grant_on_all_of_it() =>
        Explainer.Explain(PolicyOf(), Context(), AskPrefix("read", "a/b")).Operations.Single().SmallestGrant!.Resources.ShouldBe(["a/b**"]);

    [Fact]
    public void Where_a_deny_is_the_cause_the_denying_grant_is_named_and_no_grant_offered()
    {
        CompiledPolicy policy = PolicyOf(Allow("read"), Deny("read", "a/*"));
        Explanation explanation = Explainer.Explain(policy, Context(), Ask("read", "a/1", "b"));
        explanation.Reason.ShouldBe(DenialReason.ExplicitDeny);
        explanation.Operations.Single().SmallestGrant.ShouldBeNull();
        ConsideredGrant denied = explanation.Operations.Single().Resources[0].DeniedBy.Single();
        (denied.Role, denied.Index, denied.Grant.Effect).ShouldBe(("role", 1, GrantEffect.Deny));
        explanation.Operations.Single().Resources[1].DeniedBy.ShouldBeEmpty();
    }

    [Fact]
    public void All_operations_are_explained_after_the_first_failure()
    {
        OperationSet set = Ask("read", "a");
        set.Begin(SystemAction.Intern("etcd", "status"));
        set.Begin(SystemAction.Intern("etcd", "write"));
        set.AddResource("b"u8);
        Explanation explanation = Explainer.Explain(PolicyOf(Allow("write", "b")), Context(), set);
        explanation.Operations.Select(o => o.IsAllowed).ShouldBe([false, false, true]);
        explanation.Operations[1].Resources.Single().Resource.ShouldBeNull();
        explanation.Operations[1].SmallestGrant!.Resources.ShouldBeEmpty();
    }

    [Fact]
    public void Unknown_roles_are_named()
    {
        Explanation explanation = Explainer.Explain(PolicyOf(), Context() with { Roles = ["role", "gone"] }, Ask("read", "a"));
        explanation.UnknownRoles.ShouldBe(["gone"]);
        explanation.Roles.ShouldBe(["role", "gone"]);
        explanation.Principal.ShouldBe("native/anna");
    }

    [Fact]
    public void Nothing_asked_has_nothing_to_explain()
    {
        Explanation explanation = Explainer.Explain(PolicyOf(), Context(), new OperationSet());
        explanation.Reason.ShouldBe(DenialReason.UnknownOperation);
        explanation.Operations.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("plain/name")]
    [InlineData("")]
    [InlineData("a*b")]
    [InlineData("a***b")]
    [InlineData("${username}")]
    [InlineData("x${")]
    [InlineData("é\0\n")]
    public void The_smallest_grant_can_be_written_for_any_name(string name) => HelpsFor(System.Text.Encoding.UTF8.GetBytes(name));

    [Fact]
    public void The_smallest_grant_can_be_written_for_bytes_and_long_names()
    {
        HelpsFor([0xff, (byte)'/', 0xc0, 0xaf]);
        HelpsFor([.. Enumerable.Repeat((byte)'a', 10_000)]);
        HelpsFor([.. Enumerable.Repeat("*/"u8.ToArray(), 100).SelectMany(b => b)]);
    }

    [Fact]
    public void Many_grants_are_cut_to_the_nearest_and_counted()
    {
        CompiledPolicy policy = PolicyOf([.. Enumerable.Range(0, 500).Select(i => Allow("read", $"x/{i}")), Deny("read", "a")]);
        ResourceExplanation resource = Explainer.Explain(policy, Context(), Ask("read", "a")).Operations.Single().Resources.Single();
        resource.Grants.Length.ShouldBe(Explainer.MaxGrants);
        resource.Omitted.ShouldBe(501 - Explainer.MaxGrants);
        resource.Grants[0].Failed.ShouldBe(FailedCondition.None);
    }

    [Fact]
    public void An_explanation_can_be_serialized()
    {
        Explanation explanation = Explainer.Explain(PolicyOf(Allow("read", "b")), Context(), Ask("read", "a"));
        string json = JsonSerializer.Serialize(explanation);
        JsonSerializer.Serialize(JsonSerializer.Deserialize<Explanation>(json)).ShouldBe(json);
    }

    [Theory]
    [InlineData("a\\b\n", "a\\x5cb\\x0a")]
    [InlineData("é", "é")]
    public void Names_are_shown_unmistakably(string name, string shown) => SmallestGrant.TextOf(System.Text.Encoding.UTF8.GetBytes(name)).ShouldBe(shown);

    private static void HelpsFor(byte[] name)
    {
        foreach (bool isPrefix in new[] { false, true })
        {
            OperationSet set = PolicyCase.ToSet([new Asked("etcd", "read", [(name, isPrefix)])]);
            Grant grant = Explainer.Explain(PolicyOf(), Context(), set).Operations.Single().SmallestGrant.ShouldNotBeNull();
            PolicyOf(grant).Allows(set).ShouldBeTrue();
        }
    }
}

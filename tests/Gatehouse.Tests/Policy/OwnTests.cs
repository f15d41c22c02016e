using System.Text;
using Gatehouse.Administration;
using Gatehouse.Operations;
using Gatehouse.Policy;
using Gatehouse.Policy.Questions;
using Shouldly;
using Xunit;
using static Gatehouse.Tests.Policy.PolicyFixture;

namespace Gatehouse.Tests.Policy;

/// <summary>The condition `own`.</summary>
public class OwnTests
{
    private const string Cluster = "ipfs-cluster";
    private static readonly GrantConditions Own = new() { Own = true };

    [Fact]
    public void An_allow_holds_for_own_pins_only()
    {
        CompiledPolicy policy = PolicyOf(Pins(GrantEffect.Allow));
        policy.Allows(Unpin(), Asking(Ownership.Own)).ShouldBeTrue();
        policy.Allows(Unpin(), Asking(Ownership.Foreign)).ShouldBeFalse();
        policy.Allows(Unpin(), Asking(Ownership.Unknown)).ShouldBeFalse();
        policy.Allows(Unpin()).ShouldBeFalse("who does not ask has no right");
    }

    [Fact]
    public void A_deny_holds_for_own_pins_only()
    {
        CompiledPolicy policy = PolicyOf(Pins(GrantEffect.Allow) with { When = null }, Pins(GrantEffect.Deny));
        policy.DenialOf(Unpin(), Asking(Ownership.Own)).Reason.ShouldBe(DenialReason.ExplicitDeny);
        policy.Allows(Unpin(), Asking(Ownership.Foreign)).ShouldBeTrue();
        policy.Allows(Unpin(), Asking(Ownership.Unknown)).ShouldBeTrue();
    }

    [Fact]
    public void Grants_that_differ_in_it_alone_are_two()
    {
        CompiledPolicy policy = PolicyOf(Pins(GrantEffect.Allow) with { When = new GrantConditions() }, Pins(GrantEffect.Allow));
        policy.Allows(Unpin(), Asking(Ownership.Foreign)).ShouldBeTrue();
        PolicyOf(Pins(GrantEffect.Allow), Pins(GrantEffect.Allow) with { When = new GrantConditions() }).Allows(Unpin(), Asking(Ownership.Foreign)).ShouldBeTrue();
    }

    [Fact]
    public void It_stands_where_it_means_something()
    {
        foreach (string system in new[] { "ipfs-cluster", "ipfs-pinning", "ipfs-proxy" })
        {
            ProblemsOf(Pins(GrantEffect.Deny) with { System = system }).ShouldBeEmpty();
        }

        ProblemsOf(Pins(GrantEffect.Allow) with { System = "kubo" }).ShouldBe(["GH5540"]);
        ProblemsOf(Pins(GrantEffect.Deny) with { System = "*" }).ShouldBe(["GH5540"]);
        ProblemsOf(Pins(GrantEffect.Allow) with { When = new GrantConditions { Own = false } }).ShouldBe(["GH5541"]);
    }

    [Fact]
    public void An_explanation_names_it()
    {
        Explanation explanation = Explainer.Explain(PolicyOf(Pins(GrantEffect.Allow)), Asking(Ownership.Foreign), Unpin());
        ConsideredGrant considered = explanation.Operations.Single().Resources.Single().Grants.Single();
        considered.Failed.ShouldBe(FailedCondition.Own);
        GrantText.Format(GrantView.From(considered.Grant)).ShouldBe("ipfs-cluster:pin.remove:** (own)");
        GrantView.From(considered.Grant).ToDocument().When.ShouldNotBeNull().Own.ShouldBe(true);
    }

    [Fact]
    public void A_question_that_leaves_it_open_says_maybe()
    {
        CompiledPolicy policy = PolicyOf(Pins(GrantEffect.Allow));
        Verdict(null).ShouldBe(Fit.Maybe);
        Verdict(true).ShouldBe(Fit.Yes);
        Verdict(false).ShouldBe(Fit.No);

        Fit Verdict(bool? own) => RoleQuestions.Look(
            policy, ["role"], AskedOperation.Of(Unpin()).Single(), new Circumstances(Noon) { Own = own }, Context().Principal).Verdict;
    }

    private static Grant Pins(GrantEffect effect) => new() { Effect = effect, System = Cluster, Actions = ["pin.remove"], When = Own };

    private static AuthorizationContext Asking(Ownership ownership) => Context() with { Ownership = ownership };

    private static OperationSet Unpin()
    {
        var set = new OperationSet();
        set.Begin(SystemAction.Intern(Cluster, "pin.remove"));
        set.AddResource(Encoding.UTF8.GetBytes("bafy"));
        return set;
    }
}

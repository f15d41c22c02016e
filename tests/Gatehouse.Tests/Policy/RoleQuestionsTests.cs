using System.Collections.Immutable;
using FsCheck;
using FsCheck.Fluent;
using Gatehouse.Policy;
using Gatehouse.Policy.Questions;
using Gatehouse.Problems;
using Shouldly;
using Xunit;

namespace Gatehouse.Tests.Policy;

/// <summary>Questions about roles against the decisions themselves, on random policies.</summary>
public class RoleQuestionsTests
{
    private static readonly Config Many = Config.QuickThrowOnFailure.WithMaxTest(5000);

    [Fact]
    public void With_all_circumstances_said_the_verdict_is_the_decision()
    {
        int allowed = 0;
        int refused = 0;
        ForAll((policy, test) =>
        {
            foreach (Asked asked in Single(test))
            {
                Gatehouse.Operations.OperationSet set = PolicyCase.ToSet([asked]);
                bool isAllowed = Authorizer.Decide(policy, test.Context, set).IsAllowed;
                RoleFit fit = RoleQuestions.Look(policy, test.Context.Roles, AskedOperation.Of(set).Single(), Said(test.Context), test.Context.Principal);
                fit.Verdict.ShouldBe(isAllowed ? Fit.Yes : Fit.No, test.ToString());
                allowed += isAllowed ? 1 : 0;
                refused += fit is { Allow: Fit.Yes, Deny: Fit.Yes } ? 1 : 0;
            }
        });
        allowed.ShouldBeGreaterThan(300);
        refused.ShouldBeGreaterThan(100);
    }

    [Fact]
    public void Open_circumstances_never_say_yes_or_no_where_some_say_otherwise()
    {
        int sure = 0;
        int open = 0;
        ForAll((policy, test) =>
        {
            foreach (Asked asked in Single(test))
            {
                Gatehouse.Operations.OperationSet set = PolicyCase.ToSet([asked]);
                bool isAllowed = Authorizer.Decide(policy, test.Context, set).IsAllowed;
                AskedOperation operation = AskedOperation.Of(set).Single();
                for (int opened = 0; opened < 32; opened++)
                {
                    Circumstances said = Said(test.Context);
                    said = said with
                    {
                        Source = (opened & 1) != 0 ? null : said.Source,
                        Gate = (opened & 2) != 0 ? null : said.Gate,
                        HasClientCertificate = (opened & 4) != 0 ? null : said.HasClientCertificate,
                        IsTimeExact = (opened & 8) == 0,
                        Own = (opened & 8) != 0 ? null : said.Own,
                    };
                    Fit verdict = RoleQuestions.Look(policy, test.Context.Roles, operation, said, (opened & 16) != 0 ? null : test.Context.Principal).Verdict;
                    verdict.ShouldNotBe(isAllowed ? Fit.No : Fit.Yes, $"{test} opened {opened}");
                    sure += verdict == Fit.Maybe ? 0 : 1;
                    open += verdict == Fit.Maybe ? 1 : 0;
                }
            }
        });
        sure.ShouldBeGreaterThan(1000);
        open.ShouldBeGreaterThan(1000);
    }

    [Fact]
    public void The_grants_listed_for_roles_are_the_whole_of_what_they_may()
    {
        ForAll((policy, test) =>
        {
            // Made into one role of another policy, they must decide as the roles they came from.
            Grant[] listed = [.. test.Context.Roles.Distinct().SelectMany(role => RoleQuestions.GrantsOf(policy, role)).Select(static found => found.Grant)];
            RoleDocument all = new() { Name = "all", Grants = [.. listed] };
            (DenialReason reason, int operation, int resource) = ReferenceAuthorizer.Decide([all], test.Context with { Roles = ["all"] }, test.Operations);
            Decision decision = Authorizer.Decide(policy, test.Context, test.ToSet());
            decision.IsAllowed.ShouldBe(reason == DenialReason.None, test.ToString());
            if (!decision.IsAllowed)
            {
                decision.Denial.ShouldBe(new Denial(reason, operation, resource), test.ToString());
            }
        });
    }

    private static Circumstances Said(AuthorizationContext context) => new(context.Now)
    {
        Source = context.Source,
        Gate = context.Gate,
        HasClientCertificate = context.HasClientCertificate,
        Own = context.Ownership == Ownership.Own,
        IsTimeExact = true,
    };

    private static IEnumerable<Asked> Single(PolicyCase test) =>
        test.Operations.SelectMany(static asked => asked.Resources.Length == 0
            ? [asked]
            : asked.Resources.Select(resource => asked with { Resources = [resource] }));

    private static void ForAll(Action<CompiledPolicy, PolicyCase> check) =>
        Prop.ForAll(PolicyCase.Generator.ToArbitrary(), test => check(CompiledPolicy.Compile(1, test.Roles, new List<Problem>()).ShouldNotBeNull(), test)).Check(Many);
}

using System.Collections.Immutable;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Gatehouse.Identity;
using Gatehouse.Policy;
using Gatehouse.Problems;
using Gatehouse.Tests.Policy.Names;
using Shouldly;
using Xunit;

namespace Gatehouse.Tests.Policy;

/// <summary>The compiled authorizer against the reference, on random policies and questions.</summary>
public class DifferentialTests
{
    private static readonly Config Many = Config.QuickThrowOnFailure.WithMaxTest(8000);

    [Fact]
    public void Compiled_and_reference_agree()
    {
        var seen = new Dictionary<DenialReason, int>();
        ForAll(PolicyCase.Generator, Many, test =>
        {
            CompiledPolicy policy = Compile(test.Roles);
            (DenialReason reason, int operation, int resource) = ReferenceAuthorizer.Decide(test.Roles, test.Context, test.Operations);
            Decision decision = Authorizer.Decide(policy, test.Context, test.ToSet());
            decision.IsAllowed.ShouldBe(reason == DenialReason.None, test.ToString());
            if (!decision.IsAllowed)
            {
                decision.Denial.ShouldBe(new Denial(reason, operation, resource), test.ToString());
            }

            seen[reason] = seen.GetValueOrDefault(reason) + 1;
        });

        // The generator is worth nothing unless every verdict comes up often.
        seen[DenialReason.None].ShouldBeGreaterThan(400);
        seen[DenialReason.NoGrant].ShouldBeGreaterThan(400);
        seen[DenialReason.ExplicitDeny].ShouldBeGreaterThan(400);
    }

    [Fact]
    public void Compiled_and_reference_agree_on_names_of_Ignite()
    {
        var seen = new Dictionary<DenialReason, int>();
        int helped = 0;
        ForAll(IgniteCase.Generator, Many.WithMaxTest(4000), test =>
        {
            CompiledPolicy policy = Compile(test.Roles);
            (DenialReason reason, int operation, int resource) = ReferenceAuthorizer.Decide(test.Roles, test.Context, test.Operations);
            Decision decision = Authorizer.Decide(policy, test.Context, test.ToSet());
            decision.Denial.ShouldBe(reason == DenialReason.None ? default : new Denial(reason, operation, resource), test.ToString());
            Explanation explanation = Explainer.Explain(policy, test.Context, test.ToSet());
            explanation.IsAllowed.ShouldBe(decision.IsAllowed, test.ToString());
            helped += Helps(test, explanation) ? 1 : 0;
            seen[reason] = seen.GetValueOrDefault(reason) + 1;
        });

        seen[DenialReason.None].ShouldBeGreaterThan(200);
        seen[DenialReason.NoGrant].ShouldBeGreaterThan(200);
        seen[DenialReason.ExplicitDeny].ShouldBeGreaterThan(200);
        helped.ShouldBeGreaterThan(150);
    }

    [Fact]
    public void Explanation_and_decision_agree_and_the_smallest_grant_helps()
    {
        int helped = 0;
        ForAll(PolicyCase.Generator, Many.WithMaxTest(4000), test =>
        {
            CompiledPolicy policy = Compile(test.Roles);
            Decision decision = Authorizer.Decide(policy, test.Context, test.ToSet());
            Explanation explanation = Explainer.Explain(policy, test.Context, test.ToSet());
            explanation.IsAllowed.ShouldBe(decision.IsAllowed, test.ToString());
            explanation.Reason.ShouldBe(decision.Denial.Reason);
            explanation.Operations.Length.ShouldBe(test.Operations.Length);
            explanation.Operations.All(o => o.IsAllowed).ShouldBe(decision.IsAllowed);
            helped += Helps(test, explanation) ? 1 : 0;
        });
        helped.ShouldBeGreaterThan(300);
    }

    [Fact]
    public void An_allowed_prefix_allows_every_name_below_it()
    {
        int allowed = 0;
        Gen<(PolicyCase, List<string>)> generator =
            from test in PolicyCase.Generator
            from tails in Gen.Elements("", "a", "b", "/", "a/b", "ab/a", "//", "é", "b/a/b", "x-a").ListOf(6)
            select (test, tails.ToList());
        ForAll(generator, Many, sample =>
        {
            (PolicyCase test, List<string> tails) = sample;
            CompiledPolicy policy = Compile(test.Roles);
            foreach (Asked asked in test.Operations)
            {
                foreach ((byte[] name, bool _) in asked.Resources)
                {
                    if (!Authorizer.Decide(policy, test.Context, PolicyCase.ToSet([asked with { Resources = [(name, true)] }])).IsAllowed)
                    {
                        continue;
                    }

                    allowed++;
                    foreach (string tail in tails)
                    {
                        byte[] below = [.. name, .. Encoding.UTF8.GetBytes(tail)];
                        Authorizer.Decide(policy, test.Context, PolicyCase.ToSet([asked with { Resources = [(below, false)] }])).IsAllowed
                            .ShouldBeTrue(test.ToString());
                    }
                }
            }
        });
        allowed.ShouldBeGreaterThan(300);
    }

    [Fact]
    public void Matcher_and_reference_agree_on_every_pattern_and_name()
    {
        var principal = new Principal("ab", "native");
        Gen<(string Pattern, string Name)> generator =
            from parts in Gen.Elements("a", "b", "ab", "/", "/", "*", "**", "${username}").ListOf(9)
            from partCount in Gen.Choose(1, 9)
            from name in Gen.Elements('a', 'b', '/', 'a').ListOf(14)
            from nameLength in Gen.Choose(0, 14)
            select (Thin(parts.Take(partCount)), new string([.. name.Take(nameLength)]));
        int hits = 0;
        ForAll(generator, Many.WithMaxTest(60000), sample =>
        {
            PatternSyntax.Path.TryParse(sample.Pattern, out ResourcePattern? pattern, out string? error).ShouldBeTrue(error);
            byte[] name = Encoding.UTF8.GetBytes(sample.Name);
            bool expected = ReferenceAuthorizer.Matches(Encoding.UTF8.GetBytes(sample.Pattern), name, principal);
            PatternMatcher.Matches(pattern!, name, principal).ShouldBe(expected, $"{sample.Pattern} {sample.Name}");
            hits += expected ? 1 : 0;
        });
        hits.ShouldBeGreaterThan(1000);
    }

    internal static CompiledPolicy Compile(IReadOnlyCollection<RoleDocument> roles, long generation = 1)
    {
        List<Problem> problems = [];
        CompiledPolicy? policy = CompiledPolicy.Compile(generation, roles, problems);
        problems.ShouldBeEmpty();
        return policy.ShouldNotBeNull();
    }

    private static bool Helps(PolicyCase test, Explanation explanation)
    {
        Grant[] missing = [.. explanation.Operations.Select(o => o.SmallestGrant).OfType<Grant>()];
        bool isDenied = explanation.Operations.Any(o => o.Resources.Any(r => r.Reason == DenialReason.ExplicitDeny));
        foreach (OperationExplanation operation in explanation.Operations)
        {
            (operation.SmallestGrant is null).ShouldBe(operation.IsAllowed || operation.Resources.Any(r => r.Reason == DenialReason.ExplicitDeny));
            operation.Resources.All(r => r.DeniedBy.IsEmpty == (r.Reason != DenialReason.ExplicitDeny)).ShouldBeTrue();
        }

        if (isDenied || missing.Length == 0)
        {
            return false;
        }

        ImmutableArray<RoleDocument> roles = [.. test.Roles, new RoleDocument { Name = "helper", Grants = [.. missing] }];
        AuthorizationContext context = test.Context with { Roles = test.Context.Roles.Add("helper") };
        Authorizer.Decide(Compile(roles), context, test.ToSet()).IsAllowed.ShouldBeTrue(test.ToString());
        return true;
    }

    // Three stars in a row are no pattern, and there may be four placeholders.
    private static string Thin(IEnumerable<string> parts)
    {
        int slots = 0;
        string pattern = string.Concat(parts.Where(part => part[0] != '$' || ++slots <= PatternSyntax.MaxSlots));
        while (pattern.Contains("***"))
        {
            pattern = pattern.Replace("***", "**");
        }

        return pattern;
    }

    private static void ForAll<T>(Gen<T> generator, Config config, Action<T> check) =>
        Prop.ForAll(generator.ToArbitrary(), check).Check(config);
}

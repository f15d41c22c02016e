using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Gatehouse.Operations;
using Gatehouse.Policy;
using Gatehouse.Policy.Topics;
using Shouldly;
using Xunit;
using static Gatehouse.Tests.Policy.PolicyFixture;
using static Gatehouse.Tests.Policy.Topics.TopicFixture;

namespace Gatehouse.Tests.Policy.Topics;

/// <summary>Filters and decisions against the reference, on random ones.</summary>
public class Topics_against_all_names
{
    private static readonly Config Many = Config.QuickThrowOnFailure.WithMaxTest(30000);

    private static readonly Gen<string> Filter =
        from levels in Gen.Elements("a", "a", "b", "+", "+", "$x", "").ListOf(3)
        from count in Gen.Choose(0, 3)
        from isOpen in Gen.Elements(true, false)
        let text = string.Join('/', levels.Take(count).Concat(isOpen || count == 0 ? ["#"] : []))
        select text.Length == 0 ? "#" : text;

    private static readonly Gen<string> Pattern =
        from filter in Filter
        from slotted in Gen.Choose(0, 5)
        select slotted switch { 0 => filter.Replace("a", "${username}"), 1 => filter.Replace("b", "${username}"), _ => filter };

    private static readonly Gen<Grant> MqttGrant =
        from effect in Gen.Elements(GrantEffect.Allow, GrantEffect.Allow, GrantEffect.Deny)
        from action in Gen.Elements("publish", "publish", "subscribe")
        from patterns in Pattern.ListOf(2)
        from isPath in Gen.Choose(0, 9)
        from qos in Gen.Elements<int[]>([], [], [], [0], [0, 2])
        from retain in Gen.Elements<bool?>(null, null, true, false)
        let isRetain = action == "publish" && retain is not null
        select isPath == 0
            ? new Grant { System = "*", Actions = [action], Resources = ["a/**"] }
            : new Grant
            {
                Effect = effect,
                System = "mqtt",
                Actions = [action],
                Resources = [.. patterns],
                When = qos.Length == 0 && !isRetain ? null : new GrantConditions { Qos = qos.Length == 0 ? default : [.. qos], Retain = isRetain ? retain : null },
            };

    [Fact]
    public void Covering_and_meeting_are_what_trying_every_topic_says()
    {
        int covered = 0;
        int met = 0;
        ForAll(from filter in Filter from asked in Filter select (filter, asked), Many, pair =>
        {
            (string filter, string asked) = pair;
            bool covers = TopicFilter.Covers(Bytes(filter), Bytes(asked));
            bool meets = TopicFilter.Meets(Bytes(filter), Bytes(asked));
            covers.ShouldBe(ReferenceTopics.Covers(filter, asked), $"{filter} {asked}");
            meets.ShouldBe(ReferenceTopics.Meets(filter, asked), $"{filter} {asked}");
            (!covers || meets).ShouldBeTrue();
            covered += covers ? 1 : 0;
            met += meets ? 1 : 0;
        });
        covered.ShouldBeGreaterThan(1000);
        met.ShouldBeGreaterThan(covered + 1000);
    }

    [Fact]
    public void Names_match_as_the_reference_says()
    {
        Gen<(string, string[], bool)> generator =
            from filter in Filter
            from topic in Gen.Elements(ReferenceTopics.Names)
            from isWide in Gen.Elements(true, false)
            select (filter, topic, isWide);
        ForAll(generator, Many, sample =>
        {
            (string filter, string[] topic, bool isWide) = sample;
            TopicFilter.Matches(Bytes(filter), Bytes(string.Join('/', topic)), isWide)
                .ShouldBe(ReferenceTopics.Matches(filter, topic, isWide), $"{filter} {string.Join('/', topic)}");
        });
    }

    [Fact]
    public void Decisions_and_explanations_agree_with_the_reference()
    {
        var seen = new Dictionary<DenialReason, int>();
        int helped = 0;
        Gen<(Grant[] Grants, string User, byte? Qos, bool? Retain, string Filter, string[] Topic, bool IsSubscribe)> generator =
            from grants in MqttGrant.ListOf(5)
            from count in Gen.Choose(0, 5)
            from user in Gen.Elements("a", "b", "$x", "a/b", "+")
            from qos in Gen.Elements<byte?>(0, 1, 2, null)
            from retain in Gen.Elements<bool?>(true, false, null)
            from filter in Filter
            from topic in Gen.Elements(ReferenceTopics.Names)
            from isSubscribe in Gen.Elements(true, false)
            select (grants.Take(count).ToArray(), user, qos, retain, filter, topic, isSubscribe);
        ForAll(generator, Many.WithMaxTest(8000), test =>
        {
            CompiledPolicy policy = PolicyOf(test.Grants);
            AuthorizationContext context = Context(test.User) with { Qos = test.Qos, Retain = test.Retain };
            OperationSet asked = test.IsSubscribe ? Subscribe(test.Filter) : Publish(string.Join('/', test.Topic));
            Grant[] applying = [.. test.Grants.Where(grant => Applies(grant, test.IsSubscribe ? test.Filter : null, test.Topic, context))];
            DenialReason expected = Array.Exists(applying, static grant => grant.Effect == GrantEffect.Deny) ? DenialReason.ExplicitDeny
                : applying.Length == 0 ? DenialReason.NoGrant : DenialReason.None;
            string shown = $"{test.User} {test.Qos} {test.Retain} {(test.IsSubscribe ? test.Filter : string.Join('/', test.Topic))} in {string.Join("; ", test.Grants.Select(static g => $"{g.Effect} {g.System} {g.Actions[0]} {string.Join(' ', g.Resources)} {g.When}"))}";
            Decision decision = Authorizer.Decide(policy, context, asked);
            decision.Denial.Reason.ShouldBe(expected, shown);
            decision.IsAllowed.ShouldBe(expected == DenialReason.None, shown);

            // The explanation throws where table and grants disagree.
            Explanation explanation = Explainer.Explain(policy, context, asked);
            explanation.Reason.ShouldBe(expected, shown);
            if (expected == DenialReason.NoGrant)
            {
                Grant smallest = explanation.Operations[0].SmallestGrant.ShouldNotBeNull();
                PolicyOf([.. test.Grants, smallest]).Allows(asked, context).ShouldBeTrue($"{string.Join(' ', smallest.Resources)} for {shown}");
                helped++;
            }

            seen[expected] = seen.GetValueOrDefault(expected) + 1;
        });
        seen[DenialReason.None].ShouldBeGreaterThan(300);
        seen[DenialReason.ExplicitDeny].ShouldBeGreaterThan(300);
        helped.ShouldBeGreaterThan(300);
    }

    [Fact]
    public void Decisions_on_topics_and_filters_allocate_nothing()
    {
        CompiledPolicy policy = PolicyOf(
            May("subscribe", "plant/+/t", "u/${username}/#", "#", "+/x/#"),
            MayNot("subscribe", "secret/#", "u/+/private", "d/${cert.cn}/x") with { When = new GrantConditions { Qos = [1] } },
            May("publish", "plant/+/t", "u/${username}/#"));
        OperationSet set = Subscribe("plant/a/t");
        foreach (string filter in new[] { "plant/+/t", "u/anna/+/x", "q/#", "u/anna/private", "secret/#" })
        {
            set.AddFilter(Bytes(filter));
        }

        set.Begin(MqttRights.Publish);
        set.AddResource("u/anna/x/y"u8);
        set.AddResource("plant/4/t"u8);
        var scratch = new OperationSet();
        AuthorizationContext context = Context(attributes: ("cert.cn", "+")) with { Qos = 1 };
        Decide();

        // What the runtime itself allocates once, while it makes better code of a method, falls into one round at most.
        long[] rounds = [.. Enumerable.Range(0, 3).Select(_ => AllocatedBy())];
        rounds.Min().ShouldBe(0);

        void Decide()
        {
            Authorizer.Decide(policy, context, set);
            Authorizer.Decide(policy, context with { Qos = 0 }, set);
            MqttRights.DecideConnect(policy, context, scratch);
        }

        long AllocatedBy()
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 100; i++)
            {
                Decide();
            }

            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
    }

    [Fact]
    public void A_subscription_is_decided_among_100_000_patterns_by_as_many_looks_as_among_ten()
    {
        // Fitting patterns are found by hash: what is compared does not grow with what does not fit.
        TimeSpan few = TimeOf(10);
        TimeSpan many = TimeOf(100_000);
        many.ShouldBeLessThan((few * 50) + TimeSpan.FromMilliseconds(20));

        static TimeSpan TimeOf(int count)
        {
            CompiledPolicy policy = PolicyOf(
                May("subscribe", [.. Enumerable.Range(0, count).Select(i => (i % 3) switch { 0 => $"plant/{i}/+", 1 => $"site/{i}/#", _ => $"line/{i}/+/t" })]));
            OperationSet set = Subscribe("plant/0/+");
            set.AddFilter("site/1/a/#"u8);
            policy.Allows(set).ShouldBeTrue();
            policy.Allows(Subscribe("plant/+/+")).ShouldBeFalse();
            TimeSpan best = TimeSpan.MaxValue;
            for (int round = 0; round < 20; round++)
            {
                var watch = System.Diagnostics.Stopwatch.StartNew();
                for (int i = 0; i < 100; i++)
                {
                    policy.Allows(set);
                }

                best = watch.Elapsed < best ? watch.Elapsed : best;
            }

            return best;
        }
    }

    private static bool Applies(Grant grant, string? filter, string[] topic, AuthorizationContext context)
    {
        bool isDeny = grant.Effect == GrantEffect.Deny;
        bool holds = grant.When is not { } when
            || ((when.Qos.IsDefaultOrEmpty || (context.Qos is byte qos ? when.Qos.Contains(qos) : isDeny))
                && (when.Retain is null || (context.Retain is null ? isDeny : context.Retain == when.Retain)));
        return holds && grant.Actions[0] == (filter is null ? "publish" : "subscribe") && grant.Resources.Any(Speaks);

        bool Speaks(string pattern)
        {
            if (grant.System == "*")
            {
                return filter is null
                    ? topic.Length > 1 && topic[0] == "a"
                    : ReferenceTopics.All.All(t => !ReferenceTopics.Matches(filter, t, isWide: false) || (t.Length > 1 && t[0] == "a"));
            }

            return ReferenceTopics.Fill(pattern, grant.Effect, context.Principal) is { } filled
                && (filter is null ? ReferenceTopics.Matches(filled, topic, isDeny)
                    : isDeny ? ReferenceTopics.Meets(filled, filter)
                    : ReferenceTopics.Covers(filled, filter));
        }
    }

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static void ForAll<T>(Gen<T> generator, Config config, Action<T> check) =>
        Prop.ForAll(generator.ToArbitrary(), check).Check(config);
}

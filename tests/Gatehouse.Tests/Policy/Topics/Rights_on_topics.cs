using Gatehouse.Operations;
using Gatehouse.Policy;
using Gatehouse.Policy.Topics;
using Shouldly;
using Xunit;
using static Gatehouse.Tests.Policy.PolicyFixture;
using static Gatehouse.Tests.Policy.Topics.TopicFixture;

namespace Gatehouse.Tests.Policy.Topics;

/// <summary>What grants of system <c>mqtt</c> mean, case by case; brokers' known holes among them.</summary>
public class Rights_on_topics
{
    [Theory]
    [InlineData("a/+", "a/+", true)]
    [InlineData("a/+", "a/b", true)]
    [InlineData("a/+", "a/", true)]
    [InlineData("a/+", "a/#", false)] // EMQX allows these two
    [InlineData("+", "#", false)]
    [InlineData("+", "+/#", false)]
    [InlineData("#", "#", true)]
    [InlineData("#", "+/#", true)]
    [InlineData("+/#", "#", true)]
    [InlineData("a/#", "a", true)]
    [InlineData("a/#", "a/+/b/#", true)]
    [InlineData("a/+/#", "a/#", false)] // `a` itself
    [InlineData("a/#", "+", false)]
    [InlineData("a", "+", false)]
    [InlineData("+/b", "+/b", true)]
    [InlineData("+/b", "+/+", false)]
    [InlineData("#", "$SYS/#", false)]
    [InlineData("+/+", "$SYS/+", false)]
    [InlineData("$SYS/#", "$SYS/+/x", true)]
    [InlineData("$SYS/#", "#", false)]
    [InlineData("#", "a/#/b", false)]
    [InlineData("#", "a+", false)]
    [InlineData("#", "a#", false)]
    [InlineData("#", "", false)]
    [InlineData("#", "a/\0", false)]
    [InlineData("a/*", "a/b", false)]
    [InlineData("a/*", "a/*", true)]
    [InlineData("/#", "/+", true)]
    [InlineData("/#", "+/+", false)]
    [InlineData("/#", "/#", true)]
    public void An_allow_covers_all_that_a_filter_matches(string pattern, string filter, bool isAllowed) =>
        PolicyOf(May("subscribe", pattern)).Allows(Subscribe(filter)).ShouldBe(isAllowed);

    [Theory]
    [InlineData("secret/#", "+/x", true)] // EMQX lets these two through
    [InlineData("secret/#", "#", true)]
    [InlineData("secret/#", "secret", true)]
    [InlineData("secret/#", "+", true)]
    [InlineData("secret/+", "+", false)]
    [InlineData("secret/+", "secret/#", true)]
    [InlineData("secret/+", "secret/+/b", false)]
    [InlineData("secret/x", "+/x", true)]
    [InlineData("secret/x", "+/y", false)]
    [InlineData("+/x", "secret/+", true)]
    [InlineData("$SYS/#", "#", false)]
    [InlineData("$SYS/#", "+/x", false)]
    [InlineData("#", "$SYS/x", true)]
    [InlineData("+/x", "$SYS/+", true)]
    [InlineData("+/y", "$SYS/x", false)]
    public void A_deny_stops_every_filter_that_could_match_what_it_denies(string pattern, string filter, bool isDenied)
    {
        CompiledPolicy policy = DifferentialTests.Compile([Role("role", MayNot("subscribe", pattern))]);
        AuthorizationContext context = Context() with { Roles = ["role", BuiltInRoles.Superuser] };
        policy.DenialOf(Subscribe(filter), context).Reason.ShouldBe(isDenied ? DenialReason.ExplicitDeny : DenialReason.None);
    }

    [Theory]
    [InlineData("plant/+/t", "plant/a/t", true)]
    [InlineData("plant/+/t", "plant//t", true)]
    [InlineData("plant/+/t", "plant/a/b/t", false)]
    [InlineData("plant/#", "plant", true)]
    [InlineData("plant/#", "plant/", true)]
    [InlineData("plant/#", "plants", false)]
    [InlineData("#", "a/b/c", true)]
    [InlineData("#", "$SYS/x", false)]
    [InlineData("+/x", "$SYS/x", false)]
    [InlineData("$SYS/#", "$SYS/x", true)]
    [InlineData("a/*", "a/b", false)]
    [InlineData("a/*", "a/*", true)]
    [InlineData("#", "a/+", false)]
    [InlineData("+/+", "a/#", false)]
    [InlineData("#", "", false)]
    [InlineData("#", "a\0b", false)]
    public void Names_are_matched_as_MQTT_matches_them(string pattern, string topic, bool isAllowed) =>
        PolicyOf(May("publish", pattern)).Allows(Publish(topic)).ShouldBe(isAllowed);

    [Theory]
    [InlineData("#", "$SYS/x")]
    [InlineData("+/x", "$SYS/x")]
    [InlineData("plant/#", "plant")]
    public void A_deny_reaches_names_that_begin_with_a_dollar(string pattern, string topic)
    {
        CompiledPolicy policy = DifferentialTests.Compile([Role("role", MayNot("publish", pattern))]);
        AuthorizationContext context = Context() with { Roles = ["role", BuiltInRoles.Superuser] };
        policy.DenialOf(Publish(topic), context).Reason.ShouldBe(DenialReason.ExplicitDeny);
        policy.Allows(Publish("other"), context).ShouldBe(pattern != "#");
    }

    [Theory]
    [InlineData("anna", true, true)]
    [InlineData("+", false, false)]
    [InlineData("#", false, false)]
    [InlineData("a/b", false, false)]
    [InlineData("*", false, false)]
    [InlineData("a\0", false, false)]
    [InlineData("$SYS", true, false)]
    public void A_name_that_could_be_read_as_a_filter_allows_nothing(string user, bool allowsBelow, bool allowsAtFirst)
    {
        CompiledPolicy policy = PolicyOf(May("*", "u/${username}/#", "${username}/own"));
        policy.Allows(Publish($"u/{user}/x"), Context(user)).ShouldBe(allowsBelow);
        policy.Allows(Subscribe($"u/{user}/#"), Context(user)).ShouldBe(allowsBelow);
        policy.Allows(Publish($"{user}/own"), Context(user)).ShouldBe(allowsAtFirst);
        policy.Allows(Publish("u/other/x"), Context(user)).ShouldBeFalse();
        policy.Allows(Subscribe("u/+/#"), Context(user)).ShouldBeFalse();
    }

    [Theory]
    [InlineData("+")]
    [InlineData("a/b")]
    [InlineData("#")]
    public void A_deny_whose_placeholder_has_no_usable_value_denies_all_from_there_on(string user)
    {
        CompiledPolicy policy = PolicyOf(May("*", "#"), MayNot("*", "u/${username}/secret", "c/${cert.cn}"));
        policy.DenialOf(Publish("u/x"), Context(user)).Reason.ShouldBe(DenialReason.ExplicitDeny);
        policy.DenialOf(Publish("u"), Context(user)).Reason.ShouldBe(DenialReason.ExplicitDeny);
        policy.DenialOf(Publish("c/x/y"), Context(user)).Reason.ShouldBe(DenialReason.ExplicitDeny);
        policy.DenialOf(Subscribe("+/x"), Context(user)).Reason.ShouldBe(DenialReason.ExplicitDeny);
        policy.Allows(Publish("v/x"), Context(user)).ShouldBeTrue();

        AuthorizationContext anna = Context("anna", attributes: ("cert.cn", "box"));
        policy.Allows(Publish("u/x/secret"), anna).ShouldBeTrue();
        policy.DenialOf(Publish("u/anna/secret"), anna).Reason.ShouldBe(DenialReason.ExplicitDeny);
        policy.DenialOf(Subscribe("u/+/secret"), anna).Reason.ShouldBe(DenialReason.ExplicitDeny);
        policy.Allows(Subscribe("c/cat/#"), anna).ShouldBeTrue();
    }

    [Fact]
    public void Grants_for_every_system_are_paths_and_cover_filters_only_as_a_beginning()
    {
        Grant all = May("*", "a/*", "b/**", "c**", "d+") with { System = "*" };
        CompiledPolicy policy = PolicyOf(all);
        policy.Allows(Publish("a/x")).ShouldBeTrue();
        policy.Allows(Publish("a/x/y")).ShouldBeFalse();
        policy.Allows(Subscribe("a/x")).ShouldBeTrue();
        policy.Allows(Subscribe("a/+")).ShouldBeFalse();
        policy.Allows(Subscribe("b/+")).ShouldBeTrue();
        policy.Allows(Subscribe("b/x/#")).ShouldBeTrue();
        policy.Allows(Subscribe("b/#")).ShouldBeFalse(); // `b` itself
        policy.Allows(Subscribe("c/#")).ShouldBeTrue();
        policy.Allows(Subscribe("d+")).ShouldBeFalse();

        CompiledPolicy superuser = DifferentialTests.Compile([Role("role", (all with { Effect = GrantEffect.Deny, Resources = ["secret/*"] }))]);
        AuthorizationContext context = Context() with { Roles = ["role", BuiltInRoles.Superuser] };
        superuser.Allows(Subscribe("$SYS/#"), context).ShouldBeTrue();
        superuser.Allows(Publish("$SYS/x"), context).ShouldBeTrue();
        superuser.Allows(Subscribe("public/#"), context).ShouldBeTrue();
        superuser.DenialOf(Subscribe("secret/#"), context).Reason.ShouldBe(DenialReason.ExplicitDeny);
        superuser.DenialOf(Subscribe("+/x"), context).Reason.ShouldBe(DenialReason.ExplicitDeny);
        superuser.DenialOf(Publish("secret/x"), context).Reason.ShouldBe(DenialReason.ExplicitDeny);
    }

    [Fact]
    public void A_grant_without_resources_is_every_topic_and_a_deny_the_ones_with_a_dollar_too()
    {
        CompiledPolicy policy = PolicyOf(May("publish"));
        policy.Allows(Publish("a/b")).ShouldBeTrue();
        policy.Allows(Publish("$SYS/b")).ShouldBeFalse();
        PolicyOf(May("publish", "$SYS/#"), MayNot("publish")).DenialOf(Publish("$SYS/b")).Reason.ShouldBe(DenialReason.ExplicitDeny);
    }

    [Theory]
    [InlineData("a/b+")]
    [InlineData("a#")]
    [InlineData("a/#/b")]
    [InlineData("")]
    [InlineData("a\0")]
    [InlineData("$share/g/a")]
    [InlineData("$share")]
    [InlineData("$queue/a")]
    [InlineData("$exclusive/a")]
    [InlineData("$delayed/5/a")]
    [InlineData("a+${username}")]
    [InlineData("${user name}")]
    public void What_is_no_filter_is_refused(string pattern)
    {
        ProblemsOf(May("publish", pattern)).ShouldBe(["GH6006"]);
        ProblemsOf(MayNot("publish", pattern)).ShouldBe(["GH6006"]);
    }

    [Fact]
    public void Qos_and_retain_are_conditions()
    {
        CompiledPolicy policy = PolicyOf(
            May("publish", "#") with { When = new GrantConditions { Qos = [0, 1] } },
            MayNot("publish", "live/#") with { When = new GrantConditions { Retain = true } });
        policy.Allows(Publish("a"), Context() with { Qos = 0 }).ShouldBeTrue();
        policy.Allows(Publish("a"), Context() with { Qos = 1, Retain = true }).ShouldBeTrue();
        policy.Allows(Publish("a"), Context() with { Qos = 2 }).ShouldBeFalse();
        policy.Allows(Publish("a"), Context() with { Qos = 3 }).ShouldBeFalse();
        policy.Allows(Publish("a"), Context()).ShouldBeFalse();
        policy.Allows(Publish("live/a"), Context() with { Qos = 0, Retain = false }).ShouldBeTrue();
        policy.DenialOf(Publish("live/a"), Context() with { Qos = 0, Retain = true }).Reason.ShouldBe(DenialReason.ExplicitDeny);
        policy.DenialOf(Publish("live/a"), Context() with { Qos = 0 }).Reason.ShouldBe(DenialReason.ExplicitDeny);
    }

    [Fact]
    public void Conditions_stand_only_where_they_mean_something()
    {
        var qos = new GrantConditions { Qos = [1] };
        var retain = new GrantConditions { Retain = false };
        ProblemsOf(May("publish") with { When = qos, System = "etcd" }).ShouldBe(["GH4030"]);
        ProblemsOf(May("publish") with { When = retain, System = "*" }).ShouldBe(["GH4030"]);
        ProblemsOf(May("publish") with { When = new GrantConditions { Qos = [0, 3] } }).ShouldBe(["GH4031"]);
        ProblemsOf(May("connect") with { When = qos }).ShouldBe(["GH4032"]);
        ProblemsOf(May("*") with { When = qos }).ShouldBe(["GH4032"]);
        ProblemsOf(May("subscribe") with { When = retain }).ShouldBe(["GH4032"]);
        ProblemsOf(May("publish") with { When = retain }).ShouldBeEmpty();
    }

    [Fact]
    public void Who_may_publish_or_subscribe_anything_may_connect()
    {
        Connects().ShouldBeFalse();
        Connects(May("connect")).ShouldBeTrue();
        Connects(May("publish", "a/b")).ShouldBeTrue();
        Connects(May("subscribe", "a/b") with { When = new GrantConditions { Qos = [2] } }).ShouldBeTrue();
        Connects(May("publish", "a/b") with { When = new GrantConditions { Qos = [1], Retain = true } }).ShouldBeTrue();
        Connects(May("publish", "a/b"), MayNot("publish")).ShouldBeFalse();
        Connects(May("publish", "a/b"), MayNot("publish"), May("subscribe", "b")).ShouldBeTrue();
        Connects(May("publish", "a/b"), MayNot("connect")).ShouldBeFalse();
        Connects(May("publish", "a/b"), MayNot("*")).ShouldBeFalse();
        Connects(May("publish", "a/b"), MayNot("*", "secret/#")).ShouldBeTrue();
        Connects(May("publish", "a/b") with { When = new GrantConditions { Gates = ["two"] } }).ShouldBeFalse();
    }

    [Theory]
    [InlineData("mqtt_client", true, true, false, false)]
    [InlineData("mqtt_monitor", false, false, true, false)]
    [InlineData(BuiltInRoles.Superuser, true, true, true, true)]
    public void Built_in_roles_are_what_they_say(string role, bool publishes, bool subscribes, bool monitors, bool publishesSystem)
    {
        CompiledPolicy policy = DifferentialTests.Compile([]);
        AuthorizationContext context = Context() with { Roles = [role] };
        policy.Allows(Publish("a/b"), context).ShouldBe(publishes);
        policy.Allows(Subscribe("#"), context).ShouldBe(subscribes);
        policy.Allows(Subscribe("$SYS/#"), context).ShouldBe(monitors);
        policy.Allows(Publish("$SYS/x"), context).ShouldBe(publishesSystem);
        MqttRights.DecideConnect(policy, context, new OperationSet()).IsAllowed.ShouldBeTrue();
    }

    private static bool Connects(params Grant[] grants)
    {
        var scratch = new OperationSet();
        Decision decision = MqttRights.DecideConnect(PolicyOf(grants), Context(), scratch);
        scratch.Count.ShouldBe(1);
        scratch[0].Action.ShouldBe(MqttRights.Connect);
        return decision.IsAllowed;
    }
}

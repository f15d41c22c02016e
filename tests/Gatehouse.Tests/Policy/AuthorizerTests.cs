using System.Collections.Immutable;
using System.Net;
using System.Text;
using Gatehouse.Operations;
using Gatehouse.Policy;
using Shouldly;
using Xunit;
using static Gatehouse.Tests.Policy.PolicyFixture;

namespace Gatehouse.Tests.Policy;

public class AuthorizerTests
{
    [Fact]
    public void Nothing_asked_is_an_unknown_operation_even_for_the_superuser()
    {
        CompiledPolicy policy = PolicyOf();
        AuthorizationContext context = Context() with { Roles = [BuiltInRoles.Superuser] };
        policy.DenialOf(new OperationSet(), context).ShouldBe(new Denial(DenialReason.UnknownOperation, -1, -1));
    }

    [Fact]
    public void The_empty_policy_and_unknown_roles_grant_nothing()
    {
        AuthorizationContext super = Context() with { Roles = [BuiltInRoles.Superuser] };
        CompiledPolicy.Empty.DenialOf(Ask("kv.put", "a"), super).Reason.ShouldBe(DenialReason.NoGrant);
        PolicyOf(Allow("*")).DenialOf(Ask("kv.put", "a"), Context() with { Roles = ["rolf", "Role", ""] }).Reason.ShouldBe(DenialReason.NoGrant);
        PolicyOf(Allow("*")).DenialOf(Ask("kv.put", "a"), Context() with { Roles = default }).Reason.ShouldBe(DenialReason.NoGrant);
    }

    [Theory]
    [InlineData(null, null, null, null)]
    [InlineData("2026-03-01T11:00:00Z", null, null, null)]
    [InlineData("2026-03-01T12:00:00Z", "2026-03-01T13:00:00Z", null, "2026-03-01T13:00:00Z")]
    [InlineData("2026-03-01T12:30:00Z", "2026-03-01T13:00:00Z", null, "2026-03-01T12:30:00Z")]
    [InlineData(null, null, "08:00-18:30", "2026-03-01T18:30:00Z")]
    [InlineData(null, null, "22:00-06:00", "2026-03-01T22:00:00Z")]
    [InlineData(null, null, "01:00-12:00", "2026-03-02T01:00:00Z")]
    [InlineData(null, "2026-03-01T12:00:01Z", "01:00-12:00", "2026-03-01T12:00:01Z")]
    public void The_next_moment_is_known_at_which_the_clock_may_change_rights(string? from, string? until, string? hours, string? next)
    {
        DateTimeOffset? At(string? text) => text is null ? null : DateTimeOffset.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
        GrantConditions when = new() { NotBefore = At(from), NotAfter = At(until), Hours = hours };
        CompiledPolicy policy = PolicyOf(Allow("kv.put", "a"), Allow("kv.put", "b") with { When = when });

        policy.NextChange(Context()).ShouldBe(At(next) ?? DateTimeOffset.MaxValue);
        policy.NextChange(Context() with { Roles = [], Limit = ["role"] }).ShouldBe(At(next) ?? DateTimeOffset.MaxValue);
        policy.NextChange(Context() with { Roles = ["nobody"] }).ShouldBe(DateTimeOffset.MaxValue);
    }

    [Fact]
    public void A_permit_names_policy_and_request()
    {
        CompiledPolicy policy = PolicyOf(Allow("kv.put", "a"));
        Permit permit = Authorizer.Decide(policy, Context(), Ask("kv.put", "a")).Permit;
        permit.EnsureValid();
        permit.Policy.ShouldBeSameAs(policy);
        permit.RequestId.ShouldBe(42UL);
        Authorizer.AllowAuthenticated(policy, Context()).Permit.RequestId.ShouldBe(42UL);
        Should.Throw<InvalidOperationException>(() => default(Decision).Permit.EnsureValid());
        Should.Throw<InvalidOperationException>(() => Authorizer.Decide(policy, Context(), Ask("kv.put", "b")).Permit.EnsureValid());
    }

    [Fact]
    public void Every_resource_of_every_operation_must_be_allowed_and_the_first_that_is_not_is_named()
    {
        CompiledPolicy policy = PolicyOf(Allow("kv.put", "a", "b"), Allow("kv.range", "**"), Deny("kv.range", "secret/**"));
        OperationSet set = Ask("kv.range", "x");
        set.Begin(SystemAction.Intern("etcd", "kv.put"));
        set.AddResource("a"u8);
        set.AddResource("c"u8);
        policy.DenialOf(set).ShouldBe(new Denial(DenialReason.NoGrant, 1, 1));
        policy.DenialOf(Ask("kv.range", "x", "secret/1")).ShouldBe(new Denial(DenialReason.ExplicitDeny, 0, 1));
        policy.Allows(Ask("kv.put", "a", "b")).ShouldBeTrue();
    }

    [Fact]
    public void An_operation_without_resources_needs_any_grant_of_its_action()
    {
        PolicyOf(Allow("status", "only/this")).Allows(Ask("status")).ShouldBeTrue();
        PolicyOf(Allow("other")).DenialOf(Ask("status")).ShouldBe(new Denial(DenialReason.NoGrant, 0, -1));
    }

    [Fact]
    public void Only_a_deny_on_everything_denies_an_operation_without_resources()
    {
        PolicyOf(Allow("status"), Deny("status", "a/**", "*")).Allows(Ask("status")).ShouldBeTrue();
        PolicyOf(Allow("status"), Deny("status", "a", "**")).DenialOf(Ask("status")).Reason.ShouldBe(DenialReason.ExplicitDeny);
        PolicyOf(Allow("status"), Deny("status")).DenialOf(Ask("status")).Reason.ShouldBe(DenialReason.ExplicitDeny);
    }

    [Fact]
    public void Actions_first_seen_after_compilation_are_decided_too()
    {
        CompiledPolicy policy = PolicyOf(Allow("late.*", "a"), Deny("late.bad"));
        policy.Allows(Ask("kv.put", "a")).ShouldBeFalse();
        for (int i = 0; i < 300; i++)
        {
            string name = $"late.{Guid.CreateVersion7()}.{i}";
            policy.Allows(Ask(name, "a")).ShouldBeTrue();
            policy.Allows(Ask(name, "b")).ShouldBeFalse();
        }

        policy.DenialOf(Ask("late.bad", "a")).Reason.ShouldBe(DenialReason.ExplicitDeny);
    }

    [Fact]
    public void Systems_are_apart_unless_a_grant_is_for_all_of_them()
    {
        CompiledPolicy policy = PolicyOf(Allow("read") with { System = "other" }, Allow("write") with { System = "*" });
        policy.Allows(Ask("read", "a")).ShouldBeFalse();
        policy.Allows(Ask("write", "a")).ShouldBeTrue();
    }

    [Fact]
    public void Built_in_roles_are_what_they_say()
    {
        CompiledPolicy policy = PolicyOf();
        Held(BuiltInRoles.Superuser, "etcd", "kv.put").ShouldBeTrue();
        Held(BuiltInRoles.Superuser, "gatehouse", "user.write").ShouldBeTrue();
        Held(BuiltInRoles.Admin, "gatehouse", "user.write").ShouldBeTrue();
        Held(BuiltInRoles.Admin, "etcd", "kv.put").ShouldBeFalse();
        Held(BuiltInRoles.Viewer, "gatehouse", "user.list").ShouldBeTrue();
        Held(BuiltInRoles.Viewer, "gatehouse", "role.read").ShouldBeTrue();
        Held(BuiltInRoles.Viewer, "gatehouse", "explain").ShouldBeTrue();
        Held(BuiltInRoles.Viewer, "gatehouse", "user.write").ShouldBeFalse();
        Held(BuiltInRoles.Viewer, "etcd", "kv.read").ShouldBeFalse();
        Held(BuiltInRoles.Auditor, "gatehouse", "audit.search").ShouldBeTrue();
        Held(BuiltInRoles.Auditor, "gatehouse", "user.list").ShouldBeFalse();

        bool Held(string role, string system, string action)
        {
            var set = new OperationSet();
            set.Begin(SystemAction.Intern(system, action));
            set.AddResource("any/thing"u8);
            return policy.Allows(set, Context() with { Roles = [role] });
        }
    }

    [Theory]
    [InlineData("10.0.0.0/8", "10.255.0.1", true)]
    [InlineData("10.0.0.0/8", "11.0.0.1", false)]
    [InlineData("10.0.0.0/8", "::ffff:10.0.0.1", true)]
    [InlineData("192.168.0.9", "192.168.0.9", true)]
    [InlineData("192.168.0.9", "192.168.0.10", false)]
    [InlineData("0.0.0.0/0", "255.255.255.255", true)]
    [InlineData("0.0.0.0/0", "::1", false)]
    [InlineData("::/0", "fd00::1", true)]
    [InlineData("::/0", "10.0.0.1", false)]
    [InlineData("fd00::/16", "fd00:ffff::1", true)]
    [InlineData("fd00::/16", "fd01::", false)]
    public void Source_networks(string network, string source, bool holds)
    {
        GrantConditions when = new() { Sources = ["203.0.113.0/24", network] };
        PolicyOf(Allow("read") with { When = when }).Allows(Ask("read", "a"), Context(source: source)).ShouldBe(holds);
        CompiledPolicy denies = PolicyOf(Allow("read"), Deny("read") with { When = when });
        denies.Allows(Ask("read", "a"), Context(source: source)).ShouldBe(!holds);
    }

    [Fact]
    public void A_condition_that_cannot_be_evaluated_fails_for_allow_and_holds_for_deny()
    {
        GrantConditions when = new() { Sources = ["0.0.0.0/0", "::/0"] };
        GrantConditions gate = new() { Gates = ["one"] };
        AuthorizationContext nowhere = Context() with { Source = null!, Gate = null! }; // what no gate should hand over
        PolicyOf(Allow("read") with { When = when }).Allows(Ask("read", "a"), nowhere).ShouldBeFalse();
        PolicyOf(Allow("read") with { When = gate }).Allows(Ask("read", "a"), nowhere).ShouldBeFalse();
        PolicyOf(Allow("read"), Deny("read") with { When = when }).Allows(Ask("read", "a"), nowhere).ShouldBeFalse();
        PolicyOf(Allow("read"), Deny("read") with { When = gate }).Allows(Ask("read", "a"), nowhere).ShouldBeFalse();
    }

    [Theory]
    [InlineData("08:00-12:00", "07:59", false)]
    [InlineData("08:00-12:00", "08:00", true)]
    [InlineData("08:00-12:00", "11:59", true)]
    [InlineData("08:00-12:00", "12:00", false)]
    [InlineData("22:00-06:00", "23:00", true)]
    [InlineData("22:00-06:00", "05:59", true)]
    [InlineData("22:00-06:00", "06:00", false)]
    [InlineData("18:00-00:00", "23:59", true)]
    [InlineData("18:00-00:00", "00:00", false)]
    public void Hours(string hours, string time, bool holds)
    {
        CompiledPolicy policy = PolicyOf(Allow("read") with { When = new GrantConditions { Hours = hours } });
        var now = DateTimeOffset.Parse($"2026-03-01T{time}:00Z");
        policy.Allows(Ask("read", "a"), Context() with { Now = now }).ShouldBe(holds);
        policy.Allows(Ask("read", "a"), Context() with { Now = now.ToOffset(TimeSpan.FromHours(5)) }).ShouldBe(holds);
    }

    [Fact]
    public void Gate_certificate_and_bounds_of_time()
    {
        Holds(new() { Gates = ["two", "one"] }).ShouldBeTrue();
        Holds(new() { Gates = ["two", "One"] }).ShouldBeFalse();
        Holds(new() { ClientCertificate = true }).ShouldBeFalse();
        PolicyOf(Allow("read") with { When = new() { ClientCertificate = true } })
            .Allows(Ask("read", "a"), Context() with { HasClientCertificate = true }).ShouldBeTrue();
        Holds(new() { NotBefore = Noon }).ShouldBeTrue();
        Holds(new() { NotBefore = Noon.AddTicks(1) }).ShouldBeFalse();
        Holds(new() { NotAfter = Noon }).ShouldBeFalse();
        Holds(new() { NotAfter = Noon.AddTicks(1) }).ShouldBeTrue();

        static bool Holds(GrantConditions when) => PolicyOf(Allow("read") with { When = when }).Allows(Ask("read", "a"));
    }

    [Fact]
    public void Grants_of_several_roles_add_up_and_a_deny_in_any_wins()
    {
        CompiledPolicy policy = DifferentialTests.Compile(
            [Role("a", Allow("read", "x/**")), Role("b", Allow("read", "y/**")), Role("c", Deny("read", "x/1"))]);
        Allowed(["a", "b"], "x/1").ShouldBeTrue();
        Allowed(["b", "a"], "y/1").ShouldBeTrue();
        Allowed(["a", "b", "c"], "x/1").ShouldBeFalse();
        Allowed(["a", "b", "c", "c"], "x/2").ShouldBeTrue();
        Allowed(["c"], "y/1").ShouldBeFalse();

        bool Allowed(ImmutableArray<string> roles, string name) => policy.Allows(Ask("read", name), Context() with { Roles = roles });
    }

    [Fact]
    public void A_decision_allocates_nothing()
    {
        CompiledPolicy policy = PolicyOf(
            Allow("read", "a/**", "home/${username}/*", "**/x.log", "t/*/y"),
            Deny("read", "a/secret/**") with { When = new() { Sources = ["10.0.0.0/8", "fd00::/8"], Gates = ["one"], Hours = "08:00-20:00" } });
        OperationSet set = Ask("read", "a/b", "home/anna/file", "q/x.log", "t/1/y", "a/secret/1");
        set.AddPrefix("a/c"u8);
        AuthorizationContext context = Context();
        Authorizer.Decide(policy, context, set);

        // What the runtime itself allocates once, while it makes better code of a method, falls into one round at most.
        long[] rounds = [.. Enumerable.Range(0, 3).Select(_ => AllocatedBy(() => Authorizer.Decide(policy, context, set)))];
        rounds.Min().ShouldBe(0);

        static long AllocatedBy(Action decide)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 100; i++)
            {
                decide();
            }

            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
    }

    [Fact]
    public void Threads_may_share_a_policy()
    {
        RoleDocument[] roles = [.. Enumerable.Range(0, 40).Select(i => Role($"r{i}", Allow("read", $"{i}/**")))];
        CompiledPolicy policy = DifferentialTests.Compile(roles);
        int wrong = 0;
        Parallel.For(0, 4000, i =>
        {
            // A fresh list each time: found by content, not by identity.
            AuthorizationContext context = Context() with { Roles = [$"r{i % 40}", $"r{(i + 1) % 40}"] };
            bool right = policy.Allows(Ask("read", $"{i % 40}/x"), context) && !policy.Allows(Ask("read", $"{(i + 2) % 40}/x"), context)
                && policy.Allows(Ask($"read", $"{(i + 1) % 40}/x"), context);
            Interlocked.Add(ref wrong, right ? 0 : 1);
        });
        wrong.ShouldBe(0);
    }
}

using System.Collections.Immutable;
using Gatehouse.Operations;
using Gatehouse.Policy;
using Gatehouse.Policy.Tables;
using Gatehouse.Problems;
using Shouldly;
using Xunit;
using static Gatehouse.Tests.Policy.PolicyFixture;

namespace Gatehouse.Tests.Policy;

public class CompileTests
{
    [Theory]
    [InlineData("")]
    [InlineData("a b")]
    [InlineData("rôle")]
    [InlineData("a\nb")]
    [InlineData(null)]
    public void Bad_role_names(string? name) => ProblemsOf(Role(name!)).ShouldBe(["GH6001"]);

    [Fact]
    public void Role_names_up_to_128_characters()
    {
        ProblemsOf(Role(new string('a', 128))).ShouldBeEmpty();
        ProblemsOf(Role(new string('a', 129))).ShouldBe(["GH6001"]);
        ProblemsOf(Role("A-z_0.9@x")).ShouldBeEmpty();
    }

    [Fact]
    public void Duplicate_and_built_in_roles()
    {
        ProblemsOf(Role("a"), Role("b"), Role("a")).ShouldBe(["GH6002"]);
        foreach (string name in BuiltInRoles.All.Keys.Where(BuiltInRoles.IsFixed))
        {
            ProblemsOf(Role(name)).ShouldBe(["GH6003"]);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("et*")]
    [InlineData("**")]
    [InlineData("a b")]
    public void Bad_systems(string system) => ProblemsOf(Allow("read") with { System = system }).ShouldBe(["GH6004"]);

    [Theory]
    [InlineData("")]
    [InlineData("re ad")]
    [InlineData("read\u001f")]
    [InlineData(null)]
    public void Bad_actions(string? action) => ProblemsOf(Allow(action!)).ShouldBe(["GH6005"]);

    [Fact]
    public void No_actions()
    {
        ProblemsOf(Allow("read") with { Actions = [] }).ShouldBe(["GH6005"]);
        ProblemsOf(Allow("read") with { Actions = default }).ShouldBe(["GH6005"]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a***")]
    [InlineData("${}")]
    [InlineData("${user")]
    [InlineData("${user name}")]
    [InlineData("${a}${b}${c}${d}${e}")]
    [InlineData(null)]
    public void Bad_resources(string? pattern) => ProblemsOf(Allow("read", "ok", pattern!)).ShouldBe(["GH6006"]);

    [Fact]
    public void Resources_that_are_no_text() => ProblemsOf(Allow("read", "a\ud800b")).ShouldBe(["GH6006"]);

    [Fact]
    public void Resources_too_long_or_with_too_many_wildcards()
    {
        ProblemsOf(Allow("read", new string('a', 4096))).ShouldBeEmpty();
        ProblemsOf(Allow("read", new string('a', 4097))).ShouldBe(["GH6006"]);
        ProblemsOf(Allow("read", new string('é', 2049))).ShouldBe(["GH6006"]);
        ProblemsOf(Allow("read", string.Concat(Enumerable.Repeat("a*", 32)))).ShouldBeEmpty();
        ProblemsOf(Allow("read", string.Concat(Enumerable.Repeat("a*", 33)))).ShouldBe(["GH6006"]);
    }

    [Theory]
    [InlineData("10.0.0.1/8")]
    [InlineData("10.1")]
    [InlineData("010.0.0.1")]
    [InlineData("0x0a.0.0.1")]
    [InlineData("10.0.0.0/33")]
    [InlineData("10.0.0.0/08")]
    [InlineData("10.0.0.0/")]
    [InlineData("10.0.0.0/+8")]
    [InlineData(" 10.0.0.0/8")]
    [InlineData("10.0.0.0/8 ")]
    [InlineData("fd00::/129")]
    [InlineData("fd00::1/64")]
    [InlineData("fe80::1%eth0")]
    [InlineData("[::1]")]
    [InlineData("::ffff:10.0.0.0/104")]
    [InlineData("_all")]
    [InlineData("")]
    [InlineData(null)]
    public void Bad_sources(string? source) =>
        ProblemsOf(Allow("read") with { When = new() { Sources = ["10.0.0.0/8", source!] } }).ShouldBe(["GH6007"]);

    [Theory]
    [InlineData("")]
    [InlineData("8:00-9:00")]
    [InlineData("08:00-08:00")]
    [InlineData("08:00-24:00")]
    [InlineData("08:60-09:00")]
    [InlineData("08:00 09:00")]
    [InlineData("08:00-09:0x")]
    [InlineData("-8:00-09:00")]
    public void Bad_hours(string hours) => ProblemsOf(Allow("read") with { When = new() { Hours = hours } }).ShouldBe(["GH6008"]);

    [Fact]
    public void Bad_bounds_gates_and_effects()
    {
        ProblemsOf(Allow("read") with { When = new() { NotBefore = Noon, NotAfter = Noon } }).ShouldBe(["GH6009"]);
        ProblemsOf(Allow("read") with { When = new() { Gates = ["a b"] } }).ShouldBe(["GH6010"]);
        ProblemsOf(Allow("read") with { Effect = (GrantEffect)2 }).ShouldBe(["GH6012"]);
        ProblemsOf(Role("a", [null!])).ShouldBe(["GH6012"]);
    }

    [Fact]
    public void All_problems_are_collected()
    {
        Grant worst = new()
        {
            System = "a b",
            Actions = ["", "ok"],
            Resources = ["***", "${"],
            When = new() { Sources = ["x"], Hours = "x", Gates = [""], NotBefore = Noon, NotAfter = Noon.AddDays(-1) },
        };
        ProblemsOf(Role("?", worst), Role("b", Allow(""))).ShouldBe(
            ["GH6001", "GH6004", "GH6005", "GH6007", "GH6010", "GH6009", "GH6008", "GH6006", "GH6006", "GH6005"]);
    }

    [Fact]
    public void Patterns_with_nothing_to_look_up_by_are_refused_past_the_cap()
    {
        string[] vague = [.. Enumerable.Range(0, PatternTable.MaxPlace + 1).Select(i => $"*{i}-*")];
        ProblemsOf(Allow("read", vague)).ShouldBe(["GH6011"]);
        ProblemsOf(Allow("read", vague[..^1])).ShouldBeEmpty();

        // The limit counts over all roles, because any of them may be held together.
        ProblemsOf([.. vague.Select((pattern, i) => Role($"r{i}", Allow("read", pattern)))]).ShouldBe(["GH6011"]);
    }

    [Fact]
    public void Wildcards_in_too_many_places_are_refused()
    {
        string[] places = [.. Enumerable.Range(1, 255).Select(bits => string.Join('/', Enumerable.Range(0, 8).Select(b => (bits >> b & 1) == 1 ? "x" : "*")))];
        ProblemsOf(Allow("read", places)).ShouldBe(["GH6011"]);

        // The places of the built-in roles are not taken from the policy's own.
        ProblemsOf(Allow("read", places[..PatternTable.OwnProbes])).ShouldBeEmpty();
        ProblemsOf(Allow("read", places[..PatternTable.MaxProbes])).ShouldBe(["GH6011"]);
    }

    [Fact]
    public void A_vague_policy_below_the_cap_is_decided_in_full()
    {
        CompiledPolicy policy = PolicyOf(Allow("read", [.. Enumerable.Range(0, PatternTable.MaxPlace).Select(i => $"*{i:D2}-*")]));
        for (int i = 0; i < PatternTable.MaxPlace; i++)
        {
            policy.Allows(Ask("read", $"x{i:D2}-y")).ShouldBeTrue();
        }

        policy.Allows(Ask("read", "x99-y")).ShouldBeFalse();
    }

    [Fact]
    public void Many_rules_of_every_kind_are_all_found()
    {
        const int Count = 3000;
        CompiledPolicy policy = PolicyOf(
        [
            .. Enumerable.Range(0, Count).Select(i => Allow("read", $"p/{i}/**", $"e/{i}", $"s/{i}/*/x", $"**/{i}.log", $"name{i}*", $"*-{i}-end", $"h/${{username}}/{i}")),
            .. Enumerable.Range(0, Count).Select(i => Deny("read", $"p/{i}/no")),
        ]);
        for (int i = 0; i < Count; i++)
        {
            foreach (string name in new[] { $"p/{i}/a/b", $"e/{i}", $"s/{i}/q/x", $"var/log/{i}.log", $"name{i}.x", $"a-{i}-end", $"h/anna/{i}" })
            {
                policy.Allows(Ask("read", name)).ShouldBeTrue(name);
            }

            policy.DenialOf(Ask("read", $"p/{i}/no")).Reason.ShouldBe(DenialReason.ExplicitDeny);
            policy.DenialOf(Ask("read", $"h/bert/{i}")).Reason.ShouldBe(DenialReason.NoGrant);
            policy.DenialOf(Ask("read", $"e/{i}x")).Reason.ShouldBe(DenialReason.NoGrant);
        }
    }

    [Fact]
    public void Whole_names_are_found_at_any_depth_beside_patterns_of_any_other()
    {
        string[] names = [.. Enumerable.Range(1, 24).Select(static n => string.Join('/', Enumerable.Range(0, n).Select(static i => $"s{i}")))];
        string[][] besides = [[], ["x/**"], ["**/y"], ["a/b/c/d/e/f/g/h/**"], ["*/*/*"]];
        foreach (string[] patterns in besides)
        {
            foreach (string name in names)
            {
                CompiledPolicy policy = PolicyOf(Allow("read", [name, .. patterns]));
                policy.Allows(Ask("read", name)).ShouldBeTrue(name);
                policy.Allows(Ask("read", name + "/s")).ShouldBe(patterns.Contains("*/*/*") && name == "s0/s1");
                policy.Allows(Ask("read", name[..^1])).ShouldBe(patterns.Contains("*/*/*") && name == "s0/s1/s2");
            }

            CompiledPolicy all = PolicyOf(Allow("read", [.. names, .. patterns]));
            names.ShouldAllBe(name => all.Allows(Ask("read", name)));
        }
    }

    [Fact]
    public void Role_sets_are_kept_and_the_oldest_go()
    {
        List<Problem> problems = [];
        FrozenRoles roles = new GrantCompiler(problems).Compile([.. Enumerable.Range(0, 20).Select(i => Role($"r{i}", Allow("read", $"{i}")))], []).ShouldNotBeNull();
        var cache = new RuleSetCache(roles, capacity: 8);
        RuleSet first = cache.Get(["r1", "r2"]);
        cache.Get(["r2", "r1", "r2", "nobody"]).ShouldBeSameAs(first);
        for (int i = 0; i < 20; i++)
        {
            cache.Get([$"r{i}"]).Roles.Single().Name.ShouldBe($"r{i}");
            cache.Get(["r1", "r2"]).ShouldBeSameAs(first);
            cache.Count.ShouldBeLessThanOrEqualTo(8);
        }

        var small = new RuleSetCache(roles, capacity: 100, weightLimit: 1);
        small.Get(["r1"]);
        small.Get(["r2"]);
        small.Count.ShouldBe(1);
    }

    [Fact]
    public void Compiling_says_which_roles_there_are()
    {
        CompiledPolicy policy = DifferentialTests.Compile([Role("mine")], generation: 17);
        policy.Generation.ShouldBe(17);
        policy.HasRole("mine").ShouldBeTrue();
        policy.HasRole("superuser").ShouldBeTrue();
        policy.HasRole("Mine").ShouldBeFalse();
    }
}

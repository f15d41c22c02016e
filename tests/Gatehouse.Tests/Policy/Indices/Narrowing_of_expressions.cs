using System.Collections.Immutable;
using Gatehouse.Policy;
using Gatehouse.Policy.Indices;
using Shouldly;
using Xunit;
using static Gatehouse.Tests.Policy.Indices.IndexFixture;
using static Gatehouse.Tests.Policy.PolicyFixture;

namespace Gatehouse.Tests.Policy.Indices;

public class Narrowing_of_expressions
{
    [Theory]
    [InlineData("logs-* app-*", "*", "logs-*,app-*")]
    [InlineData("logs-* app-*", "", "logs-*,app-*")]
    [InlineData("logs-* app-*", "_all", "logs-*,app-*")]
    [InlineData("logs-* app-*", ",", "logs-*,app-*")]
    [InlineData("logs-* app-*", "log*", "logs-*")]
    [InlineData("logs-* app-*", "**", "logs-*,app-*")]
    [InlineData("logs-* app-*", "x*", "nothing")]
    [InlineData("logs-* app-*", "logs-a*", "unchanged")]
    [InlineData("logs-* app-*", "logs-a", "unchanged")]
    [InlineData("logs-* app-*", "logs-a,app-*", "unchanged")]
    [InlineData("logs-* app-*", "payroll", "denied")]
    [InlineData("logs-* app-*", "logs-*,payroll", "denied")]
    [InlineData("logs-* app-*", "*,-logs-b*", "logs-*,app-*,-logs-b*")]
    [InlineData("logs-* app-*", "-payroll", "denied")]
    [InlineData("*", "-payroll", "denied")]
    [InlineData("*", "+payroll", "denied")]
    [InlineData("logs-* app-*", "*,-payroll,payroll", "denied")]
    [InlineData("*", "*", "*,-.*,-security-auditlog-*,-top_queries-*")]
    [InlineData("*", "a*", "unchanged")]
    [InlineData("*", "s*", "s*,-security-auditlog-*")]
    [InlineData("*", ".*", "names")]
    [InlineData("*", ".k*", "nothing")]
    [InlineData("* .mine*", "*", "*,-.*,-security-auditlog-*,-top_queries-*,.mine*")]
    [InlineData("* .mine*", ".mine*,*", "*,-.*,-security-auditlog-*,-top_queries-*,.mine*")]
    [InlineData("* .mine*", ".mine*,a*,-ab*,*", "names")]
    [InlineData("**", "*", "names")]
    [InlineData("logs-*", "*-2024", "names")]
    [InlineData("logs.*", "*-2024", "logs.*-2024")]
    [InlineData("logs.*", "*a*-2024", "logs.*a*-2024")]
    [InlineData("log*", "*g-x", "names")]
    [InlineData("logs-????", "logs-*", "names")]
    [InlineData("logs-????", "logs-2024", "unchanged")]
    [InlineData("logs-a", "logs-*", "names")]
    [InlineData("logs-a", "logs-a", "unchanged")]
    [InlineData("a* ?b*", "a*,xb*", "unchanged")]
    [InlineData("logs-*", "<logs-{now/d}>", "unchanged")]
    [InlineData("logs-*", "<log{now/d{'s-a'}}>", "denied")]
    [InlineData("logs-*", "c:logs-a", "denied")]
    [InlineData("*", "c:logs-*", "denied")]
    [InlineData("c:logs-*", "c:logs-a*", "unchanged")]
    [InlineData("c:logs-*", "c:log*", "denied")]
    [InlineData("c:logs-* logs-*", "c:logs-*,*", "c:logs-*,logs-*")]
    [InlineData("logs-*", "*::failures", "logs-*::failures")]
    [InlineData("logs-*", "logs-a::failures", "unchanged")]
    [InlineData("logs-*", "app::failures", "denied")]
    [InlineData("*", "*::failures", "names")]
    [InlineData("${username}-*", "*", "anna-*")]
    [InlineData("logs-*", ".ds-logs-a-*", "names")]
    [InlineData("logs-*", ".ds-logs-a-2024.01.31-000001", "unchanged")]
    [InlineData("logs-*", "logs-a,b", "denied")]
    public void By_the_text(string patterns, string expressions, string expected) =>
        Text(IndexNarrower.Narrow(PolicyOf(On("index:read", patterns.Split(' '))), Context(), Read, Divided(expressions), new NarrowingOptions())).ShouldBe(expected);

    [Theory]
    [InlineData("logs-a app-*", "*", "logs-a,app-*")]
    [InlineData("logs-a logs-b", "*,-logs-b", "logs-a")]
    [InlineData("logs-*", "logs-a,payroll", "logs-a")]
    [InlineData("logs-*", "payroll", "nothing")]
    [InlineData("logs-*", "<payroll{now}>,logs-*", "logs-*")]
    public void Names_that_are_not_allowed_are_dropped_where_the_request_says_so(string patterns, string expressions, string expected) =>
        Text(IndexNarrower.Narrow(PolicyOf(On("index:read", patterns.Split(' '))), Context(), Read, Divided(expressions), new NarrowingOptions { IgnoreUnavailable = true })).ShouldBe(expected);

    [Theory]
    [InlineData("logs-*", "*", "denied")]
    [InlineData("logs-*", "logs-a*", "unchanged")]
    [InlineData("*", "*", "*,-.*,-security-auditlog-*,-top_queries-*")]
    [InlineData("logs-*", "x*", "denied")]
    public void Strictly_nothing_shrinks(string patterns, string expressions, string expected) =>
        Text(IndexNarrower.Narrow(PolicyOf(On("index:read", patterns.Split(' '))), Context(), Read, Divided(expressions), new NarrowingOptions { IsStrict = true })).ShouldBe(expected);

    [Theory]
    [InlineData("logs-*", "*", "denied")]
    [InlineData("logs-*", "logs-*", "unchanged")]
    public void Without_expansion_a_star_is_all_or_nothing(string patterns, string expressions, string expected) =>
        Text(IndexNarrower.Narrow(PolicyOf(On("index:read", patterns.Split(' '))), Context(), Read, Divided(expressions), new NarrowingOptions { ExpandsWildcards = false })).ShouldBe(expected);

    [Fact]
    public void Denies_need_the_names_where_they_reach_in()
    {
        CompiledPolicy policy = PolicyOf(On("index:read", "logs-*", "app-*"), Not("index:read", "logs-secret*"));
        Text(Narrow(policy, "app-*")).ShouldBe("unchanged");
        Text(Narrow(policy, "logs-*")).ShouldBe("names");
        Text(Narrow(policy, "logs-a*")).ShouldBe("unchanged");
        IndexNarrower.Narrow(policy, Context(), Read, ["logs-secret"], new NarrowingOptions()).Reason.ShouldBe(DenialReason.ExplicitDeny);

        // The stream is denied by its own name and so are its backing indices; an alias that leads to them is left out.
        var names = new IndexNames(
            [new("logs-a", ["logs-alias"], null), new("logs-secret-1", ["app-x"], null), new(".ds-logs-b-2024.01.01-000001", [], "logs-b")],
            [new("logs-alias", ["logs-a"]), new("app-x", ["logs-secret-1"]), new("app-y", ["logs-a", "logs-secret-1"])],
            [new("logs-b", [".ds-logs-b-2024.01.01-000001"])]);
        Narrowing narrowed = IndexNarrower.NarrowBy(policy, Context(), Read, [], new NarrowingOptions { ExpandsHidden = true }, names);
        Text(narrowed).ShouldBe("logs-a,logs-alias,logs-b");
        Text(IndexNarrower.NarrowBy(policy, Context(), Read, ["*", "-logs-a", "x"], new NarrowingOptions(), names)).ShouldBe("denied");
        Text(IndexNarrower.NarrowBy(policy, Context(), Read, ["*", "-logs-a*"], new NarrowingOptions(), names)).ShouldBe("logs-b");
        Text(IndexNarrower.NarrowBy(policy, Context(), Read, ["*::failures"], new NarrowingOptions(), names)).ShouldBe("logs-b::failures");
        Text(IndexNarrower.NarrowBy(policy, Context(), Read, ["*"], new NarrowingOptions(), new IndexNames([], [], []))).ShouldBe("nothing");
    }

    [Fact]
    public void Names_of_the_upstream_are_names_and_nothing_more()
    {
        var names = new IndexNames([new("-x", [], null), new("*", [], null), new("a,payroll", [], null), new("c:x", [], null), new("fine", [], null)], [], []);
        Text(IndexNarrower.NarrowBy(PolicyOf(On("index:read", "*", "c:*")), Context(), Read, ["*"], new NarrowingOptions(), names)).ShouldBe("fine");
    }

    [Fact]
    public void Superuser_sends_what_it_likes()
    {
        CompiledPolicy policy = PolicyOf(Everything);
        foreach (string expression in (string[])["*", "", ".*", ".kibana*", "c:*", "<x{now}>", "_all", "*,-x"])
        {
            Text(Narrow(policy, expression)).ShouldBe("unchanged", expression);
        }

        Text(IndexNarrower.Narrow(policy, Context(), Action("index:write"), ["*"], new NarrowingOptions())).ShouldBe("names");
    }

    [Fact]
    public void A_key_and_its_owner_must_both_allow()
    {
        CompiledPolicy policy = DifferentialTests.Compile([Role("role", On("index:read", "logs-*", "app-*")), Role("key", On("index:read", "logs-a*", "x*"))]);
        AuthorizationContext context = Context() with { Limit = ["key"] };
        Text(IndexNarrower.Narrow(policy, context, Read, [], new NarrowingOptions())).ShouldBe("logs-a*");
        Text(IndexNarrower.Narrow(policy, context, Read, ["app-1"], new NarrowingOptions())).ShouldBe("denied");
        Text(IndexNarrower.Narrow(policy, Context() with { Limit = [] }, Read, ["*"], new NarrowingOptions())).ShouldBe("nothing");
    }

    [Fact]
    public void Conditions_count()
    {
        CompiledPolicy policy = PolicyOf(On("index:read", "logs-*") with { When = new() { Sources = ["10.0.0.0/8"] } }, On("index:read", "app-*"));
        Text(IndexNarrower.Narrow(policy, Context(source: "10.0.0.1"), Read, ["*"], new NarrowingOptions())).ShouldBe("logs-*,app-*");
        Text(IndexNarrower.Narrow(policy, Context(source: "11.0.0.1"), Read, ["*"], new NarrowingOptions())).ShouldBe("app-*");
    }

    [Fact]
    public void A_permit_comes_of_a_narrowing_only()
    {
        CompiledPolicy policy = PolicyOf(On("index:read", "logs-*"));
        Authorizer.AllowNarrowed(policy, Context(), Narrow(policy, "*")).IsAllowed.ShouldBeTrue();
        Authorizer.AllowNarrowed(policy, Context(), Narrow(policy, "payroll")).IsAllowed.ShouldBeFalse();
        Authorizer.AllowNarrowed(policy, Context(), default).IsAllowed.ShouldBeFalse();
        Should.Throw<ArgumentException>(() => IndexNarrower.Narrow(policy, Context(), Action("cluster:monitor"), [], new NarrowingOptions()));
    }

    [Fact]
    public void Many_patterns_take_bounded_time()
    {
        CompiledPolicy policy = PolicyOf(On("index:read", [.. Enumerable.Range(0, 3000).Select(static i => $"a{i}*b*c{i}*d")]));
        Text(Narrow(policy, "*")).ShouldBe("names");
        Text(Narrow(policy, "a*b*c*a*b*c*d*d")).ShouldBe("names");
    }

    private static Gatehouse.Operations.SystemAction Read { get; } = Action("index:read");

    private static Narrowing Narrow(CompiledPolicy policy, string expressions) => IndexNarrower.Narrow(policy, Context(), Read, Divided(expressions), new NarrowingOptions());

    private static ImmutableArray<string> Divided(string expressions) => expressions.Length == 0 ? [] : [.. expressions.Split(',')];

    private static string Text(Narrowing narrowing) => narrowing.Kind switch
    {
        NarrowingKind.Unchanged => "unchanged",
        NarrowingKind.Narrowed => string.Join(',', narrowing.Expressions),
        NarrowingKind.Nothing => "nothing",
        NarrowingKind.NeedsNames => "names",
        _ => "denied",
    };
}

using System.Text;
using Gatehouse.Operations;
using Gatehouse.Policy;
using Shouldly;
using Xunit;
using static Gatehouse.Tests.Policy.Indices.IndexFixture;
using static Gatehouse.Tests.Policy.PolicyFixture;

namespace Gatehouse.Tests.Policy.Indices;

public class Patterns_of_indices
{
    [Theory]
    [InlineData("logs", "logs", true)]
    [InlineData("logs", "logs-a", false)]
    [InlineData("logs-*", "logs-", true)]
    [InlineData("logs-*", "logs-2024.01.01", true)]
    [InlineData("logs-*", "logs", false)]
    [InlineData("*-2024", "logs-2024", true)]
    [InlineData("*-2024", ".logs-2024", false)]
    [InlineData("l*s", "ls", true)]
    [InlineData("l*s*x", "las-s-xx", true)]
    [InlineData("logs-?", "logs-a", true)]
    [InlineData("logs-?", "logs-", false)]
    [InlineData("logs-?", "logs-ab", false)]
    [InlineData("logs-?", "logs-é", true)]
    [InlineData("logs-?", "logs-😀", true)]
    [InlineData("?*b", "aab", true)]
    [InlineData("?*b", "b", false)]
    [InlineData("*?b?*", "ab", false)]
    [InlineData("*?b?*", "xabcx", true)]
    [InlineData("?x", ".x", false)]
    [InlineData("*", "anything", true)]
    [InlineData("*", ".hidden", false)]
    [InlineData("**", ".hidden", true)]
    [InlineData("**", "anything", true)]
    [InlineData(".h*", ".hidden", true)]
    [InlineData(".*", ".hidden", true)]
    [InlineData("${username}-*", "anna-x", true)]
    [InlineData("${username}-*", "bert-x", false)]
    [InlineData("*-${username}", "x-anna", true)]
    [InlineData("*-${username}", ".x-anna", false)]
    [InlineData("logs-?", "logs-*", false)]
    [InlineData("logs-*", "logs-*", true)]
    [InlineData("logs-*", "logs-a*,x", true)]
    [InlineData("logs-*", "log*", false)]
    [InlineData("*", "c:logs", false)]
    [InlineData("**", "c:logs", false)]
    [InlineData("c:*", "c:logs", true)]
    [InlineData("Cluster:logs", "Cluster:logs", true)]
    [InlineData("*:logs-*", "c:logs-a", true)]
    [InlineData("*:logs-*", "c:.security", false)]
    [InlineData("*:*", "c:.security-7", false)]
    [InlineData("logs-*", "<logs-{now/d}>", true)]
    [InlineData("logs-*", "<logs-x-{now/d{yyyy.MM.dd|+12:00}}>", true)]
    [InlineData("logs-*", "<log{now/d}>", false)]
    [InlineData("logs-*", "<{now/d{'logs-a'}}>", false)]
    [InlineData("*", "<logs-{now}>", true)]
    [InlineData("*", "<{now/d{'payroll'}}>", false)]
    [InlineData("*", "<.x{now}>", false)]
    [InlineData("logs-?????", "<logs-{now}>", false)]
    [InlineData("logs-*", "logs-a::failures", true)]
    [InlineData("logs", "logs::data", true)]
    [InlineData("logs", "logs::other", false)]
    public void Match_names(string pattern, string name, bool matches)
    {
        PolicyOf(On("index:read", pattern)).May("index:read", name).ShouldBe(matches);
        Grant[] crowd = [.. Enumerable.Range(0, 300).Select(i => On("index:read", $"crowd-{i}-*", $"crowd{i}", $"c?owd-{i % 9}"))];
        PolicyOf([.. crowd, On("index:read", pattern)]).May("index:read", name).ShouldBe(matches);
    }

    [Theory]
    [InlineData("logs-*", "logs-a", true)]
    [InlineData("logs-*", ".ds-logs-a-2024.01.31-000001", true)]
    [InlineData("logs-*", "*", true)]
    [InlineData("logs-*", "app-*", false)]
    [InlineData("logs-a", ".ds-logs-*", true)]
    [InlineData("logs-a", "<logs-{now}>", true)]
    [InlineData("*", "logs", true)]
    [InlineData(".k*", "logs", false)]
    public void Denies_reach_what_an_expression_could(string denied, string name, bool isDenied) =>
        PolicyOf(Everything, Not("index:read", denied)).May("index:read", name).ShouldBe(!isDenied);

    [Theory]
    [InlineData("an*na")]
    [InlineData("an?na")]
    [InlineData("anna,payroll")]
    [InlineData("c:anna")]
    [InlineData("<anna")]
    [InlineData("")]
    public void Values_that_could_be_expressions_match_nothing(string user) =>
        PolicyOf(On("index:read", "${username}-x")).May("index:read", user + "-x", user).ShouldBeFalse();

    [Fact]
    public void A_value_cannot_bring_a_dot_to_the_front() =>
        PolicyOf(On("index:read", "${username}")).May("index:read", ".hidden", ".hidden").ShouldBeFalse();

    [Theory]
    [InlineData("/logs-.*/", "regular expression")]
    [InlineData("<logs-{now}>", "date math")]
    [InlineData("Logs-*", "capital letter, `L`")]
    [InlineData("logs-É", "capital letter")]
    [InlineData("c:Logs", "capital letter")]
    [InlineData("logs,app", "two patterns")]
    [InlineData("lo gs", "two patterns")]
    [InlineData("logs/a", "`/`")]
    [InlineData("a#b", "`#`")]
    [InlineData("-logs", "begins with `-`")]
    [InlineData("_all", "begins with `_`")]
    [InlineData("logs::failures", "selector")]
    [InlineData("a:b:c", "more than one `:`")]
    [InlineData("a***", "in a row")]
    [InlineData("${user name}", "malformed placeholder")]
    [InlineData("", "empty")]
    public void Mistakes_are_named(string pattern, string hint) =>
        FaultsOf(On("index:read", pattern)).ShouldHaveSingleItem().ShouldSatisfyAllConditions(
            fault => fault.ShouldStartWith("GH6006"), fault => fault.ShouldContain(hint));

    [Fact]
    public void No_resources_are_every_name_without_a_dot()
    {
        CompiledPolicy policy = PolicyOf(On("index:read"));
        policy.May("index:read", "logs").ShouldBeTrue();
        policy.May("index:read", ".hidden").ShouldBeFalse();
        PolicyOf(On("*"), Not("cluster:monitor")).Allows(Asks("cluster:monitor")).ShouldBeFalse();
        PolicyOf(On("*"), Not("cluster:monitor", "x")).Allows(Asks("cluster:monitor")).ShouldBeTrue();
    }

    [Theory]
    [InlineData(".ds-logs-a-2024.01.31-000001", true)]
    [InlineData(".fs-logs-a-2024.01.31-1000001", true)]
    [InlineData(".ds-logs-a-2024.01.31-00001", false)]
    [InlineData(".ds-logs-a-2024-01-31-000001", false)]
    [InlineData(".ds-logs-a-24.01.31-000001", false)]
    [InlineData(".ds-logs-a-2024.01.31-000001x", false)]
    [InlineData(".xs-logs-a-2024.01.31-000001", false)]
    [InlineData(".ds-logs-b-2024.01.31-000001", false)]
    [InlineData("partial-.ds-logs-a-2024.01.31-000001", false)]
    [InlineData(".ds--2024.01.31-000001", false)]
    [InlineData(".ds-.ds-logs-a-2024.01.31-000001-2024.01.31-000001", false)]
    public void A_grant_on_a_stream_reaches_its_backing_indices(string name, bool matches)
    {
        PolicyOf(On("index:read", "logs-a")).May("index:read", name).ShouldBe(matches);
        PolicyOf(On("index:read", "logs-a*", ".ds-*"), Not("index:read", "logs-a")).May("index:read", name).ShouldBe(!matches && name.StartsWith(".ds-"));
    }

    [Fact]
    public void The_smallest_grant_helps()
    {
        foreach (string name in (string[])["logs", ".hidden", ".kibana_1", "logs-*", "*", "<logs-{now}>", "Logs", "_x", "-x", "a b", "c:logs", "${x}", ".ds-logs-2024.01.01-000001", "é,ü", "::failures", "a:b:c", "x::failures"])
        {
            Grant grant = Explainer.Explain(PolicyOf(), Context(), Asks("index:manage", name)).Operations.Single().SmallestGrant.ShouldNotBeNull();
            PolicyOf(grant).May("index:manage", name).ShouldBe(name != "a:b:c", $"{name}: {string.Join(' ', grant.Resources)}");
        }
    }

    [Fact]
    public void Prefixes_need_a_grant_on_all_of_them()
    {
        var set = new OperationSet();
        set.Begin(Action("index:read"));
        set.AddPrefix(""u8);
        PolicyOf(On("index:read", "*")).Allows(set).ShouldBeFalse();
        PolicyOf(On("index:read", "**")).Allows(set).ShouldBeFalse();
        PolicyOf(Restricted("index:read", "**")).Allows(set).ShouldBeTrue();
        PolicyOf(Everything).Allows(set).ShouldBeTrue();
        PolicyOf(Everything, Not("index:read", "x")).Allows(set).ShouldBeFalse();
    }

    // The meaning once more, plainly: every grant, every way to read a pattern.
    [Fact]
    public void The_compiled_policy_means_what_the_grants_say()
    {
        var random = new Random(4711);
        string[] parts = ["a", "b", "ab", "*", "?", "*", ".", "-", "é", "**", "${username}"];
        string[] names = ["a", "b", "ab", "ba", ".a", ".", "a-b", "é", "a.b", "aab", "", ".ds-a-2024.01.01-000001", ".ds-.kibana-2024.01.01-000001", ".kibana_1", "security-auditlog-1", ".tasks", "anna", ".anna", "annab"];
        int allowed = 0;
        for (int round = 0; round < 3000; round++)
        {
            List<Grant> grants = [];
            for (int i = random.Next(1, 6); i > 0; i--)
            {
                string[] patterns = [.. Enumerable.Range(0, random.Next(0, 3)).Select(_ => Pattern(random, parts)).Where(static p => FaultsOf(On("index:read", p)).IsEmpty)];
                Grant grant = On(random.Next(3) == 0 ? "index:write" : "index:read", patterns);
                grants.Add(grant with { Effect = random.Next(4) == 0 ? GrantEffect.Deny : GrantEffect.Allow, AllowRestricted = random.Next(3) == 0 });
            }

            CompiledPolicy policy = PolicyOf([.. grants]);
            foreach (string name in names)
            {
                bool expected = Says(grants, name);
                policy.May("index:read", name).ShouldBe(expected, $"{name}: {string.Join("; ", grants.Select(static g => $"{g.Effect} {g.AllowRestricted} {string.Join(' ', g.Actions)} {string.Join(' ', g.Resources)}"))}");
                allowed += expected ? 1 : 0;
            }
        }

        allowed.ShouldBeGreaterThan(5000);
    }

    private static string Pattern(Random random, string[] parts) => string.Concat(Enumerable.Range(0, random.Next(1, 4)).Select(_ => parts[random.Next(parts.Length)]));

    private static bool Says(List<Grant> grants, string name)
    {
        string stream = name.StartsWith(".ds-") ? name[4..^18] : name;
        bool isRestricted = stream is ".kibana" or ".kibana_1" or ".tasks" or "security-auditlog-1";
        List<Grant> matching = grants.FindAll(g => g.Actions[0] == "index:read"
            && (g.Resources.IsEmpty ? ["*"] : g.Resources).Any(p => SlowIndex.Matches(p, name, "anna") || SlowIndex.Matches(p, stream, "anna")));
        return !matching.Exists(static g => g.Effect == GrantEffect.Deny) && matching.Exists(g => g.AllowRestricted || !isRestricted);
    }
}

/// <summary>Patterns of indices, matched by trying everything.</summary>
internal static class SlowIndex
{
    public static bool Matches(string pattern, string name, string user) =>
        pattern == "**" || ((pattern[0] == '.' || !name.StartsWith('.')) && Fits(pattern.Replace("${username}", user).EnumerateRunes().ToArray(), [.. name.EnumerateRunes()]));

    private static bool Fits(ReadOnlySpan<Rune> pattern, ReadOnlySpan<Rune> name)
    {
        if (pattern.IsEmpty)
        {
            return name.IsEmpty;
        }

        if (pattern[0].Value == '*')
        {
            return Fits(pattern[1..], name) || (!name.IsEmpty && Fits(pattern, name[1..]));
        }

        return !name.IsEmpty && (pattern[0].Value == '?' || pattern[0] == name[0]) && Fits(pattern[1..], name[1..]);
    }
}

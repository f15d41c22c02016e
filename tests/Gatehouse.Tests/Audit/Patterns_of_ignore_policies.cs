using System.Text.RegularExpressions;
using Gatehouse.Audit;
using Gatehouse.Audit.Patterns;
using Gatehouse.Problems;
using Shouldly;
using Xunit;

namespace Gatehouse.Tests.Audit;

/// <summary>Wildcards and expressions: what they mean, what is refused, and that they agree with another engine.</summary>
public sealed class Patterns_of_ignore_policies
{
    [Theory]
    [InlineData("abc", "abc", true)]
    [InlineData("abc", "abcd", false)]
    [InlineData("abc", "ABC", false)]
    [InlineData("a*", "a", true)]
    [InlineData("a*", "ab/c d", true)]
    [InlineData("*", "x", true)]
    [InlineData("a?c", "abc", true)]
    [InlineData("a?c", "a😀c", true)]
    [InlineData("a?c", "ac", false)]
    [InlineData("*-log-*", "app-log-1", true)]
    [InlineData("*-log-*", "app-logs-1", false)]
    [InlineData(@"a\*", "a*", true)]
    [InlineData(@"a\*", "ab", false)]
    [InlineData(@"\/srv/*", "/srv/x", true)]
    [InlineData("a.b+", "a.b+", true)]
    [InlineData("a.b", "axb", false)]
    [InlineData("/a.b/", "axb", true)]
    [InlineData("/a|bc/", "bc", true)]
    [InlineData("/a|bc/", "abc", false)]
    [InlineData("/(a|b)*c{2,3}/", "abbacc", true)]
    [InlineData("/(a|b)*c{2,3}/", "cccc", false)]
    [InlineData("/x{3}/", "xxx", true)]
    [InlineData("/x{2,}y?/", "xxxxy", true)]
    [InlineData("/x{2,}y?/", "xy", false)]
    [InlineData("/[a-cx]+[^0-9]/", "abx_", true)]
    [InlineData("/[a-cx]+[^0-9]/", "ab7", false)]
    [InlineData(@"/\d+\.\w\s/", "12.a ", true)]
    [InlineData(@"/\d+\.\w\s/", "12xa ", false)]
    [InlineData(@"/[\d\-]+/", "1-2", true)]
    [InlineData("/a()b/", "ab", true)]
    [InlineData("/(a?)*b/", "aab", true)]
    [InlineData("/ä+/", "ää", true)]
    [InlineData("/[ä-ü]/", "ö", true)]
    [InlineData("/.*secret.*/", "my-secret-x", true)]
    [InlineData("/.*secret.*/", "my-secre", false)]
    public void A_pattern_matches_whole_names(string pattern, string name, bool matches) => Matches(pattern, name).ShouldBe(matches);

    [Theory]
    [InlineData("/")]
    [InlineData("//")]
    [InlineData("/abc")]
    [InlineData(@"abc\")]
    [InlineData("/a(/")]
    [InlineData("/a)/")]
    [InlineData("/[a/")]
    [InlineData("/[]/")]
    [InlineData("/[z-a]/")]
    [InlineData("/[a-]/")]
    [InlineData("/*a/")]
    [InlineData("/a{2/")]
    [InlineData("/a{3,2}/")]
    [InlineData("/a{1001}/")]
    [InlineData("/a{,2}/")]
    [InlineData("/a||b/")]
    [InlineData("/^a/")]
    [InlineData("/a$/")]
    [InlineData("/~a/")]
    [InlineData("/a&b/")]
    [InlineData("/@/")]
    [InlineData("/<1-9>/")]
    [InlineData("/\"a\"/")]
    [InlineData("/#/")]
    [InlineData(@"/\1/")]
    [InlineData(@"/\b/")]
    [InlineData("/(?:a)/")]
    [InlineData("a\u0001")]
    [InlineData("a\ud800")]
    public void What_is_read_in_two_ways_or_not_at_all_is_refused(string pattern)
    {
        PatternParser.Parse(pattern, out string? reason).ShouldBeNull();
        reason.ShouldNotBeNullOrEmpty();
        Problem problem = AuditPolicies.MistakesOf(new AuditRules { Ignore = [new IgnorePolicy { Name = "p", Users = [pattern] }] }).ShouldHaveSingleItem();
        problem.Definition.ShouldBe(AuditProblems.PolicyInvalid);
        problem.Text.ShouldContain("ignore policy `p`, `users`");
        problem.Text.ShouldAllBe(static c => !char.IsControl(c));
    }

    [Fact]
    public void Depth_length_and_size_have_an_end()
    {
        PatternParser.Parse($"/{new string('(', 40)}a{new string(')', 40)}/", out _).ShouldBeNull();
        PatternParser.Parse(new string('a', PatternParser.MaxLength + 1), out _).ShouldBeNull();

        // Each stands for an automaton of exponential size, or for far too many positions.
        foreach (string pattern in (string[])["/(a|b)*a(a|b){40}/", "/((a{1000}){1000}){1000}/", "*a????????????????????b*c", "/(.*a.{20}){20}/"])
        {
            AuditPolicies.MistakesOf(new AuditRules { Ignore = [new IgnorePolicy { Name = "p", Resources = [pattern] }] })
                .ShouldHaveSingleItem().Definition.ShouldBe(AuditProblems.PolicyTooComplex, pattern);
        }
    }

    [Fact]
    public void Many_policies_that_multiply_are_kept_apart()
    {
        // Thirty times "holds": one automaton for all would have two to the thirtieth states.
        IgnorePolicy[] policies = [.. Enumerable.Range(0, 30).Select(static i => new IgnorePolicy { Name = $"p{i}", Users = [$"*w{i:D2}*"] })];
        AuditPolicy policy = AuditPolicies.Ignoring(policies);
        policy.Decide(AuditPolicies.Granted("xx-w17-y")).Policy.ShouldBe("p17");
        policy.Records(AuditPolicies.Granted("xx-w31-y")).ShouldBeTrue();
    }

    [Fact]
    public void A_thousand_names_in_one_list_are_looked_up()
    {
        string[] names = [.. Enumerable.Range(0, 1000).Select(static i => $"service-account-{i * 7919 % 100_003}")];
        AuditPolicy policy = AuditPolicies.Ignoring(new IgnorePolicy { Name = "p", Users = [.. names] });
        names.Where(name => policy.Records(AuditPolicies.Granted(name))).ShouldBeEmpty();
        policy.Records(AuditPolicies.Granted("service-account-x")).ShouldBeTrue();
        policy.Records(AuditPolicies.Granted("service-account-")).ShouldBeTrue();
    }

    [Fact]
    public void It_agrees_with_another_engine_on_random_expressions()
    {
        var random = new Random(20260131);
        for (int round = 0; round < 400; round++)
        {
            string expression = Expression(random, 4);
            var other = new Regex($@"\A(?:{expression})\z", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
            NameMatcher? matcher = Compile($"/{expression}/");
            if (matcher is null)
            {
                continue;
            }

            for (int i = 0; i < 60; i++)
            {
                string name = string.Concat(Enumerable.Range(0, random.Next(0, 9)).Select(_ => "abc"[random.Next(3)]));
                bool expected = other.IsMatch(name);
                (matcher.Match(name) == 1).ShouldBe(expected, $"/{expression}/ on `{name}`");
                (matcher.Match(System.Text.Encoding.UTF8.GetBytes(name)) == 1).ShouldBe(expected);
                bool always = matcher.MatchAllThatBegin(System.Text.Encoding.UTF8.GetBytes(name)) == 1;
                if (always)
                {
                    string longer = name + string.Concat(Enumerable.Range(0, random.Next(0, 6)).Select(_ => "abcz"[random.Next(4)]));
                    other.IsMatch(longer).ShouldBeTrue($"/{expression}/ on all that begin with `{name}`");
                }
            }
        }
    }

    private static bool Matches(string pattern, string name)
    {
        NameMatcher matcher = Compile(pattern).ShouldNotBeNull();
        bool matches = matcher.Match(name) == 1;
        (matcher.Match(System.Text.Encoding.UTF8.GetBytes(name)) == 1).ShouldBe(matches, "text and bytes agree");
        return matches;
    }

    private static NameMatcher? Compile(string pattern)
    {
        PatternNode? node = PatternParser.Parse(pattern, out string? reason);
        reason.ShouldBeNull(pattern);
        var graph = new PatternGraph();
        graph.Add(0, [node!]);
        return PatternCompiler.Compile(graph, new PatternBudget());
    }

    private static string Expression(Random random, int depth) => random.Next(depth <= 0 ? 3 : 9) switch
    {
        0 => "abc"[random.Next(3)].ToString(),
        1 => random.Next(2) == 0 ? "." : "[ab]",
        2 => random.Next(2) == 0 ? "[^a]" : "c",
        3 or 4 => Expression(random, depth - 1) + Expression(random, depth - 1),
        5 => $"({Expression(random, depth - 1)}|{Expression(random, depth - 1)})",
        6 => $"({Expression(random, depth - 1)})*",
        7 => $"({Expression(random, depth - 1)}){{{random.Next(3)},{2 + random.Next(2)}}}",
        _ => $"({Expression(random, depth - 1)})?",
    };
}

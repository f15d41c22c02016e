using System.Collections.Immutable;
using Gatehouse.Policy;
using Gatehouse.Policy.Indices;
using Shouldly;
using Xunit;
using static Gatehouse.Tests.Policy.Indices.IndexFixture;

namespace Gatehouse.Tests.Policy.Indices;

/// <summary>
/// Random grants and requests over every name of a small alphabet: what comes out reaches no name that the grants do not allow or the
/// request did not mean, and every one that is there, allowed and meant.
/// </summary>
public class Narrowing_against_all_names
{
    private static readonly string[] PatternParts = ["a", "b", "ab", "*", "*", "?", ".", "aa", "ba"];
    private static readonly string[] ExpressionParts = ["a", "b", "ab", "*", "*", "*", ".", "aa"];
    private static readonly ImmutableArray<string> Universe = MakeUniverse();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Agrees(int seed)
    {
        var random = new Random(seed);
        int[] kinds = new int[5];
        for (int round = 0; round < 800; round++)
        {
            List<Grant> roles = Grants(random);
            List<Grant>? limit = random.Next(4) == 0 ? Grants(random) : null;
            CompiledPolicy policy = DifferentialTests.Compile([PolicyFixture.Role("role", [.. roles]), PolicyFixture.Role("key", [.. limit ?? []])]);
            AuthorizationContext context = PolicyFixture.Context() with { Limit = limit is null ? default : ["key"] };
            string[] asked = [.. Enumerable.Range(0, random.Next(1, 4)).Select(i => Expression(random, i > 0))];
            var options = new NarrowingOptions
            {
                IgnoreUnavailable = random.Next(2) == 0,
                ExpandsHidden = true,
                IsStrict = random.Next(6) == 0,
            };
            Narrowing narrowed = IndexNarrower.Narrow(policy, context, Action("index:read"), asked, options);
            kinds[(int)narrowed.Kind]++;
            if (narrowed.Kind == NarrowingKind.NeedsNames)
            {
                options.IsStrict.ShouldBeFalse();
                narrowed = IndexNarrower.NarrowBy(policy, context, Action("index:read"), asked, options, Names);
            }

            string shown = $"{string.Join(',', asked)} -> {narrowed.Kind} {string.Join(',', narrowed.Expressions)} {narrowed.Refused} ({options.IgnoreUnavailable}, {options.IsStrict}) by {Shown(roles)}{(limit is null ? "" : " and " + Shown(limit))}";
            Check(asked, narrowed, options, name => Says(roles, name) && (limit is null || Says(limit, name)), shown);
        }

        kinds.ShouldAllBe(static count => count > 10);
    }

    private static void Check(string[] asked, Narrowing narrowed, NarrowingOptions options, Func<string, bool> isAllowed, string shown)
    {
        HashSet<string> meant = Reach(asked);
        if (narrowed.Kind == NarrowingKind.Denied)
        {
            // A name that is not allowed, or strictly a wildcard that reaches one; names that cannot be are not.
            bool isFair = narrowed.Refused!.StartsWith('-')
                || (narrowed.Refused.Contains('*') ? options.IsStrict && !Reach([narrowed.Refused]).All(isAllowed) : !isAllowed(narrowed.Refused));
            (isFair || (options.IsStrict && narrowed.Refused.Contains('*'))).ShouldBeTrue(shown);
            return;
        }

        HashSet<string> got = narrowed.Kind == NarrowingKind.Nothing ? [] : Reach(narrowed.Expressions);
        foreach (string name in Universe)
        {
            bool isRight = meant.Contains(name) && isAllowed(name);
            if (got.Contains(name))
            {
                isRight.ShouldBeTrue($"{name} too much: {shown}");
            }
            else if (isRight && !(Universe.Contains($".ds-{name}-2024.01.01-000001") && !isAllowed($".ds-{name}-2024.01.01-000001")))
            {
                // A stream of which a part is denied is left out by its names.
                // A backing index is there with its stream; alone only where it was asked for by a dot.
                (name.StartsWith(".ds-") && (got.Contains(name[4..^18]) || !asked.Any(static e => e.StartsWith(".ds-")))).ShouldBeTrue($"{name} is missing: {shown}");
            }
        }

        foreach (string explicitName in narrowed.Expressions.Where(static e => !e.Contains('*') && !e.StartsWith('-')))
        {
            isAllowed(explicitName).ShouldBeTrue(shown);
        }
    }

    // What Elasticsearch makes of a list: exclusions count behind a wildcard, and take away from what stands before them.
    private static HashSet<string> Reach(IEnumerable<string> expressions)
    {
        HashSet<string> names = new(StringComparer.Ordinal);
        bool sawWildcard = false;
        foreach (string expression in expressions)
        {
            bool excludes = sawWildcard && expression.StartsWith('-');
            string text = excludes ? expression[1..] : expression;
            sawWildcard |= text.Contains('*');
            IEnumerable<string> found = Universe.Where(name => SlowIndex.Matches(text.StartsWith('.') ? text : text.Contains('*') ? "**" : text, name, "anna") && Fits(text, name));
            if (excludes)
            {
                names.ExceptWith(found.ToArray());
            }
            else
            {
                names.UnionWith(found);
            }
        }

        return names;
    }

    private static bool Fits(string text, string name) => text.Length == 0
        ? name.Length == 0
        : text[0] == '*' ? Fits(text[1..], name) || (name.Length > 0 && Fits(text, name[1..]))
        : name.Length > 0 && text[0] == name[0] && Fits(text[1..], name[1..]);

    private static bool Says(List<Grant> grants, string name)
    {
        string stream = name.StartsWith(".ds-") ? name[4..^18] : name;
        bool isRestricted = stream.StartsWith(".kibana") || stream.StartsWith("security-auditlog-");
        List<Grant> matching = grants.FindAll(g => (g.Resources.IsEmpty ? ["*"] : g.Resources).Any(p => SlowIndex.Matches(p, name, "anna") || SlowIndex.Matches(p, stream, "anna")));
        return !matching.Exists(static g => g.Effect == GrantEffect.Deny) && matching.Exists(g => g.AllowRestricted || !isRestricted);
    }

    private static List<Grant> Grants(Random random)
    {
        List<Grant> grants = [];
        for (int i = random.Next(1, 4); i > 0; i--)
        {
            string[] patterns = [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => Pattern(random))];
            grants.Add(On("index:read", patterns) with { Effect = random.Next(6) == 0 ? GrantEffect.Deny : GrantEffect.Allow, AllowRestricted = random.Next(4) == 0 });
        }

        return grants;
    }

    private static string Pattern(Random random)
    {
        string[] known = ["*", "**", ".*", "a*", "b*", ".kibana*", "s*", "${username}*", ".ds-*"];
        string text = random.Next(4) == 0 ? known[random.Next(known.Length)] : string.Concat(Enumerable.Range(0, random.Next(1, 4)).Select(_ => PatternParts[random.Next(PatternParts.Length)]));
        return text.Contains("***") ? "*" : text;
    }

    private static string Expression(Random random, bool mayExclude)
    {
        string[] known = ["*", "*", ".*", "s*", ".k*", "anna", ".ds-a-2024.01.01-000001", "security-auditlog-1"];
        string text = random.Next(4) == 0 ? known[random.Next(known.Length)] : string.Concat(Enumerable.Range(0, random.Next(1, 4)).Select(_ => ExpressionParts[random.Next(ExpressionParts.Length)]));
        return mayExclude && random.Next(3) == 0 ? "-" + text : text;
    }

    private static IndexNames Names { get; } = new(
        [.. Universe.Where(static n => n.StartsWith(".ds-")).Select(static n => new ResolvedIndex(n, [], n[4..^18])), .. Universe.Where(static n => n.Length > 2 && !n.StartsWith(".ds-")).Select(static n => new ResolvedIndex(n, [], null))],
        [],
        [.. Universe.Where(static n => n.Length <= 2).Select(static n => new ResolvedStream(n, Universe.Contains($".ds-{n}-2024.01.01-000001") ? [$".ds-{n}-2024.01.01-000001"] : []))]);

    private static ImmutableArray<string> MakeUniverse()
    {
        List<string> names = [];
        List<string> last = [""];
        for (int length = 1; length <= 4; length++)
        {
            last = [.. from name in last from letter in "ab." select name + letter];
            names.AddRange(last);
        }

        return [.. names, ".kibana_a", ".kibanaa", "security-auditlog-1", "security", "anna", "annab", ".ds-a-2024.01.01-000001", ".ds-.b-2024.01.01-000001"];
    }

    private static string Shown(List<Grant> grants) => string.Join("; ", grants.Select(static g => $"{g.Effect}{(g.AllowRestricted ? "+" : "")} {string.Join(' ', g.Resources)}"));
}

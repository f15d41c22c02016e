using System.Collections.Immutable;
using System.Diagnostics;
using Gatehouse.Audit.Patterns;

namespace Gatehouse.Audit;

/// <summary>
/// One field of the ignore policies of one place. Policies are bits; what a policy does not say about the field matches
/// every event.
/// </summary>
internal sealed class IgnoreField
{
    private readonly ulong _unset;
    private readonly NameMatcher[] _matchers;

    private IgnoreField(ulong all, ulong unset, ulong missing, NameMatcher[] matchers)
    {
        _unset = unset;
        _matchers = matchers;
        Missing = missing | unset;
        IsUnused = unset == all;
    }

    /// <summary>Whether no policy says anything about it.</summary>
    public bool IsUnused { get; }

    /// <summary>Policies that an event without the field matches.</summary>
    public ulong Missing { get; }

    /// <summary>Compiles the lists of all policies, null where a policy sets none; gives the reason where it cannot.</summary>
    /// <param name="lists">The list of each policy, in the order of their bits.</param>
    /// <param name="budget">What it may cost.</param>
    /// <param name="wrong">Told of each pattern that is none, and of one that is too complex (reason null).</param>
    public static IgnoreField? Compile(
        ImmutableArray<ImmutableArray<string>?> lists, PatternBudget budget, Action<int, string, string?> wrong)
    {
        ulong unset = 0;
        ulong missing = 0;
        bool failed = false;
        List<(int Policy, string Text, PatternNode Node)> patterns = [];
        for (int policy = 0; policy < lists.Length; policy++)
        {
            if (lists[policy] is not { } list)
            {
                unset |= 1UL << policy;
                continue;
            }

            missing |= list.IsEmpty || list.Contains("") ? 1UL << policy : 0;
            foreach (string text in list.Where(static text => text.Length > 0))
            {
                if (PatternParser.Parse(text, out string? reason) is { } node)
                {
                    patterns.Add((policy, text, node));
                }
                else
                {
                    failed = true;
                    wrong(policy, text, reason);
                }
            }
        }

        List<NameMatcher> matchers = [];
        if (failed || (patterns.Count > 0 && !Compile(patterns, budget, matchers, wrong)))
        {
            return null;
        }

        ulong all = lists.Length == 64 ? ulong.MaxValue : (1UL << lists.Length) - 1;
        return new IgnoreField(all, unset, missing, [.. matchers]);
    }

    /// <summary>Policies that a value matches; null and empty are a missing one.</summary>
    public ulong Match(string? value)
    {
        if (string.IsNullOrEmpty(value))
        {
            return Missing;
        }

        ulong mask = _unset;
        foreach (NameMatcher matcher in _matchers)
        {
            mask |= matcher.Match(value);
        }

        return mask;
    }

    /// <summary>Policies that a name of any bytes matches, or all names that begin so.</summary>
    public ulong Match(ReadOnlySpan<byte> name, bool isPrefix)
    {
        if (name.IsEmpty && !isPrefix)
        {
            return Missing;
        }

        ulong mask = _unset;
        foreach (NameMatcher matcher in _matchers)
        {
            mask |= isPrefix ? matcher.MatchAllThatBegin(name) : matcher.Match(name);
        }

        return mask;
    }

    // One automaton for all where that is small enough; else two for half of them each, and so on.
    private static bool Compile(
        List<(int Policy, string Text, PatternNode Node)> patterns, PatternBudget budget, List<NameMatcher> into, Action<int, string, string?> wrong)
    {
        Debug.Assert(patterns.Count > 0, "there is nothing to compile");
        var graph = new PatternGraph();
        foreach (IGrouping<int, (int Policy, string Text, PatternNode Node)> own in patterns.GroupBy(static p => p.Policy))
        {
            graph.Add(own.Key, own.Select(static p => p.Node));
        }

        if (PatternCompiler.Compile(graph, budget) is { } matcher)
        {
            into.Add(matcher);
            return true;
        }

        if (patterns.Count == 1 || !budget.IsLeft)
        {
            wrong(patterns[0].Policy, patterns[0].Text, null);
            return false;
        }

        int half = patterns.Count / 2;
        return Compile(patterns[..half], budget, into, wrong) && Compile(patterns[half..], budget, into, wrong);
    }
}

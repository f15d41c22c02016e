using Gatehouse.Policy.Tables;

namespace Gatehouse.Policy.Indices;

/// <summary>
/// What the grants of one rule set say about one action on indices here, as patterns to reckon with. Made once a row; what hangs on
/// conditions and placeholders is left to each request. Immutable.
/// </summary>
internal sealed class IndexRules
{
    // What no name has; a pattern with it would come out of a narrowing as something else than a name.
    private const string Impossible = "\\/\"<>| ,#:?";

    private readonly Candidate[] _candidates;

    private IndexRules(Candidate[] candidates) => _candidates = candidates;

    /// <summary>The rules of a row.</summary>
    public static IndexRules Of(RuleSet set, ActionRow row)
    {
        var candidates = new List<Candidate>();
        var seen = new HashSet<(GrantShape, string)>();
        foreach (CompiledGrant grant in set.Roles.SelectMany(static role => role.Grants))
        {
            if (grant.Shape.CheckAction(row.Action) != FailedCondition.None)
            {
                continue;
            }

            GlobRule rule = grant.Shape.Effect == GrantEffect.Deny ? GlobRule.Deny : grant.Shape.ReachesRestricted(row.Action) ? GlobRule.Wide : GlobRule.Plain;
            foreach (ResourcePattern pattern in grant.Patterns)
            {
                bool isOpen = pattern.Kind == PatternKind.Slotted;
                if (seen.Add((grant.Shape, pattern.Text)) && (isOpen || IsUseful(Ruled(pattern, rule, Nobody))))
                {
                    candidates.Add(new Candidate(grant.Shape, pattern, rule, isOpen ? null : Ruled(pattern, rule, Nobody)));
                }
            }
        }

        return new IndexRules([.. candidates]);
    }

    /// <summary>Finds what could speak of an expression, for somebody now.</summary>
    public void Find(Glob expression, in AuthorizationContext context, List<RuledGlob> allows, List<RuledGlob> denies)
    {
        foreach (Candidate candidate in _candidates)
        {
            if ((candidate.Glob is { } ready && !ready.Glob.HeadFits(expression)) || candidate.Shape.CheckConditions(context) != FailedCondition.None)
            {
                continue;
            }

            RuledGlob? glob = candidate.Glob ?? Ruled(candidate.Pattern, candidate.Rule, context.Principal);
            if (IsUseful(glob) && glob.Glob.HeadFits(expression))
            {
                (glob.Rule == GlobRule.Deny ? denies : allows).Add(glob);
            }
        }
    }

    /// <summary>Whether any deny holds now.</summary>
    public bool HasDeny(in AuthorizationContext context)
    {
        foreach (Candidate candidate in _candidates)
        {
            if (candidate.Rule == GlobRule.Deny && candidate.Shape.CheckConditions(context) == FailedCondition.None)
            {
                return true;
            }
        }

        return false;
    }

    private static Identity.Principal Nobody { get; } = new("", "");

    private static RuledGlob? Ruled(ResourcePattern pattern, GlobRule rule, Identity.Principal principal) =>
        Glob.Of(pattern, principal) is { } glob ? new RuledGlob(glob, pattern.IsIndex && pattern.Tokens[0].Kind == PatternTokenKind.NoDot, rule) : null;

    private static bool IsUseful([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] RuledGlob? ruled) =>
        ruled is not null
        && (ruled.Rule == GlobRule.Deny
            || (!(ruled.NoDot && ruled.Glob.StartsWithDot)
                && !(ruled.Glob.HeadLength > 0 && ruled.Glob.Symbols[0] is '-' or '+' or '_')
                && !Array.Exists(ruled.Glob.Symbols, static s => s is >= 0 and < char.MaxValue && Impossible.Contains((char)s))));

    private sealed record Candidate(GrantShape Shape, ResourcePattern Pattern, GlobRule Rule, RuledGlob? Glob);
}

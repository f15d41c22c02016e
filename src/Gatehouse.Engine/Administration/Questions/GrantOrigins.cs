using System.Collections.Immutable;
using Gatehouse.Administration;
using Gatehouse.Policy;
using Gatehouse.Policy.Indices;
using Gatehouse.Policy.Names;
using Gatehouse.Policy.Questions;

namespace Gatehouse.Engine.Administration.Questions;

/// <summary>Grants in the API's form, with where they come from.</summary>
internal static class GrantOrigins
{
    /// <summary>One line for a grant.</summary>
    public static GrantOrigin Of(FittingGrant found) => new()
    {
        Role = found.Role,
        Index = found.Index,
        Effect = found.Grant.Effect,
        Grant = GrantText.Format(GrantView.From(found.Grant)),
        Conditional = found.Fit == Fit.Maybe,
    };

    /// <summary>All grants of roles that can apply at a gate (null: anywhere).</summary>
    public static IEnumerable<FittingGrant> Of(CompiledPolicy policy, ImmutableArray<string> roles, string? gate, string? system) =>
        from role in roles.Distinct(StringComparer.Ordinal)
        from found in RoleQuestions.GrantsOf(policy, role)
        where gate is null || CanApply(found.Grant, gate, system)
        select found;

    /// <summary>Whether two grants can speak of one operation; says yes where that is not sure.</summary>
    public static bool Overlap(Grant a, Grant b) =>
        (a.System == "*" || b.System == "*" || a.System == b.System)
        && a.Actions.Any(x => b.Actions.Any(y => Overlap(x, y) || (IsOnIndices(a, b) && Privileges.Overlap(x, y)) || (IsOnIgnite(a, b) && IgniteRights.Overlap(x, y))))
        && (a.Resources.IsDefaultOrEmpty || b.Resources.IsDefaultOrEmpty || a.Resources.Any(x => b.Resources.Any(y => Overlap(x, y) || (IsOnIndices(a, b) && (x.StartsWith('.') || y.StartsWith('.'))) || (IsOnIgnite(a, b) && IgniteRights.CouldMeet(x, y))))); // backing indices are their streams'

    private static bool IsOnIndices(Grant a, Grant b) => a.System == Privileges.System || b.System == Privileges.System;

    private static bool IsOnIgnite(Grant a, Grant b) => a.System == IgniteRights.System || b.System == IgniteRights.System;

    private static bool CanApply(Grant grant, string gate, string? system) =>
        (grant.When is null || grant.When.Gates.IsDefaultOrEmpty || grant.When.Gates.Contains(gate, StringComparer.Ordinal))
        && (system is null || grant.System == "*" || grant.System == system);

    // Two patterns have no name in common where their literal beginnings differ.
    private static bool Overlap(string a, string b)
    {
        string x = Head(a);
        string y = Head(b);
        bool isExactX = x.Length == a.Length;
        bool isExactY = y.Length == b.Length;
        return isExactX && isExactY ? x == y
            : isExactX ? x.StartsWith(y, StringComparison.Ordinal)
            : isExactY ? y.StartsWith(x, StringComparison.Ordinal)
            : x.StartsWith(y, StringComparison.Ordinal) || y.StartsWith(x, StringComparison.Ordinal);
    }

    private static string Head(string pattern)
    {
        int end = pattern.IndexOfAny(['*', '?', '$']);
        return end < 0 ? pattern : pattern[..end];
    }
}

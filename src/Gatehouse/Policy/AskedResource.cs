using Gatehouse.Identity;
using Gatehouse.Operations;

namespace Gatehouse.Policy;

/// <summary>One name that an operation wants, as a grant's pattern is held against it.</summary>
internal readonly ref struct AskedResource(ReadOnlySpan<byte> name, ResourceScope scope, bool isWhole)
{
    /// <summary>The name.</summary>
    public ReadOnlySpan<byte> Name { get; } = name;

    /// <summary>The name itself, or all that begin so.</summary>
    public ResourceScope Scope { get; } = scope;

    /// <summary>The operation has no resources.</summary>
    public bool IsWhole { get; } = isWhole;

    /// <summary>Whether a pattern of a grant speaks of it.</summary>
    public bool IsMatchedBy(ResourcePattern pattern, GrantEffect effect, Principal principal)
    {
        if (IsWhole)
        {
            // Any grant of the action allows the system as a whole. A deny meant for some names must not close
            // it, so only a deny on everything does.
            return effect == GrantEffect.Allow || pattern.IsEverything;
        }

        if (Scope == ResourceScope.Exact)
        {
            return PatternMatcher.Matches(pattern, Name, principal);
        }

        return effect == GrantEffect.Allow ? pattern.CoversAll(Name) : pattern.CouldReach(Name);
    }
}

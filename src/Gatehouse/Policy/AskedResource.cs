using Gatehouse.Identity;
using Gatehouse.Operations;
using Gatehouse.Policy.Indices;
using Gatehouse.Policy.Topics;

namespace Gatehouse.Policy;

/// <summary>One name that an operation wants, as a grant's pattern is held against it.</summary>
internal readonly ref struct AskedResource(SystemAction action, ReadOnlySpan<byte> name, ResourceScope scope, bool isWhole)
{
    private readonly bool _isOnIndices = Privileges.IsOnIndices(action);

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
            return _isOnIndices
                ? IsMatchedBy(IndexName.Of(Name, stackalloc byte[IndexName.ScratchLength]), pattern, effect, principal)
                : PatternMatcher.Matches(pattern, Name, principal);
        }

        if (Scope == ResourceScope.Filter)
        {
            return effect == GrantEffect.Allow ? TopicPatterns.Covers(pattern, Name, principal) : TopicPatterns.Meets(pattern, Name, principal);
        }

        return effect == GrantEffect.Allow ? pattern.CoversAll(Name) : pattern.CouldReach(Name);
    }

    /// <summary>Whether a pattern with placeholders could speak of it, whoever asks: as far as its literal beginning says.</summary>
    public bool CouldBeMatchedBy(ResourcePattern pattern) =>
        Scope == ResourceScope.Filter ? TopicPatterns.CouldMeet(pattern, Name)
        : pattern.Topic is not null ? TopicPatterns.CouldMatch(pattern, Name)
        : Name.StartsWith(pattern.Head) || (_isOnIndices && IndexName.StreamOf(IndexName.WithoutSelector(Name)).StartsWith(pattern.Head));

    /// <summary>Whether a grant that allows must say that it reaches restricted names.</summary>
    public bool IsRestricted => _isOnIndices && !IsWhole && Scope switch
    {
        ResourceScope.Exact => IndexName.Of(Name, stackalloc byte[IndexName.ScratchLength]).IsRestricted,
        ResourceScope.Prefix => RestrictedNames.CouldReach(Name),
        _ => true, // no index is asked for so
    };

    /// <summary>The same for a name of an index. A deny holds against an expression that could reach what it denies.</summary>
    public static bool IsMatchedBy(in IndexName index, ResourcePattern pattern, GrantEffect effect, Principal principal)
    {
        if (index.IsRemote && !pattern.ReachesRemote)
        {
            return false;
        }

        return index.IsWildcard && effect == GrantEffect.Deny
            ? pattern.CouldReach(index.Reach)
            : PatternMatcher.Matches(pattern, index.Name, principal)
                || (!index.Stream.IsEmpty && PatternMatcher.Matches(pattern, index.Stream, principal));
    }
}

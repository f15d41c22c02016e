using System.Collections.Immutable;

namespace Gatehouse.Policy.Questions;

/// <summary>A grant that speaks of what was asked.</summary>
/// <param name="Role">The role it stands in.</param>
/// <param name="Index">Its place in the role, from 0.</param>
/// <param name="Grant">As written.</param>
/// <param name="Fit">Whether its conditions hold.</param>
public sealed record FittingGrant(string Role, int Index, Grant Grant, Fit Fit);

/// <summary>How roles stand to one operation on one name.</summary>
/// <param name="Allow">The best of the grants that allow.</param>
/// <param name="Deny">The strictest of the grants that deny.</param>
/// <param name="Grants">Those that speak of it, role by role.</param>
public readonly record struct RoleFit(Fit Allow, Fit Deny, ImmutableArray<FittingGrant> Grants)
{
    /// <summary>Nothing speaks of it.</summary>
    public static RoleFit None { get; } = new(Fit.No, Fit.No, []);

    /// <summary>What follows: a deny wins, and without an allow it is no.</summary>
    public Fit Verdict => Deny == Fit.Yes || Allow == Fit.No ? Fit.No
        : Allow == Fit.Yes && Deny == Fit.No ? Fit.Yes
        : Fit.Maybe;

    /// <summary>Both lists of roles together.</summary>
    public RoleFit With(in RoleFit other) => new(
        Allow > other.Allow ? Allow : other.Allow,
        Deny > other.Deny ? Deny : other.Deny,
        Grants.IsEmpty ? other.Grants : other.Grants.IsEmpty ? Grants : Grants.AddRange(other.Grants));
}

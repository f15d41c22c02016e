using System.Collections.Immutable;
using Gatehouse.Operations;

namespace Gatehouse.Policy;

/// <summary>Why a decision went as it did: every operation, every resource, every grant considered. Plain data, made to be serialized.</summary>
public sealed record Explanation
{
    /// <summary>The policy generation it was decided on.</summary>
    public required long Generation { get; init; }

    /// <summary>Who asked, as <c>realm/name</c>.</summary>
    public required string Principal { get; init; }

    /// <summary>The roles the decision was made with.</summary>
    public required ImmutableArray<string> Roles { get; init; }

    /// <summary>Those of them that the policy does not have; they grant nothing.</summary>
    public required ImmutableArray<string> UnknownRoles { get; init; }

    /// <summary>The verdict.</summary>
    public required bool IsAllowed { get; init; }

    /// <summary>Why not, <see cref="DenialReason.None"/> when allowed.</summary>
    public required DenialReason Reason { get; init; }

    /// <summary>The operations in order.</summary>
    public required ImmutableArray<OperationExplanation> Operations { get; init; }
}

/// <summary>One operation of an explanation.</summary>
public sealed record OperationExplanation
{
    /// <summary>The system, such as <c>etcd</c>.</summary>
    public required string System { get; init; }

    /// <summary>The action, such as <c>kv.put</c>.</summary>
    public required string Action { get; init; }

    /// <summary>Whether it is allowed on all its resources.</summary>
    public required bool IsAllowed { get; init; }

    /// <summary>Its resources in order; one entry without a name for an operation without resources.</summary>
    public required ImmutableArray<ResourceExplanation> Resources { get; init; }

    /// <summary>
    /// The smallest grant that, added to any role of the principal, would allow the operation; null when it is allowed, or
    /// when a deny is the cause: then no grant helps, see <see cref="ResourceExplanation.DeniedBy"/>.
    /// </summary>
    public Grant? SmallestGrant { get; init; }
}

/// <summary>One resource of an explained operation.</summary>
public sealed record ResourceExplanation
{
    /// <summary>The name, with bytes that are no text as <c>\xNN</c>; null for an operation without resources.</summary>
    public string? Resource { get; init; }

    /// <summary>Whether the name or every name that starts with it was asked for.</summary>
    public ResourceScope Scope { get; init; }

    /// <summary>The verdict; <see cref="DenialReason.None"/> is yes.</summary>
    public required DenialReason Reason { get; init; }

    /// <summary>The grants considered, nearest first: those that apply, then those that failed late, then early.</summary>
    public required ImmutableArray<ConsideredGrant> Grants { get; init; }

    /// <summary>How many more were considered and left out here, the farthest ones.</summary>
    public int Omitted { get; init; }

    /// <summary>The denying grants that apply; not empty exactly when <see cref="Reason"/> is an explicit deny.</summary>
    public ImmutableArray<ConsideredGrant> DeniedBy { get; init; } = [];
}

/// <summary>A grant that a decision looked at.</summary>
/// <param name="Role">The role it belongs to.</param>
/// <param name="Index">Its place in the role, from 0.</param>
/// <param name="Grant">The grant as written.</param>
/// <param name="Failed">The first condition that failed, or <see cref="FailedCondition.None"/>: it applies.</param>
public sealed record ConsideredGrant(string Role, int Index, Grant Grant, FailedCondition Failed);

using System.Collections.Immutable;

namespace Gatehouse.Audit;

/// <summary>Which events are recorded: rules for every gate, and rules of single gates. The default records everything.</summary>
public sealed record AuditPolicyDocument
{
    /// <summary>What holds until somebody changes it: everything is recorded.</summary>
    public static AuditPolicyDocument Default { get; } = new();

    /// <summary>Counts the changes, 0 for the default; a writer may say which one it read.</summary>
    public long Revision { get; init; }

    /// <summary>The rules of every gate without others.</summary>
    public AuditRules Rules { get; init; } = new();

    /// <summary>Rules of single gates; names are unique.</summary>
    public ImmutableArray<GateAuditRules> Gates { get; init; } = [];
}

/// <summary>Rules of one place: all gates, or one of them.</summary>
public sealed record AuditRules
{
    /// <summary>A level's word (<see cref="AuditLevels"/>), or null.</summary>
    public string? Level { get; init; }

    /// <summary>Events recorded beside the level's; null: none is named.</summary>
    public ImmutableArray<string>? Include { get; init; }

    /// <summary>Events not recorded, whatever else names them.</summary>
    public ImmutableArray<string>? Exclude { get; init; }

    /// <summary>Ignore policies; names are unique.</summary>
    public ImmutableArray<IgnorePolicy> Ignore { get; init; } = [];
}

/// <summary>Rules of one gate, over those of every gate.</summary>
public sealed record GateAuditRules
{
    /// <summary>The gate's name, or <c>admin</c>.</summary>
    public required string Gate { get; init; }

    /// <summary>Its rules.</summary>
    public required AuditRules Rules { get; init; }
}

/// <summary>
/// An ignore policy: an event that matches all the fields set is not recorded. Null leaves a field out; a list matches
/// when any pattern of it does; an empty list, or an empty text in a list, matches an event without the field.
/// </summary>
public sealed record IgnorePolicy
{
    /// <summary>The policy's name.</summary>
    public required string Name { get; init; }

    /// <summary>Names of users.</summary>
    public ImmutableArray<string>? Users { get; init; }

    /// <summary>Realms.</summary>
    public ImmutableArray<string>? Realms { get; init; }

    /// <summary>Roles; every role of the event must match.</summary>
    public ImmutableArray<string>? Roles { get; init; }

    /// <summary>Actions in the guarded system's words; every operation's must match.</summary>
    public ImmutableArray<string>? Actions { get; init; }

    /// <summary>Resources (indices, keys, topics); every resource of the event must match.</summary>
    public ImmutableArray<string>? Resources { get; init; }
}

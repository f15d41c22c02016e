using System.Collections.Immutable;

namespace Gatehouse.Identity;

/// <summary>
/// Gives roles to identities of realms that do not know our roles. Every condition that is there must hold; within one, any
/// entry is enough. A mapping without a condition holds for nobody.
/// </summary>
public sealed record MappingDocument
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Roles given.</summary>
    public ImmutableArray<string> Roles { get; init; } = [];

    /// <summary>Whether it is in force.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>Names of realms.</summary>
    public ImmutableArray<string> Realms { get; init; } = [];

    /// <summary>Names of principals; <c>*</c> is any run of characters.</summary>
    public ImmutableArray<string> Users { get; init; } = [];

    /// <summary>Groups; distinguished names are compared by their parts, not as text; <c>*</c> in plain names only.</summary>
    public ImmutableArray<string> Groups { get; init; } = [];

    /// <summary>Attributes (claims, certificate fields) and the values they may have.</summary>
    public ImmutableSortedDictionary<string, ImmutableArray<string>> Attributes { get; init; } =
        ImmutableSortedDictionary.Create<string, ImmutableArray<string>>(StringComparer.Ordinal);

    /// <summary>Networks the client comes from, CIDR.</summary>
    public ImmutableArray<string> Networks { get; init; } = [];
}

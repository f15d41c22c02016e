using System.Collections.Immutable;
using Gatehouse.Identity;

namespace Gatehouse.Administration;

/// <summary>A role mapping, as read and as written (<c>PUT /v1/mappings/NAME</c>).</summary>
public sealed record MappingView
{
    /// <summary>Name; in a request it may be left out, else it must be the one of the path.</summary>
    public string? Name { get; set; }

    /// <summary>Roles given; each must exist.</summary>
    public IReadOnlyList<string> Roles { get; set; } = [];

    /// <summary>Whether it is in force.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>Names of realms.</summary>
    public IReadOnlyList<string> Realms { get; set; } = [];

    /// <summary>Names of principals; <c>*</c> is any run of characters.</summary>
    public IReadOnlyList<string> Users { get; set; } = [];

    /// <summary>Groups.</summary>
    public IReadOnlyList<string> Groups { get; set; } = [];

    /// <summary>Attributes and the values that each may have.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>?>? Attributes { get; set; }

    /// <summary>Networks the client comes from, CIDR.</summary>
    public IReadOnlyList<string> Networks { get; set; } = [];

    /// <summary>How the API shows a mapping.</summary>
    public static MappingView From(MappingDocument mapping) => new()
    {
        Name = mapping.Name,
        Roles = mapping.Roles,
        Enabled = mapping.Enabled,
        Realms = mapping.Realms,
        Users = mapping.Users,
        Groups = mapping.Groups,
        Attributes = mapping.Attributes.IsEmpty
            ? null
            : mapping.Attributes.ToDictionary(static pair => pair.Key, static IReadOnlyList<string>? (pair) => pair.Value, StringComparer.Ordinal),
        Networks = mapping.Networks,
    };

    /// <summary>The document to keep.</summary>
    public MappingDocument ToDocument(string name) => new()
    {
        Name = name,
        Roles = [.. Roles.Distinct(StringComparer.Ordinal)],
        Enabled = Enabled,
        Realms = [.. Realms.Distinct(StringComparer.Ordinal)],
        Users = [.. Users.Distinct(StringComparer.Ordinal)],
        Groups = [.. Groups.Distinct(StringComparer.Ordinal)],
        Attributes = (Attributes ?? ImmutableDictionary<string, IReadOnlyList<string>?>.Empty)
            .ToImmutableSortedDictionary(static pair => pair.Key, static ImmutableArray<string> (pair) => [.. pair.Value ?? []], StringComparer.Ordinal),
        Networks = [.. Networks.Distinct(StringComparer.Ordinal)],
    };
}

/// <summary><c>GET /v1/mappings</c>.</summary>
public sealed record MappingListResponse
{
    /// <summary>By name.</summary>
    public IReadOnlyList<MappingView> Mappings { get; set; } = [];
}

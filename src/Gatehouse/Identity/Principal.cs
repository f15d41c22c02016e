using System.Collections.Frozen;
using System.Collections.Immutable;

namespace Gatehouse.Identity;

/// <summary>An authenticated identity. Immutable; one a login, kept as long as its credential stays verified.</summary>
public sealed class Principal
{
    /// <summary>Makes a principal; only realms do.</summary>
    public Principal(
        string name,
        string realm,
        ImmutableArray<string> groups = default,
        FrozenDictionary<string, string>? attributes = null)
    {
        Name = name;
        Realm = realm;
        Groups = groups.IsDefault ? [] : groups;
        Attributes = attributes ?? FrozenDictionary<string, string>.Empty;
    }

    /// <summary>The name, unique within the realm.</summary>
    public string Name { get; }

    /// <summary>The realm that verified it, such as <c>native</c>.</summary>
    public string Realm { get; }

    /// <summary>Groups as the realm gave them.</summary>
    public ImmutableArray<string> Groups { get; }

    /// <summary>Attributes for placeholders (<c>cert.cn</c>, <c>clientid</c>).</summary>
    public FrozenDictionary<string, string> Attributes { get; }

    /// <inheritdoc/>
    public override string ToString() => $"{Realm}/{Name}";
}

using System.Collections.Immutable;

namespace Gatehouse.Policy;

/// <summary>
/// A list of roles that is decided on again and again, with the place of its compiled grants. Who keeps one for an identity saves
/// looking them up; the place holds for one policy and is found anew for the next.
/// </summary>
/// <param name="names">The names of the roles.</param>
public class RoleList(ImmutableArray<string> names)
{
    private long _place;

    /// <summary>The names of the roles.</summary>
    public ImmutableArray<string> Names { get; } = names;

    /// <summary>Where the grants were last found; 0 is nowhere.</summary>
    internal long Place
    {
        get => Volatile.Read(ref _place);
        set => Volatile.Write(ref _place, value);
    }
}

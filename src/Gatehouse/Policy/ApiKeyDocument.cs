using System.Collections.Immutable;
using Gatehouse.Identity;

namespace Gatehouse.Policy;

/// <summary>
/// A key that acts for its owner: what it may is what the owner may at that moment, narrowed by the key's own grants. The
/// secret is shown once and kept as a hash.
/// </summary>
public sealed record ApiKeyDocument
{
    /// <summary>Public part, 20 letters and digits.</summary>
    public required string Id { get; init; }

    /// <summary>A name for people.</summary>
    public required string Name { get; init; }

    /// <summary>Whose: the native user's name.</summary>
    public required string Owner { get; init; }

    /// <summary>
    /// When the owner was made (<see cref="UserDocument.Created"/>): a user of the same name that is made later is somebody else.
    /// </summary>
    public DateTimeOffset OwnerSince { get; init; }

    /// <summary>SHA-256 of the secret, Base64: the secret has 256 random bits, so that a slow hash would add nothing.</summary>
    public required string Hash { get; init; }

    /// <summary>What of the owner's rights it has; null: all of them.</summary>
    public ImmutableArray<Grant>? Grants { get; init; }

    /// <summary>When it was made.</summary>
    public DateTimeOffset Created { get; init; }

    /// <summary>From then on as if it were not there; null never.</summary>
    public DateTimeOffset? Expires { get; init; }

    /// <summary>Who made it, <c>realm/name</c>.</summary>
    public string? CreatedBy { get; init; }

    /// <summary>Whether it was made with another key: such a key has no right but to say who it is.</summary>
    public bool IsDerived { get; init; }

    /// <summary>What its maker noted about it, a JSON object; nothing is decided by it.</summary>
    public string? Metadata { get; init; }

    /// <summary>Whether this very user owns it.</summary>
    public bool IsOf(UserDocument user) => string.Equals(Owner, user.Name, StringComparison.Ordinal) && OwnerSince == user.Created;
}

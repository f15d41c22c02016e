using System.Collections.Immutable;
using Gatehouse.Identity;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Snapshots.Validation;

/// <summary>Who presents nothing gets in only by a name and with roles that somebody wrote down.</summary>
internal sealed class AnonymousValidator : IRealmValidator
{
    private const int MaxRoles = 64;

    /// <inheritdoc/>
    public void Validate(RealmDocument realm, ICollection<Problem> problems)
    {
        if (realm.Anonymous is not { } settings)
        {
            return;
        }

        ImmutableArray<string> roles = settings.Roles.IsDefault ? [] : settings.Roles;
        string? wrong = settings.Name != RealmNames.Anonymous && !UserName.IsValid(settings.Name, out string? why) ? $"`{settings.Name}` is no name: {why}"
            : roles.IsEmpty ? "it needs at least one role; without any it would let everybody in to nothing"
            : roles.Length > MaxRoles ? $"more than {MaxRoles} roles"
            : roles.FirstOrDefault(static role => !UserName.IsValid(role, out _)) is { } role ? $"`{role}` is no role name"
            : null;
        if (wrong is not null)
        {
            problems.Add(IdentityProblems.RealmValue.Because($"realm `{realm.Name}`: {wrong}"));
        }
    }
}

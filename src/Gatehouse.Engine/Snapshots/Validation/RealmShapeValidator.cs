using Gatehouse.Identity;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Snapshots.Validation;

/// <summary>What is the same for realms of every kind: name, place, text, and settings of its own kind and no other.</summary>
internal sealed class RealmShapeValidator : IRealmValidator
{
    internal const int MaxOrder = 10_000;

    internal const int MaxDescription = 256;

    // Identities of these realms are made by the node itself, and some of them carry roles: nobody else may speak for them.
    private static readonly string[] Reserved = [RealmNames.Native, RealmNames.Kernel, RealmNames.Network, RealmNames.Local, RealmNames.Pki, RealmNames.ApiKey, RealmNames.SwarmKey];

    /// <inheritdoc/>
    public void Validate(RealmDocument realm, ICollection<Problem> problems)
    {
        if (RefuseName(realm) is { } reason)
        {
            problems.Add(IdentityProblems.RealmName.Because($"`{realm.Name}` is no name for this realm: {reason}"));
            return;
        }

        string? wrong = !Enum.IsDefined(realm.Kind) ? $"kind {(int)realm.Kind} does not exist"
            : realm.Order is < 1 or > MaxOrder ? $"order {realm.Order} is not 1 to {MaxOrder}; `native` comes before all"
            : realm.Version < 1 ? "its version is below 1"
            : realm.Description is { Length: > MaxDescription } || realm.Description?.Any(char.IsControl) == true
                ? $"a description has at most {MaxDescription} characters and no control characters"
            : null;
        if (wrong is not null)
        {
            problems.Add(IdentityProblems.RealmValue.Because($"realm `{realm.Name}`: {wrong}"));
            return;
        }

        (string wanted, bool isThere) = realm.Kind switch
        {
            RealmKind.Ldap or RealmKind.ActiveDirectory => ("directory", realm.Directory is not null),
            RealmKind.Pki => ("certificate", realm.Certificate is not null),
            RealmKind.Jwt or RealmKind.Oidc => ("token", realm.Token is not null),
            _ => ("anonymous", realm.Anonymous is not null),
        };
        if (!isThere)
        {
            problems.Add(IdentityProblems.RealmSettings.Because(
                $"realm `{realm.Name}` is of kind {KindWords.Of(realm.Kind)} and has no settings `{wanted}`", hint: "docs/operate/identity.md lists them"));
        }

        foreach ((string name, bool isSet) in (ReadOnlySpan<(string, bool)>)
            [("directory", realm.Directory is not null), ("certificate", realm.Certificate is not null), ("token", realm.Token is not null), ("anonymous", realm.Anonymous is not null)])
        {
            if (isSet && name != wanted)
            {
                problems.Add(IdentityProblems.RealmSettings.Because($"realm `{realm.Name}` is of kind {KindWords.Of(realm.Kind)}, which has no settings `{name}`", hint: "leave them out"));
            }
        }
    }

    private static string? RefuseName(RealmDocument realm) =>
        string.Equals(realm.Name, RealmNames.Anonymous, StringComparison.OrdinalIgnoreCase)
            ? realm.Kind == RealmKind.Anonymous && realm.Name == RealmNames.Anonymous ? null : "it is for a realm of that kind"
            : Reserved.Contains(realm.Name, StringComparer.OrdinalIgnoreCase) ? "Gatehouse's own identities have it"
            : UserName.IsValid(realm.Name, out string? reason) ? null : reason;
}

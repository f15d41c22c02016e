using System.Globalization;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Identity;

namespace Gatehouse.Engine.Ipfs.Ownership;

/// <summary>Whose a pin is. Two owners are one only where all three are the same, byte for byte.</summary>
/// <param name="Realm">The principal's realm: two realms may have one name each for two people.</param>
/// <param name="Name">Its name.</param>
/// <param name="Tag">
/// What tells it from a later principal of the same name, such as when a native user was made; empty where the realm knows
/// nothing of the kind.
/// </param>
internal sealed record PinOwner(string Realm, string Name, string Tag = "")
{
    /// <summary>Nobody: what it holds it holds for no principal. No realm has an empty name.</summary>
    public static PinOwner None { get; } = new("", "");

    /// <summary>The owner that a principal is; an API key's pins are those of the user whose key it is.</summary>
    public static PinOwner Of(Principal principal, SecuritySnapshot snapshot)
    {
        bool isNative = principal.Realm is RealmNames.Native or RealmNames.ApiKey;
        string tag = isNative && snapshot.Users.TryGetValue(principal.Name, out UserDocument? user) ? TagOf(user) : "";
        return new PinOwner(isNative ? RealmNames.Native : principal.Realm, principal.Name, tag);
    }

    /// <summary>Whether somebody may still come in as this owner; a user who was made again under the name of another is another.</summary>
    public bool IsKnown(SecuritySnapshot snapshot) => Realm == RealmNames.Native
        ? snapshot.Users.TryGetValue(Name, out UserDocument? user) && TagOf(user) == Tag
        : Realm.Length > 0;

    /// <inheritdoc/>
    public override string ToString() => $"{Realm}/{Name}";

    private static string TagOf(UserDocument user) => user.Created.UtcTicks.ToString(CultureInfo.InvariantCulture);
}

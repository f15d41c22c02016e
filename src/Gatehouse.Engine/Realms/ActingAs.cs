using Gatehouse.Engine.Snapshots;
using Gatehouse.Identity;

namespace Gatehouse.Engine.Realms;

/// <summary>The login of a user that another one acts as. It stands as long as that user stays the same.</summary>
internal static class ActingAs
{
    /// <summary>Makes it; for a name that is not there it never stands. Whether anybody may act so is decided with each request.</summary>
    public static Authenticated Native(string name, SecuritySnapshot snapshot)
    {
        snapshot.Users.TryGetValue(name, out UserDocument? user);
        if (user is { IsBreakGlass: true })
        {
            // Whoever acts as it would go past its alarm: as if it were not there.
            user = null;
        }

        return new Authenticated(new Principal(name, RealmNames.Native), user?.CredentialVersion ?? -1, user?.Password);
    }
}

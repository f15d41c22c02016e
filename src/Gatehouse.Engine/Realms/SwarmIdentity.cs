using System.Globalization;
using Gatehouse.Identity;
using Gatehouse.Protocols.Libp2p;

namespace Gatehouse.Engine.Realms;

/// <summary>
/// Step 4 of gates before private libp2p networks: a proven key is all there is to know. The principal is the key's number, never
/// anything of the key; it has no roles, as the key alone admits.
/// </summary>
internal static class SwarmIdentity
{
    /// <summary>Who has proven a key; null for nobody.</summary>
    public static Authenticated? Of(SwarmProof proof) =>
        proof.IsValid
            ? new Authenticated(new Principal("key-" + proof.Number.ToString(CultureInfo.InvariantCulture), RealmNames.SwarmKey), 0)
            : null;
}

using Gatehouse.Engine.Realms;
using Gatehouse.Identity;

namespace Gatehouse.Engine.Elasticsearch.Handles;

/// <summary>
/// Who made a handle, as Elasticsearch compares it: realm and name, and a key's handles belong to that key alone. Whoever acts as
/// a user makes handles of that user.
/// </summary>
/// <param name="Realm">The realm.</param>
/// <param name="Name">The name.</param>
/// <param name="Key">The public part of the API key, or null.</param>
internal readonly record struct HandleOwner(string Realm, string Name, string? Key)
{
    /// <summary>That of a principal.</summary>
    public static HandleOwner Of(Principal principal) => new(principal.Realm, principal.Name, ApiKeys.IdOf(principal));
}

using Gatehouse.Identity;

namespace Gatehouse.Engine.Administration.Policies;

/// <summary>
/// What stands for the secrets of realms while a file is looked at without its cluster: they are never in an export, and the rest of
/// the settings is to be looked at all the same. Such a document is never put in force.
/// </summary>
internal static class PolicyStandIns
{
    // 256 bits, as RFC 7518 section 3.2 wants for HS256; HS384 and HS512 want more.
    private static readonly string Keys = $$"""{"keys":[{"kty":"oct","k":"{{new string('A', 86)}}"}]}""";

    /// <summary>A realm with every secret that its kind needs.</summary>
    public static RealmDocument For(RealmDocument realm) => realm switch
    {
        { Directory: { BindDn: not null, BindPassword: null } directory } => realm with { Directory = directory with { BindPassword = "kept in the store" } },
        { Token: { HasSecretKeys: true, Keys: null, KeysUrl: null } token } => realm with { Token = token with { Keys = Keys } },
        _ => realm,
    };
}

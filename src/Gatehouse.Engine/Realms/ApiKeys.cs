using System.Collections.Frozen;
using System.Text;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Identity;
using Gatehouse.Policy;

namespace Gatehouse.Engine.Realms;

/// <summary>
/// Verifies API keys: <c>gh_ID_SECRET</c> as a bearer token, or <c>ApiKey BASE64(ID:SECRET)</c> as Elasticsearch's clients send
/// it. The secret has 256 random bits; its SHA-256 is compared in constant time.
/// </summary>
internal static class ApiKeys
{
    // No secret has this hash: an unknown key costs the same as a wrong one.
    private const string Decoy = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

    /// <summary>Whether a bearer token claims to be a key: then no other realm is asked.</summary>
    public static bool IsKey(string token) => token.StartsWith(ApiKeySecret.Prefix, StringComparison.Ordinal);

    /// <summary>The key that a principal came in with, for records; null for one without.</summary>
    public static string? IdOf(Principal principal) =>
        principal.Realm == RealmNames.ApiKey && principal.Attributes.TryGetValue(SecuritySnapshot.ApiKeyAttribute, out string? id) ? id : null;

    /// <summary>Elasticsearch's form as ours; null when it is malformed.</summary>
    public static string? FromBase64(ReadOnlySpan<char> encoded)
    {
        Span<byte> bytes = stackalloc byte[ApiKeySecret.IdLength + 1 + ApiKeySecret.SecretLength];
        return encoded.Length <= 96 && Convert.TryFromBase64Chars(encoded, bytes, out int length) && length == bytes.Length
            && bytes[ApiKeySecret.IdLength] == ':' && !bytes.ContainsAnyExceptInRange((byte)'!', (byte)'~')
            ? $"{ApiKeySecret.Prefix}{Encoding.ASCII.GetString(bytes[..ApiKeySecret.IdLength])}_{Encoding.ASCII.GetString(bytes[(ApiKeySecret.IdLength + 1)..])}"
            : null;
    }

    /// <summary>Verifies a key; <paramref name="reason"/> says why not, for the record.</summary>
    public static Authenticated? Verify(string text, SecuritySnapshot snapshot, DateTimeOffset now, out string? reason)
    {
        reason = "key_malformed";
        if (!ApiKeySecret.TryParse(text, out string id, out ReadOnlySpan<char> secret))
        {
            return null;
        }

        bool isKnown = snapshot.Document.ApiKeys.TryGetValue(id, out ApiKeyDocument? key);
        bool matches = ApiKeySecret.Matches(key?.Hash ?? Decoy, secret) && isKnown;
        reason = !matches ? "key_refused" : key!.Expires <= now ? "key_expired" : null; // known here
        if (reason is not null)
        {
            return null;
        }

        var attributes = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            [SecuritySnapshot.ApiKeyAttribute] = id,
            ["api_key.name"] = key!.Name,
        };
        var login = new Authenticated(
            new Principal(key.Owner, RealmNames.ApiKey, default, attributes.ToFrozenDictionary(StringComparer.Ordinal)), 0, key.Hash);
        reason = snapshot.Users.TryGetValue(key.Owner, out UserDocument? owner) && owner.IsBreakGlass ? "owner_break_glass"
            : login.IsCurrent(snapshot, now) && snapshot.TryGetRights(login.Principal, null, now, out _) ? null : "owner_inactive";
        return reason is null ? login : null;
    }
}

using System.Buffers.Text;
using System.Text;
using System.Text.Unicode;

namespace Gatehouse.Engine.Elasticsearch.Security;

/// <summary>
/// The identifier of a user profile. It is realm and name themselves, so that nothing has to be kept: the same for the same user on
/// every node and for good, as applications expect that store it. It is no secret and gives no right.
/// </summary>
internal static class ProfileUid
{
    private const string Prefix = "u_";
    private const string Suffix = "_0";
    private const int Longest = 1024;

    /// <summary>The identifier of a user.</summary>
    public static string Of(string realm, string name) => Prefix + Base64Url.EncodeToString(Encoding.UTF8.GetBytes($"{realm}/{name}")) + Suffix;

    /// <summary>Reads one; false for everything that <see cref="Of"/> does not make.</summary>
    public static bool TryRead(string uid, out string realm, out string name)
    {
        realm = name = "";
        if (uid.Length > Longest || uid.Length <= Prefix.Length + Suffix.Length || !uid.StartsWith(Prefix, StringComparison.Ordinal) || !uid.EndsWith(Suffix, StringComparison.Ordinal))
        {
            return false;
        }

        ReadOnlySpan<char> inner = uid.AsSpan(Prefix.Length..^Suffix.Length);
        byte[] bytes = new byte[inner.Length];
        if (!Base64Url.IsValid(inner) || !Base64Url.TryDecodeFromChars(inner, bytes, out int length) || !Utf8.IsValid(bytes.AsSpan(0, length)))
        {
            return false;
        }

        // No realm's name has a slash in it.
        string text = Encoding.UTF8.GetString(bytes, 0, length);
        int slash = text.IndexOf('/', StringComparison.Ordinal);
        realm = slash > 0 ? text[..slash] : "";
        name = slash > 0 ? text[(slash + 1)..] : "";
        return name.Length > 0 && Of(realm, name) == uid;
    }
}

using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace Gatehouse.Audit.Secrets;

/// <summary>
/// Texts that look like a secret, or have one in them after its name: <c>password=...</c>, <c>"token": ...</c>,
/// <c>PASSWORD '...'</c>, <c>&lt;secret&gt;</c>, an address with a password, a login of HTTP, a token, a private key. Rather one text
/// too many than one too few.
/// </summary>
internal sealed class SecretText(SecretWords words)
{
    private const int LeastBase64 = 8;
    private static readonly string[] Logins = ["bearer ", "basic ", "apikey ", "digest ", "negotiate ", "token "];
    private static readonly SearchValues<char> NameCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.$");
    private static readonly SearchValues<char> AuthorityEnds = SearchValues.Create("/?# \"'<>");

    /// <summary>Whether it is one.</summary>
    public bool IsSecret(string text) =>
        IsToken(text.AsSpan().Trim()) || HasUser(text) || HasNamed(text)
        || (text.Contains('%', StringComparison.Ordinal) && HasNamed(Uri.UnescapeDataString(text)));

    /// <summary>What a Base64 text holds, where that is text.</summary>
    public static string? Decoded(string text)
    {
        byte[] bytes = new byte[text.Length];
        if (text.Length < LeastBase64
            || (!Convert.TryFromBase64String(text, bytes, out int length) && !TryFromUrl(text, bytes, out length)))
        {
            return null;
        }

        try
        {
            return new UTF8Encoding(false, true).GetString(bytes, 0, length);
        }
        catch (ArgumentException)
        {
            // Bytes that are no text.
            return null;
        }
    }

    private static bool TryFromUrl(string text, byte[] bytes, out int length)
    {
        length = 0;
        return Base64Url.IsValid(text) && Base64Url.TryDecodeFromChars(text, bytes, out length);
    }

    private static bool IsToken(ReadOnlySpan<char> text)
    {
        foreach (string login in Logins)
        {
            if (text.StartsWith(login, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return (text.StartsWith("eyJ") && text.Count('.') is 2 or 4)
            || text.StartsWith("gh_")
            || (text.Contains("-----BEGIN", StringComparison.Ordinal) && text.Contains("PRIVATE KEY", StringComparison.Ordinal));
    }

    /// <summary>RFC 3986 section 3.2.1: <c>scheme://user:password@host</c>.</summary>
    private static bool HasUser(ReadOnlySpan<char> text)
    {
        for (int at = text.IndexOf("://"); at >= 0; at = text.IndexOf("://"))
        {
            text = text[(at + 3)..];
            int end = text.IndexOfAny(AuthorityEnds);
            ReadOnlySpan<char> authority = end < 0 ? text : text[..end];
            if (authority.Contains('@') && authority.Contains(':'))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>A name of a secret with something behind it that gives it a value.</summary>
    private bool HasNamed(string text)
    {
        ReadOnlySpan<char> rest = text;
        while (rest.IndexOfAny(NameCharacters) is >= 0 and int start)
        {
            rest = rest[start..];
            int length = rest.IndexOfAnyExcept(NameCharacters);
            if (length < 0)
            {
                return false;
            }

            string name = rest[..length].ToString();
            rest = rest[length..];
            ReadOnlySpan<char> next = rest.TrimStart(" \t\r\n\"'`\\)]");
            bool isGiven = next is ['=' or ':' or '>', ..] || (rest[0] is ' ' && rest.TrimStart() is ['\'' or '"', ..]);
            if (isGiven && words.AreIn(name))
            {
                return true;
            }
        }

        return false;
    }
}

using System.Globalization;
using System.Text;

namespace Gatehouse.Identity;

/// <summary>
/// Distinguished names as text (RFC 4514), brought into one form so that two spellings of one name are equal and two names
/// never are: attribute types in lower case, escapes undone and made anew, white space around parts dropped, values compared
/// without regard to ASCII case and runs of spaces (RFC 4518), as directories do for names of people and groups.
/// </summary>
public static class DistinguishedName
{
    /// <summary>The one form of a distinguished name; null when the text is none.</summary>
    public static string? TryNormalize(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        StringBuilder into = new(text.Length);
        int at = 0;
        while (true)
        {
            if (!TryReadPart(text, ref at, into))
            {
                return null;
            }

            if (at == text.Length)
            {
                return into.ToString();
            }

            // A multi-valued part keeps its plus sign: its order is the writer's.
            char separator = text[at++];
            if (separator is not (',' or '+'))
            {
                return null;
            }

            into.Append(separator);
        }
    }

    private static bool TryReadPart(string text, ref int at, StringBuilder into)
    {
        SkipSpace(text, ref at);
        int start = at;
        while (at < text.Length && (char.IsAsciiLetterOrDigit(text[at]) || text[at] is '-' or '.'))
        {
            at++;
        }

        if (at == start)
        {
            return false;
        }

        foreach (char c in text.AsSpan(start, at - start))
        {
            into.Append(char.ToLowerInvariant(c));
        }

        SkipSpace(text, ref at);
        if (at == text.Length || text[at] != '=')
        {
            return false;
        }

        at++;
        into.Append('=');
        SkipSpace(text, ref at);
        return TryReadValue(text, ref at, into);
    }

    private static bool TryReadValue(string text, ref int at, StringBuilder into)
    {
        List<byte> bytes = [];
        int keep = 0;
        while (at < text.Length && text[at] is not (',' or '+'))
        {
            char c = text[at++];
            if (c == '\\')
            {
                if (!TryReadEscape(text, ref at, bytes))
                {
                    return false;
                }

                keep = bytes.Count;
                continue;
            }

            if (c is '"' or ';' or '<' or '>' or '\0' || char.IsSurrogate(c) && !TryAddPair(text, ref at, c, bytes))
            {
                return false;
            }

            if (!char.IsSurrogate(c))
            {
                bytes.AddRange(Encoding.UTF8.GetBytes(c.ToString()));
            }

            keep = c == ' ' ? keep : bytes.Count;
        }

        bytes.RemoveRange(keep, bytes.Count - keep);
        return bytes.Count > 0 && TryWriteValue([.. bytes], into);
    }

    private static bool TryAddPair(string text, ref int at, char high, List<byte> bytes)
    {
        if (!char.IsHighSurrogate(high) || at == text.Length || !char.IsLowSurrogate(text[at]))
        {
            return false;
        }

        bytes.AddRange(Encoding.UTF8.GetBytes(new string([high, text[at++]])));
        return true;
    }

    private static bool TryReadEscape(string text, ref int at, List<byte> bytes)
    {
        if (at == text.Length)
        {
            return false;
        }

        if (text[at] is ' ' or '"' or '#' or '+' or ',' or ';' or '<' or '=' or '>' or '\\')
        {
            bytes.Add((byte)text[at++]);
            return true;
        }

        if (at + 2 > text.Length || !byte.TryParse(text.AsSpan(at, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte value))
        {
            return false;
        }

        bytes.Add(value);
        at += 2;
        return true;
    }

    private static bool TryWriteValue(byte[] bytes, StringBuilder into)
    {
        string value;
        try
        {
            value = new UTF8Encoding(false, true).GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            return false;
        }

        bool space = false;
        foreach (char c in value)
        {
            if (c == ' ' && space)
            {
                continue;
            }

            space = c == ' ';
            if (c is ',' or '+' or '\\' or '"' or ';' or '<' or '>' or '=' or '#' || c < ' ')
            {
                into.Append('\\').Append(((int)c).ToString("x2", CultureInfo.InvariantCulture));
            }
            else
            {
                into.Append(char.IsAscii(c) ? char.ToLowerInvariant(c) : c);
            }
        }

        return true;
    }

    private static void SkipSpace(string text, ref int at)
    {
        while (at < text.Length && text[at] == ' ')
        {
            at++;
        }
    }
}

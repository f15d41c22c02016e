using System.Buffers;
using System.Buffers.Text;

namespace Gatehouse.Protocols.Http;

/// <summary>The character classes of RFC 9110 section 5.6.2 and RFC 9112.</summary>
internal static class HttpTokens
{
    /// <summary>tchar, for text.</summary>
    public static readonly SearchValues<char> Characters =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    /// <summary>tchar, for bytes.</summary>
    public static readonly SearchValues<byte> Bytes =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);

    /// <summary>What a field value or a reason phrase must not hold: all control characters but HTAB.</summary>
    public static readonly SearchValues<byte> Controls = SearchValues.Create(
        "\u0000\u0001\u0002\u0003\u0004\u0005\u0006\u0007\b\n\u000b\f\r\u000e\u000f\u0010\u0011\u0012\u0013\u0014\u0015\u0016\u0017\u0018\u0019\u001a\u001b\u001c\u001d\u001e\u001f\u007f"u8);

    /// <summary>Reads a Content-Length: digits only, at most 18 (RFC 9110 section 8.6 without its repairs).</summary>
    public static bool TryLength(ReadOnlySpan<byte> value, out long length)
    {
        length = 0;
        return value.Length is >= 1 and <= 18 && !value.ContainsAnyExceptInRange((byte)'0', (byte)'9') &&
            Utf8Parser.TryParse(value, out length, out int read) && read == value.Length;
    }

    /// <summary>Cuts optional white space (SP, HTAB) at both ends.</summary>
    public static ReadOnlySpan<byte> TrimSpace(ReadOnlySpan<byte> value) => value.Trim(" \t"u8);
}

/// <summary>Reads a <c>Content-Type</c> no more leniently than anything behind the gate would.</summary>
internal static class MediaTypes
{
    private const int MaxBoundary = 70;

    // RFC 2046 section 5.1.1, without the space, the comma and the quotation marks that readers disagree about.
    private static readonly SearchValues<char> InBoundary =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'()+_-./:=?");

    /// <summary>
    /// Whether the value is one of the types, with no parameter but <c>charset=utf-8</c>; that of a multipart type is its boundary.
    /// </summary>
    public static bool IsOneOf(string value, string[] types)
    {
        ReadOnlySpan<char> rest = value.AsSpan().Trim(" \t");
        int semicolon = rest.IndexOf(';');
        ReadOnlySpan<char> type = semicolon < 0 ? rest : rest[..semicolon].TrimEnd(" \t");
        if (semicolon >= 0)
        {
            ReadOnlySpan<char> parameter = rest[(semicolon + 1)..].Trim(" \t");
            bool isFine = type.StartsWith("multipart/", StringComparison.OrdinalIgnoreCase)
                ? IsBoundary(parameter)
                : parameter.Equals("charset=utf-8", StringComparison.OrdinalIgnoreCase) ||
                    parameter.Equals("charset=\"utf-8\"", StringComparison.OrdinalIgnoreCase);
            if (!isFine)
            {
                return false;
            }
        }

        foreach (string known in types)
        {
            if (type.Equals(known, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsBoundary(ReadOnlySpan<char> parameter)
    {
        const string name = "boundary=";
        if (!parameter.StartsWith(name, StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        ReadOnlySpan<char> value = parameter[name.Length..];
        value = value is ['"', .. var quoted, '"'] ? quoted : value;
        return value.Length is >= 1 and <= MaxBoundary && !value.ContainsAnyExcept(InBoundary);
    }

    /// <summary>Whether it may stand in a catalogue: <c>type/subtype</c> of token characters.</summary>
    public static bool IsType(string value)
    {
        int slash = value.IndexOf('/', StringComparison.Ordinal);
        return slash > 0 && slash < value.Length - 1 &&
            !value.AsSpan(0, slash).ContainsAnyExcept(HttpTokens.Characters) &&
            !value.AsSpan(slash + 1).ContainsAnyExcept(HttpTokens.Characters);
    }
}

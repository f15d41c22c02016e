using System.Buffers;
using System.Text;

namespace Gatehouse.Protocols.Multipart;

/// <summary>The <c>Content-Type</c> of such a body.</summary>
public static class MultipartType
{
    private const int MaxBoundary = 70;

    // RFC 2046 section 5.1.1, bchars without the space: at a boundary's end it would look like padding.
    private static readonly SearchValues<char> BoundaryCharacters = SearchValues.Create("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'()+_,-./:=?");

    // RFC 9110 section 5.6.2 has more; none of them is in a boundary.
    private static readonly SearchValues<char> BareCharacters = SearchValues.Create("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'+_-.");

    /// <summary>
    /// Reads <c>multipart/form-data; boundary=…</c>; false for any other type, for further parameters, and for what two parsers
    /// could read differently.
    /// </summary>
    public static bool TryReadBoundary(string? contentType, out byte[] boundary)
    {
        boundary = [];
        if (contentType is null)
        {
            return false;
        }

        int semicolon = contentType.IndexOf(';');
        if (semicolon < 0 || !contentType.AsSpan(0, semicolon).TrimEnd(" \t").Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        ReadOnlySpan<char> parameter = contentType.AsSpan(semicolon + 1).Trim(" \t");
        if (!parameter.StartsWith("boundary=", StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        ReadOnlySpan<char> value = parameter["boundary=".Length..];
        bool isQuoted = value.Length >= 2 && value[0] == '"' && value[^1] == '"';
        if (isQuoted)
        {
            value = value[1..^1];
        }

        if (value.Length is 0 or > MaxBoundary || value.ContainsAnyExcept(isQuoted ? BoundaryCharacters : BareCharacters))
        {
            return false;
        }

        boundary = Encoding.ASCII.GetBytes(value.ToString());
        return true;
    }
}

using System.Buffers;
using System.Text;

namespace Gatehouse.Engine.Realms;

/// <summary>Name and password of HTTP's Basic scheme (RFC 7617), read strictly: canonical base64, valid UTF-8, no control characters.</summary>
internal static class BasicCredentials
{
    /// <summary>Longest password in bytes; a longer one is not looked at.</summary>
    public const int MaxPasswordBytes = 1024;

    private const int MaxNameBytes = 512;
    private const string Scheme = "Basic ";
    private static readonly UTF8Encoding Strict = new(false, true);

    /// <summary>Reads a header value; false for another scheme or anything malformed.</summary>
    public static bool TryParse(string header, out string name, out string password)
    {
        name = "";
        password = "";
        if (!header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        ReadOnlySpan<char> token = header.AsSpan(Scheme.Length).Trim(' ');
        if (token.IsEmpty || token.Length > (MaxNameBytes + MaxPasswordBytes + 1) * 4 / 3 + 4 || token.ContainsAny(" \t\r\n"))
        {
            return false;
        }

        byte[] bytes = ArrayPool<byte>.Shared.Rent(token.Length);
        try
        {
            if (!Convert.TryFromBase64Chars(token, bytes, out int length))
            {
                return false;
            }

            return TrySplit(bytes.AsSpan(0, length), out name, out password);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes, clearArray: true);
        }
    }

    private static bool TrySplit(ReadOnlySpan<byte> bytes, out string name, out string password)
    {
        name = "";
        password = "";
        int colon = bytes.IndexOf((byte)':');
        if (colon is < 1 or > MaxNameBytes || bytes.Length - colon - 1 > MaxPasswordBytes
            || bytes.ContainsAnyInRange((byte)0, (byte)0x1F) || bytes.Contains((byte)0x7F))
        {
            return false;
        }

        try
        {
            name = Strict.GetString(bytes[..colon]);
            password = Strict.GetString(bytes[(colon + 1)..]);
            return true;
        }
        catch (DecoderFallbackException)
        {
            return false;
        }
    }
}

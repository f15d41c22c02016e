namespace Gatehouse.Protocols.Ipfs;

/// <summary>
/// The text forms of CIDs and peer ids (multiformats, "multibase"): strict, so that no two texts of one alphabet mean the same bytes.
/// </summary>
internal static class Multibase
{
    private const string Base58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    private const string Base36 = "0123456789abcdefghijklmnopqrstuvwxyz";
    private const string Base36Upper = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    private const string Base32 = "abcdefghijklmnopqrstuvwxyz234567";
    private const string Base32Upper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    private const string Base16 = "0123456789abcdef";
    private const string Base16Upper = "0123456789ABCDEF";
    private const string Base64Url = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    /// <summary>Decodes a text with its multibase letter; false where it is none of the known ones or does not fit.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> text, Span<byte> into, out int written)
    {
        written = 0;
        if (text.Length < 2)
        {
            return false;
        }

        ReadOnlySpan<byte> digits = text[1..];
        return text[0] switch
        {
            (byte)'b' => TryBits(digits, Base32, 5, into, out written),
            (byte)'B' => TryBits(digits, Base32Upper, 5, into, out written),
            (byte)'f' => TryBits(digits, Base16, 4, into, out written),
            (byte)'F' => TryBits(digits, Base16Upper, 4, into, out written),
            (byte)'u' => TryBits(digits, Base64Url, 6, into, out written),
            (byte)'z' => TryNumber(digits, Base58, into, out written),
            (byte)'k' => TryNumber(digits, Base36, into, out written),
            (byte)'K' => TryNumber(digits, Base36Upper, into, out written),
            _ => false,
        };
    }

    /// <summary>Decodes base58btc without a letter before it, as CIDs of version 0 and old peer ids are written.</summary>
    public static bool TryDecodeBase58(ReadOnlySpan<byte> text, Span<byte> into, out int written) =>
        TryNumber(text, Base58, into, out written);

    /// <summary>Base32 in lower case with its letter, the usual text of a CID.</summary>
    public static string EncodeBase32(ReadOnlySpan<byte> bytes)
    {
        Span<char> text = stackalloc char[1 + (((bytes.Length * 8) + 4) / 5)];
        text[0] = 'b';
        int at = 1;
        int held = 0;
        int bits = 0;
        foreach (byte b in bytes)
        {
            held = (held << 8) | b;
            bits += 8;
            while (bits >= 5)
            {
                bits -= 5;
                text[at++] = Base32[(held >> bits) & 31];
            }

            held &= (1 << bits) - 1;
        }

        if (bits > 0)
        {
            text[at] = Base32[(held << (5 - bits)) & 31];
        }

        return new string(text);
    }

    private static bool TryBits(ReadOnlySpan<byte> digits, string alphabet, int width, Span<byte> into, out int written)
    {
        written = 0;
        int held = 0;
        int bits = 0;
        foreach (byte digit in digits)
        {
            int value = alphabet.IndexOf((char)digit, StringComparison.Ordinal);
            if (value < 0)
            {
                return false;
            }

            held = (held << width) | value;
            bits += width;
            if (bits < 8)
            {
                continue;
            }

            bits -= 8;
            if (written == into.Length)
            {
                return false;
            }

            into[written++] = (byte)(held >> bits);
            held &= (1 << bits) - 1;
        }

        // What is left over is less than a digit, and zero: otherwise two texts would be the same bytes.
        return bits < width && held == 0;
    }

    // Quadratic in the length, which the callers bound.
    private static bool TryNumber(ReadOnlySpan<byte> digits, string alphabet, Span<byte> into, out int written)
    {
        written = 0;
        int zeros = 0;
        while (zeros < digits.Length && digits[zeros] == alphabet[0])
        {
            zeros++;
        }

        int length = 0;
        foreach (byte digit in digits[zeros..])
        {
            int carry = alphabet.IndexOf((char)digit, StringComparison.Ordinal);
            if (carry < 0)
            {
                return false;
            }

            for (int i = 0; i < length; i++)
            {
                carry += into[i] * alphabet.Length;
                into[i] = (byte)carry;
                carry >>= 8;
            }

            for (; carry > 0; carry >>= 8)
            {
                if (length == into.Length)
                {
                    return false;
                }

                into[length++] = (byte)carry;
            }
        }

        if (length + zeros > into.Length)
        {
            return false;
        }

        into.Slice(length, zeros).Clear();
        written = length + zeros;
        into[..written].Reverse();
        return written > 0;
    }
}

using System.Numerics;
using System.Security.Cryptography;

namespace Gatehouse.Testing.Ipfs.State;

/// <summary>
/// CIDs as go-cid reads and writes them: version 0 in base58btc, version 1 in any of the usual multibases, written in base32.
/// The stand-ins name content by the SHA-256 of all its bytes; they do not build the Merkle DAG of a real node.
/// </summary>
public static class Cids
{
    private const string Base58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

    private const string Base36 = "0123456789abcdefghijklmnopqrstuvwxyz";

    private const string Base32 = "abcdefghijklmnopqrstuvwxyz234567";

    /// <summary>The canonical text of a CID, or null where it is none.</summary>
    public static string? Canonical(string text)
    {
        if (text.Length == 46 && text.StartsWith("Qm", StringComparison.Ordinal))
        {
            return FromDigits(text, Base58) is [0x12, 0x20, ..] hash && hash.Length == 34 ? text : null;
        }

        byte[]? bytes = text.Length < 2 ? null : text[0] switch
        {
            'b' => FromBase32(text[1..]),
            'B' => FromBase32(text[1..].ToLowerInvariant()),
            'z' => FromDigits(text[1..], Base58),
            'k' => FromDigits(text[1..], Base36),
            'f' or 'F' => FromHex(text[1..]),
            'u' => FromBase64(text[1..]),
            _ => null,
        };
        return bytes is not null && IsVersionOne(bytes) ? "b" + ToBase32(bytes) : null;
    }

    /// <summary>The CID, version 1 and codec raw, of content.</summary>
    public static string OfRaw(ReadOnlySpan<byte> content) => OfHash(SHA256.HashData(content), version: 1, codec: 0x55);

    /// <summary>The CID of a SHA-256.</summary>
    public static string OfHash(ReadOnlySpan<byte> sha256, int version, byte codec = 0x70)
    {
        byte[] hash = [0x12, 0x20, .. sha256];
        return version == 0 ? ToBase58(hash) : "b" + ToBase32([0x01, codec, .. hash]);
    }

    private static bool IsVersionOne(byte[] bytes)
    {
        int at = 0;
        return Varint(bytes, ref at) == 1 && Varint(bytes, ref at) is not null && Varint(bytes, ref at) is not null
            && Varint(bytes, ref at) is { } length && length == (ulong)(bytes.Length - at);
    }

    private static ulong? Varint(byte[] bytes, ref int at)
    {
        ulong value = 0;
        for (int shift = 0; shift < 63 && at < bytes.Length; shift += 7)
        {
            byte b = bytes[at++];
            value |= (ulong)(b & 0x7f) << shift;
            if (b < 0x80)
            {
                return b == 0 && shift > 0 ? null : value;
            }
        }

        return null;
    }

    private static byte[]? FromDigits(string text, string alphabet)
    {
        BigInteger value = 0;
        foreach (char c in text)
        {
            int digit = alphabet.IndexOf(c);
            if (digit < 0)
            {
                return null;
            }

            value = (value * alphabet.Length) + digit;
        }

        int zeros = text.TakeWhile(c => c == alphabet[0]).Count();
        byte[] rest = value.IsZero ? [] : value.ToByteArray(isUnsigned: true, isBigEndian: true);
        return [.. new byte[zeros], .. rest];
    }

    private static string ToBase58(byte[] bytes)
    {
        var value = new BigInteger(bytes, isUnsigned: true, isBigEndian: true);
        var text = new List<char>();
        while (!value.IsZero)
        {
            text.Add(Base58[(int)(value % 58)]);
            value /= 58;
        }

        text.AddRange(bytes.TakeWhile(b => b == 0).Select(_ => '1'));
        text.Reverse();
        return new string([.. text]);
    }

    private static byte[]? FromBase32(string text)
    {
        var bytes = new List<byte>();
        int bits = 0, held = 0;
        foreach (char c in text)
        {
            int digit = Base32.IndexOf(c);
            if (digit < 0)
            {
                return null;
            }

            held = ((held << 5) | digit) & 0xfff;
            bits += 5;
            if (bits >= 8)
            {
                bits -= 8;
                bytes.Add((byte)(held >> bits));
            }
        }

        return [.. bytes];
    }

    private static string ToBase32(byte[] bytes)
    {
        var text = new List<char>();
        int bits = 0, held = 0;
        foreach (byte b in bytes)
        {
            held = ((held << 8) | b) & 0xfffff;
            for (bits += 8; bits >= 5; bits -= 5)
            {
                text.Add(Base32[(held >> (bits - 5)) & 31]);
            }
        }

        if (bits > 0)
        {
            text.Add(Base32[(held << (5 - bits)) & 31]);
        }

        return new string([.. text]);
    }

    private static byte[]? FromHex(string text) =>
        text.Length % 2 == 0 && text.All(char.IsAsciiHexDigit) ? Convert.FromHexString(text) : null;

    private static byte[]? FromBase64(string text)
    {
        string padded = text.Replace('-', '+').Replace('_', '/') + new string('=', (4 - (text.Length % 4)) % 4);
        byte[] bytes = new byte[padded.Length];
        return Convert.TryFromBase64String(padded, bytes, out int length) ? bytes[..length] : null;
    }
}

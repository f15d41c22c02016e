using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace Gatehouse.Protocols.Http;

/// <summary>Decodes the pieces of a target once and strictly, and writes them back with one fixed set of bare characters.</summary>
internal static class PercentCoding
{
    // Read raw without further questions. Everything else takes the slow way, which refuses or decodes it.
    private static readonly SearchValues<char> PlainInPath =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:@,*!$'()=&+");

    private static readonly SearchValues<char> PlainInQuery =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:@,*!$'()/?=");

    // Written bare: RFC 3986 unreserved, and ":" "@" "," "*", which have no meaning of their own inside a segment or a
    // parameter but which some services look for unescaped in their routes.
    private static readonly SearchValues<byte> Bare =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:@,*"u8);

    /// <summary>Decodes one path segment; <paramref name="into"/> must be as long as <paramref name="raw"/>.</summary>
    public static TargetError DecodeSegment(
        ReadOnlySpan<char> raw, Span<byte> into, out int written, out bool encodedSlash)
    {
        encodedSlash = false;
        if (!raw.ContainsAnyExcept(PlainInPath))
        {
            Encoding.ASCII.TryGetBytes(raw, into, out written);
            return IsDot(into[..written]) ? TargetError.DotSegment : TargetError.None;
        }

        TargetError error = Decode(raw, into, out written, plusIsSpace: false);
        if (error != TargetError.None)
        {
            return error;
        }

        ReadOnlySpan<byte> decoded = into[..written];
        if (decoded.Contains((byte)'\\'))
        {
            return TargetError.Backslash;
        }

        encodedSlash = decoded.Contains((byte)'/');
        return HasDotPiece(decoded) ? TargetError.DotSegment : TargetError.None;
    }

    /// <summary>Decodes a parameter's name or value; <c>+</c> is a space, as every form parser has it.</summary>
    public static TargetError DecodeParameter(ReadOnlySpan<char> raw, Span<byte> into, bool isName, out int written)
    {
        if (!raw.ContainsAnyExcept(PlainInQuery))
        {
            Encoding.ASCII.TryGetBytes(raw, into, out written);
            return TargetError.None;
        }

        TargetError error = Decode(raw, into, out written, plusIsSpace: true);
        return error == TargetError.None && isName && into[..written].Contains((byte)'\\') ? TargetError.Backslash : error;
    }

    /// <summary>Writes decoded bytes in canonical form; <paramref name="into"/> needs three times their length.</summary>
    public static int Encode(ReadOnlySpan<byte> decoded, Span<byte> into)
    {
        if (!decoded.ContainsAnyExcept(Bare))
        {
            decoded.CopyTo(into);
            return decoded.Length;
        }

        int written = 0;
        foreach (byte b in decoded)
        {
            if (Bare.Contains(b))
            {
                into[written++] = b;
            }
            else
            {
                into[written] = (byte)'%';
                into[written + 1] = HexDigit(b >> 4);
                into[written + 2] = HexDigit(b & 15);
                written += 3;
            }
        }

        return written;
    }

    /// <summary>The length that <see cref="Encode"/> will write.</summary>
    public static int EncodedLength(ReadOnlySpan<byte> decoded)
    {
        int length = decoded.Length;
        foreach (byte b in decoded)
        {
            length += Bare.Contains(b) ? 0 : 2;
        }

        return length;
    }

    private static TargetError Decode(ReadOnlySpan<char> raw, Span<byte> into, out int written, bool plusIsSpace)
    {
        written = 0;
        bool wide = false;
        for (int i = 0; i < raw.Length; i++)
        {
            char c = raw[i];
            if (c == '%')
            {
                if (i + 2 >= raw.Length || !char.IsAsciiHexDigit(raw[i + 1]) || !char.IsAsciiHexDigit(raw[i + 2]))
                {
                    return TargetError.BadEscape;
                }

                int value = (HexValue(raw[i + 1]) << 4) | HexValue(raw[i + 2]);
                if (value is < 0x20 or 0x7f)
                {
                    return TargetError.ControlCharacter;
                }

                wide |= value >= 0x80;
                into[written++] = (byte)value;
                i += 2;
                continue;
            }

            TargetError error = Judge(c);
            if (error != TargetError.None)
            {
                return error;
            }

            into[written++] = plusIsSpace && c == '+' ? (byte)' ' : (byte)c;
        }

        return wide ? CheckUtf8(into[..written]) : TargetError.None;
    }

    private static TargetError Judge(char raw) => raw switch
    {
        <= ' ' or '\u007f' => TargetError.ControlCharacter,
        > '\u007f' => TargetError.NotAscii,
        '\\' => TargetError.Backslash,
        '#' => TargetError.Fragment,
        ';' => TargetError.Semicolon,
        _ => TargetError.None,
    };

    private static TargetError CheckUtf8(ReadOnlySpan<byte> decoded)
    {
        if (!Utf8.IsValid(decoded))
        {
            return TargetError.InvalidUtf8;
        }

        return HasWideControl(decoded) ? TargetError.ControlCharacter : TargetError.None;
    }

    /// <summary>U+0080 to U+009F: control characters to terminals and logs. The bytes must be valid UTF-8.</summary>
    internal static bool HasWideControl(ReadOnlySpan<byte> utf8)
    {
        int at;
        while ((at = utf8.IndexOf((byte)0xc2)) >= 0)
        {
            if (utf8[at + 1] < 0xa0)
            {
                return true;
            }

            utf8 = utf8[(at + 2)..];
        }

        return false;
    }

    // A server that takes %2F for a slash would also resolve the dots between two of them.
    private static bool HasDotPiece(ReadOnlySpan<byte> decoded)
    {
        foreach (Range piece in decoded.Split((byte)'/'))
        {
            if (IsDot(decoded[piece]))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsDot(ReadOnlySpan<byte> piece) =>
        piece.Length is 1 or 2 && piece[0] == '.' && piece[^1] == '.';

    private static int HexValue(char digit) => digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10;

    private static byte HexDigit(int value) => (byte)(value < 10 ? '0' + value : 'A' + value - 10);
}

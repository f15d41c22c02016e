using System.Buffers;
using System.Globalization;
using System.Text;

namespace Gatehouse.Audit;

/// <summary>
/// Texts inside a record: JSON-escaped UTF-8 in which nothing can end a line, move a cursor or turn the reading direction.
/// What is not Unicode (a byte that is not UTF-8, half a surrogate pair) becomes U+FFFD and the byte's two hex digits, and a
/// real U+FFFD is written the same way, so that every text says exactly which bytes it was.
/// </summary>
public static class AuditText
{
    private const string PlainAscii =
        " !#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_`abcdefghijklmnopqrstuvwxyz{|}~";

    private static readonly SearchValues<char> PlainChars = SearchValues.Create(PlainAscii);
    private static readonly SearchValues<byte> PlainBytes = SearchValues.Create(Encoding.ASCII.GetBytes(PlainAscii));

    /// <summary>The original bytes of a text read from a record.</summary>
    public static byte[] ToBytes(string text)
    {
        var bytes = new ArrayBufferWriter<byte>(text.Length + 16);
        ReadOnlySpan<char> rest = text;
        while (!rest.IsEmpty)
        {
            int mark = rest.IndexOf('\uFFFD');
            ReadOnlySpan<char> plain = mark < 0 ? rest : rest[..mark];
            Encoding.UTF8.GetBytes(plain, bytes);
            rest = rest[plain.Length..];
            if (rest.IsEmpty)
            {
                break;
            }

            if (rest.Length < 3 || !byte.TryParse(rest.Slice(1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte value))
            {
                throw new FormatException("U+FFFD without the two hex digits of a byte");
            }

            bytes.GetSpan(1)[0] = value;
            bytes.Advance(1);
            rest = rest[3..];
        }

        return bytes.WrittenSpan.ToArray();
    }

    /// <summary>Writes as much of a text as fits; <paramref name="left"/> is the number of characters that did not.</summary>
    internal static int Write(ReadOnlySpan<char> text, Span<byte> destination, out int left)
    {
        left = 0;
        if (text.Length <= destination.Length && !text.ContainsAnyExcept(PlainChars))
        {
            Ascii.FromUtf16(text, destination, out int written);
            return written;
        }

        return WriteSlow(text, destination, out left);
    }

    /// <summary>Writes as much of what should be UTF-8 as fits; <paramref name="left"/> is the number of bytes that did not.</summary>
    internal static int Write(ReadOnlySpan<byte> utf8, Span<byte> destination, out int left)
    {
        left = 0;
        if (utf8.Length <= destination.Length && !utf8.ContainsAnyExcept(PlainBytes))
        {
            utf8.CopyTo(destination);
            return utf8.Length;
        }

        return WriteSlow(utf8, destination, out left);
    }

    private static int WriteSlow(ReadOnlySpan<char> text, Span<byte> destination, out int left)
    {
        Span<byte> one = stackalloc byte[24];
        int written = 0;
        while (!text.IsEmpty)
        {
            int length;
            if (Rune.DecodeFromUtf16(text, out Rune rune, out int consumed) == OperationStatus.Done)
            {
                length = WriteRune(rune, one);
            }
            else
            {
                // Half a surrogate pair: the three bytes that a generalized UTF-8 would give it.
                char c = text[0];
                consumed = 1;
                length = WriteByte((byte)(0xE0 | (c >> 12)), one);
                length += WriteByte((byte)(0x80 | ((c >> 6) & 0x3F)), one[length..]);
                length += WriteByte((byte)(0x80 | (c & 0x3F)), one[length..]);
            }

            if (length > destination.Length - written)
            {
                break;
            }

            one[..length].CopyTo(destination[written..]);
            written += length;
            text = text[consumed..];
        }

        left = text.Length;
        return written;
    }

    private static int WriteSlow(ReadOnlySpan<byte> utf8, Span<byte> destination, out int left)
    {
        Span<byte> one = stackalloc byte[24];
        int written = 0;
        while (!utf8.IsEmpty)
        {
            int length;
            if (Rune.DecodeFromUtf8(utf8, out Rune rune, out int consumed) == OperationStatus.Done)
            {
                length = WriteRune(rune, one);
            }
            else
            {
                consumed = 1;
                length = WriteByte(utf8[0], one);
            }

            if (length > destination.Length - written)
            {
                break;
            }

            one[..length].CopyTo(destination[written..]);
            written += length;
            utf8 = utf8[consumed..];
        }

        left = utf8.Length;
        return written;
    }

    private static int WriteRune(Rune rune, Span<byte> to)
    {
        switch (rune.Value)
        {
            case '"' or '\\':
                to[0] = (byte)'\\';
                to[1] = (byte)rune.Value;
                return 2;
            case 0xFFFD:
                int length = WriteByte(0xEF, to);
                length += WriteByte(0xBF, to[length..]);
                return length + WriteByte(0xBD, to[length..]);
            default:
                return IsDangerous(rune.Value) ? WriteUnicode(rune.Value, to) : rune.EncodeToUtf8(to);
        }
    }

    /// <summary>Control characters, line ends of any kind, and characters that turn or hide text. All lie below U+10000.</summary>
    private static bool IsDangerous(int value) =>
        value < 0x20 || value is >= 0x7F and < 0xA0 or 0xAD or 0x61C or 0x180E or >= 0x200B and <= 0x200F
            or >= 0x2028 and <= 0x202E or >= 0x2060 and <= 0x206F or 0xFEFF or >= 0xFFF9 and <= 0xFFFB;

    private static int WriteByte(byte value, Span<byte> to)
    {
        @"\ufffd"u8.CopyTo(to);
        to[6] = Hex(value >> 4);
        to[7] = Hex(value & 15);
        return 8;
    }

    private static int WriteUnicode(int value, Span<byte> to)
    {
        to[0] = (byte)'\\';
        to[1] = (byte)'u';
        to[2] = Hex(value >> 12);
        to[3] = Hex((value >> 8) & 15);
        to[4] = Hex((value >> 4) & 15);
        to[5] = Hex(value & 15);
        return 6;
    }

    private static byte Hex(int digit) => "0123456789abcdef"u8[digit];
}

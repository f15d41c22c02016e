using System.Buffers;
using System.Text;

namespace Gatehouse.Protocols.Multipart;

/// <summary>Reads the headers of one part.</summary>
internal static class PartHeaders
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private static readonly SearchValues<char> Token = SearchValues.Create("!#$&+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    // RFC 8187 section 3.2.1, attr-char.
    private static readonly SearchValues<char> Unescaped = SearchValues.Create("!#$&+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    /// <summary>Reads a block of lines, each with its line end.</summary>
    public static MultipartError TryRead(ReadOnlySpan<byte> block, out MultipartPart? part)
    {
        part = null;
        Draft draft = default;
        while (!block.IsEmpty)
        {
            int end = block.IndexOf("\r\n"u8); // the block ends with one
            MultipartError error = TakeLine(block[..end], ref draft);
            if (error != MultipartError.None)
            {
                return error;
            }

            block = block[(end + 2)..];
        }

        if (draft.Disposition is null)
        {
            return MultipartError.NoDisposition;
        }

        MultipartError wrong = TakeDisposition(draft.Disposition, out string? name, out string? fileName);
        if (wrong == MultipartError.None)
        {
            part = new MultipartPart(name!, fileName, draft.ContentType, draft.Length); // it was read
        }

        return wrong;
    }

    private static MultipartError TakeLine(ReadOnlySpan<byte> line, ref Draft draft)
    {
        int colon = line.IndexOf((byte)':');
        if (colon <= 0 || !TryText(line[(colon + 1)..], out string text) || !TryText(line[..colon], out string name) || name.AsSpan().ContainsAnyExcept(Token))
        {
            return MultipartError.HeaderLine; // a folded line (RFC 5322 section 2.2.3) begins with a space, which no name has
        }

        string value = text.Trim(' ');
        if (name.Equals("Content-Disposition", StringComparison.OrdinalIgnoreCase))
        {
            return Once(ref draft.Disposition, value);
        }

        if (name.Equals("Content-Type", StringComparison.OrdinalIgnoreCase))
        {
            return value.Length == 0 ? MultipartError.HeaderLine : Once(ref draft.ContentType, value);
        }

        if (name.Equals("Content-Transfer-Encoding", StringComparison.OrdinalIgnoreCase))
        {
            bool isNone = value.ToUpperInvariant() is "BINARY" or "8BIT" or "7BIT";
            return isNone ? Once(ref draft.Encoding, value) : MultipartError.TransferEncoding;
        }

        return name.Equals("Content-Length", StringComparison.OrdinalIgnoreCase) ? TakeLength(value, ref draft) : MultipartError.UnknownHeader;
    }

    private static MultipartError TakeLength(string value, ref Draft draft)
    {
        if (draft.Length is not null)
        {
            return MultipartError.RepeatedHeader;
        }

        if (value.Length is 0 or > 18 || value.AsSpan().ContainsAnyExceptInRange('0', '9'))
        {
            return MultipartError.PartLength;
        }

        draft.Length = long.Parse(value, System.Globalization.CultureInfo.InvariantCulture);
        return MultipartError.None;
    }

    private static MultipartError Once(ref string? place, string value)
    {
        if (place is not null)
        {
            return MultipartError.RepeatedHeader;
        }

        place = value;
        return MultipartError.None;
    }

    /// <summary>RFC 7578 section 4.2: <c>form-data; name="…"; filename="…"</c>, each parameter once, no other.</summary>
    private static MultipartError TakeDisposition(string value, out string? name, out string? fileName)
    {
        name = fileName = null;
        string? extended = null;
        int at = "form-data".Length;
        if (!value.StartsWith("form-data", StringComparison.OrdinalIgnoreCase))
        {
            return MultipartError.NoDisposition;
        }

        while (at < value.Length)
        {
            at = SkipSpaces(value, at);
            if (at == value.Length || value[at] != ';' || !TryParameter(value, SkipSpaces(value, at + 1), out at, out string key, out string text))
            {
                return MultipartError.Disposition;
            }

            ref string? place = ref name;
            switch (key.ToUpperInvariant())
            {
                case "NAME":
                    break;
                case "FILENAME":
                    place = ref fileName;
                    break;
                case "FILENAME*":
                    place = ref extended;
                    break;
                default:
                    return MultipartError.Disposition;
            }

            if (place is not null)
            {
                return MultipartError.Disposition;
            }

            place = text;
        }

        // `filename*` is not for form-data (RFC 7578 section 4.2), but some clients write both: then both must say the same.
        return string.IsNullOrEmpty(name) || (extended is not null && (!TryExtended(extended, out string decoded) || decoded != fileName))
            ? MultipartError.Disposition
            : MultipartError.None;
    }

    private static bool TryParameter(string value, int from, out int after, out string key, out string text)
    {
        key = text = "";
        after = from;
        int equals = value.IndexOf('=', from);
        if (equals <= from || equals + 1 >= value.Length)
        {
            return false;
        }

        key = value[from..equals];
        int start = equals + 1;
        if (value[start] == '"')
        {
            int end = value.IndexOf('"', start + 1);
            if (end < 0 || key.EndsWith('*'))
            {
                return false;
            }

            text = value[(start + 1)..end];
            after = end + 1;
            return !text.Contains('\\', StringComparison.Ordinal); // an escape for some clients, a backslash for others
        }

        int semicolon = value.IndexOfAny([';', ' '], start);
        after = semicolon < 0 ? value.Length : semicolon;
        text = value[start..after];
        return text.Length > 0 && (key.EndsWith('*') || !text.AsSpan().ContainsAnyExcept(Token));
    }

    /// <summary>RFC 8187 section 3.2: <c>utf-8''percent-encoded</c>.</summary>
    private static bool TryExtended(string text, out string decoded)
    {
        decoded = "";
        if (!text.StartsWith("utf-8''", StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        ReadOnlySpan<char> rest = text.AsSpan("utf-8''".Length);
        byte[] bytes = new byte[rest.Length];
        int length = 0;
        for (int i = 0; i < rest.Length; i++)
        {
            if (rest[i] != '%')
            {
                if (!Unescaped.Contains(rest[i]))
                {
                    return false;
                }

                bytes[length++] = (byte)rest[i];
                continue;
            }

            if (i + 2 >= rest.Length || !char.IsAsciiHexDigit(rest[i + 1]) || !char.IsAsciiHexDigit(rest[i + 2]))
            {
                return false;
            }

            bytes[length++] = Convert.FromHexString(rest.Slice(i + 1, 2))[0];
            i += 2;
        }

        return TryText(bytes.AsSpan(0, length), out decoded);
    }

    private static int SkipSpaces(string value, int at)
    {
        while (at < value.Length && value[at] == ' ')
        {
            at++;
        }

        return at;
    }

    /// <summary>UTF-8 (RFC 7578 section 5.1.2) without control characters.</summary>
    private static bool TryText(ReadOnlySpan<byte> bytes, out string text)
    {
        text = "";
        if (bytes.IndexOfAnyInRange((byte)0, (byte)0x1F) >= 0 || bytes.Contains((byte)0x7F) || !System.Text.Unicode.Utf8.IsValid(bytes))
        {
            return false;
        }

        text = Strict.GetString(bytes);
        return true;
    }

    private struct Draft
    {
        public string? Disposition;
        public string? ContentType;
        public string? Encoding;
        public long? Length;
    }
}

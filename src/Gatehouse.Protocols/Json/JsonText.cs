using System.Buffers;

namespace Gatehouse.Protocols.Json;

/// <summary>The terminals of RFC 8259 over text that is known to be UTF-8. A cursor; each method moves it past what it read.</summary>
internal ref struct JsonText(ReadOnlySpan<byte> text)
{
    private static readonly SearchValues<byte> EndsPlainRun = SearchValues.Create(
        "\"\\\u0000\u0001\u0002\u0003\u0004\u0005\u0006\u0007\b\t\n\u000b\f\r\u000e\u000f\u0010\u0011\u0012\u0013\u0014\u0015\u0016\u0017\u0018\u0019\u001a\u001b\u001c\u001d\u001e\u001f"u8);

    public ReadOnlySpan<byte> Text { get; } = text;

    public int At { get; private set; }

    public readonly bool AtEnd => At >= Text.Length;

    /// <summary>The next byte, or 0 at the end (a NUL itself is a syntax error everywhere).</summary>
    public readonly byte Peek() => At < Text.Length ? Text[At] : (byte)0;

    public void SkipSpace()
    {
        while (At < Text.Length && Text[At] is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t')
        {
            At++;
        }
    }

    public JsonError Expect(byte wanted)
    {
        if (At >= Text.Length)
        {
            return JsonError.Incomplete;
        }

        return Text[At++] == wanted ? JsonError.None : JsonError.Syntax;
    }

    public JsonError Literal(ReadOnlySpan<byte> word)
    {
        ReadOnlySpan<byte> rest = Text[At..];
        if (rest.StartsWith(word))
        {
            At += word.Length;
            return JsonError.None;
        }

        return word.StartsWith(rest) ? JsonError.Incomplete : JsonError.Syntax;
    }

    /// <summary>A string; offset and length are those of the text between the quotes, as written.</summary>
    public JsonError String(out int offset, out int length, out bool escaped)
    {
        offset = At + 1;
        length = 0;
        escaped = false;
        JsonError error = Expect((byte)'"');
        while (error == JsonError.None)
        {
            int run = Text[At..].IndexOfAny(EndsPlainRun);
            if (run < 0)
            {
                return JsonError.Incomplete;
            }

            At += run;
            byte end = Text[At];
            if (end == '"')
            {
                length = At - offset;
                At++;
                return JsonError.None;
            }

            escaped = true;
            error = end == '\\' ? Escape() : JsonError.Syntax;
        }

        return error;
    }

    public JsonError Number()
    {
        int start = At;
        if (Peek() == '-')
        {
            At++;
        }

        // No leading zeros: 0 stands alone.
        JsonError error = Peek() == '0' ? Expect((byte)'0') : Digits();
        if (error == JsonError.None && Peek() == '.')
        {
            At++;
            error = Digits();
        }

        if (error == JsonError.None && Peek() is (byte)'e' or (byte)'E')
        {
            At++;
            if (Peek() is (byte)'+' or (byte)'-')
            {
                At++;
            }

            error = Digits();
        }

        return error == JsonError.None && At - start > StrictJson.MaxNumberLength ? JsonError.NumberTooLong : error;
    }

    /// <summary>Unescapes a string that <see cref="String"/> accepted; <paramref name="into"/> needs its length.</summary>
    public static int Unescape(ReadOnlySpan<byte> written, Span<byte> into)
    {
        int count = 0;
        while (written.Length > 0)
        {
            int run = written.IndexOf((byte)'\\');
            int plain = run < 0 ? written.Length : run;
            written[..plain].CopyTo(into[count..]);
            count += plain;
            if (run < 0)
            {
                break;
            }

            written = written[plain..];
            if (written[1] != 'u')
            {
                into[count++] = Simple(written[1]);
                written = written[2..];
                continue;
            }

            int unit = HexUnit(written[2..6]);
            written = written[6..];
            if (char.IsHighSurrogate((char)unit))
            {
                unit = char.ConvertToUtf32((char)unit, (char)HexUnit(written[2..6]));
                written = written[6..];
            }

            count += new System.Text.Rune(unit).EncodeToUtf8(into[count..]);
        }

        return count;
    }

    private JsonError Digits()
    {
        int start = At;
        while (At < Text.Length && char.IsAsciiDigit((char)Text[At]))
        {
            At++;
        }

        if (At > start)
        {
            return JsonError.None;
        }

        return AtEnd ? JsonError.Incomplete : JsonError.Syntax;
    }

    private JsonError Escape()
    {
        if (At + 1 >= Text.Length)
        {
            return JsonError.Incomplete;
        }

        if (Text[At + 1] != 'u')
        {
            if (Simple(Text[At + 1]) == 0)
            {
                return JsonError.Syntax;
            }

            At += 2;
            return JsonError.None;
        }

        JsonError error = Unit(out int unit);
        if (error != JsonError.None || !char.IsSurrogate((char)unit))
        {
            return error;
        }

        if (char.IsLowSurrogate((char)unit) || !Text[At..].StartsWith("\\u"u8))
        {
            return JsonError.LoneSurrogate;
        }

        error = Unit(out int low);
        return error == JsonError.None && !char.IsLowSurrogate((char)low) ? JsonError.LoneSurrogate : error;
    }

    private JsonError Unit(out int unit)
    {
        unit = 0;
        if (At + 6 > Text.Length)
        {
            return JsonError.Incomplete;
        }

        unit = HexUnit(Text.Slice(At + 2, 4));
        At += 6;
        return unit < 0 ? JsonError.Syntax : JsonError.None;
    }

    private static int HexUnit(ReadOnlySpan<byte> digits)
    {
        int unit = 0;
        foreach (byte digit in digits)
        {
            if (!char.IsAsciiHexDigit((char)digit))
            {
                return -1;
            }

            unit = (unit << 4) | (digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10);
        }

        return unit;
    }

    private static byte Simple(byte letter) => letter switch
    {
        (byte)'"' or (byte)'\\' or (byte)'/' => letter,
        (byte)'b' => 8,
        (byte)'t' => 9,
        (byte)'n' => 10,
        (byte)'f' => 12,
        (byte)'r' => 13,
        _ => 0,
    };
}

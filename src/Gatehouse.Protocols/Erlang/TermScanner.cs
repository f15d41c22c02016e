using System.Globalization;
using System.Text;

namespace Gatehouse.Protocols.Erlang;

/// <summary>What a number was.</summary>
internal enum NumberKind
{
    None = 0,
    Integer = 1,
    Real = 2,
}

/// <summary>The signs of a file of terms, with line and column.</summary>
internal sealed class TermScanner(string text)
{
    private const int MaxDigits = 64;

    // Erlang reference manual, "Reserved Words".
    private static readonly HashSet<string> Reserved = new(StringComparer.Ordinal)
    {
        "after", "and", "andalso", "band", "begin", "bnot", "bor", "bsl", "bsr", "bxor", "case", "catch", "cond", "div", "else", "end",
        "fun", "if", "let", "maybe", "not", "of", "or", "orelse", "receive", "rem", "try", "when", "xor",
    };

    private int _at;
    private int _lineStart;

    public int Line { get; private set; } = 1;

    public int At => _at;

    public int Column => _at - _lineStart + 1;

    public bool IsAtEnd => _at >= text.Length;

    public ErlangSyntaxError? Error { get; private set; }

    public static bool IsReserved(string word) => Reserved.Contains(word);

    // Lower-case letters of Latin-1, as atoms without quotes begin with.
    public static bool BeginsAtom(char c) => c is (>= 'a' and <= 'z') or (>= 'ß' and <= 'ÿ' and not '÷');

    /// <summary>The sign here, or NUL at the end.</summary>
    public char Peek(int ahead = 0) => _at + ahead < text.Length ? text[_at + ahead] : '\0';

    public bool StartsWith(string sign) => text.AsSpan(Math.Min(_at, text.Length)).StartsWith(sign, StringComparison.Ordinal);

    public void Take()
    {
        if (text[_at++] == '\n')
        {
            Line++;
            _lineStart = _at;
        }
    }

    public bool TryTake(char sign)
    {
        bool isThere = !IsAtEnd && text[_at] == sign;
        if (isThere)
        {
            Take();
        }

        return isThere;
    }

    public bool TryTake(string sign)
    {
        bool isThere = StartsWith(sign);
        _at += isThere ? sign.Length : 0; // no sign has a line break
        return isThere;
    }

    /// <summary>Takes a dot with white space, a comment or the end behind it.</summary>
    public bool TryTakeDot()
    {
        bool isDot = Peek() == '.' && (_at + 1 >= text.Length || IsSpace(text[_at + 1]) || text[_at + 1] == '%');
        _at += isDot ? 1 : 0;
        return isDot;
    }

    public void SkipSpace()
    {
        while (!IsAtEnd && (IsSpace(text[_at]) || text[_at] == '%'))
        {
            if (text[_at] == '%')
            {
                int end = text.IndexOf('\n', _at);
                _at = end < 0 ? text.Length : end;
            }
            else
            {
                Take();
            }
        }
    }

    public void Fail(string why, bool isLimit = false) => Error ??= new ErlangSyntaxError(Line, Column, why) { IsLimit = isLimit };

    /// <summary>An atom without quotes.</summary>
    public string Word()
    {
        int start = _at;
        while (!IsAtEnd && (char.IsAsciiLetterOrDigit(text[_at]) || text[_at] is '_' or '@' || BeginsAtom(text[_at]) || text[_at] is >= 'À' and <= 'Þ' and not '×'))
        {
            _at++;
        }

        return text[start.._at];
    }

    /// <summary>What stands in quotes, escapes resolved.</summary>
    public string? Quoted(char quote, int longest)
    {
        Take();
        var value = new StringBuilder();
        while (!IsAtEnd)
        {
            char c = text[_at];
            if (c == quote)
            {
                Take();
                return value.ToString();
            }

            if (value.Length >= longest)
            {
                Fail("an atom is too long");
                return null;
            }

            if (c == '\\')
            {
                Take();
                if (!Escape(value))
                {
                    return null;
                }
            }
            else
            {
                value.Append(c);
                Take();
            }
        }

        Fail("a quote is not closed");
        return null;
    }

    /// <summary>A character as an integer: <c>$a</c>, <c>$\n</c>.</summary>
    public int? Character()
    {
        Take();
        var value = new StringBuilder();
        if (IsAtEnd || char.IsControl(text[_at]) || IsSpace(text[_at]))
        {
            Fail("a character is missing after `$`");
            return null;
        }

        if (text[_at] == '\\')
        {
            Take();
            return Escape(value) ? Rune.GetRuneAt(value.ToString(), 0).Value : null;
        }

        if (!Rune.TryGetRuneAt(text, _at, out Rune rune))
        {
            Fail("a character is no code point");
            return null;
        }

        _at += rune.Utf16SequenceLength;
        return rune.Value;
    }

    /// <summary>Digits with <c>_</c> between them, <c>BASE#DIGITS</c>, or a float.</summary>
    public NumberKind Number(bool isNegative, out long integer, out double real)
    {
        (integer, real) = (0, 0);
        int start = _at;
        string digits = Digits(char.IsAsciiDigit);
        int radix = 10;
        bool isWhole = true;
        if (digits.Length is > 0 and <= 2 && Peek() == '#')
        {
            _at++;
            radix = int.Parse(digits, CultureInfo.InvariantCulture);
            digits = Digits(char.IsAsciiLetterOrDigit);
        }
        else if (Peek() == '.' && char.IsAsciiDigit(Peek(1)))
        {
            isWhole = false;
            _at++;
            Digits(char.IsAsciiDigit);
            if (Peek() is 'e' or 'E')
            {
                _at += Peek(1) is '-' or '+' ? 2 : 1;
                Digits(char.IsAsciiDigit);
            }
        }

        bool isEnded = !char.IsLetterOrDigit(Peek()) && Peek() is not ('_' or '@' or '#');
        if (isWhole && isEnded && TryInteger(digits, radix, isNegative, out integer))
        {
            return NumberKind.Integer;
        }

        if (!isWhole && isEnded
            && double.TryParse(text.AsSpan(start, _at - start).ToString().Replace("_", "", StringComparison.Ordinal), NumberStyles.Float & ~NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out real)
            && double.IsFinite(real))
        {
            real = isNegative ? -real : real;
            return NumberKind.Real;
        }

        Fail("a number is malformed or too large");
        return NumberKind.None;
    }

    private static bool IsSpace(char c) => c is ' ' or '\t' or '\r' or '\n' or '\f' or '\v' or '\u00a0';

    private static bool TryInteger(string digits, int radix, bool isNegative, out long value)
    {
        value = 0;
        UInt128 sum = 0;
        if (digits.Length is 0 or > MaxDigits || radix is < 2 or > 36)
        {
            return false;
        }

        foreach (char c in digits)
        {
            int digit = char.IsAsciiDigit(c) ? c - '0' : char.ToLowerInvariant(c) - 'a' + 10;
            if (digit >= radix || (sum = (sum * (uint)radix) + (uint)digit) > long.MaxValue)
            {
                return false;
            }
        }

        value = isNegative ? -(long)sum : (long)sum;
        return true;
    }

    /// <summary>Digits without the single <c>_</c> that may stand between two.</summary>
    private string Digits(Func<char, bool> isDigit)
    {
        var digits = new StringBuilder();
        while (isDigit(Peek()) || (Peek() == '_' && digits.Length > 0 && isDigit(Peek(1)) && text[_at - 1] != '_'))
        {
            if (Peek() != '_')
            {
                digits.Append(Peek());
            }

            _at++;
        }

        return digits.ToString();
    }

    // Erlang reference manual, "Escape Sequences".
    private bool Escape(StringBuilder value)
    {
        char c = Peek();
        if (c is >= '0' and <= '7')
        {
            int octal = 0;
            for (int i = 0; i < 3 && Peek() is >= '0' and <= '7'; i++, _at++)
            {
                octal = (octal * 8) + (Peek() - '0');
            }

            return Append(octal, value);
        }

        if (IsAtEnd)
        {
            Fail("a quote is not closed");
            return false;
        }

        Take();
        switch (c)
        {
            case 'x':
                return Hexadecimal(value);
            case '^' when Peek() is >= '@' and <= '_':
                int control = Peek() & 0x1f;
                Take();
                return Append(control, value);
            case '^':
                Fail("an escape sequence is malformed");
                return false;
            default:
                value.Append(c switch
                {
                    'b' => '\b',
                    'd' => '\x7f',
                    'e' => '\x1b',
                    'f' => '\f',
                    'n' => '\n',
                    'r' => '\r',
                    's' => ' ',
                    't' => '\t',
                    'v' => '\v',
                    _ => c,
                });
                if (char.IsHighSurrogate(c) && !IsAtEnd)
                {
                    value.Append(Peek()); // the other half; a lone one cannot come out of UTF-8
                    Take();
                }

                return true;
        }
    }

    private bool Hexadecimal(StringBuilder value)
    {
        bool isLong = TryTake('{');
        int start = _at;
        while (char.IsAsciiHexDigit(Peek()) && _at - start < (isLong ? 6 : 2))
        {
            _at++;
        }

        bool isRead = int.TryParse(text.AsSpan(start, _at - start), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int code)
            && (isLong || _at - start == 2)
            && (!isLong || TryTake('}'));
        if (!isRead)
        {
            Fail("an escape sequence is malformed");
            return false;
        }

        return Append(code, value);
    }

    private bool Append(int code, StringBuilder value)
    {
        if (!Rune.IsValid(code))
        {
            Fail("an escape sequence stands for no character");
            return false;
        }

        value.Append(new Rune(code).ToString());
        return true;
    }
}

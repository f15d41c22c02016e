using System.Text;

namespace Gatehouse.Protocols.Hocon;

/// <summary>The signs of a HOCON text with their places.</summary>
internal sealed class HoconScanner(string text)
{
    private int _at;
    private int _lineStart;

    public HoconError? Error { get; private set; }

    public int Line { get; private set; } = 1;

    public int Column => _at - _lineStart + 1;

    public bool IsAtEnd => _at >= text.Length;

    /// <summary>The sign here, or NUL at the end: the text has none.</summary>
    public char Peek(int ahead = 0) => _at + ahead < text.Length ? text[_at + ahead] : '\0';

    /// <summary>Whether a value or field may end here: a comma, a bracket that closes, the line's end or a comment.</summary>
    public bool IsAtBreak => IsAtEnd || Peek() is '\n' or '\r' or ',' or '}' or ']' || IsAtComment;

    private bool IsAtComment => Peek() == '#' || (Peek() == '/' && Peek(1) == '/');

    public bool Fail(string reason, string detail)
    {
        Error ??= new HoconError(reason, Line, Column, detail);
        return false;
    }

    public bool TryTake(char sign)
    {
        bool isThere = Peek() == sign && !IsAtEnd;
        _at += isThere ? 1 : 0; // no sign that is asked for is a line break
        return isThere;
    }

    /// <summary>Spaces and tabs.</summary>
    public string Spaces()
    {
        int start = _at;
        while (Peek() is ' ' or '\t')
        {
            _at++;
        }

        return text[start.._at];
    }

    /// <summary>White space, comments and line breaks; whether there was a line break.</summary>
    public bool SkipBlank()
    {
        int line = Line;
        while (!IsAtEnd)
        {
            if (Peek() is ' ' or '\t' or '\r' or '\n')
            {
                Take();
            }
            else if (IsAtComment)
            {
                int end = text.IndexOf('\n', _at);
                _at = end < 0 ? text.Length : end;
            }
            else
            {
                break;
            }
        }

        return Line > line;
    }

    /// <summary>A key: segments with a dot between them, each wholly in quotes or wholly without, no white space.</summary>
    public bool Path(List<string> segments, out bool isIncluding)
    {
        isIncluding = false;
        do
        {
            bool isQuoted = Peek() == '"';
            if (isQuoted && Peek(1) == '"' && Peek(2) == '"')
            {
                return Fail(HoconReasons.Key, "a key has three quotes");
            }

            string? segment = isQuoted ? Quoted() : Word();
            if (segment is null)
            {
                return false;
            }

            if (segment.Length is 0 or > HoconPath.MaxSegment || segments.Count == HoconPath.MaxSegments || segment.Any(char.IsControl))
            {
                return Fail(HoconReasons.Key, "a key is missing, empty, too long or no text");
            }

            isIncluding |= segments.Count == 0 && !isQuoted && segment.Equals("include", StringComparison.OrdinalIgnoreCase);
            segments.Add(segment);
            if (Peek() == '"' || HoconPath.IsBare(Peek()))
            {
                return Fail(HoconReasons.Key, "a key is partly in quotes");
            }
        }
        while (TryTake('.'));

        return true;
    }

    /// <summary>Letters that need no quotes in a value; empty where there is none.</summary>
    public string Unquoted()
    {
        int start = _at;
        while (!IsAtEnd && !IsAtComment && (IsPlain(Peek()) || IsExponent(start)))
        {
            _at++;
        }

        return text[start.._at];
    }

    /// <summary>A string in one or three quotes, escapes resolved.</summary>
    public string? Quoted()
    {
        if (Peek(1) == '"' && Peek(2) == '"')
        {
            return Tripled();
        }

        Take();
        var value = new StringBuilder();
        while (!IsAtEnd)
        {
            char c = Peek();
            if (c == '"')
            {
                Take();
                return value.ToString();
            }

            if (c is '\n' or '\r' or '\t')
            {
                Fail(HoconReasons.Text, "a line break or tab stands in a string");
                return null;
            }

            if (c != '\\')
            {
                value.Append(c);
                Take();
            }
            else if (!Escape(value))
            {
                return null;
            }
        }

        Fail(HoconReasons.Text, "a quote is not closed");
        return null;
    }

    // Quotes in front of the last three are the string's own.
    private string? Tripled()
    {
        _at += 3;
        int start = _at;
        int end = text.IndexOf("\"\"\"", _at, StringComparison.Ordinal);
        if (end < 0)
        {
            Fail(HoconReasons.Text, "three quotes are not closed");
            return null;
        }

        while (end + 3 < text.Length && text[end + 3] == '"')
        {
            end++;
        }

        while (_at < end)
        {
            Take();
        }

        _at = end + 3;
        return text[start..end];
    }

    private string Word()
    {
        int start = _at;
        while (HoconPath.IsBare(Peek()))
        {
            _at++;
        }

        return text[start.._at];
    }

    // RFC 8259 section 7. What stands for a control character other than white space is refused: no reader needs it.
    private bool Escape(StringBuilder value)
    {
        _at++;
        char c = Peek();
        if (c == 'u')
        {
            return Unit(out char first) && (!char.IsSurrogate(first) ? Append(value, first) : Pair(value, first));
        }

        int at = IsAtEnd ? -1 : "\"\\/bfnrt".IndexOf(c, StringComparison.Ordinal);
        if (at < 0)
        {
            return Fail(HoconReasons.Text, "an escape is none of JSON's");
        }

        _at++;
        value.Append("\"\\/\b\f\n\r\t"[at]);
        return true;
    }

    private bool Pair(StringBuilder value, char first)
    {
        if (!char.IsHighSurrogate(first) || Peek() != '\\' || Peek(1) != 'u')
        {
            return Fail(HoconReasons.Text, "an escape is half of a pair");
        }

        _at++;
        if (!Unit(out char second) || !char.IsLowSurrogate(second))
        {
            return Fail(HoconReasons.Text, "an escape is half of a pair");
        }

        value.Append(first).Append(second);
        return true;
    }

    private bool Unit(out char unit)
    {
        int value = 0;
        for (int i = 1; i <= 4; i++)
        {
            value = char.IsAsciiHexDigit(Peek(i)) ? (value << 4) | Convert.ToInt32(Peek(i).ToString(), 16) : int.MinValue;
            if (value < 0)
            {
                unit = '\0';
                return Fail(HoconReasons.Text, "an escape has no four hexadecimal digits");
            }
        }

        _at += 5;
        unit = (char)value;
        return true;
    }

    private bool Append(StringBuilder value, char c)
    {
        if (char.IsControl(c) && c is not ('\t' or '\n' or '\r'))
        {
            return Fail(HoconReasons.Character, "an escape stands for a control character");
        }

        value.Append(c);
        return true;
    }

    private void Take()
    {
        if (text[_at++] == '\n')
        {
            Line++;
            _lineStart = _at;
        }
    }

    // HOCON, "Unquoted strings"; of characters beyond ASCII readers disagree which are white space.
    private static bool IsPlain(char c) => c is > ' ' and < '\x7f' && !"$\"{}[]:=,+#`^?!@*&\\".Contains(c, StringComparison.Ordinal);

    private bool IsExponent(int start) => Peek() == '+' && _at > start && text[_at - 1] is 'e' or 'E' && (char.IsAsciiDigit(text[start]) || text[start] == '-');
}

using System.Globalization;
using System.Text;

namespace Gatehouse.Doctor.Texts.Hocon;

/// <summary>The signs of a HOCON text: a place in it that only moves on.</summary>
internal sealed class HoconScanner(SourceText source, bool isEmqx)
{
    private const string Reserved = "{}[]:=,\"#$";
    private readonly string _text = source.Text;

    public int At { get; private set; }

    public bool IsAtEnd => At >= _text.Length;

    /// <summary>Whether a value ends here.</summary>
    public bool IsAtBreak => IsAtEnd || Peek() is '\n' or '\r' or ',' or '}' or ']' || IsAtComment;

    private bool IsAtComment => Peek() == '#' || (Peek() == '/' && Peek(1) == '/');

    /// <summary>The sign here, or NUL at the end; a text has none.</summary>
    public char Peek(int ahead = 0) => At + ahead < _text.Length ? _text[At + ahead] : '\0';

    public void Skip(int count = 1) => At = Math.Min(At + count, _text.Length);

    public void Back(int at) => At = at;

    public bool TryTake(string sign)
    {
        if (string.CompareOrdinal(_text, At, sign, 0, sign.Length) != 0)
        {
            return false;
        }

        At += sign.Length;
        return true;
    }

    /// <summary>White space within the line; the text of it.</summary>
    public string Spaces()
    {
        int start = At;
        while (!IsAtEnd && IsSpace(Peek()))
        {
            At++;
        }

        return _text[start..At];
    }

    /// <summary>White space, comments and line breaks; whether there was a line break.</summary>
    public bool Blank()
    {
        bool isBroken = false;
        while (!IsAtEnd)
        {
            if (IsSpace(Peek()) || Peek() is '\n' or '\r')
            {
                isBroken |= Peek() is '\n' or '\r';
                At++;
            }
            else if (IsAtComment)
            {
                int end = _text.IndexOf('\n', At);
                At = end < 0 ? _text.Length : end;
            }
            else
            {
                break;
            }
        }

        return isBroken;
    }

    /// <summary>Letters of a name, up to a dot or what ends it.</summary>
    public string KeyWord()
    {
        int start = At;
        while (!IsAtEnd && !IsAtComment && !IsSpace(Peek()) && Peek() is not ('.' or '\n' or '\r') && !IsReserved(Peek()) && !(Peek() == '+' && Peek(1) == '='))
        {
            At++;
        }

        return _text[start..At];
    }

    /// <summary>Letters of a value that need no quotes. A colon inside of them can only be meant as one, so it is read.</summary>
    public string ValueWord()
    {
        int start = At;
        while (!IsAtBreak && !IsSpace(Peek()))
        {
            bool isColon = Peek() == ':' && At > start && !IsSpace(Peek(1)) && Peek(1) is not ('\n' or '\r' or '\0' or '/');
            if (IsReserved(Peek()) && !isColon)
            {
                break;
            }

            At++;
        }

        return _text[start..At];
    }

    /// <summary>A string in one or three quotes, from its first quote on.</summary>
    public string Quoted(out HoconQuotes quotes)
    {
        if (Peek(1) == '"' && Peek(2) == '"')
        {
            quotes = HoconQuotes.Triple;
            return Tripled();
        }

        quotes = HoconQuotes.Single;
        int start = At++;
        var value = new StringBuilder();
        while (true)
        {
            switch (Peek())
            {
                case '"':
                    At++;
                    return value.ToString();
                case '\n' or '\r':
                case '\0' when IsAtEnd:
                    throw source.Syntax(start, "the quote that begins here is not closed on its line");
                case '\\':
                    Escape(value);
                    break;
                case char c:
                    value.Append(c);
                    At++;
                    break;
            }
        }
    }

    // Unicode's other white space counts as HOCON has it; the byte order mark does too.
    private static bool IsSpace(char c) => c is ' ' or '\t' or '\v' or '\f' or '\u00a0' or '\ufeff' || (c > '\x7f' && char.IsWhiteSpace(c));

    private static bool IsReserved(char c) => Reserved.Contains(c, StringComparison.Ordinal);

    // Quotes in front of the last three are the string's own.
    private string Tripled()
    {
        int start = At;
        int end = _text.IndexOf("\"\"\"", At + 3, StringComparison.Ordinal);
        if (end < 0)
        {
            throw source.Syntax(start, "the three quotes that begin here are not closed");
        }

        while (end + 3 < _text.Length && _text[end + 3] == '"')
        {
            end++;
        }

        At = end + 3;
        string value = _text[(start + 3)..end];
        return isEmqx && value.StartsWith('~') ? Unindented(value) : value;
    }

    // EMQX: `"""~`, lines with a common indentation, `~"""`.
    private static string Unindented(string value)
    {
        string body = value[1..].TrimStart(' ', '\t', '\r');
        body = body.StartsWith('\n') ? body[1..] : body;
        body = body.EndsWith('~') ? body[..^1].TrimEnd(' ', '\t') : body;
        string[] lines = body.Split('\n');
        int indent = lines.Where(static l => l.AsSpan().Trim().Length > 0).Select(static l => l.Length - l.AsSpan().TrimStart(' ').Length).DefaultIfEmpty(0).Min();
        return string.Join('\n', lines.Select(l => l.Length >= indent ? l[indent..] : l.TrimStart(' ')));
    }

    private void Escape(StringBuilder value)
    {
        int start = At;
        char c = Peek(1);
        int at = c == '\0' ? -1 : "\"\\/bfnrt".IndexOf(c, StringComparison.Ordinal);
        if (at >= 0)
        {
            value.Append("\"\\/\b\f\n\r\t"[at]);
            At += 2;
        }
        else if (c == 'u' && At + 6 <= _text.Length && ushort.TryParse(_text.AsSpan(At + 2, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ushort unit))
        {
            value.Append((char)unit);
            At += 6;
        }
        else if (isEmqx)
        {
            value.Append('\\');
            At++;
        }
        else
        {
            throw source.Syntax(start, "an escape is none of \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX");
        }
    }
}

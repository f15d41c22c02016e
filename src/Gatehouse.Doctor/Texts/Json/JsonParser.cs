using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace Gatehouse.Doctor.Texts.Json;

/// <summary>JSON as Go reads it (RFC 8259; half of a surrogate pair is U+FFFD); the first fault ends it with a problem.</summary>
internal sealed class JsonParser
{
    private readonly SourceText _source;
    private readonly string _text;
    private int _at;
    private int _depth;
    private int _nodes;

    private JsonParser(SourceText source)
    {
        _source = source;
        _text = source.Text;
    }

    public static JsonMap Parse(SourceText source)
    {
        var parser = new JsonParser(source);
        parser.Space();
        if (parser.Peek() != '{')
        {
            throw source.Syntax(parser._at, "`{` is expected at the beginning");
        }

        JsonNode root = parser.Value();
        parser.Space();
        return parser._at == source.Text.Length ? (JsonMap)root : throw source.Syntax(parser._at, "nothing more is expected after the last `}`");
    }

    private char Peek(int ahead = 0) => _at + ahead < _text.Length ? _text[_at + ahead] : '\0';

    private void Space()
    {
        while (Peek() is ' ' or '\t' or '\r' or '\n')
        {
            _at++;
        }
    }

    private JsonNode Value()
    {
        if (++_nodes > TextLimits.MaxNodes)
        {
            throw _source.Limit(_at, $"the file holds more than {TextLimits.MaxNodes} values");
        }

        int start = _at;
        switch (Peek())
        {
            case '{':
                return Map();
            case '[':
                return List();
            case '"':
                string text = Text();
                return new JsonScalar(TextSpan.Between(start, _at), SettingKind.Text, text);
            case '-' or (>= '0' and <= '9'):
                return Number();
            default:
                return Word("true", SettingKind.Boolean) ?? Word("false", SettingKind.Boolean) ?? Word("null", SettingKind.Null)
                    ?? throw _source.Syntax(start, Peek() is '/' or '#' ? "JSON has no comments; a value is expected" : "a value is expected");
        }
    }

    private JsonScalar? Word(string word, SettingKind kind)
    {
        if (string.CompareOrdinal(_text, _at, word, 0, word.Length) != 0 || char.IsLetterOrDigit(Peek(word.Length)))
        {
            return null;
        }

        _at += word.Length;
        return new JsonScalar(new TextSpan(_at - word.Length, word.Length), kind, kind == SettingKind.Null ? null : word);
    }

    private JsonMap Map()
    {
        int start = Open();
        var members = ImmutableArray.CreateBuilder<JsonMember>();
        while (Peek() != '}')
        {
            int key = _at;
            string name = Peek() == '"' ? Text() : throw _source.Syntax(_at, members.Count == 0 ? "a name in double quotes or `}` is expected" : "a name in double quotes is expected");
            TextSpan span = TextSpan.Between(key, _at);
            Space();
            if (Peek() != ':')
            {
                throw _source.Syntax(_at, "`:` is expected after a name");
            }

            _at++;
            Space();
            members.Add(new JsonMember(span, name, Value()));
            Next('}', start);
        }

        return new JsonMap(Close(start), members.ToImmutable());
    }

    private JsonList List()
    {
        int start = Open();
        var items = ImmutableArray.CreateBuilder<JsonNode>();
        while (Peek() != ']')
        {
            items.Add(Value());
            Next(']', start);
        }

        return new JsonList(Close(start), items.ToImmutable());
    }

    private int Open()
    {
        if (++_depth > TextLimits.MaxDepth)
        {
            throw _source.Limit(_at, $"objects and lists lie deeper than {TextLimits.MaxDepth} levels");
        }

        int start = _at++;
        Space();
        return start;
    }

    private TextSpan Close(int start)
    {
        _at++;
        _depth--;
        return TextSpan.Between(start, _at);
    }

    private void Next(char close, int open)
    {
        Space();
        if (Peek() == close)
        {
            return;
        }

        if (Peek() != ',')
        {
            throw _at >= _text.Length ? _source.Syntax(open, $"what opens here is never closed with `{close}`") : _source.Syntax(_at, $"`,` or `{close}` is expected");
        }

        int comma = _at++;
        Space();
        if (Peek() == close)
        {
            throw _source.Syntax(comma, $"no comma is expected before `{close}`");
        }
    }

    private JsonScalar Number()
    {
        int start = _at;
        _at += Peek() == '-' ? 1 : 0;
        bool isRead = Peek() == '0' ? ++_at > 0 : Digits();
        if (isRead && Peek() == '.')
        {
            _at++;
            isRead = Digits();
        }

        if (isRead && Peek() is 'e' or 'E')
        {
            _at += Peek(1) is '+' or '-' ? 2 : 1;
            isRead = Digits();
        }

        return isRead && !char.IsLetterOrDigit(Peek())
            ? new JsonScalar(TextSpan.Between(start, _at), SettingKind.Number, _text[start.._at])
            : throw _source.Syntax(start, "a number is malformed");
    }

    private bool Digits()
    {
        int start = _at;
        while (char.IsAsciiDigit(Peek()))
        {
            _at++;
        }

        return _at > start;
    }

    private string Text()
    {
        int start = _at++;
        var value = new StringBuilder();
        while (true)
        {
            char c = Peek();
            if (c == '"')
            {
                _at++;
                return value.ToString();
            }

            if (c < ' ')
            {
                throw _at >= _text.Length ? _source.Syntax(start, "the quote that begins here is not closed") : _source.Syntax(_at, "a control character stands in a text; it is written with an escape");
            }

            if (c == '\\')
            {
                Escape(value);
            }
            else
            {
                value.Append(c);
                _at++;
            }
        }
    }

    private void Escape(StringBuilder value)
    {
        char c = Peek(1);
        int at = c == '\0' ? -1 : "\"\\/bfnrt".IndexOf(c, StringComparison.Ordinal);
        if (at >= 0)
        {
            value.Append("\"\\/\b\f\n\r\t"[at]);
            _at += 2;
            return;
        }

        if (!Unit(0, out char unit))
        {
            throw _source.Syntax(_at, "an escape is none of \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX");
        }

        if (char.IsHighSurrogate(unit) && Unit(6, out char low) && char.IsLowSurrogate(low))
        {
            value.Append(unit).Append(low);
            _at += 12;
            return;
        }

        value.Append(char.IsSurrogate(unit) ? '\ufffd' : unit);
        _at += 6;
    }

    private bool Unit(int ahead, out char unit)
    {
        unit = '\0';
        bool isUnit = Peek(ahead) == '\\' && Peek(ahead + 1) == 'u' && _at + ahead + 6 <= _text.Length
            && ushort.TryParse(_text.AsSpan(_at + ahead + 2, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ushort value)
            && (unit = (char)value) == value;
        return isUnit;
    }
}

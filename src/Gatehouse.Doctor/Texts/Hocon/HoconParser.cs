using System.Collections.Immutable;
using System.Text;

namespace Gatehouse.Doctor.Texts.Hocon;

/// <summary>The grammar of HOCON over its signs; the first fault ends it with a problem.</summary>
internal sealed class HoconParser
{
    private readonly SourceText _source;
    private readonly HoconScanner _scanner;
    private int _depth;
    private int _nodes;

    private HoconParser(SourceText source, bool isEmqx)
    {
        _source = source;
        _scanner = new HoconScanner(source, isEmqx);
    }

    /// <summary>Reads a file: an object with or without braces.</summary>
    public static HoconObject Parse(SourceText source, HoconOptions options)
    {
        var parser = new HoconParser(source, options.IsEmqx);
        parser._scanner.Blank();
        switch (parser._scanner.Peek())
        {
            case '[':
                throw source.Syntax(parser._scanner.At, "a list stands at the top; settings are expected");
            case '{':
                HoconObject braced = parser.Object();
                parser._scanner.Blank();
                return parser._scanner.IsAtEnd ? braced : throw source.Syntax(parser._scanner.At, "nothing more is expected after the last `}`");
            default:
                ImmutableArray<HoconEntry> entries = parser.Entries(open: -1);
                return new HoconObject(new TextSpan(0, source.Text.Length), IsBraced: false, entries);
        }
    }

    /// <summary>Reads a text that is one value, as an environment variable has it; null where it is none, or has a comment in it.</summary>
    public static HoconValue? Value(SourceText source, HoconOptions options)
    {
        try
        {
            var parser = new HoconParser(source, options.IsEmqx);
            parser._scanner.Spaces();
            HoconValue value = parser.Value();
            parser._scanner.Spaces();
            return parser._scanner.IsAtEnd ? value : null;
        }
        catch (Problems.ProblemException)
        {
            return null;
        }
    }

    private HoconObject Object()
    {
        int start = _scanner.At;
        Enter(start);
        _scanner.Skip();
        ImmutableArray<HoconEntry> entries = Entries(start);
        _scanner.Skip();
        _depth--;
        return new HoconObject(TextSpan.Between(start, _scanner.At), IsBraced: true, entries);
    }

    // Up to the brace that closes, which is left to the caller, or up to the end of the file (open < 0).
    private ImmutableArray<HoconEntry> Entries(int open)
    {
        var entries = ImmutableArray.CreateBuilder<HoconEntry>();
        _scanner.Blank();
        while (!IsClosed(open, '}'))
        {
            Count();
            entries.Add(Include() ?? (HoconEntry)Field());
            Separator(open, '}', "a comma or a line break is expected between two settings");
        }

        return entries.ToImmutable();
    }

    private HoconList List()
    {
        int start = _scanner.At;
        Enter(start);
        _scanner.Skip();
        var items = ImmutableArray.CreateBuilder<HoconValue>();
        _scanner.Blank();
        while (!IsClosed(start, ']'))
        {
            items.Add(Value());
            Separator(start, ']', "a comma, a line break or `]` is expected after an item");
        }

        _scanner.Skip();
        _depth--;
        return new HoconList(TextSpan.Between(start, _scanner.At), items.ToImmutable());
    }

    private bool IsClosed(int open, char close)
    {
        if (!_scanner.IsAtEnd)
        {
            return _scanner.Peek() == close && (open >= 0 ? true : throw _source.Syntax(_scanner.At, "`}` closes nothing that is open"));
        }

        return open < 0 ? true : throw _source.Syntax(open, $"`{(close == '}' ? '{' : '[')}` is never closed");
    }

    private void Separator(int open, char close, string expected)
    {
        bool isBroken = _scanner.Blank();
        if (_scanner.TryTake(","))
        {
            _scanner.Blank();
        }
        else if (!isBroken && !IsClosed(open, close))
        {
            throw _source.Syntax(_scanner.At, expected);
        }
    }

    // HOCON, "Includes": the word, white space, and a string or a function of one; anything else is a name.
    private HoconIncludeEntry? Include()
    {
        int start = _scanner.At;
        if (!_scanner.TryTake("include") || _scanner.Spaces().Length == 0)
        {
            _scanner.Back(start);
            return null;
        }

        var functions = new List<string>();
        while (_scanner.Peek() != '"')
        {
            int at = _scanner.At;
            string word = _scanner.KeyWord();
            int bracket = word.IndexOf('(', StringComparison.Ordinal);
            if (bracket <= 0 || word[..bracket] is not ("required" or "file" or "url" or "classpath") || functions.Count == 2)
            {
                _scanner.Back(start);
                return null;
            }

            functions.Add(word[..bracket]);
            _scanner.Back(at + bracket + 1);
            _scanner.Spaces();
        }

        string file = _scanner.Quoted(out _);
        foreach (string _ in functions)
        {
            _scanner.Spaces();
            if (!_scanner.TryTake(")"))
            {
                throw _source.Syntax(_scanner.At, "`)` is expected after the name of the included file");
            }
        }

        return new HoconIncludeEntry(TextSpan.Between(start, _scanner.At), file, !functions.Exists(static f => f is "url" or "classpath"), functions.Contains("required"));
    }

    private HoconField Field()
    {
        int start = _scanner.At;
        ImmutableArray<string> path = Path(start);
        TextSpan key = Trimmed(start, _scanner.At);
        _scanner.Blank();
        int separator = _scanner.At;
        bool isAppend = _scanner.TryTake("+=");
        if (!isAppend && !_scanner.TryTake("=") && !_scanner.TryTake(":") && _scanner.Peek() != '{')
        {
            throw _source.Syntax(_scanner.At, "`=`, `:` or `{` is expected after the name of a setting");
        }

        TextSpan sign = TextSpan.Between(separator, _scanner.At);
        _scanner.Blank();
        HoconValue value = Value();
        return new HoconField(TextSpan.Between(start, value.Span.End), key, path, sign, isAppend, value);
    }

    private ImmutableArray<string> Path(int start)
    {
        var path = ImmutableArray.CreateBuilder<string>();
        var segment = new StringBuilder();
        bool isThere = false;
        while (true)
        {
            int at = _scanner.At;
            string spaces = _scanner.Spaces();
            if (_scanner.Peek() == '"')
            {
                segment.Append(isThere ? spaces : "").Append(_scanner.Quoted(out _));
                isThere = true;
            }
            else if (_scanner.Peek() == '.')
            {
                Add(path, segment, isThere, at);
                isThere = false;
                _scanner.Skip();
            }
            else if (_scanner.KeyWord() is { Length: > 0 } word)
            {
                segment.Append(isThere ? spaces : "").Append(word);
                isThere = true;
            }
            else
            {
                _scanner.Back(at);
                Add(path, segment, isThere, at);
                return _depth + path.Count <= TextLimits.MaxDepth ? path.ToImmutable() : throw _source.Limit(start, $"settings lie deeper than {TextLimits.MaxDepth} levels");
            }
        }
    }

    private void Add(ImmutableArray<string>.Builder path, StringBuilder segment, bool isThere, int at)
    {
        if (!isThere)
        {
            throw _source.Syntax(at, "the name of a setting is expected");
        }

        path.Add(segment.ToString());
        segment.Clear();
    }

    private HoconValue Value()
    {
        int start = _scanner.At;
        Count();
        var parts = ImmutableArray.CreateBuilder<HoconPart>();
        int end = start;
        while (true)
        {
            int at = _scanner.At;
            string spaces = _scanner.Spaces();
            if (_scanner.IsAtBreak)
            {
                _scanner.Back(at);
                break;
            }

            if (spaces.Length > 0 && parts.Count > 0)
            {
                parts.Add(new HoconWord(TextSpan.Between(at, _scanner.At), spaces, HoconQuotes.Space));
            }

            HoconPart part = Part();
            parts.Add(part);
            end = part.Span.End;
            Count();
        }

        if (parts.Count == 0)
        {
            throw _source.Syntax(start, "a value is expected");
        }

        bool hasWord = parts.Any(static p => p is HoconWord { Quotes: not HoconQuotes.Space });
        bool hasObject = parts.Any(static p => p is HoconObject);
        bool hasList = parts.Any(static p => p is HoconList);
        if ((hasWord && (hasObject || hasList)) || (hasObject && hasList))
        {
            throw _source.Syntax(start, "a text, a list and an object cannot be joined");
        }

        return new HoconValue(TextSpan.Between(parts[0].Span.Start, end), parts.ToImmutable());
    }

    private HoconPart Part()
    {
        int start = _scanner.At;
        switch (_scanner.Peek())
        {
            case '{':
                return Object();
            case '[':
                return List();
            case '"':
                string quoted = _scanner.Quoted(out HoconQuotes quotes);
                return new HoconWord(TextSpan.Between(start, _scanner.At), quoted, quotes);
            case '$' when _scanner.TryTake("${"):
                bool isOptional = _scanner.TryTake("?");
                ImmutableArray<string> path = Path(start);
                _scanner.Spaces();
                return _scanner.TryTake("}")
                    ? new HoconSubstitution(TextSpan.Between(start, _scanner.At), path, isOptional)
                    : throw _source.Syntax(start, "the substitution that begins here is not closed with `}`");
            default:
                string word = _scanner.ValueWord();
                return word.Length > 0
                    ? new HoconWord(TextSpan.Between(start, _scanner.At), word, HoconQuotes.None)
                    : throw _source.Syntax(start, "this sign stands in a value only inside of quotes");
        }
    }

    private TextSpan Trimmed(int start, int end)
    {
        while (end > start && char.IsWhiteSpace(_source.Text[end - 1]))
        {
            end--;
        }

        return TextSpan.Between(start, end);
    }

    private void Enter(int at)
    {
        if (++_depth > TextLimits.MaxDepth)
        {
            throw _source.Limit(at, $"objects and lists lie deeper than {TextLimits.MaxDepth} levels");
        }
    }

    private void Count()
    {
        if (++_nodes > TextLimits.MaxNodes)
        {
            throw _source.Limit(_scanner.At, $"the file holds more than {TextLimits.MaxNodes} values");
        }
    }
}

using System.Buffers;

namespace Gatehouse.Protocols.Ignite.Sql;

/// <summary>
/// Splits a text as Calcite's lexer does (JavaCC, longest match, letters in any case). Where that lexer and the eye may differ, the
/// text is refused.
/// </summary>
internal ref struct SqlLexer(string text)
{
    /// <summary>Longest text, in UTF-16 units.</summary>
    public const int MaxLength = 1 << 20;

    private const int MaxTokens = 200_000;

    // Brackets are all that the reader descends into.
    private const int MaxDepth = 100;

    private static readonly SearchValues<char> InLineComment = SearchValues.Create("\r\n\f\v\u0085\u2028\u2029");

    private static readonly SearchValues<char> Hex = SearchValues.Create("0123456789abcdefABCDEF");

    private readonly string _text = text;
    // About as many as words and what stands between them; a long text, which may be refused at its beginning, gets no more at first.
    private readonly List<SqlToken> _tokens = new(Math.Min((text.Length / 3) + 2, 64));
    private int _at;
    private int _depth;
    private int _hintEnd;

    /// <summary>Why the text was refused.</summary>
    public string? Refusal { get; private set; }

    /// <summary>Where the lexer stands.</summary>
    public readonly int At => _at;

    /// <summary>All tokens, an end last; null where the text is refused.</summary>
    public List<SqlToken>? Split()
    {
        if (_text.Length > MaxLength)
        {
            Refusal = "too_long";
            return null;
        }

        if (!IsClean())
        {
            Refusal = "character";
            return null;
        }

        while (_at < _text.Length)
        {
            if (!Step())
            {
                return null;
            }

            if (_tokens.Count > MaxTokens)
            {
                Refusal = "too_long";
                return null;
            }
        }

        if (_depth != 0 || _hintEnd != 0)
        {
            Refusal = "unterminated";
            return null;
        }

        _tokens.Add(new SqlToken(SqlTokenKind.End, SqlWord.None, '\0', _text.Length, 0));
        return _tokens;
    }

    // NUL and halves of characters become something else on the way to the node.
    private bool IsClean()
    {
        for (int i = 0; i < _text.Length; i++)
        {
            char c = _text[i];
            if (c == '\0' || (char.IsSurrogate(c) && !(i + 1 < _text.Length && char.IsSurrogatePair(c, _text[i + 1]))))
            {
                _at = i;
                return false;
            }

            i += char.IsSurrogate(c) ? 1 : 0;
        }

        return true;
    }

    private bool Step()
    {
        char c = _text[_at];
        char next = Peek(1);
        switch (c)
        {
            case ' ' or '\t' or '\r' or '\n' or '\f':
                _at++;
                return true;
            case '-' when next == '-':
            case '/' when next == '/':
                return LineComment();
            case '/' when next == '*':
                return Peek(2) == '+' ? Hint() : Comment();
            case '*' when next == '/':
                return HintEnd();
            case '\'':
                return Text(_at);
            case '"':
                return Quoted(_at, SqlTokenKind.Quoted);
            case 'U' or 'u' when next == '&':
                return Unicode();
            case '.' when char.IsAsciiDigit(next):
                return Number();
            case '(' or ')' or '{' or '}' or '.' or ',' or ';':
                return Mark(c);
            default:
                return IsLetter(c) ? Word() : char.IsAsciiDigit(c) ? Number() : Operator(c, next);
        }
    }

    private bool Mark(char c)
    {
        _depth += c is '(' or '{' ? 1 : c is ')' or '}' ? -1 : 0;
        if (_depth is < 0 or > MaxDepth)
        {
            return Fail(_depth < 0 ? "syntax" : "nested");
        }

        return Add(SqlTokenKind.Mark, 1, mark: c);
    }

    private bool Operator(char c, char next) => (c, next) switch
    {
        ('<', '=' or '>') or ('>', '=') or ('!', '=') or ('|', '|') or ('=', '>') or (':', ':') => Add(SqlTokenKind.Operator, 2),
        ('=' or '<' or '>' or '+' or '-' or '*' or '/' or '%' or '?' or '[' or ']', _) => Add(SqlTokenKind.Operator, 1, mark: c),
        _ => Fail("character"),
    };

    private bool LineComment()
    {
        int end = _text.AsSpan(_at).IndexOfAny(InLineComment);
        if (end < 0)
        {
            _at = _hintEnd == 0 ? _text.Length : _at;
            return _hintEnd == 0 || Fail("hint");
        }

        _at += end;

        // A carriage return alone ends the comment for Calcite, but not for every eye; the other ends of a line the other way round.
        bool isEnd = _text[_at] == '\n' || (_text[_at] == '\r' && Peek(1) == '\n');
        return (isEnd && _hintEnd == 0) || Fail("comment");
    }

    private bool Comment()
    {
        int end = _text.IndexOf("*/", _at + 2, StringComparison.Ordinal);
        if (end < 0 || _hintEnd != 0)
        {
            return Fail(_hintEnd == 0 ? "unterminated" : "hint");
        }

        // Calcite takes `/**` and the character behind it as one: the comment `/***/` has no end there.
        if (end == _at + 3 && Peek(2) == '*')
        {
            return Fail("comment");
        }

        _at = end + 2;
        return true;
    }

    private bool Hint()
    {
        int end = _text.IndexOf("*/", _at + 3, StringComparison.Ordinal);
        if (end < 0 || _hintEnd != 0)
        {
            return Fail(_hintEnd == 0 ? "unterminated" : "hint");
        }

        _hintEnd = end;
        return Add(SqlTokenKind.HintBegin, 3);
    }

    // The first `*/` is the end for those who take the hint for a comment too.
    private bool HintEnd()
    {
        if (_hintEnd != _at || _at == 0)
        {
            return Fail("hint");
        }

        _hintEnd = 0;
        return Add(SqlTokenKind.HintEnd, 2);
    }

    private bool Text(int quote)
    {
        int end = quote + 1;
        while (true)
        {
            int found = _text.IndexOf('\'', end);
            if (found < 0)
            {
                return Fail("unterminated");
            }

            end = found + 1;
            if (end == _text.Length || _text[end] != '\'')
            {
                return Add(SqlTokenKind.Text, end - _at);
            }

            end++;
        }
    }

    private bool Quoted(int quote, SqlTokenKind kind)
    {
        for (int i = quote + 1; i < _text.Length; i++)
        {
            if (_text[i] == '"')
            {
                if (i + 1 < _text.Length && _text[i + 1] == '"')
                {
                    i++;
                    continue;
                }

                return i > quote + 1 ? Add(kind, i + 1 - _at) : Fail("name");
            }

            if (_text[i] is '\r' or '\n')
            {
                return Fail("name");
            }
        }

        return Fail("unterminated");
    }

    private bool Unicode() => Peek(2) switch
    {
        '\'' => Text(_at + 2),
        '"' => Quoted(_at + 2, SqlTokenKind.UnicodeQuoted),
        _ => Fail("character"),
    };

    private bool Word()
    {
        int end = _at + 1;
        while (end < _text.Length && (IsLetter(_text[end]) || char.IsAsciiDigit(_text[end])))
        {
            end++;
        }

        ReadOnlySpan<char> word = _text.AsSpan(_at, end - _at);
        char next = end < _text.Length ? _text[end] : '\0';
        if (next == '\'')
        {
            // X'', N'' and _charset''; a charset's name may hold `.`, `:` and `-`. E'' has escapes of its own.
            char before = _at > 0 ? _text[_at - 1] : ' ';
            bool isHex = word is "X" or "x";
            bool isPrefix = isHex || word is "N" or "n" || (word[0] == '_' && word.Length > 1);
            if (!isPrefix || before is '.' or ':' or '-' or '"' or '\'')
            {
                return Fail("literal");
            }

            int close = _text.IndexOf('\'', end + 1);
            if (isHex && close > 0 && _text.AsSpan(end + 1, close - end - 1).ContainsAnyExcept(Hex))
            {
                return Fail("literal");
            }

            return Text(end);
        }

        if (word[0] == '_' && IsPrefix(end))
        {
            return Fail("literal");
        }

        return next == '"' ? Fail("name") : Add(SqlTokenKind.Word, word.Length, SqlWords.Find(word));
    }

    // Calcite takes the longest token: in `_a--b'...'` there is no comment, but a literal of a charset of that name.
    private readonly bool IsPrefix(int at)
    {
        while (at < _text.Length && (char.IsAsciiLetterOrDigit(_text[at]) || _text[at] is '_' or ':' or '.' or '-'))
        {
            at++;
        }

        return at < _text.Length && _text[at] == '\'';
    }

    private bool Number()
    {
        int end = Digits(_at);
        if (end < _text.Length && _text[end] == '.')
        {
            end = Digits(end + 1);
        }

        if (end < _text.Length && _text[end] is 'e' or 'E')
        {
            int sign = end + 1 < _text.Length && _text[end + 1] is '+' or '-' ? 1 : 0;
            int exponent = Digits(end + 1 + sign);
            end = exponent > end + 1 + sign ? exponent : end;
        }

        // `1FROM` is two words, `1.2.3` and `1'a'` are what the reader makes of them.
        bool isGlued = end < _text.Length && (IsLetter(_text[end]) || _text[end] is '.' or '\'' or '"');
        return isGlued ? Fail("number") : Add(SqlTokenKind.Number, end - _at);
    }

    private readonly int Digits(int at)
    {
        while (at < _text.Length && char.IsAsciiDigit(_text[at]))
        {
            at++;
        }

        return at;
    }

    private bool Add(SqlTokenKind kind, int length, SqlWord word = SqlWord.None, char mark = '\0')
    {
        _tokens.Add(new SqlToken(kind, word, mark, _at, length));
        _at += length;
        return true;
    }

    private bool Fail(string reason)
    {
        Refusal = reason;
        return false;
    }

    private readonly char Peek(int ahead) => _at + ahead < _text.Length ? _text[_at + ahead] : '\0';

    // Calcite has letters of all scripts; how they fold is not plain, so that they need quotes.
    private static bool IsLetter(char c) => char.IsAsciiLetter(c) || c is '_' or '$';
}

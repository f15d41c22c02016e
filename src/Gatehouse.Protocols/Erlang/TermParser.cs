using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Gatehouse.Protocols.Erlang;

/// <summary>The grammar over the signs; errors are kept, the first one counts.</summary>
internal sealed class TermParser(string text)
{
    private readonly TermScanner _scanner = new(text);
    private int _terms;

    public ErlangSyntaxError? Error => _scanner.Error;

    /// <summary>Reads the next term and its dot; false at the end and after an error.</summary>
    public bool Next([NotNullWhen(true)] out ErlangTerm? term)
    {
        term = null;
        _scanner.SkipSpace();
        if (_scanner.IsAtEnd || Error is not null)
        {
            return false;
        }

        term = Term(0);
        if (term is null)
        {
            return false;
        }

        _scanner.SkipSpace();
        if (_scanner.TryTakeDot())
        {
            return true;
        }

        _scanner.Fail("a term ends with a dot and white space");
        return false;
    }

    private ErlangTerm? Term(int depth)
    {
        _scanner.SkipSpace();
        if (depth > ErlangTerms.MaxDepth || ++_terms > ErlangTerms.MaxTerms)
        {
            _scanner.Fail(depth > ErlangTerms.MaxDepth ? "tuples and lists are nested too deeply" : "there are too many terms", isLimit: true);
            return null;
        }

        int start = _scanner.At;
        ErlangTerm? term = Begun(depth);
        return term is null ? null : term with { Offset = start, Length = term.Length > 0 ? term.Length : _scanner.At - start };
    }

    private ErlangTerm? Begun(int depth)
    {
        (int line, int column) = (_scanner.Line, _scanner.Column);
        switch (_scanner.Peek())
        {
            case '{':
                _scanner.Take();
                return Items('}', depth) is { } elements ? new ErlangTuple(elements, line, column) : null;
            case '[':
                _scanner.Take();
                return Items(']', depth) is { } items ? new ErlangList(items, line, column) : null;
            case '<':
                return Binary(line, column);
            case '"':
                return Strings(line, column);
            case '\'':
                return _scanner.Quoted('\'', 255) is { } quoted ? new ErlangAtom(quoted, line, column) : null;
            case '-' or '+' or '$' or (>= '0' and <= '9'):
                return Number(line, column);
            case char letter when TermScanner.BeginsAtom(letter):
                return Atom(line, column);
            case '\0' when _scanner.IsAtEnd:
                return Fail("the text ends inside of a term");
            case '#':
                return Fail("maps and records are not read");
            case char letter when char.IsUpper(letter) || letter == '_':
                return Fail("variables are not read; a text stands in quotes, an atom begins with a lower-case letter");
            default:
                return Fail("no term begins with this sign");
        }
    }

    private ErlangTerm? Fail(string why)
    {
        _scanner.Fail(why);
        return null;
    }

    private ImmutableArray<ErlangTerm>? Items(char end, int depth)
    {
        ImmutableArray<ErlangTerm>.Builder items = ImmutableArray.CreateBuilder<ErlangTerm>();
        _scanner.SkipSpace();
        if (_scanner.TryTake(end))
        {
            return items.ToImmutable();
        }

        while (Term(depth + 1) is { } item)
        {
            items.Add(item);
            _scanner.SkipSpace();
            if (_scanner.TryTake(end))
            {
                return items.ToImmutable();
            }

            if (!_scanner.TryTake(','))
            {
                _scanner.Fail(_scanner.Peek() == '|' ? "a list with a tail is not read" : $"`,` or `{end}` is missing");
                return null;
            }
        }

        return null;
    }

    private ErlangAtom? Atom(int line, int column)
    {
        string name = _scanner.Word();
        if (!TermScanner.IsReserved(name))
        {
            return new ErlangAtom(name, line, column);
        }

        _scanner.Fail($"`{name}` is a reserved word; the atom is written '{name}'");
        return null;
    }

    // Strings that stand side by side are one: "a" "b" is "ab".
    private ErlangString? Strings(int line, int column)
    {
        int start = _scanner.At;
        int end;
        var value = new StringBuilder();
        do
        {
            if (_scanner.StartsWith("\"\"\""))
            {
                _scanner.Fail("texts in three quotes are not read");
                return null;
            }

            string? next = _scanner.Quoted('"', ErlangTerms.MaxLength);
            if (next is null)
            {
                return null;
            }

            value.Append(next);
            end = _scanner.At;
            _scanner.SkipSpace();
        }
        while (_scanner.Peek() == '"');
        return new ErlangString(value.ToString(), line, column) { Length = end - start };
    }

    private ErlangTerm? Number(int line, int column)
    {
        bool isSigned = _scanner.Peek() is '-' or '+';
        bool isNegative = _scanner.Peek() == '-';
        if (isSigned)
        {
            _scanner.Take();
        }

        if (_scanner.Peek() == '$')
        {
            return _scanner.Character() is { } code ? new ErlangInteger(isNegative ? -code : code, line, column) : null;
        }

        return _scanner.Number(isNegative, out long integer, out double real) switch
        {
            NumberKind.Integer => new ErlangInteger(integer, line, column),
            NumberKind.Real => new ErlangFloat(real, line, column),
            _ => null,
        };
    }

    private ErlangBinary? Binary(int line, int column)
    {
        if (!_scanner.StartsWith("<<"))
        {
            _scanner.Fail("no term begins with this sign");
            return null;
        }

        _scanner.Take();
        _scanner.Take();
        ImmutableArray<byte>.Builder bytes = ImmutableArray.CreateBuilder<byte>();
        _scanner.SkipSpace();
        bool isFirst = true;
        while (!_scanner.StartsWith(">>"))
        {
            if ((!isFirst && !_scanner.TryTake(',')) || !Segment(bytes))
            {
                _scanner.Fail("`,` or `>>` is missing");
                return null;
            }

            isFirst = false;
            _scanner.SkipSpace();
        }

        _scanner.Take();
        _scanner.Take();
        return new ErlangBinary(bytes.ToImmutable(), line, column);
    }

    private bool Segment(ImmutableArray<byte>.Builder bytes)
    {
        _scanner.SkipSpace();
        if (_scanner.Peek() == '"')
        {
            string? value = _scanner.StartsWith("\"\"\"") ? null : _scanner.Quoted('"', ErlangTerms.MaxLength);
            if (value is null)
            {
                _scanner.Fail("texts in three quotes are not read");
                return false;
            }

            if (_scanner.TryTake("/utf8"))
            {
                bytes.AddRange(Encoding.UTF8.GetBytes(value));
                return true;
            }

            foreach (char c in value)
            {
                if (c > byte.MaxValue)
                {
                    _scanner.Fail("a character of a binary is no byte; `/utf8` is missing");
                    return false;
                }

                bytes.Add((byte)c);
            }

            return true;
        }

        bool isByte = _scanner.Peek() is >= '0' and <= '9' or '$';
        if (!isByte || Number(0, 0) is not ErlangInteger { Value: >= 0 and <= byte.MaxValue } number)
        {
            _scanner.Fail("a part of a binary is neither a text nor a byte");
            return false;
        }

        bytes.Add((byte)number.Value);
        return true;
    }
}

using System.Collections.Immutable;

namespace Gatehouse.Audit.Patterns;

/// <summary>
/// The part of Lucene's regular expressions that other engines read the same way: <c>. | * + ? {n} {n,} {n,m} () []</c>,
/// <c>\d \w \s</c> and their opposites, and <c>\</c> before punctuation. Always on the whole name. Lucene's own operators
/// (<c>~ &amp; @ # &lt; &gt; "</c>) and the anchors of others (<c>^ $</c>) are refused unless escaped, so that no pattern
/// changes its meaning on the way here.
/// </summary>
internal sealed class RegexParser(int[] symbols)
{
    private const int MaxDepth = 32;
    private const int MaxCount = 1000;

    private static readonly CharSet Digits = CharSet.Of([('0', '9')]);
    private static readonly CharSet WordCharacters = CharSet.Of([('0', '9'), ('A', 'Z'), ('a', 'z'), ('_', '_')]);
    private static readonly CharSet Spaces = CharSet.Of([('\t', '\r'), (' ', ' ')]);

    private int _at;
    private int _depth;
    private string? _reason;

    /// <summary>Parses the whole; null with the reason where it is no such expression.</summary>
    public PatternNode? Parse(out string? reason)
    {
        PatternNode? node = Choice();
        if (_reason is null && _at < symbols.Length)
        {
            node = Fail($"`{Shown(symbols[_at])}` at character {_at + 1} closes nothing");
        }

        reason = _reason;
        return reason is null ? node : null;
    }

    private PatternNode? Choice()
    {
        ImmutableArray<PatternNode>.Builder choices = ImmutableArray.CreateBuilder<PatternNode>();
        do
        {
            PatternNode? next = Sequence();
            if (next is null)
            {
                return null;
            }

            choices.Add(next);
        }
        while (Take('|'));

        return choices.Count == 1 ? choices[0] : new ChoiceNode(choices.ToImmutable());
    }

    private PatternNode? Sequence()
    {
        ImmutableArray<PatternNode>.Builder parts = ImmutableArray.CreateBuilder<PatternNode>();
        while (_at < symbols.Length && symbols[_at] is not ('|' or ')'))
        {
            PatternNode? next = Repetition();
            if (next is null)
            {
                return null;
            }

            parts.Add(next);
        }

        return parts.Count switch
        {
            0 => Fail("an alternative is empty; write `()` for the empty text"),
            1 => parts[0],
            _ => new SequenceNode(parts.ToImmutable()),
        };
    }

    private PatternNode? Repetition()
    {
        PatternNode? node = Atom();
        while (node is not null && _at < symbols.Length)
        {
            if (Take('*'))
            {
                node = new RepeatNode(node, 0, null);
            }
            else if (Take('+'))
            {
                node = new RepeatNode(node, 1, null);
            }
            else if (Take('?'))
            {
                node = new RepeatNode(node, 0, 1);
            }
            else if (Take('{'))
            {
                node = Counted(node);
            }
            else
            {
                break;
            }
        }

        return node;
    }

    private PatternNode? Counted(PatternNode part)
    {
        int? min = Number();
        int? max = min;
        if (Take(','))
        {
            max = _at < symbols.Length && symbols[_at] == '}' ? null : Number() ?? -1;
        }

        return min is null || !Take('}') || max < min
            ? Fail($"a count is `{{n}}`, `{{n,}}` or `{{n,m}}`, at most {MaxCount}; a brace itself is written `\\{{`")
            : new RepeatNode(part, min.Value, max);
    }

    private int? Number()
    {
        int start = _at;
        int value = 0;
        while (_at < symbols.Length && symbols[_at] is >= '0' and <= '9' && value <= MaxCount)
        {
            value = (value * 10) + symbols[_at++] - '0';
        }

        return _at == start || value > MaxCount ? null : value;
    }

    private PatternNode? Atom()
    {
        int symbol = symbols[_at++];
        switch (symbol)
        {
            case '.':
                return new CharsNode(CharSet.All);
            case '(':
                return Group();
            case '[':
                return Class();
            case '\\':
                return Escape() is { } set ? new CharsNode(set) : null;
            case '*' or '+' or '?' or '{':
                return Fail($"`{Shown(symbol)}` at character {_at} repeats nothing");
            case '~' or '&' or '@' or '#' or '<' or '>' or '"' or '^' or '$' or ']' or '}':
                return Fail(
                    $"`{Shown(symbol)}` at character {_at} means one thing to Lucene and another elsewhere; write `\\{Shown(symbol)}` for the character itself, and leave anchors out: a pattern is for the whole name");
            default:
                return new CharsNode(CharSet.Of(symbol));
        }
    }

    private PatternNode? Group()
    {
        if (Take(')'))
        {
            return new SequenceNode([]);
        }

        if (++_depth > MaxDepth)
        {
            return Fail($"parentheses are nested deeper than {MaxDepth}");
        }

        PatternNode? inner = Choice();
        _depth--;
        return inner is null ? null : Take(')') ? inner : Fail("a parenthesis is not closed");
    }

    private PatternNode? Class()
    {
        bool isNegated = Take('^');
        List<(int From, int To)> ranges = [];
        while (_at < symbols.Length && symbols[_at] != ']')
        {
            if (ClassItem() is not { } from)
            {
                return null;
            }

            bool isRange = Take('-');
            CharSet? to = isRange ? _at < symbols.Length ? ClassItem() : null : from;
            if (to is null)
            {
                return Fail("a range of a class has no end");
            }

            if (isRange && (!IsSingle(from) || !IsSingle(to) || from.Ranges[0].From > to.Ranges[0].From))
            {
                return Fail("a range of a class goes from one character to a later one");
            }

            ranges.AddRange(isRange ? [(from.Ranges[0].From, to.Ranges[0].From)] : from.Ranges);
        }

        if (!Take(']'))
        {
            return Fail("a class is not closed");
        }

        if (ranges.Count == 0)
        {
            return Fail("a class is empty");
        }

        var set = CharSet.Of(ranges);
        return new CharsNode(isNegated ? set.Complement() : set);
    }

    private CharSet? ClassItem()
    {
        int symbol = symbols[_at++];
        if (symbol == '\\')
        {
            return Escape();
        }

        if (symbol is '-' or '[' or '^' or '&')
        {
            Fail($"in a class `{Shown(symbol)}` is written `\\{Shown(symbol)}`");
            return null;
        }

        return CharSet.Of(symbol);
    }

    private CharSet? Escape()
    {
        if (_at == symbols.Length)
        {
            Fail(@"it ends with `\`, which needs a character behind it");
            return null;
        }

        int symbol = symbols[_at++];
        CharSet? set = symbol switch
        {
            'd' => Digits,
            'D' => Digits.Complement(),
            'w' => WordCharacters,
            'W' => WordCharacters.Complement(),
            's' => Spaces,
            'S' => Spaces.Complement(),
            >= 128 or (>= '0' and <= '9') or (>= 'A' and <= 'Z') or (>= 'a' and <= 'z') => null,
            _ => CharSet.Of(symbol),
        };
        if (set is null)
        {
            Fail($@"`\{Shown(symbol)}` is not supported");
        }

        return set;
    }

    private bool Take(char symbol)
    {
        if (_at < symbols.Length && symbols[_at] == symbol)
        {
            _at++;
            return true;
        }

        return false;
    }

    private PatternNode? Fail(string reason)
    {
        // The first is the cause, the others follow from it.
        _reason ??= reason;
        return null;
    }

    private static bool IsSingle(CharSet set) => set.Ranges is [var only] && only.From == only.To;

    private static string Shown(int symbol) => char.ConvertFromUtf32(symbol);
}

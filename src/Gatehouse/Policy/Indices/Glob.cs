using System.Text;
using Gatehouse.Identity;

namespace Gatehouse.Policy.Indices;

/// <summary>A pattern or expression as characters, <c>*</c> and <c>?</c>, to reckon with what it stands for. Immutable.</summary>
internal sealed class Glob
{
    /// <summary>Any run.</summary>
    public const int Star = -1;

    /// <summary>One character.</summary>
    public const int One = -2;

    private string? _text;

    public Glob(IEnumerable<int> symbols)
    {
        Symbols = Ordered(symbols);
        int open = Array.FindIndex(Symbols, static s => s < 0);
        HeadLength = open < 0 ? Symbols.Length : open;
        HasOne = Array.IndexOf(Symbols, One) >= 0;
        IsPrefix = open >= 0 && open == Symbols.Length - 1 && Symbols[open] == Star;
    }

    /// <summary>Code points, <see cref="Star"/> and <see cref="One"/>; stars stand behind the ones beside them, and never two in a row.</summary>
    public int[] Symbols { get; }

    /// <summary>How many characters come before the first wildcard.</summary>
    public int HeadLength { get; }

    /// <summary>Whether it is one name.</summary>
    public bool IsLiteral => HeadLength == Symbols.Length;

    /// <summary>Whether it is a text, then <c>*</c>.</summary>
    public bool IsPrefix { get; }

    /// <summary>Whether it has a <c>?</c>, which requests do not know.</summary>
    public bool HasOne { get; }

    /// <summary>Whether it begins with a wildcard.</summary>
    public bool StartsOpen => HeadLength == 0 && Symbols.Length > 0;

    /// <summary>Whether it begins with a dot.</summary>
    public bool StartsWithDot => HeadLength > 0 && Symbols[0] == '.';

    /// <summary>Reads an expression of a request, which knows <c>*</c> only, or a name.</summary>
    public static Glob Parse(string text)
    {
        var symbols = new int[text.Length];
        int length = 0;
        for (int i = 0; i < text.Length; i++)
        {
            Rune rune = Rune.TryGetRuneAt(text, i, out Rune found) ? found : Rune.ReplacementChar;
            symbols[length++] = text[i] == '*' ? Star : rune.Value;
            i += rune.Utf16SequenceLength - 1;
        }

        return new Glob(symbols.AsSpan(0, length).ToArray());
    }

    /// <summary>Reads a pattern of a grant, with placeholders filled for somebody; null where a value does not fit.</summary>
    public static Glob? Of(ResourcePattern pattern, Principal principal)
    {
        List<int> symbols = [];
        foreach (PatternToken token in pattern.Tokens)
        {
            switch (token.Kind)
            {
                case PatternTokenKind.Literal:
                    AddText(symbols, Encoding.UTF8.GetString(token.Literal!)); // a literal has bytes
                    break;
                case PatternTokenKind.Slot when PatternMatcher.ValueOf(pattern, token, principal) is { } value:
                    AddText(symbols, value);
                    break;
                case PatternTokenKind.Slot:
                    return null;
                case PatternTokenKind.One:
                    symbols.Add(One);
                    break;
                case PatternTokenKind.Star or PatternTokenKind.DoubleStar:
                    symbols.Add(Star);
                    break;
            }
        }

        return new Glob(symbols);
    }

    /// <summary>Whether two could have a name in common, as far as their beginnings say.</summary>
    public bool HeadFits(Glob other)
    {
        int length = Math.Min(HeadLength, other.HeadLength);
        return Symbols.AsSpan(0, length).SequenceEqual(other.Symbols.AsSpan(0, length))
            && (!IsLiteral || other.HeadLength <= HeadLength) && (!other.IsLiteral || HeadLength <= other.HeadLength);
    }

    /// <summary>Whether they have a name in common.</summary>
    public bool Overlaps(Glob other)
    {
        if (!HeadFits(other))
        {
            return false;
        }

        int[] mine = Symbols;
        int[] its = other.Symbols;
        Span<bool> row = its.Length < 512 ? stackalloc bool[its.Length + 1] : new bool[its.Length + 1];
        row.Clear();

        // row[j]: what is left of the one from i on and of the other from j on has a name in common.
        for (int i = mine.Length; i >= 0; i--)
        {
            bool corner = false;
            for (int j = its.Length; j >= 0; j--)
            {
                bool below = row[j];
                row[j] = i == mine.Length && j == its.Length
                    || (i < mine.Length && mine[i] == Star && (below || (j < its.Length && row[j + 1])))
                    || (j < its.Length && its[j] == Star && (row[j + 1] || (i < mine.Length && below)))
                    || (i < mine.Length && j < its.Length && mine[i] != Star && its[j] != Star && corner && (mine[i] == its[j] || mine[i] == One || its[j] == One));
                corner = below;
            }
        }

        return row[0];
    }

    /// <summary>Whether it matches all that another does; a no may be too careful.</summary>
    public bool Covers(Glob inner)
    {
        int[] mine = Symbols;
        int[] its = inner.Symbols;
        if (IsPrefix || IsLiteral)
        {
            return (IsLiteral ? its.Length == HeadLength : inner.HeadLength >= HeadLength) && its.AsSpan(0, HeadLength).SequenceEqual(mine.AsSpan(0, HeadLength));
        }

        Span<bool> reached = its.Length < 512 ? stackalloc bool[its.Length + 1] : new bool[its.Length + 1];
        reached.Clear();
        reached[0] = true;
        foreach (int symbol in mine)
        {
            bool corner = false;
            for (int j = 0; j <= its.Length; j++)
            {
                bool before = reached[j];
                reached[j] = symbol == Star
                    ? before || (j > 0 && reached[j - 1])
                    : j > 0 && corner && its[j - 1] != Star && (symbol == One || symbol == its[j - 1]);
                corner = before;
            }
        }

        return reached[^1];
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        if (_text is null)
        {
            var text = new StringBuilder(Symbols.Length);
            foreach (int symbol in Symbols)
            {
                text.Append(symbol switch { Star => "*", One => "?", _ => new Rune(symbol).ToString() });
            }

            _text = text.ToString();
        }

        return _text;
    }

    private static void AddText(List<int> symbols, string text)
    {
        foreach (Rune rune in text.EnumerateRunes())
        {
            symbols.Add(rune.Value);
        }
    }

    // `*?*` is `?*`: written in one way, so that texts can be compared.
    private static int[] Ordered(IEnumerable<int> symbols)
    {
        List<int> ordered = [];
        bool isRun = false;
        foreach (int symbol in symbols)
        {
            if (symbol >= 0 && isRun)
            {
                ordered.Add(Star);
            }

            isRun = symbol == Star || (symbol == One && isRun);
            if (symbol != Star)
            {
                ordered.Add(symbol);
            }
        }

        if (isRun)
        {
            ordered.Add(Star);
        }

        return [.. ordered];
    }
}

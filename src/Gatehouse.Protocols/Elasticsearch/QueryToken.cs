namespace Gatehouse.Protocols.Elasticsearch;

/// <summary>Kinds of tokens of the query languages.</summary>
internal enum TokenKind : byte
{
    /// <summary>The end.</summary>
    End = 0,

    /// <summary>A bare word: letters, digits, <c>_</c>, and what the language allows in names.</summary>
    Word,

    /// <summary>A quoted name or a string, quotation marks and escapes taken off.</summary>
    Quoted,

    /// <summary>One other character.</summary>
    Mark,
}

/// <summary>A token.</summary>
/// <param name="Kind">Its kind.</param>
/// <param name="Text">Its text.</param>
/// <param name="Quote">What it was quoted with; NUL where it was not.</param>
internal readonly record struct QueryToken(TokenKind Kind, string Text, char Quote = '\0')
{
    /// <summary>Whether it is the bare word, in any case.</summary>
    public bool Is(string word) => Kind == TokenKind.Word && Text.Equals(word, StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether it is the character.</summary>
    public bool Is(char mark) => Kind == TokenKind.Mark && Text[0] == mark;
}

/// <summary>Rules of a query language's tokens.</summary>
internal sealed record QueryLexing
{
    /// <summary>What begins a comment to the end of the line.</summary>
    public required string LineComment { get; init; }

    /// <summary>Quotation marks; within them the mark twice is itself.</summary>
    public required string Quotes { get; init; }

    /// <summary>Quotation marks within which a backslash takes the next character as it is.</summary>
    public string Escaping { get; init; } = "";

    /// <summary>Characters in bare words besides letters, digits and <c>_</c>.</summary>
    public string InWords { get; init; } = "";

    /// <summary>Where not null, bare words hold every character but these and white space: names need no letters.</summary>
    public string? BreakWords { get; init; }

    /// <summary>Whether the language's readers differ on `#`, `--` without a space, `/*!` and escapes in names: they are refused.</summary>
    public bool HasDialects { get; init; }

    /// <summary>Whether three double quotes begin a text that three end.</summary>
    public bool HasTripleQuotes { get; init; }

    /// <summary>Whether comments may lie within comments; readers differ on where such a one ends, so that it is refused.</summary>
    public bool NestsComments { get; init; }
}

/// <summary>Splits the text of a query into tokens; comments are gone. Null where the text cannot be split: a quotation or a comment without an end.</summary>
internal static class QueryLexer
{
    /// <summary>Longest text, in characters, as of ES|QL.</summary>
    private const int MaxLength = 1_000_000;

    /// <summary>Most brackets within each other: readers descend into them.</summary>
    private const int MaxDepth = 64;

    /// <summary>All tokens, an <see cref="TokenKind.End"/> last.</summary>
    public static List<QueryToken>? Split(string text, QueryLexing rules)
    {
        if (text.Length > MaxLength)
        {
            return null;
        }

        List<QueryToken> tokens = [];
        int at = 0;
        while (at < text.Length)
        {
            char c = text[at];
            if (c is ' ' or '\t' or '\r' or '\n')
            {
                at++;
            }
            else if (StartsAt(text, at, rules.LineComment))
            {
                at = EndOfLine(text, at, rules);
            }
            else if (StartsAt(text, at, "/*"))
            {
                at = EndOfComment(text, at, rules);
            }
            else if (rules.HasTripleQuotes && StartsAt(text, at, "\"\"\""))
            {
                at = Triple(text, at, tokens);
            }
            else if (rules.Quotes.Contains(c))
            {
                at = Quoted(text, at, rules, tokens);
            }
            else if (IsWord(c, rules))
            {
                int start = at;
                while (at < text.Length && IsWord(text[at], rules) && !StartsAt(text, at, rules.LineComment) && !StartsAt(text, at, "/*"))
                {
                    at++;
                }

                tokens.Add(new QueryToken(TokenKind.Word, text[start..at]));
            }
            else
            {
                // Nothing else is told apart alike by everybody.
                bool isMark = char.IsAscii(c) && !(rules.HasDialects && c == '#');
                tokens.Add(new QueryToken(TokenKind.Mark, c.ToString()));
                at = isMark ? at + 1 : -1;
            }

            if (at < 0)
            {
                return null;
            }
        }

        tokens.Add(new QueryToken(TokenKind.End, ""));
        return IsTooDeep(tokens) ? null : tokens;
    }

    private static bool IsTooDeep(List<QueryToken> tokens)
    {
        int depth = 0;
        foreach (QueryToken token in tokens)
        {
            if (token.Is('(') || token.Is('['))
            {
                if (++depth > MaxDepth)
                {
                    return true;
                }
            }
            else if (depth > 0 && (token.Is(')') || token.Is(']')))
            {
                depth--;
            }
        }

        return false;
    }

    private static int EndOfLine(string text, int at, QueryLexing rules)
    {
        int begin = at + rules.LineComment.Length;
        if (rules.HasDialects && rules.LineComment == "--" && begin < text.Length && text[begin] is not (' ' or '\t' or '\r' or '\n'))
        {
            return -1;
        }

        int end = text.IndexOfAny(['\n', '\r'], at);
        end = end < 0 ? text.Length : end;

        // Some languages go on in the next line then.
        return text[end - 1] == '\\' ? -1 : end;
    }

    private static bool IsWord(char c, QueryLexing rules) => rules.BreakWords is { } breaks
        ? c is not (' ' or '\t' or '\r' or '\n') && !breaks.Contains(c)
        : char.IsAsciiLetterOrDigit(c) || c == '_' || rules.InWords.Contains(c);

    private static bool StartsAt(string text, int at, string what) => string.CompareOrdinal(text, at, what, 0, what.Length) == 0;

    private static int EndOfComment(string text, int at, QueryLexing rules)
    {
        int end = text.IndexOf("*/", at + 2, StringComparison.Ordinal);
        bool isRefused = end < 0
            || (rules.NestsComments && text.AsSpan(at + 2, end - at - 2).Contains("/*", StringComparison.Ordinal))
            || (rules.HasDialects && StartsAt(text, at, "/*!"));
        return isRefused ? -1 : end + 2;
    }

    private static int Triple(string text, int at, List<QueryToken> tokens)
    {
        int end = text.IndexOf("\"\"\"", at + 3, StringComparison.Ordinal);
        if (end < 0)
        {
            return -1;
        }

        // Up to two more quotes before the end are the text's own.
        for (int more = 0; more < 2 && end + 3 < text.Length && text[end + 3] == '"'; more++)
        {
            end++;
        }

        tokens.Add(new QueryToken(TokenKind.Quoted, text[(at + 3)..end], '"'));
        return end + 3;
    }

    private static int Quoted(string text, int at, QueryLexing rules, List<QueryToken> tokens)
    {
        char quote = text[at];
        bool escapes = rules.Escaping.Contains(quote);
        var value = new System.Text.StringBuilder();
        for (int i = at + 1; i < text.Length; i++)
        {
            if (escapes && text[i] == '\\' && i + 1 < text.Length)
            {
                value.Append(text[++i]);
            }
            else if (rules.HasDialects && text[i] == '\\')
            {
                return -1;
            }
            else if (text[i] != quote)
            {
                value.Append(text[i]);
            }
            else if (!escapes && i + 1 < text.Length && text[i + 1] == quote)
            {
                value.Append(text[++i]);
            }
            else
            {
                tokens.Add(new QueryToken(TokenKind.Quoted, value.ToString(), quote));
                return i + 1;
            }
        }

        return -1;
    }
}

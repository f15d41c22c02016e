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

    /// <summary>Whether three double quotes begin a text that three end.</summary>
    public bool HasTripleQuotes { get; init; }

    /// <summary>Whether comments lie within comments.</summary>
    public bool NestsComments { get; init; }
}

/// <summary>Splits the text of a query into tokens; comments are gone. Null where the text cannot be split: a quotation or a comment without an end.</summary>
internal static class QueryLexer
{
    /// <summary>All tokens, an <see cref="TokenKind.End"/> last.</summary>
    public static List<QueryToken>? Split(string text, QueryLexing rules)
    {
        List<QueryToken> tokens = [];
        int at = 0;
        while (at < text.Length)
        {
            char c = text[at];
            if (char.IsWhiteSpace(c))
            {
                at++;
            }
            else if (StartsAt(text, at, rules.LineComment))
            {
                int end = text.IndexOfAny(['\n', '\r'], at);
                at = end < 0 ? text.Length : end;
            }
            else if (StartsAt(text, at, "/*"))
            {
                at = EndOfComment(text, at, rules.NestsComments);
            }
            else if (rules.HasTripleQuotes && StartsAt(text, at, "\"\"\""))
            {
                at = Triple(text, at, tokens);
            }
            else if (rules.Quotes.Contains(c))
            {
                at = Quoted(text, at, rules.Escaping.Contains(c), tokens);
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
                tokens.Add(new QueryToken(TokenKind.Mark, c.ToString()));
                at++;
            }

            if (at < 0)
            {
                return null;
            }
        }

        tokens.Add(new QueryToken(TokenKind.End, ""));
        return tokens;
    }

    private static bool IsWord(char c, QueryLexing rules) => char.IsLetterOrDigit(c) || c == '_' || rules.InWords.Contains(c);

    private static bool StartsAt(string text, int at, string what) => string.CompareOrdinal(text, at, what, 0, what.Length) == 0;

    private static int EndOfComment(string text, int at, bool nests)
    {
        int depth = 0;
        while (at < text.Length)
        {
            if (StartsAt(text, at, "*/"))
            {
                depth--;
                at += 2;
                if (depth <= 0 || !nests)
                {
                    return at;
                }
            }
            else if (StartsAt(text, at, "/*"))
            {
                depth++;
                at += 2;
            }
            else
            {
                at++;
            }
        }

        return -1;
    }

    private static int Triple(string text, int at, List<QueryToken> tokens)
    {
        int end = text.IndexOf("\"\"\"", at + 3, StringComparison.Ordinal);
        if (end < 0)
        {
            return -1;
        }

        // Up to two more quotes before the end are the text's own.
        while (end + 3 < text.Length && text[end + 3] == '"')
        {
            end++;
        }

        tokens.Add(new QueryToken(TokenKind.Quoted, text[(at + 3)..end], '"'));
        return end + 3;
    }

    private static int Quoted(string text, int at, bool escapes, List<QueryToken> tokens)
    {
        char quote = text[at];
        var value = new System.Text.StringBuilder();
        for (int i = at + 1; i < text.Length; i++)
        {
            if (escapes && text[i] == '\\' && i + 1 < text.Length)
            {
                value.Append(text[++i]);
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

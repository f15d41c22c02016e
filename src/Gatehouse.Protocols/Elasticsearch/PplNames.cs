namespace Gatehouse.Protocols.Elasticsearch;

/// <summary>
/// Indices of a PPL query (OpenSearch's PPL grammar): behind <c>source=</c> and <c>index=</c>, anywhere, behind DESCRIBE and
/// LOOKUP. A join may name its index at its end: it needs everything.
/// </summary>
internal static class PplNames
{
    private const string Read = "index:read";

    private static readonly QueryLexing Lexing = new() { LineComment = "//", Quotes = "'\"`", Escaping = "'\"", InWords = ".*-:@/<>{}", HasDialects = true };

    /// <summary>Adds the indices of a query.</summary>
    public static void Add(Classification request, string text)
    {
        List<QueryToken>? tokens = QueryLexer.Split(text, Lexing);
        if (tokens is null)
        {
            request.Refuse("malformed_query");
            return;
        }

        bool any = false;
        for (int i = 0; i < tokens.Count - 1; i++)
        {
            bool begins = i == 0 || tokens[i - 1].Is('|') || tokens[i - 1].Is('[');
            if (HidesSource(tokens[i], tokens[i + 1]))
            {
                request.Refuse("malformed_query");
            }
            else if ((tokens[i].Is("source") || tokens[i].Is("index")) && tokens[i + 1].Is('='))
            {
                any = true;
                i = Names(request, tokens, i + 2);
            }
            else if (begins && (tokens[i].Is("describe") || tokens[i].Is("lookup")))
            {
                any = true;
                i = Names(request, tokens, i + 1);
            }
            else if (tokens[i].Is("join") || tokens[i].Is("appendpipe") || tokens[i].Is("graphlookup") || (begins && (tokens[i].Is("show") || tokens[i].Is("union"))))
            {
                any = true;
                request.Need(Read, "*");
            }
        }

        if (!any)
        {
            request.Refuse("unknown_statement");
        }
    }

    // `1source=x`: a number, and then a source.
    private static bool HidesSource(QueryToken token, QueryToken next) =>
        token.Kind == TokenKind.Word && next.Is('=') && token.Text.Length > 6 && !char.IsAsciiLetter(token.Text[^7]) && token.Text[^7] is not ('_' or '.') &&
        token.Text.EndsWith("source", StringComparison.OrdinalIgnoreCase);

    private static int Names(Classification request, List<QueryToken> tokens, int at)
    {
        while (true)
        {
            if (tokens[at].Kind is not (TokenKind.Word or TokenKind.Quoted))
            {
                request.Refuse("malformed_query");
                return at;
            }

            request.Need(Read, tokens[at].Text);
            if (!tokens[at + 1].Is(','))
            {
                return at;
            }

            at += 2;
        }
    }
}

namespace Gatehouse.Protocols.Elasticsearch;

/// <summary>
/// Indices of an ES|QL query (Elastic's ES|QL reference): the lists behind FROM and TS, also in subqueries, and behind LOOKUP
/// JOIN. A source or a command that is not known here is refused: it may read.
/// </summary>
internal static class EsqlNames
{
    private const string Read = "index:read";
    private const int MaxName = 1024;

    private static readonly QueryLexing Lexing = new()
    {
        LineComment = "//",
        Quotes = "\"`",
        Escaping = "\"",
        HasTripleQuotes = true,
        NestsComments = true,
        BreakWords = "\"`=|,[]();",
    };

    private static readonly HashSet<string> Commands = new(StringComparer.OrdinalIgnoreCase)
    {
        "EVAL", "WHERE", "STATS", "INLINESTATS", "INLINE", "LIMIT", "SORT", "KEEP", "DROP", "RENAME", "DISSECT", "GROK", "MV_EXPAND",
        "CHANGE_POINT", "COMPLETION", "RERANK", "SAMPLE", "FUSE", "INSIST", "URI_PARTS", "REGISTERED_DOMAIN", "PROJECT",
    };

    /// <summary>Adds the indices of a query.</summary>
    public static void Add(Classification request, string text)
    {
        List<QueryToken>? tokens = QueryLexer.Split(text, Lexing);
        if (tokens is null || tokens.Count < 2)
        {
            request.Refuse("malformed_query");
            return;
        }

        int at = 0;
        while (tokens[at].Is("SET"))
        {
            // Settings of this query, each ended by a semicolon.
            while (tokens[at].Kind != TokenKind.End && !tokens[at].Is(';'))
            {
                at++;
            }

            at = Math.Min(at + 1, tokens.Count - 1);
        }

        at = Source(request, tokens, at);
        while (request.Refusal is null && tokens[at].Kind != TokenKind.End)
        {
            at = Next(request, tokens, at);
        }
    }

    /// <summary>One step behind a source command: a pipe, a branch, a bracket, or a token of an expression.</summary>
    private static int Next(Classification request, List<QueryToken> tokens, int at)
    {
        if (tokens[at].Is('|'))
        {
            return Command(request, tokens, at + 1);
        }

        if (tokens[at].Is(';') && tokens[at + 1].Kind != TokenKind.End)
        {
            request.Refuse("malformed_query");
        }

        if (tokens[at].Is('(') && IsSource(tokens[at + 1]))
        {
            return Source(request, tokens, at + 1);
        }

        return at + 1;
    }

    private static int Command(Classification request, List<QueryToken> tokens, int at)
    {
        QueryToken command = tokens[at];
        if (command.Is("ENRICH"))
        {
            request.Need("cluster:monitor_enrich");
            return at + 1;
        }

        if (command.Is("FORK"))
        {
            at++;
            while (request.Refusal is null && tokens[at].Is('('))
            {
                at = Branch(request, tokens, at + 1);
            }

            return at;
        }

        if (command.Is("LOOKUP") || command.Is("LEFT") || command.Is("RIGHT") || command.Is("INNER") || command.Is("JOIN"))
        {
            int join = command.Is("JOIN") ? at : at + 1;
            if (!tokens[join].Is("JOIN"))
            {
                request.Refuse("unknown_statement");
                return at;
            }

            return Names(request, tokens, join + 1, isList: false);
        }

        if (command.Kind != TokenKind.Word || !Commands.Contains(command.Text))
        {
            request.Refuse("unknown_statement");
        }

        return at + 1;
    }

    /// <summary>A branch of FORK: commands up to the bracket that closes it.</summary>
    private static int Branch(Classification request, List<QueryToken> tokens, int at)
    {
        int depth = 1;
        at = Command(request, tokens, at);
        while (request.Refusal is null && tokens[at].Kind != TokenKind.End)
        {
            if (tokens[at].Is('(') && !IsSource(tokens[at + 1]))
            {
                depth++;
                at++;
            }
            else if (tokens[at].Is(')'))
            {
                at++;
                if (--depth == 0)
                {
                    return at;
                }
            }
            else
            {
                depth += tokens[at].Is('(') ? 1 : 0;
                at = Next(request, tokens, at);
            }
        }

        request.Refuse("malformed_query");
        return at;
    }

    private static bool IsSource(QueryToken token) => token.Is("FROM") || token.Is("TS") || token.Is("ROW") || token.Is("SHOW") || token.Is("METRICS") || token.Is("EXPLAIN");

    private static int Source(Classification request, List<QueryToken> tokens, int at)
    {
        if (tokens[at].Is("FROM") || tokens[at].Is("TS") || tokens[at].Is("METRICS"))
        {
            return Names(request, tokens, at + 1, isList: true);
        }

        if (tokens[at].Is("EXPLAIN"))
        {
            return tokens[at + 1].Is('(') || tokens[at + 1].Is('[') ? Source(request, tokens, at + 2) : Refused(request, at);
        }

        return tokens[at].Is("ROW") || (tokens[at].Is("SHOW") && tokens[at + 1].Is("INFO")) ? at + 1 : Refused(request, at);
    }

    private static int Refused(Classification request, int at)
    {
        request.Refuse("unknown_statement");
        return at + 1;
    }

    private static int Names(Classification request, List<QueryToken> tokens, int at, bool isList)
    {
        // One list: an exclusion counts behind the wildcard of a name before it.
        List<string> names = [];
        while (true)
        {
            if (isList && tokens[at].Is('(') && IsSource(tokens[at + 1]))
            {
                at = Subquery(request, tokens, at + 1);
            }
            else
            {
                at = Name(request, tokens, at, names);
            }

            if (request.Refusal is not null || !isList || !tokens[at].Is(','))
            {
                if (names.Count > 0)
                {
                    request.Need(Read, string.Join(',', names));
                }

                return at;
            }

            at++;
        }
    }

    private static int Subquery(Classification request, List<QueryToken> tokens, int at)
    {
        at = Source(request, tokens, at);
        int depth = 1;
        while (request.Refusal is null && tokens[at].Kind != TokenKind.End)
        {
            if (tokens[at].Is(')'))
            {
                at++;
                if (--depth == 0)
                {
                    return at;
                }
            }
            else
            {
                depth += tokens[at].Is('(') ? 1 : 0;
                at = Next(request, tokens, at);
            }
        }

        request.Refuse("malformed_query");
        return at;
    }

    /// <summary>One name; a cluster, an index and a selector may be quoted apart.</summary>
    private static int Name(Classification request, List<QueryToken> tokens, int at, List<string> names)
    {
        if (tokens[at].Kind is not (TokenKind.Word or TokenKind.Quoted) || tokens[at].Quote == '`')
        {
            request.Refuse("malformed_query");
            return at;
        }

        string name = tokens[at].Text;
        at++;
        while (tokens[at - 1].Text.EndsWith(':') || (tokens[at].Kind == TokenKind.Word && tokens[at].Text.StartsWith(':')))
        {
            if (tokens[at].Kind is not (TokenKind.Word or TokenKind.Quoted) || name.Length > MaxName)
            {
                request.Refuse("malformed_query");
                return at;
            }

            name += tokens[at].Text;
            at++;
        }

        names.Add(name);
        return at;
    }
}

namespace Gatehouse.Protocols.Elasticsearch;

/// <summary>Which SQL is spoken.</summary>
internal enum SqlDialect : byte
{
    /// <summary>Elasticsearch: double quotes are names.</summary>
    Elasticsearch = 0,

    /// <summary>OpenSearch: back quotes and double quotes are names, names hold dots, dashes and wildcards.</summary>
    OpenSearch,
}

/// <summary>
/// Tables of a SQL statement (Elastic's SQL language specification; OpenSearch's SQL grammar): behind FROM and JOIN, behind
/// SHOW COLUMNS and DESCRIBE. A statement that begins otherwise is refused.
/// </summary>
internal static class SqlNames
{
    private const string Read = "index:read";
    private const int MaxName = 1024;

    private static readonly QueryLexing Elasticsearch = new() { LineComment = "--", Quotes = "'\"`", NestsComments = true, InWords = "@" };
    private static readonly QueryLexing OpenSearch = new() { LineComment = "--", Quotes = "'\"`", Escaping = "'\"", InWords = "@.*-", HasDialects = true };

    // `FROM` within their brackets separates arguments.
    private static readonly HashSet<string> TakesFrom = new(StringComparer.OrdinalIgnoreCase) { "EXTRACT", "TRIM", "SUBSTRING", "OVERLAY" };

    private static readonly HashSet<string> Statements = new(StringComparer.OrdinalIgnoreCase)
    {
        "SELECT", "WITH", "EXPLAIN", "DEBUG", "SHOW", "DESCRIBE", "DESC", "SYS",
    };

    /// <summary>Adds the tables of a statement.</summary>
    public static void Add(Classification request, string text, SqlDialect dialect)
    {
        // A lone `-` of OpenSearch's words is a comment when doubled, which the lexer sees first.
        List<QueryToken>? tokens = QueryLexer.Split(text, dialect == SqlDialect.Elasticsearch ? Elasticsearch : OpenSearch);
        if (tokens is null || (dialect == SqlDialect.OpenSearch && tokens.Exists(HidesClause)))
        {
            request.Refuse("malformed_query");
            return;
        }

        int at = 0;
        while (tokens[at].Is('('))
        {
            at++;
        }

        if (!Statements.Contains(tokens[at].Kind == TokenKind.Word ? tokens[at].Text : ""))
        {
            request.Refuse("unknown_statement");
            return;
        }

        if (tokens[at].Is("SHOW") || tokens[at].Is("DESCRIBE") || tokens[at].Is("DESC") || tokens[at].Is("SYS"))
        {
            Describe(request, tokens, at, dialect);
            return;
        }

        Tables(request, tokens, dialect);
    }

    private static void Tables(Classification request, List<QueryToken> tokens, SqlDialect dialect)
    {
        // For each open bracket, whether a FROM in it separates arguments of a function.
        Stack<bool> brackets = new();
        for (int i = 0; i < tokens.Count - 1; i++)
        {
            QueryToken token = tokens[i];
            if (token.Is('('))
            {
                brackets.Push(i > 0 && tokens[i - 1].Kind == TokenKind.Word && TakesFrom.Contains(tokens[i - 1].Text) && !tokens[i + 1].Is("SELECT"));
            }
            else if (token.Is(')'))
            {
                brackets.TryPop(out _);
            }
            else if (token.Is(';') && tokens[i + 1].Kind != TokenKind.End)
            {
                request.Refuse("unknown_statement");
            }
            else if (token.Is("SHOW") || token.Is("SYS") || token.Is("DESCRIBE"))
            {
                // EXPLAIN may stand before any statement.
                if (i > 0 && (tokens[i - 1].Is("EXPLAIN") || tokens[i - 1].Is(')')))
                {
                    Describe(request, tokens, i, dialect);
                }
            }
            else if ((token.Is("FROM") && !(brackets.TryPeek(out bool isFunction) && isFunction)) || token.Is("JOIN"))
            {
                i = Relations(request, tokens, i + 1, dialect, isList: token.Is("FROM"));
                RefuseMore(request, tokens, i--);
            }
        }
    }

    /// <summary>A comma behind what was read, before the next clause, begins a table that was not.</summary>
    private static void RefuseMore(Classification request, List<QueryToken> tokens, int at)
    {
        int depth = 0;
        for (; at < tokens.Count - 1 && depth >= 0; at++)
        {
            QueryToken token = tokens[at];
            depth += token.Is('(') ? 1 : token.Is(')') ? -1 : 0;
            if (depth == 0 && token.Is(','))
            {
                request.Refuse("malformed_query");
                return;
            }

            if (depth == 0 && EndsRelations(token))
            {
                return;
            }
        }
    }

    // Words here hold `*`, `-` and `.`: in `*FROM x` and `1FROM x` some readers see the clause.
    private static bool HidesClause(QueryToken token)
    {
        if (token.Kind != TokenKind.Word || token.Text.Length <= 4)
        {
            return false;
        }

        string text = token.Text;
        bool ends = EndsWithClause(text) && !char.IsAsciiLetter(text[^5]) && text[^5] is not ('_' or '@') &&
            !(text[^5] == '.' && text.Length > 5 && char.IsAsciiLetter(text[^6]));
        return ends || (EndsWithClause(text[..4]) && text[4] is '*' or '-');
    }

    private static bool EndsWithClause(string text) =>
        text.EndsWith("FROM", StringComparison.OrdinalIgnoreCase) || text.EndsWith("JOIN", StringComparison.OrdinalIgnoreCase);

    private static bool EndsRelations(QueryToken token) =>
        token.Is("WHERE") || token.Is("GROUP") || token.Is("ORDER") || token.Is("HAVING") || token.Is("LIMIT") || token.Is("JOIN") ||
        token.Is("UNION") || token.Is("MINUS") || token.Is("SELECT") || token.Is("FROM");

    /// <summary>Reads table names from here on; gives the first token behind them.</summary>
    private static int Relations(Classification request, List<QueryToken> tokens, int at, SqlDialect dialect, bool isList)
    {
        while (true)
        {
            if (dialect == SqlDialect.Elasticsearch && tokens[at].Is("FROZEN") && tokens[at + 1].Kind is TokenKind.Word or TokenKind.Quoted && !IsClause(tokens[at + 1]))
            {
                at++;
            }

            if (tokens[at].Is('('))
            {
                // A query is read with the rest of the text; relations in brackets are refused.
                int inner = at;
                while (tokens[inner].Is('('))
                {
                    inner++;
                }

                if (!tokens[inner].Is("SELECT") && !tokens[inner].Is("WITH"))
                {
                    request.Refuse("malformed_query");
                }

                return at;
            }

            int next = Name(request, tokens, at, dialect);
            if (next < 0)
            {
                request.Refuse("malformed_query");
                return at + 1;
            }

            at = next;
            if (!isList)
            {
                return at;
            }

            // An alias may stand before the comma.
            int look = at;
            while (tokens[look].Is("AS") || (tokens[look].Kind is TokenKind.Word or TokenKind.Quoted && !IsClause(tokens[look])))
            {
                look++;
            }

            if (!tokens[look].Is(','))
            {
                return at;
            }

            at = look + 1;
        }
    }

    private static int Name(Classification request, List<QueryToken> tokens, int at, SqlDialect dialect)
    {
        if (!IsName(tokens[at], dialect))
        {
            return -1;
        }

        string name = tokens[at].Text;
        at++;
        while ((tokens[at].Is(':') || tokens[at].Is('.')) && IsName(tokens[at + 1], dialect))
        {
            name += tokens[at].Text + tokens[at + 1].Text;
            at += 2;
            if (name.Length > MaxName)
            {
                return -1;
            }
        }

        request.Need(Read, name);
        return at;
    }

    private static void Describe(Classification request, List<QueryToken> tokens, int at, SqlDialect dialect)
    {
        if (tokens[at].Is("SHOW") && (tokens[at + 1].Is("FUNCTIONS") || tokens[at + 1].Is("SCHEMAS") || tokens[at + 1].Is("CATALOGS")))
        {
            return;
        }

        if (tokens[at].Is("SYS") && tokens[at + 1].Is("TYPES"))
        {
            return;
        }

        if (tokens.FindIndex(at, Math.Min(4, tokens.Count - at), static t => t.Is("CATALOG")) >= 0)
        {
            // Names of another cluster, or of all.
            request.Need(Read, "*,*:*");
            return;
        }

        bool isColumns = tokens[at].Is("DESCRIBE") || tokens[at].Is("DESC") || (tokens[at].Is("SHOW") && tokens[at + 1].Is("COLUMNS"));
        if (isColumns)
        {
            int name = at + (tokens[at].Is("SHOW") ? 2 : 1);
            while (tokens[name].Is("FROM") || tokens[name].Is("IN") || tokens[name].Is("FROZEN") || tokens[name].Is("TABLES"))
            {
                name++;
            }

            if (IsName(tokens[name], dialect) && tokens[name].Quote != '\'' && !tokens[name].Is("LIKE"))
            {
                if (Name(request, tokens, name, dialect) >= 0)
                {
                    return;
                }
            }
        }

        // Everything that is listed may be named.
        request.Need(Read, "*");
    }

    private static bool IsName(QueryToken token, SqlDialect dialect) => token.Kind switch
    {
        TokenKind.Word => !IsClause(token),
        TokenKind.Quoted => token.Quote is '"' or '`' || dialect == SqlDialect.OpenSearch,
        _ => false,
    };

    private static bool IsClause(QueryToken token) =>
        token.Is("WHERE") || token.Is("GROUP") || token.Is("ORDER") || token.Is("HAVING") || token.Is("LIMIT") || token.Is("JOIN") ||
        token.Is("LEFT") || token.Is("RIGHT") || token.Is("INNER") || token.Is("FULL") || token.Is("CROSS") || token.Is("NATURAL") ||
        token.Is("ON") || token.Is("USING") || token.Is("PIVOT") || token.Is("UNION") || token.Is("MINUS") || token.Is("SELECT") || token.Is("FROM");
}

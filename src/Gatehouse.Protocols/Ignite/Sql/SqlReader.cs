namespace Gatehouse.Protocols.Ignite.Sql;

/// <summary>
/// Walks a list of tokens. Every method that gives a bool gives false once the text is refused. It descends by brackets only, of which
/// the lexer has limited the depth.
/// </summary>
internal sealed partial class SqlReader(string text, List<SqlToken> tokens, string? schema, bool allowsScript)
{
    private const int MaxStatements = 1000;
    private const int MaxCommonTables = 256;

    private readonly List<string> _common = [];
    private SqlDraft _draft = new(0);
    private int _at;
    private string? _refusal;
    private int _position;

    private SqlToken Now => tokens[Math.Min(_at, tokens.Count - 1)];

    private SqlToken Ahead => tokens[Math.Min(_at + 1, tokens.Count - 1)];

    private SqlToken Before => _at > 0 ? tokens[_at - 1] : default;

    private SqlToken BeforeThat => _at > 1 ? tokens[_at - 2] : default;

    /// <summary>Reads the whole text.</summary>
    public SqlReading Read()
    {
        List<SqlStatement> statements = [];
        SqlModifiers modifiers = SqlModifiers.None;
        do
        {
            _draft = new SqlDraft(Now.Start);
            _common.Clear();
            bool isRead = statements.Count < MaxStatements ? Statement() && IsEnded() : Fail("too_long");
            if (!isRead)
            {
                return new SqlReading { Refusal = _refusal ?? "syntax", Position = _position, Redacted = SqlRedaction.Write(text, tokens) };
            }

            SqlStatement statement = _draft.Finish();
            statements.Add(statement);
            modifiers |= statement.Modifiers;
        }
        while (TakeMark(';') && Now.Kind != SqlTokenKind.End);

        return new SqlReading
        {
            Statements = [.. statements],
            Modifiers = modifiers | (statements.Count > 1 ? SqlModifiers.Multi : SqlModifiers.None),
            Redacted = SqlRedaction.Write(text, tokens),
        };
    }

    private bool Statement()
    {
        switch (Now.Word)
        {
            case SqlWord.Explain:
                return Explain();
            case SqlWord.Create or SqlWord.Alter or SqlWord.Drop:
                return Definition();
            case SqlWord.Start or SqlWord.Commit:
                return TransactionControl();
            case SqlWord.Kill:
                return Kill();
            default:
                return QueryOrWrite();
        }
    }

    private bool QueryOrWrite()
    {
        switch (Now.Word)
        {
            case SqlWord.Insert:
                return Insert();
            case SqlWord.Update:
                return Update();
            case SqlWord.Delete:
                return Delete();
            case SqlWord.Merge:
                return Merge();
            default:
                bool isQuery = Now.Word is SqlWord.Select or SqlWord.With or SqlWord.Values || Now.Mark == '(';
                _draft.Kind = SqlKind.Query;
                _draft.Verb = "select";
                return isQuery ? Query() : Fail("statement");
        }
    }

    private bool IsEnded()
    {
        if (Now.Kind == SqlTokenKind.End)
        {
            return true;
        }

        if (Now.Mark != ';')
        {
            return Fail("syntax");
        }

        return allowsScript || Ahead.Kind == SqlTokenKind.End || Fail("script");
    }

    /// <summary>EXPLAIN [PLAN FOR | MAPPING FOR] and a query or a write.</summary>
    private bool Explain()
    {
        _at++;
        if (Now.Word is SqlWord.Plan or SqlWord.Mapping)
        {
            _at++;
            if (!Expect(SqlWord.For))
            {
                return false;
            }
        }

        _draft.IsExplain = true;
        return QueryOrWrite();
    }

    /// <summary>START TRANSACTION [READ ONLY | READ WRITE] and COMMIT, which stand in scripts only.</summary>
    private bool TransactionControl()
    {
        if (!allowsScript)
        {
            return Fail("script");
        }

        _draft.Kind = SqlKind.TxControl;
        _draft.Verb = Now.Word == SqlWord.Start ? "start_transaction" : "commit";
        if (Take(SqlWord.Commit))
        {
            return true;
        }

        _at++;
        return Expect(SqlWord.Transaction) && (!Take(SqlWord.Read) || Take(SqlWord.Only) || Expect(SqlWord.Write));
    }

    /// <summary>KILL QUERY | TRANSACTION | COMPUTE 'id' [NO WAIT].</summary>
    private bool Kill()
    {
        _at++;
        _draft.Kind = SqlKind.Kill;
        _draft.Verb = Now.Word switch { SqlWord.Query => "kill_query", SqlWord.Transaction => "kill_transaction", SqlWord.Compute => "kill_compute", _ => "" };
        if (_draft.Verb.Length == 0)
        {
            return Fail("statement");
        }

        _at++;
        return ExpectKind(SqlTokenKind.Text) && (!Take(SqlWord.No) || Expect(SqlWord.Wait));
    }

    private bool Take(SqlWord word)
    {
        bool isThere = Now.Word == word;
        _at += isThere ? 1 : 0;
        return isThere;
    }

    private bool TakeMark(char mark)
    {
        bool isThere = Now.Mark == mark;
        _at += isThere ? 1 : 0;
        return isThere;
    }

    private bool Expect(SqlWord word) => Take(word) || Fail("syntax");

    private bool ExpectMark(char mark) => TakeMark(mark) || Fail("syntax");

    private bool ExpectKind(SqlTokenKind kind)
    {
        bool isThere = Now.Kind == kind;
        _at += isThere ? 1 : 0;
        return isThere || Fail("syntax");
    }

    private bool Fail(string reason)
    {
        if (_refusal is null)
        {
            _refusal = reason;
            _position = Now.Start;
        }

        return false;
    }
}

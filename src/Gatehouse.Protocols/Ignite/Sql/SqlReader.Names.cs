namespace Gatehouse.Protocols.Ignite.Sql;

/// <content>Names, and what they stand for.</content>
internal sealed partial class SqlReader
{
    /// <summary>One name, normalized.</summary>
    private bool Part(out string name)
    {
        name = "";
        SqlToken token = Now;
        ReadOnlySpan<char> raw = text.AsSpan(token.Start, token.Length);
        string? read;
        switch (token.Kind)
        {
            case SqlTokenKind.Word:
                if (SqlWords.IsReserved(token.Word))
                {
                    return Fail("syntax");
                }

                // The lexer gives ASCII only.
                read = raw.Length <= 512 ? raw.ToString().ToUpperInvariant() : null;
                _at++;
                break;
            case SqlTokenKind.Quoted:
                read = SqlNames.Unquote(raw);
                _at++;
                break;
            case SqlTokenKind.UnicodeQuoted:
                _at++;
                if (!Escape(out char escape))
                {
                    return false;
                }

                read = SqlNames.DecodeUnicode(raw, escape);
                break;
            default:
                return Fail("syntax");
        }

        name = read ?? "";
        return read is not null || Fail("name");
    }

    /// <summary>[UESCAPE 'c'].</summary>
    private bool Escape(out char escape)
    {
        escape = '\\';
        if (!Take(SqlWord.UEscape))
        {
            return true;
        }

        SqlToken token = Now;
        if (token.Kind != SqlTokenKind.Text || token.Length != 3 || !SqlNames.IsEscape(text[token.Start + 1]))
        {
            return Fail("name");
        }

        escape = text[token.Start + 1];
        _at++;
        return true;
    }

    /// <summary>A name of one or two parts. What a third would mean is not known.</summary>
    private bool Name(out string? of, out string name)
    {
        of = null;
        if (!Part(out name))
        {
            return false;
        }

        if (TakeMark('.'))
        {
            of = name;
            if (!Part(out name))
            {
                return false;
            }
        }

        return Now.Mark != '.' || Fail("name");
    }

    /// <summary>A name of a table, with its schema.</summary>
    private bool QualifiedName(out string of, out string name)
    {
        bool isRead = Name(out string? named, out name);
        of = named ?? schema ?? "";
        return isRead && ((named ?? schema) is not null || Fail("unclear_schema"));
    }

    /// <summary>A table that is read; a common table expression in scope is none.</summary>
    private bool ReadsTable(bool mayBeCommon)
    {
        if (!Name(out string? of, out string name))
        {
            return false;
        }

        if (of is null && mayBeCommon && _common.Contains(name))
        {
            return true;
        }

        if ((of ?? schema) is not { } found)
        {
            return Fail("unclear_schema");
        }

        _draft.Reads(found, name);
        return !_draft.IsFull || Fail("too_long");
    }

    /// <summary>A table that is written.</summary>
    private bool WritesTable()
    {
        if (!QualifiedName(out string of, out string name))
        {
            return false;
        }

        if (of == SqlNames.System)
        {
            return Fail("system_schema");
        }

        _draft.Writes(of, name);
        return true;
    }

    /// <summary>[[AS] alias].</summary>
    private bool Alias(bool hasColumns)
    {
        bool isSaid = Take(SqlWord.As);
        bool isName = Now.Kind is SqlTokenKind.Quoted or SqlTokenKind.UnicodeQuoted ||
            (Now.Kind == SqlTokenKind.Word && !SqlWords.IsReserved(Now.Word));
        if (!isSaid && !isName)
        {
            return Now.Mark != '(' || Fail("function");
        }

        // Behind a table these begin clauses of which the reader knows nothing.
        if (SqlWords.IsClause(Now.Word))
        {
            return Fail("clause");
        }

        return Part(out _) && (!hasColumns || Now.Mark != '(' || Columns());
    }

    /// <summary>(a, b.c, ...): columns, of which the words need not be told apart.</summary>
    private bool Columns()
    {
        if (!ExpectMark('('))
        {
            return false;
        }

        do
        {
            if (!Column())
            {
                return false;
            }
        }
        while (TakeMark(','));

        return ExpectMark(')');
    }

    /// <summary>a.b: a column; only words that could begin something else are none.</summary>
    private bool Column()
    {
        do
        {
            bool isColumn = Now.Kind is SqlTokenKind.Quoted or SqlTokenKind.UnicodeQuoted ||
                (Now.Kind == SqlTokenKind.Word && !SqlWords.IsStructural(Now.Word));
            if (!isColumn)
            {
                return Fail("syntax");
            }

            bool isUnicode = Now.Kind == SqlTokenKind.UnicodeQuoted;
            _at++;
            if (isUnicode && !Escape(out _))
            {
                return false;
            }
        }
        while (TakeMark('.'));

        return true;
    }

    /// <summary>[/*+ ... */].</summary>
    private bool Hint()
    {
        if (Now.Kind != SqlTokenKind.HintBegin)
        {
            return true;
        }

        _at++;
        while (Now.Kind is not (SqlTokenKind.HintEnd or SqlTokenKind.End))
        {
            bool isPlain = Now.Kind is SqlTokenKind.Word or SqlTokenKind.Quoted or SqlTokenKind.Text or SqlTokenKind.Number ||
                Now.Mark is '(' or ')' or ',' or '=' or '.';
            if (!isPlain || SqlWords.IsStructural(Now.Word))
            {
                return Fail("hint");
            }

            _at++;
        }

        return ExpectKind(SqlTokenKind.HintEnd);
    }
}

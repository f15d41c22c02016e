namespace Gatehouse.Protocols.Ignite.Sql;

/// <content>Queries and what they read from.</content>
internal sealed partial class SqlReader
{
    private bool IsQueryStart => Now.Word is SqlWord.Select or SqlWord.With or SqlWord.Values || (Now.Word == SqlWord.Table && Ahead.Mark != '(');

    private bool IsSetOperator => Now.Word is SqlWord.Union or SqlWord.Intersect or SqlWord.Except or SqlWord.Minus;

    /// <summary>[WITH ...] query [UNION ...] [ORDER BY ...] [LIMIT ...].</summary>
    private bool Query()
    {
        int outer = _common.Count;
        bool isRead = With() && Leaf() && SetOperators();

        // Calcite may hang what follows outside of WITH: there its names are tables again.
        _common.RemoveRange(outer, _common.Count - outer);
        return isRead && Tail();
    }

    private bool With()
    {
        if (!Take(SqlWord.With))
        {
            return true;
        }

        // In its own query a recursive name may be itself or a table: taken for a table.
        Take(SqlWord.Recursive);
        do
        {
            bool isRead = Part(out string name) && (Now.Mark != '(' || Columns()) && Expect(SqlWord.As) && ExpectMark('(') && Query() && ExpectMark(')');
            if (!isRead || _common.Count >= MaxCommonTables)
            {
                return Fail(isRead ? "too_long" : "syntax");
            }

            _common.Add(name);
        }
        while (TakeMark(','));

        return true;
    }

    private bool SetOperators()
    {
        while (IsSetOperator)
        {
            _at++;
            if (!Take(SqlWord.All))
            {
                Take(SqlWord.Distinct);
            }

            if (!Leaf())
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>SELECT, VALUES, TABLE x, or a query in brackets.</summary>
    private bool Leaf()
    {
        switch (Now.Word)
        {
            case SqlWord.Select:
                return Select();
            case SqlWord.Values:
                _at++;
                return Expressions();
            case SqlWord.Table:
                // Whether its name may be a common one is left to the node: it is taken for a table.
                _at++;
                return ReadsTable(mayBeCommon: false);
            default:
                return ExpectMark('(') && Query() && ExpectMark(')');
        }
    }

    private bool Tail()
    {
        while (true)
        {
            switch (Now.Word)
            {
                case SqlWord.Order:
                    _at++;
                    if (!Expect(SqlWord.By) || !Expressions())
                    {
                        return false;
                    }

                    break;
                case SqlWord.Limit:
                    _at++;
                    if (!Expressions())
                    {
                        return false;
                    }

                    break;
                case SqlWord.Offset or SqlWord.Fetch:
                    _at++;
                    if (!Expression(Inside.Nothing))
                    {
                        return false;
                    }

                    break;
                default:
                    return true;
            }
        }
    }

    private bool Select()
    {
        _at++;
        if (!Hint())
        {
            return false;
        }

        Take(SqlWord.Stream);
        if (!Take(SqlWord.All))
        {
            Take(SqlWord.Distinct);
        }

        return Expressions() && (!Take(SqlWord.From) || From()) && Clauses();
    }

    private bool Clauses()
    {
        if (Take(SqlWord.Where) && !Expression(Inside.Nothing))
        {
            return false;
        }

        if (Take(SqlWord.Group) && !(Expect(SqlWord.By) && Expressions()))
        {
            return false;
        }

        if (Take(SqlWord.Having) && !Expression(Inside.Nothing))
        {
            return false;
        }

        if (Take(SqlWord.Window))
        {
            do
            {
                if (!Part(out _) || !Expect(SqlWord.As) || Now.Mark != '(' || !Brackets(Inside.Brackets))
                {
                    return Fail("syntax");
                }
            }
            while (TakeMark(','));
        }

        return !Take(SqlWord.Qualify) || Expression(Inside.Nothing);
    }

    /// <summary>What follows FROM: relations, commas and joins.</summary>
    private bool From()
    {
        if (!Relation())
        {
            return false;
        }

        while (true)
        {
            bool isRead;
            switch (Now.Word)
            {
                case SqlWord.Join or SqlWord.Natural or SqlWord.Inner or SqlWord.Cross or SqlWord.Left or SqlWord.Right or SqlWord.Full:
                    isRead = Join() && Relation();
                    break;
                case SqlWord.On:
                    _at++;
                    isRead = Expression(Inside.Nothing);
                    break;
                case SqlWord.Using:
                    _at++;
                    isRead = Columns();
                    break;
                default:
                    if (!TakeMark(','))
                    {
                        return true;
                    }

                    isRead = Relation();
                    break;
            }

            if (!isRead)
            {
                return false;
            }
        }
    }

    private bool Join()
    {
        Take(SqlWord.Natural);
        if (Now.Word is SqlWord.Left or SqlWord.Right or SqlWord.Full)
        {
            _at++;
            Take(SqlWord.Outer);
        }
        else if (!Take(SqlWord.Inner))
        {
            Take(SqlWord.Cross);
        }

        return Expect(SqlWord.Join);
    }

    /// <summary>One thing of a FROM clause, with its alias.</summary>
    private bool Relation()
    {
        bool isLateral = Take(SqlWord.Lateral);
        bool isRead;
        if (Now.Mark == '(')
        {
            isRead = BracketedRelation();
        }
        else if (Take(SqlWord.Table))
        {
            isRead = TableFunction();
        }
        else if (Take(SqlWord.Unnest))
        {
            isRead = Now.Mark == '(' && Brackets(Inside.Brackets) && (!Take(SqlWord.With) || Expect(SqlWord.Ordinality));
        }
        else
        {
            isRead = !isLateral && ReadsTable(mayBeCommon: true) && Hint();
        }

        return isRead ? Sample() && Alias(hasColumns: true) && Sample() : Fail("syntax");
    }

    /// <summary>A query or a tree of joins in brackets; behind further brackets only what follows tells which.</summary>
    private bool BracketedRelation()
    {
        _at++;
        bool isRead = IsQueryStart ? Query() : From() && SetOperators() && Tail();
        return isRead && ExpectMark(')');
    }

    /// <summary>TABLE(SYSTEM_RANGE(a, b)): the only function of tables that is known to be harmless.</summary>
    private bool TableFunction()
    {
        if (!ExpectMark('(') || Now.Word != SqlWord.SystemRange)
        {
            return Fail("function");
        }

        _at++;
        int start = _at;
        if (Now.Mark != '(' || !Brackets(Inside.Brackets))
        {
            return Fail("function");
        }

        bool hasQuery = tokens[start.._at].Exists(static t => t.Word is SqlWord.Select or SqlWord.Table or SqlWord.Values);
        return hasQuery ? Fail("function") : ExpectMark(')');
    }

    /// <summary>[TABLESAMPLE BERNOULLI | SYSTEM (n) [REPEATABLE (n)]].</summary>
    private bool Sample()
    {
        if (!Take(SqlWord.TableSample))
        {
            return true;
        }

        if (!Take(SqlWord.Bernoulli) && !Take(SqlWord.System))
        {
            return Fail("clause");
        }

        return ExpectMark('(') && ExpectKind(SqlTokenKind.Number) && ExpectMark(')') &&
            (!Take(SqlWord.Repeatable) || (ExpectMark('(') && ExpectKind(SqlTokenKind.Number) && ExpectMark(')')));
    }
}

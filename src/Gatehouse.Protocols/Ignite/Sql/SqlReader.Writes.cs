namespace Gatehouse.Protocols.Ignite.Sql;

/// <content>INSERT, UPDATE, DELETE and MERGE.</content>
internal sealed partial class SqlReader
{
    private bool Begin(string verb)
    {
        _at++;
        _draft.Kind = SqlKind.Dml;
        _draft.Verb = verb;
        return true;
    }

    /// <summary>INSERT INTO t [(columns)] query.</summary>
    private bool Insert()
    {
        if (!Begin("insert") || !Expect(SqlWord.Into) || !WritesTable() || !Hint())
        {
            return false;
        }

        bool isQuery = Ahead.Mark == '(' || Ahead.Word is SqlWord.Select or SqlWord.With or SqlWord.Values or SqlWord.Table;
        return (Now.Mark != '(' || isQuery || Columns()) && Query();
    }

    /// <summary>UPDATE t [[AS] alias] SET column = expression, ... [WHERE ...].</summary>
    private bool Update() =>
        Begin("update") && WritesTable() && Hint() && Alias(hasColumns: false) && Assignments() && (!Take(SqlWord.Where) || Expression(Inside.Nothing));

    /// <summary>DELETE FROM t [[AS] alias] [WHERE ...].</summary>
    private bool Delete() =>
        Begin("delete") && Expect(SqlWord.From) && WritesTable() && Hint() && Alias(hasColumns: false) && (!Take(SqlWord.Where) || Expression(Inside.Nothing));

    private bool Assignments()
    {
        if (!Expect(SqlWord.Set))
        {
            return false;
        }

        do
        {
            // A bracketed list of columns is not Calcite's.
            if (!Column() || Now.Mark != '=')
            {
                return Fail("syntax");
            }

            _at++;
            if (!Expression(Inside.Nothing))
            {
                return false;
            }
        }
        while (TakeMark(','));

        return true;
    }

    /// <summary>MERGE INTO t [[AS] alias] USING relation ON ... WHEN [NOT] MATCHED THEN ...</summary>
    private bool Merge()
    {
        bool isRead = Begin("merge") && Expect(SqlWord.Into) && WritesTable() && Hint() && Alias(hasColumns: false) &&
            Expect(SqlWord.Using) && Relation() && Expect(SqlWord.On) && Expression(Inside.Nothing);
        if (!isRead || Now.Word != SqlWord.When)
        {
            return Fail("syntax");
        }

        while (Take(SqlWord.When))
        {
            bool isNew = Take(SqlWord.Not);
            if (!Expect(SqlWord.Matched) || !Expect(SqlWord.Then) || !(isNew ? MergedInsert() : Expect(SqlWord.Update) && Assignments()))
            {
                return false;
            }
        }

        return true;
    }

    private bool MergedInsert()
    {
        if (!Expect(SqlWord.Insert))
        {
            return false;
        }

        if (Now.Mark == '(' && Ahead.Word != SqlWord.Values && !Columns())
        {
            return false;
        }

        bool isBracketed = TakeMark('(');
        return Expect(SqlWord.Values) && Expressions() && (!isBracketed || ExpectMark(')'));
    }
}

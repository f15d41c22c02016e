namespace Gatehouse.Protocols.Ignite.Sql;

/// <content>Tables, indexes, zones and schemas.</content>
internal sealed partial class SqlReader
{
    private bool Definition()
    {
        SqlWord verb = Now.Word;
        _at++;
        switch (Now.Word)
        {
            case SqlWord.Table:
                return TableDefinition(verb);
            case SqlWord.Index or SqlWord.Unique when verb != SqlWord.Alter:
                return IndexDefinition(verb);
            case SqlWord.Zone:
                return ZoneDefinition(verb);
            case SqlWord.Schema when verb != SqlWord.Alter:
                return SchemaDefinition(verb);
            default:
                return Fail("statement");
        }
    }

    private void Begin(SqlKind kind, SqlWord verb, string what)
    {
        _at++;
        _draft.Kind = kind;
        _draft.Verb = (verb switch { SqlWord.Create => "create_", SqlWord.Alter => "alter_", _ => "drop_" }) + what;
    }

    /// <summary>[IF NOT EXISTS], or [IF EXISTS] where something is there before.</summary>
    private bool If(SqlWord verb) =>
        !Take(SqlWord.If) || ((verb != SqlWord.Create || Expect(SqlWord.Not)) && Expect(SqlWord.Exists));

    private bool DefinesTable()
    {
        if (!QualifiedName(out string of, out string name))
        {
            return false;
        }

        if (of == SqlNames.System)
        {
            return Fail("system_schema");
        }

        _draft.Defines(of, name);
        return true;
    }

    private bool TableDefinition(SqlWord verb)
    {
        Begin(SqlKind.Ddl, verb, "table");
        if (!If(verb) || !DefinesTable())
        {
            return false;
        }

        return verb switch
        {
            SqlWord.Create => Now.Mark == '(' ? Rest() : Fail("syntax"),
            SqlWord.Alter => Now.Word is SqlWord.Add or SqlWord.Drop or SqlWord.Alter or SqlWord.Set or SqlWord.Expire ? Rest() : Fail("syntax"),
            _ => true,
        };
    }

    /// <summary>CREATE [UNIQUE] INDEX i ON t (...); DROP INDEX i, which names no table: it may be any of the schema's.</summary>
    private bool IndexDefinition(SqlWord verb)
    {
        if (Take(SqlWord.Unique) && (verb != SqlWord.Create || Now.Word != SqlWord.Index))
        {
            return Fail("statement");
        }

        Begin(SqlKind.Ddl, verb, "index");
        if (!If(verb))
        {
            return false;
        }

        if (verb == SqlWord.Drop)
        {
            return QualifiedName(out string of, out _) && DefinesSchema(of);
        }

        if (!Part(out _) || !Expect(SqlWord.On) || !DefinesTable())
        {
            return false;
        }

        if (Take(SqlWord.Using) && !Take(SqlWord.Sorted) && !Take(SqlWord.Hash))
        {
            return Fail("syntax");
        }

        return Now.Mark == '(' ? Rest() : Fail("syntax");
    }

    private bool ZoneDefinition(SqlWord verb)
    {
        Begin(SqlKind.DdlZone, verb, "zone");
        if (!If(verb) || !DefinesZone())
        {
            return false;
        }

        if (verb == SqlWord.Drop)
        {
            return true;
        }

        if (verb == SqlWord.Alter && Take(SqlWord.Rename))
        {
            return Expect(SqlWord.To) && DefinesZone();
        }

        return verb == SqlWord.Alter && Now.Word != SqlWord.Set ? Fail("syntax") : Rest();
    }

    private bool DefinesZone()
    {
        if (!Part(out string zone) || Now.Mark == '.')
        {
            return Fail("name");
        }

        _draft.DefinesZone(zone);
        return true;
    }

    private bool SchemaDefinition(SqlWord verb)
    {
        Begin(SqlKind.DdlSchema, verb, "schema");
        if (!If(verb) || !Part(out string name) || !DefinesSchema(name))
        {
            return false;
        }

        if (verb == SqlWord.Drop && !Take(SqlWord.Cascade))
        {
            Take(SqlWord.Restrict);
        }

        return true;
    }

    private bool DefinesSchema(string name)
    {
        if (name == SqlNames.System)
        {
            return Fail("system_schema");
        }

        _draft.DefinesIn(name);
        return true;
    }

    /// <summary>
    /// The rest of a definition: columns, keys, options. Whatever could bring another table into it is refused: AS, LIKE, REFERENCES,
    /// RENAME, SET SCHEMA, queries.
    /// </summary>
    private bool Rest()
    {
        int depth = 0;
        bool hasOptions = false;
        while (Now.Kind != SqlTokenKind.End && (depth > 0 || Now.Mark != ';'))
        {
            SqlToken token = Now;
            depth += token.Mark == '(' ? 1 : token.Mark == ')' ? -1 : 0;
            hasOptions |= depth == 0 && token.Word is SqlWord.With or SqlWord.Set;
            bool isKnown = token.Word switch
            {
                SqlWord.As or SqlWord.Like or SqlWord.References or SqlWord.Rename => false,
                SqlWord.Schema => Before.Word != SqlWord.Set,
                SqlWord.Using => Ahead.Word is SqlWord.Sorted or SqlWord.Hash,
                SqlWord.With or SqlWord.Set or SqlWord.Drop or SqlWord.Alter => depth == 0 || (token.Word == SqlWord.With && Ahead.Word is SqlWord.Local or SqlWord.Time),
                _ => !SqlWords.IsStructural(token.Word),
            };
            if (!isKnown || depth < 0 || (depth == 0 && token.Mark == ',' && !hasOptions && _draft.Kind != SqlKind.DdlZone) || token.Mark is '{' or '}' or ';' || (token.Mark is '[' or ']' && _draft.Kind != SqlKind.DdlZone) || token.Kind is SqlTokenKind.HintBegin or SqlTokenKind.HintEnd)
            {
                return Fail("clause");
            }

            _at++;
        }

        return true;
    }
}

namespace Gatehouse.Protocols.Ignite.Sql;

/// <summary>Says what a SQL text may touch. It never throws on any text, takes time in proportion to it, and refuses what it does not know.</summary>
public static class SqlClassifier
{
    /// <summary>Reads a text.</summary>
    /// <param name="text">One statement, or a script where that is allowed.</param>
    /// <param name="defaultSchema">The schema operand as it came; null where there was none.</param>
    /// <param name="allowsScript">Whether several statements and control of transactions may stand in the text.</param>
    public static SqlReading Read(string text, string? defaultSchema, bool allowsScript)
    {
        ArgumentNullException.ThrowIfNull(text);
        SqlLexer lexer = new(text);
        if (lexer.Split() is not { } tokens)
        {
            return new SqlReading { Refusal = lexer.Refusal, Position = lexer.At };
        }

        SqlReader reader = new(text, tokens, SqlNames.ReadSchema(defaultSchema), allowsScript);
        return reader.Read();
    }
}

using System.Text;
using Gatehouse.Protocols.Ignite.Sql;
using static Gatehouse.Fuzz.OracleException;

namespace Gatehouse.Fuzz.Targets;

/// <summary>SQL for Ignite: read or refused, never thrown on; a byte in front says with which schema and whether it is a script.</summary>
public sealed class IgniteSqlFuzz : IFuzzTarget
{
    /// <inheritdoc/>
    public string Name => "ignite-sql";

    /// <inheritdoc/>
    public IReadOnlyList<string> Dictionary { get; } =
    [
        "SELECT ", " FROM ", " JOIN ", " ON ", " USING ", " WHERE ", "WITH c AS (", "VALUES ", " TABLE ", " UNION ALL ", " ORDER BY ", " LIMIT ", "INSERT INTO ", "UPDATE ", " SET ", "DELETE FROM ", "MERGE INTO ",
        " WHEN MATCHED THEN ", "EXPLAIN PLAN FOR ", "CREATE TABLE ", "DROP INDEX ", "KILL QUERY 'x'", "START TRANSACTION", "COMMIT", "EXTRACT(YEAR FROM ", "TRIM(", " IS DISTINCT FROM ", "CASE WHEN ", " END ", "LATERAL ",
        "TABLE(SYSTEM_RANGE(1, 2))", "UNNEST(", "SYSTEM.", "\"a\"", "U&\"\\0041\"", " UESCAPE '!'", "'x'", "N'x'", "X'00'", "_utf8'x'", "{fn ", "{d '", "--", "//", "/*", "*/", "/*+ ", "/***/", ";", "?", "1.5e3", "\r", "\u00a0",
    ];

    /// <inheritdoc/>
    public void Run(ReadOnlySpan<byte> input)
    {
        if (input.IsEmpty)
        {
            return;
        }

        string text = Encoding.UTF8.GetString(input[1..]);
        bool isScript = (input[0] & 1) != 0;
        string? schema = (input[0] & 2) != 0 ? "\"s\"" : null;
        SqlReading reading = SqlClassifier.Read(text, schema, isScript);
        Require((reading.Refusal is null) == !reading.Statements.IsEmpty, "there are statements where nothing is refused");
        Require(reading.Position >= 0 && reading.Position <= text.Length, "a place lies in the text");
        Require(reading.Refusal is null || reading.Modifiers == SqlModifiers.None, "what is refused needs nothing");
        Require(isScript || (reading.Statements.Length <= 1 && !reading.Modifiers.HasFlag(SqlModifiers.Transaction)), "one statement, unless it is a script");
        foreach (SqlStatement statement in reading.Statements)
        {
            Require(statement.Modifiers != SqlModifiers.None && statement.Verb.Length > 0, "a statement is of a kind");
            Require(!statement.Writes.Concat(statement.Defines).Any(static t => t.StartsWith("SYSTEM.", StringComparison.Ordinal)), "schema SYSTEM is not written");
            Require(statement.Kind == SqlKind.Dml == !statement.Writes.IsEmpty, "a write writes");
            foreach (string table in statement.Reads.Concat(statement.Writes).Concat(statement.Defines).Concat(statement.SystemViews))
            {
                Require(SqlNames.ReadTable(table) == table, "a canonical name stands for itself");
            }
        }

        Again(text, schema, isScript, reading);
    }

    /// <summary>A line break in front and behind changes nothing, and neither does a comment.</summary>
    private static void Again(string text, string? schema, bool isScript, SqlReading reading)
    {
        SqlReading again = SqlClassifier.Read($" /* FROM x */ {text}\n", schema, isScript);
        bool isSame = again.Refusal == reading.Refusal || reading.Refusal == "unterminated" || reading.Refusal == "comment" || reading.Refusal == "hint" || reading.Refusal == "too_long";
        Require(isSame, "a comment changes no verdict");
        Require(again.Statements.Length == reading.Statements.Length || reading.Refusal is not null, "nor the statements");
    }
}

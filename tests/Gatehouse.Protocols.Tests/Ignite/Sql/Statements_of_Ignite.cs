using System.Text;
using Gatehouse.Protocols.Ignite.Sql;
using Gatehouse.Testing.Time;
using Shouldly;
using Xunit;

namespace Gatehouse.Protocols.Tests.Ignite.Sql;

public sealed class Statements_of_Ignite
{
    [Fact]
    public void Every_statement_of_the_table_has_its_verdict()
    {
        List<string> wrong = [];
        foreach (StatementLine line in StatementTable.Lines)
        {
            SqlReading reading = StatementTable.Ask(line);
            string shown = StatementTable.Show(reading);
            if (shown != line.Verdict)
            {
                wrong.Add($"{line.Number}: {line.Sql}\n    is {shown} ({reading.Refusal} at {reading.Position}), not {line.Verdict}");
            }
        }

        string.Join('\n', wrong).ShouldBe("");
        StatementTable.Lines.Count.ShouldBeGreaterThan(900);
        StatementTable.Lines.Count(static l => l.IsHostile).ShouldBeGreaterThan(400);
    }

    [Fact]
    public void Each_kind_needs_its_modifiers()
    {
        Read("SELECT 1").Modifiers.ShouldBe(SqlModifiers.Rows);
        Read("EXPLAIN DELETE FROM a").Modifiers.ShouldBe(SqlModifiers.Rows);
        Read("DELETE FROM a").Modifiers.ShouldBe(SqlModifiers.Affected);
        Read("MERGE INTO a USING b ON TRUE WHEN MATCHED THEN UPDATE SET x = 1").Modifiers.ShouldBe(SqlModifiers.Affected);
        Read("DROP TABLE a").Modifiers.ShouldBe(SqlModifiers.Applied);
        Read("DROP ZONE a").Modifiers.ShouldBe(SqlModifiers.Applied);
        Read("KILL QUERY 'x'").Modifiers.ShouldBe(SqlModifiers.Applied);
        Read("COMMIT", isScript: true).Modifiers.ShouldBe(SqlModifiers.Transaction);
        Read("SELECT 1;", isScript: true).Modifiers.ShouldBe(SqlModifiers.Rows);
        Read("START TRANSACTION; DELETE FROM a; SELECT 1; DROP TABLE a", isScript: true).Modifiers
            .ShouldBe(SqlModifiers.Rows | SqlModifiers.Affected | SqlModifiers.Applied | SqlModifiers.Transaction | SqlModifiers.Multi);
    }

    [Theory]
    [InlineData(null, "PUBLIC.A")]
    [InlineData("PUBLIC", "PUBLIC.A")]
    [InlineData("S", "S.A")]
    [InlineData("S_1", "S_1.A")]
    [InlineData("\"s\"", "\"s\".A")]
    [InlineData("\"a b\"", "\"a b\".A")]
    [InlineData("\"SYSTEM\"", "v SYSTEM.A")]
    [InlineData("SYSTEM", "v SYSTEM.A")]
    public void Names_without_a_schema_are_in_the_default_one(string? operand, string table)
    {
        SqlStatement statement = SqlClassifier.Read("SELECT * FROM a", operand, allowsScript: false).Statements.ShouldHaveSingleItem();
        string shown = statement.Reads.IsEmpty ? $"v {statement.SystemViews[0]}" : statement.Reads[0];
        shown.ShouldBe(table);
    }

    [Theory]
    [InlineData("")]
    [InlineData("public")]
    [InlineData("Public")]
    [InlineData(" PUBLIC")]
    [InlineData("PUBLIC ")]
    [InlineData("1A")]
    [InlineData("A.B")]
    [InlineData("A$")]
    [InlineData("É")]
    [InlineData("\"")]
    [InlineData("\"\"")]
    [InlineData("\"a\"b\"")]
    [InlineData("\"a\0\"")]
    [InlineData("PUBLIC\0")]
    public void A_schema_that_could_be_two_refuses_names_that_need_it(string operand)
    {
        SqlClassifier.Read("SELECT * FROM a", operand, allowsScript: false).Refusal.ShouldBe("unclear_schema");
        SqlClassifier.Read("DELETE FROM a", operand, allowsScript: false).Refusal.ShouldBe("unclear_schema");
        SqlClassifier.Read("DROP TABLE a", operand, allowsScript: false).Refusal.ShouldBe("unclear_schema");
        SqlClassifier.Read("DROP INDEX a", operand, allowsScript: false).Refusal.ShouldBe("unclear_schema");
        SqlClassifier.Read("SELECT * FROM s.a", operand, allowsScript: false).Statements[0].Reads.ShouldBe(["S.A"]);
        SqlClassifier.Read("SELECT 1", operand, allowsScript: false).Refusal.ShouldBeNull();
    }

    [Theory]
    [InlineData("DELETE FROM a", "system_schema")]
    [InlineData("DROP TABLE a", "system_schema")]
    [InlineData("DROP INDEX a", "system_schema")]
    [InlineData("CREATE TABLE a (x INT PRIMARY KEY)", "system_schema")]
    [InlineData("INSERT INTO PUBLIC.a SELECT * FROM b", null)]
    public void Schema_SYSTEM_as_the_default_is_not_written(string sql, string? refusal) =>
        SqlClassifier.Read(sql, "SYSTEM", allowsScript: false).Refusal.ShouldBe(refusal);

    [Theory]
    [InlineData("SELECT * FROM a FROM b", "syntax", 16)]
    [InlineData("SELECT 'x", "unterminated", 7)]
    [InlineData("SELECT 1; SELECT 2", "script", 8)]
    [InlineData("GRANT x", "statement", 0)]
    [InlineData("SELECT * FROM a.b.c", "name", 17)]
    [InlineData("SELECT * FROM f(1)", "function", 15)]
    [InlineData("SELECT\u00a01", "character", 6)]
    public void A_refusal_says_why_and_where(string sql, string reason, int position)
    {
        SqlReading reading = Read(sql);
        (reading.Refusal, reading.Position).ShouldBe((reason, position));
        reading.Statements.ShouldBeEmpty();
        reading.Modifiers.ShouldBe(SqlModifiers.None);
    }

    [Fact]
    public void Values_are_no_part_of_the_redacted_text()
    {
        Read("SELECT x, 'secret' /* c */ FROM \"a b\" -- d\n WHERE y=12.5 AND z = U&'s' and w IN (?, X'00', N'q' 'r') LIMIT 5").Redacted
            .ShouldBe("SELECT x, ? FROM \"a b\" WHERE y = ? AND z = ? and w IN (?, ?, ? ?) LIMIT ?");
        Read("SELECT 'secret' FROM a FROM b").Redacted.ShouldBe("SELECT ? FROM a FROM b");
        Read("SELECT /*+ h('secret') */ a.b FROM a;").Redacted.ShouldBe("SELECT a.b FROM a;");
        Read($"SELECT '{new string('x', 5000)}'").Redacted.ShouldBe("SELECT ?");
        Read($"SELECT {string.Join(',', Enumerable.Repeat("abcd", 5000))}").Redacted.Length.ShouldBeLessThan(2100);
        Read("SELECT 'x").Redacted.ShouldBe("");
    }

    [Theory]
    [InlineData("ORDERS", "PUBLIC.ORDERS")]
    [InlineData("orders", "PUBLIC.ORDERS")]
    [InlineData("\"orders\"", "PUBLIC.\"orders\"")]
    [InlineData("s.\"a.b\"", "S.\"a.b\"")]
    [InlineData("SYSTEM.TABLES", "SYSTEM.TABLES")]
    [InlineData("a.b.c", null)]
    [InlineData("a b", null)]
    [InlineData("a--x", null)]
    [InlineData("a;", null)]
    [InlineData("select", "PUBLIC.SELECT")] // a reserved word is a name where only a name can be
    [InlineData("é", null)]
    [InlineData("", null)]
    [InlineData("\"a", null)]
    public void A_name_alone_is_read_as_in_SQL(string text, string? canonical) => SqlNames.ReadTable(text).ShouldBe(canonical);

    [Theory]
    [InlineData("(", 1_000_000)]
    [InlineData("{", 1_000_000)]
    [InlineData("{fn f(", 150_000)]
    [InlineData("SELECT (", 100_000)]
    [InlineData("SELECT * FROM (", 60_000)]
    [InlineData("WITH a AS (", 90_000)]
    [InlineData("SELECT * FROM a, ", 60_000)]
    [InlineData("SELECT 1 UNION ", 69_000)]
    [InlineData("CASE WHEN ", 100_000)]
    [InlineData("/*", 500_000)]
    [InlineData("/**/", 250_000)]
    [InlineData("/*+", 300_000)]
    [InlineData("SELECT /*+ a */ ", 60_000)]
    [InlineData("'", 999_999)]
    [InlineData("\"", 999_999)]
    [InlineData("a.", 500_000)]
    [InlineData("-", 1_000_000)]
    [InlineData(";", 1_000_000)]
    [InlineData("EXPLAIN ", 100_000)]
    [InlineData("X'0' ", 200_000)]
    [InlineData("x FROM ", 140_000)]
    public void Bombs_are_refused_at_once(string piece, int times)
    {
        foreach (string head in new[] { "", "SELECT ", "SELECT * FROM ", "INSERT INTO a ", "SELECT EXTRACT(YEAR FROM " })
        {
            string text = head + new StringBuilder().Insert(0, piece, times);
            var limit = TimeSpan.FromSeconds(2);
            Timed.Best(() => Read(text, isScript: true).Refusal.ShouldNotBeNull(), limit).ShouldBeLessThan(limit);
        }
    }

    [Fact]
    public void Long_but_honest_statements_are_read()
    {
        Read($"INSERT INTO a VALUES {string.Join(',', Enumerable.Repeat("(1, 'x')", 25_000))}").Refusal.ShouldBeNull();
        Read($"SELECT {new string('(', 90)}1{new string(')', 90)}").Refusal.ShouldBeNull();
        Read($"SELECT * FROM {string.Join(',', Enumerable.Range(0, 500).Select(static i => $"t{i}"))}").Statements[0].Reads.Length.ShouldBe(500);
        Read($"SELECT '{new string('x', 1_000_000)}'").Refusal.ShouldBeNull();
        Read($"SELECT '{new string('x', 1_100_000)}'").Refusal.ShouldBe("too_long");
        Read($"SELECT * FROM {string.Join(',', Enumerable.Range(0, 2000).Select(static i => $"t{i}"))}").Refusal.ShouldBe("too_long");
        Read($"WITH {string.Join(',', Enumerable.Range(0, 1000).Select(static i => $"t{i} AS (SELECT 1)"))} SELECT 1").Refusal.ShouldBe("too_long");
    }

    [Fact]
    public void Halves_of_characters_are_refused()
    {
        Read("SELECT '\ud800'").Refusal.ShouldBe("character");
        Read("SELECT * FROM \"\udc00\"").Refusal.ShouldBe("character");
        Read("SELECT 1 -- \ud800").Refusal.ShouldBe("character");
    }

    private static SqlReading Read(string sql, bool isScript = false) => SqlClassifier.Read(sql, null, isScript);
}

using System.Text;
using Gatehouse.Protocols.Ignite.Sql;
using Gatehouse.Testing.Time;
using Shouldly;
using Xunit;

namespace Gatehouse.Protocols.Tests.Ignite.Sql;

/// <summary>Statements at random, always the same ones.</summary>
public sealed class Statements_under_change
{
    private static readonly string[] Gaps = [" ", "\t", "\n", "\r\n", "\f", "  \n", " /* FROM b */ ", " /**/ ", " -- , b\n", " // JOIN b\r\n", " /* -- */ ", " /*\n'\n*/ ", " --\n", " /* ; */ "];

    private static readonly string[] Pieces =
    [
        "'", "\"", "/*", "*/", "/*+", "--", "//", "\n", "\r", ";", "(", ")", ",", ".", "{", "}", "[", "\\", "\0", "\u00a0", "\ud800", "U&\"", "U&'", " FROM ", " SELECT ", " JOIN ", " TABLE ", " WITH ",
        " UNION ", " AS ", " (SELECT * FROM b) ", " VALUES ", " USING ", " IS DISTINCT ", " UESCAPE '!' ", "{fn ", "1", "1.", "e", "x'", "?", "=", " ORDER BY ", " WHEN ", " CASE ", " END ", " SET ",
    ];

    [Fact]
    public void Space_comments_and_case_change_no_verdict()
    {
        Random random = new(20);
        int changed = 0;
        foreach (StatementLine line in StatementTable.Lines)
        {
            List<SqlToken>? tokens = new SqlLexer(line.Sql).Split();
            if (tokens is null)
            {
                continue;
            }

            SqlReading read = StatementTable.Ask(line);
            for (int i = 0; i < 8; i++)
            {
                string sql = Rewrite(line.Sql, tokens, random);
                SqlReading again = SqlClassifier.Read(sql, null, line.IsScript);
                (StatementTable.Show(again), again.Refusal).ShouldBe((line.Verdict, read.Refusal), $"line {line.Number}: {sql}");
                again.Modifiers.ShouldBe(read.Modifiers);
                again.Redacted.ShouldBe(read.Redacted, StringCompareShould.IgnoreCase);
                changed++;
            }
        }

        changed.ShouldBeGreaterThan(6000);
    }

    [Fact]
    public void Every_table_of_a_query_is_found_and_no_other()
    {
        Random random = new(21);
        int tables = 0;
        for (int i = 0; i < 2500; i++)
        {
            RandomQuery query = new(random);
            string sql = query.Query(random.Next(5));
            if (sql.StartsWith("TABLE", StringComparison.Ordinal))
            {
                sql = $"SELECT * FROM ({sql})";
            }

            SqlReading reading = SqlClassifier.Read(sql, null, allowsScript: false);
            reading.Refusal.ShouldBeNull($"{sql} at {reading.Position}");
            reading.Statements[0].Reads.ShouldBe(query.Reads, ignoreOrder: false, customMessage: sql);
            tables += query.Reads.Count;
        }

        tables.ShouldBeGreaterThan(5000);
    }

    [Fact]
    public void Every_table_of_a_write_is_found_and_no_other()
    {
        Random random = new(22);
        for (int i = 0; i < 2000; i++)
        {
            RandomQuery query = new(random);
            List<string> written = [];
            string table = query.Table(written);
            string sql = random.Next(5) switch
            {
                0 => $"INSERT INTO {table} (x, \"y\") {query.Query(2)}",
                1 => $"INSERT INTO {table} ({query.Query(2)})",
                2 => $"UPDATE {table} AS z SET x = {query.Value(2)}, \"y\" = {query.Value(2)} WHERE {query.Value(3)}",
                3 => $"DELETE FROM {table} WHERE {query.Value(3)}",
                _ => $"MERGE INTO {table} z USING ({query.Query(2)}) AS s ON {query.Value(2)} WHEN MATCHED THEN UPDATE SET x = {query.Value(2)} WHEN NOT MATCHED THEN INSERT (x) VALUES ({query.Value(2)})",
            };
            string shown = random.Next(3) == 0 ? "EXPLAIN PLAN FOR " + sql : sql;
            SqlReading reading = SqlClassifier.Read(shown, null, allowsScript: false);
            reading.Refusal.ShouldBeNull($"{shown} at {reading.Position}");
            reading.Statements[0].Writes.ShouldBe(written, ignoreOrder: false, customMessage: shown);
            reading.Statements[0].Reads.ShouldBe(query.Reads, ignoreOrder: false, customMessage: shown);
        }
    }

    [Fact]
    public void Broken_text_is_answered_and_soon()
    {
        Random random = new(23);
        for (int i = 0; i < 20_000; i++)
        {
            StringBuilder text = new(StatementTable.Lines[random.Next(StatementTable.Lines.Count)].Sql);
            for (int n = random.Next(1, 6); n > 0; n--)
            {
                int at = random.Next(text.Length + 1);
                switch (random.Next(4))
                {
                    case 0:
                        text.Remove(at, Math.Min(random.Next(8), text.Length - at));
                        break;
                    case 1:
                        text.Insert(at, StatementTable.Lines[random.Next(StatementTable.Lines.Count)].Sql);
                        break;
                    default:
                        text.Insert(at, Pieces[random.Next(Pieces.Length)]);
                        break;
                }
            }

            string sql = text.ToString();
            string? schema = random.Next(2) == 0 ? null : "public";
            bool isScript = random.Next(2) == 0;
            SqlReading? reading = null;
            var limit = TimeSpan.FromSeconds(2);
            Timed.Best(() => reading = SqlClassifier.Read(sql, schema, isScript), limit).ShouldBeLessThan(limit, sql);
            (reading!.Refusal is null).ShouldBe(reading.Statements.Length > 0, sql);
            reading.Position.ShouldBeInRange(0, sql.Length);
        }
    }

    private static string Rewrite(string sql, List<SqlToken> tokens, Random random)
    {
        StringBuilder text = new();
        bool isHint = false;
        int at = 0;
        foreach (SqlToken token in tokens)
        {
            // What stood between two tokens stays or goes; what was glued may be torn apart.
            bool isGlued = token.Start == at;
            string gap = isHint ? " " : Gaps[random.Next(Gaps.Length)];
            text.Append(isGlued && random.Next(2) == 0 ? "" : gap);
            string raw = sql.Substring(token.Start, token.Length);
            text.Append(token.Kind == SqlTokenKind.Word ? string.Concat(raw.Select(c => random.Next(2) == 0 ? char.ToUpperInvariant(c) : char.ToLowerInvariant(c))) : raw);
            at = token.Start + token.Length;
            isHint = token.Kind == SqlTokenKind.HintBegin || (isHint && token.Kind != SqlTokenKind.HintEnd);
        }

        return text.ToString();
    }
}

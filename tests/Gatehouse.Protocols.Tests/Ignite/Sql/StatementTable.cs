using System.Runtime.CompilerServices;
using Gatehouse.Protocols.Ignite.Sql;

namespace Gatehouse.Protocols.Tests.Ignite.Sql;

/// <summary>A line of statements.txt.</summary>
internal sealed record StatementLine(int Number, bool IsHostile, bool IsScript, string Verdict, string Sql);

/// <summary>The table of statements, and how a reading is written in it.</summary>
internal static class StatementTable
{
    private static readonly (string Mark, string Text)[] Marks =
    [
        ("<LF>", "\n"), ("<CR>", "\r"), ("<TAB>", "\t"), ("<FF>", "\f"), ("<VT>", "\v"), ("<NUL>", "\0"), ("<NBSP>", "\u00a0"), ("<LS>", "\u2028"), ("<NEL>", "\u0085"),
        ("<ZWSP>", "\u200b"), ("<BOM>", "\ufeff"),
    ];

    public static IReadOnlyList<StatementLine> Lines { get; } = Read();

    public static SqlReading Ask(StatementLine line) => SqlClassifier.Read(line.Sql, null, line.IsScript);

    /// <summary>The verdict in the table's words.</summary>
    public static string Show(SqlReading reading) =>
        reading.Refusal is not null ? "!" : string.Join(" / ", reading.Statements.Select(static s => Show(s)));

    private static string Show(SqlStatement s)
    {
        List<string> words = s.IsExplain ? ["x"] : [];
        if (s.Kind == SqlKind.Query)
        {
            words.Add("Q");
            words.AddRange(s.Reads.Select(static r => Short(r)));
        }
        else
        {
            words.Add(s.Verb);
        }

        Add(words, "w", s.Writes);
        Add(words, "r", s.Kind == SqlKind.Query ? [] : s.Reads);
        Add(words, "d", s.Defines);
        Add(words, "s", s.Schemas);
        Add(words, "z", s.Zones);
        Add(words, "v", s.SystemViews.Select(static v => v["SYSTEM.".Length..]));
        return string.Join(' ', words);
    }

    private static void Add(List<string> words, string mark, IEnumerable<string> names)
    {
        string joined = string.Join(',', names.Select(static n => Short(n)));
        if (joined.Length > 0)
        {
            words.Add($"{mark}:{joined}");
        }
    }

    private static string Short(string name) => (name.StartsWith("PUBLIC.", StringComparison.Ordinal) ? name["PUBLIC.".Length..] : name).Replace(' ', '~');

    private static List<StatementLine> Read([CallerFilePath] string here = "")
    {
        List<StatementLine> lines = [];
        bool isHostile = false;
        int number = 0;
        foreach (string line in File.ReadLines(Path.Combine(Path.GetDirectoryName(here)!, "statements.txt")))
        {
            number++;
            int bar = line.IndexOf(" | ", StringComparison.Ordinal);
            isHostile = line.StartsWith("## ", StringComparison.Ordinal) ? line.Contains("hostile", StringComparison.Ordinal) : isHostile;
            if (line.StartsWith('#') || bar < 0)
            {
                continue;
            }

            string verdict = line[..bar];
            bool isScript = verdict.StartsWith("S ", StringComparison.Ordinal);
            string sql = Marks.Aggregate(line[(bar + 3)..], static (text, mark) => text.Replace(mark.Mark, mark.Text, StringComparison.Ordinal));
            lines.Add(new StatementLine(number, isHostile, isScript, Sorted(isScript ? verdict[2..] : verdict), sql));
        }

        return lines;
    }

    // The names of a query stand in the table as in the statement; a reading has them sorted.
    private static string Sorted(string verdict) => string.Join(" / ", verdict.Split(" / ").Select(static one =>
    {
        string[] words = one.Split(' ');
        int at = Array.IndexOf(words, "Q");
        IEnumerable<string> names = words.Skip(at + 1);
        return at < 0 ? one : string.Join(' ', words.Take(at + 1).Concat(names.Where(static n => !n.StartsWith("v:", StringComparison.Ordinal)).OrderBy(static n => Full(n), StringComparer.Ordinal))
            .Concat(names.Where(static n => n.StartsWith("v:", StringComparison.Ordinal))));
    }));

    private static string Full(string name)
    {
        bool isQualified = name.StartsWith('"') ? name.Contains("\".", StringComparison.Ordinal) : name.Contains('.', StringComparison.Ordinal);
        return (isQualified ? name : "PUBLIC." + name).Replace('~', ' ');
    }
}

using System.Text;
using System.Text.RegularExpressions;

namespace Gatehouse.Testing.Ignite.Node.State;

/// <summary>The kinds of statement; the numbers are those of the modifiers.</summary>
[Flags]
internal enum SqlKind
{
    Rows = 1,
    Affected = 2,
    Applied = 4,
    Tx = 8,
    Script = 16,
    Single = Rows | Affected | Applied,
    Everything = Single | Tx | Script,
}

/// <summary>As much of SQL as the stand-in understands: where a statement ends, its first words and its first table.</summary>
internal static partial class SqlText
{
    /// <summary>The statements of a text without their comments.</summary>
    public static IReadOnlyList<string> Split(string sql)
    {
        var all = new List<string>();
        var one = new StringBuilder();
        foreach (string token in Token().Matches(sql).Select(m => m.Value))
        {
            if (token == ";")
            {
                all.Add(one.ToString());
                one.Clear();
            }
            else
            {
                one.Append(IsComment(token) ? " " : token);
            }
        }

        all.Add(one.ToString());
        return [.. all.Select(s => s.Trim()).Where(s => s.Length > 0)];
    }

    public static SqlKind KindOf(string statement) => FirstWord().Match(statement).Value.ToUpperInvariant() switch
    {
        "SELECT" or "WITH" or "VALUES" or "EXPLAIN" => SqlKind.Rows,
        "INSERT" or "UPDATE" or "DELETE" or "MERGE" => SqlKind.Affected,
        "START" or "COMMIT" => SqlKind.Tx,
        _ => SqlKind.Applied,
    };

    /// <summary>Runs one statement: rows, and how many were affected.</summary>
    public static (IReadOnlyList<string> Rows, long Affected) Run(string statement, string schema, StandInTables tables)
    {
        switch (KindOf(statement))
        {
            case SqlKind.Affected:
                Existing(tables, Target().Match(statement), schema)?.Count();
                return ([], Math.Max(1, Values().Count(statement)));
            case SqlKind.Rows:
                return (Select(statement, schema, tables), -1);
            default:
                Define(statement, schema, tables);
                return ([], -1);
        }
    }

    private static List<string> Select(string statement, string schema, StandInTables tables)
    {
        if (Range().Match(statement) is { Success: true } range)
        {
            int first = int.Parse(range.Groups[1].Value);
            return [.. Enumerable.Range(first, int.Parse(range.Groups[2].Value) - first + 1).Select(n => n.ToString())];
        }

        return Existing(tables, Source().Match(statement), schema) is { } table
            ? [.. table.Rows.Keys.Select(k => Encoding.UTF8.GetString(Convert.FromHexString(k)))]
            : ["1"];
    }

    private static void Define(string statement, string schema, StandInTables tables)
    {
        if (Create().Match(statement) is { Success: true } create)
        {
            string name = Qualified(create.Groups["name"].Value);
            if (tables.Find(name, schema) is not null)
            {
                _ = create.Groups["if"].Success ? 0 : throw new NodeErrorException(NodeErrorException.Sql, 1, $"Table {name} exists");
                return;
            }

            (string space, string table) = Identifier.Parse(name, schema);
            tables.Create(space, table);
        }
        else if (Drop().Match(statement) is { Success: true } drop
            && !tables.Drop(Identifier.Parse(Qualified(drop.Groups["name"].Value), schema) is var (s, t) ? $"{Identifier.Quote(s)}.{Identifier.Quote(t)}" : "")
            && !drop.Groups["if"].Success)
        {
            throw new NodeErrorException(NodeErrorException.Sql, 1, "no such table: " + drop.Groups["name"].Value);
        }
    }

    private static StandInTable? Existing(StandInTables tables, Match match, string schema)
    {
        if (!match.Success)
        {
            return null;
        }

        string name = Qualified(match.Groups["name"].Value);
        return Identifier.Parse(name, schema).Schema == "SYSTEM"
            ? null
            : tables.Find(name, schema) ?? throw new NodeErrorException(NodeErrorException.Sql, 1, $"Object '{name}' not found");
    }

    private static string Qualified(string name) => Space().Replace(name, ".");

    private static bool IsComment(string token) => token.StartsWith("--", StringComparison.Ordinal) || token.StartsWith("//", StringComparison.Ordinal)
        || token.StartsWith("/*", StringComparison.Ordinal);

    private const string Name = """(?<name>(?:"(?:[^"]|"")+"|\w+)(?:\s*\.\s*(?:"(?:[^"]|"")+"|\w+))?)""";
    private const RegexOptions Loose = RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture;

    [GeneratedRegex("""'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n\r]*|//[^\n\r]*|/\*.*?\*/|.""", RegexOptions.Singleline)]
    private static partial Regex Token();

    [GeneratedRegex(@"[A-Za-z]+")]
    private static partial Regex FirstWord();

    [GeneratedRegex(@"^(INSERT\s+INTO|MERGE\s+INTO|UPDATE|DELETE\s+FROM)\s+" + Name, Loose)]
    private static partial Regex Target();

    [GeneratedRegex(@"\bFROM\s+" + Name + @"(?!\s*\()", Loose)]
    private static partial Regex Source();

    [GeneratedRegex(@"^CREATE\s+TABLE\s+(?<if>IF\s+NOT\s+EXISTS\s+)?" + Name, Loose)]
    private static partial Regex Create();

    [GeneratedRegex(@"^DROP\s+TABLE\s+(?<if>IF\s+EXISTS\s+)?" + Name, Loose)]
    private static partial Regex Drop();

    [GeneratedRegex(@"SYSTEM_RANGE\s*\(\s*(\d+)\s*,\s*(\d+)\s*\)", RegexOptions.IgnoreCase)]
    private static partial Regex Range();

    [GeneratedRegex(@"(?<=\)|VALUES)\s*,?\s*\((?=[^()]*\))", RegexOptions.IgnoreCase)]
    private static partial Regex Values();

    [GeneratedRegex(@"\s*\.\s*")]
    private static partial Regex Space();
}

using System.Text;

namespace Gatehouse.Protocols.Tests.Ignite.Sql;

/// <summary>Writes queries at random and keeps book of the tables in them: what the classifier must find, written the other way round.</summary>
internal sealed class RandomQuery(Random random)
{
    private static readonly string[] Values =
        ["1", "x", "?", "'FROM t9'", "t.\"FROM\"", "COUNT(*)", "{d '2020-01-01'}", "EXTRACT(YEAR FROM x)", "TRIM(BOTH 'a' FROM y)", "x IS NOT DISTINCT FROM y", "SUBSTRING(x FROM 1 FOR 2)", "N'JOIN t9'"];

    private readonly List<string> _common = [];
    private int _names;

    public SortedSet<string> Reads { get; } = new(StringComparer.Ordinal);

    /// <summary>A table that is named: its text.</summary>
    public string Table(ICollection<string> kept)
    {
        int n = random.Next(9);
        switch (random.Next(7))
        {
            case 0:
                kept.Add($"PUBLIC.T{n}");
                return $"public . T{n}";
            case 1:
                kept.Add($"S.T{n}");
                return $"s.t{n}";
            case 2:
                kept.Add($"S.\"t{n}\"");
                return $"\"S\".\"t{n}\"";
            case 3:
                kept.Add($"PUBLIC.\"t {n}\"");
                return $"\"t {n}\"";
            case 4:
                kept.Add($"PUBLIC.T{n}");
                return $"U&\"\\0054{n}\"";
            default:
                kept.Add($"PUBLIC.T{n}");
                return $"t{n}";
        }
    }

    public string Query(int depth)
    {
        int outer = _common.Count;
        StringBuilder text = new();
        if (depth > 0 && random.Next(4) == 0)
        {
            text.Append("WITH ");
            for (int i = random.Next(1, 3); i > 0; i--)
            {
                // At times of the name of a table, which it hides from here on.
                string name = random.Next(2) == 0 ? $"t{random.Next(9)}" : $"c{_names++}";
                text.Append(name).Append(" AS (").Append(Query(depth - 1)).Append(i > 1 ? "), " : ") ");
                _common.Add(name);
            }
        }

        text.Append(Leaf(depth));
        for (int i = random.Next(5) - 2; i > 0 && depth > 0; i--)
        {
            text.Append(random.Next(2) == 0 ? " UNION ALL " : " EXCEPT ").Append(Leaf(depth - 1));
        }

        // Behind the query the names of its WITH count no more.
        _common.RemoveRange(outer, _common.Count - outer);
        if (random.Next(5) == 0)
        {
            text.Append(" ORDER BY ").Append(Value(depth)).Append(" DESC LIMIT ").Append(Value(depth));
        }

        return text.ToString();
    }

    /// <summary>A value, perhaps with a query in it.</summary>
    public string Value(int depth)
    {
        if (depth <= 0 || random.Next(2) == 0)
        {
            return Values[random.Next(Values.Length)];
        }

        return random.Next(9) switch
        {
            0 => $"({Query(depth - 1)})",
            1 => $"x IN ({Query(depth - 1)})",
            2 => $"EXISTS ({Query(depth - 1)})",
            3 => $"CASE WHEN {Value(depth - 1)} = 1 THEN {Value(depth - 1)} ELSE {Value(depth - 1)} END",
            4 => $"f({Value(depth - 1)}, {Value(depth - 1)})",
            5 => $"ARRAY({Query(depth - 1)})",
            6 => $"TRIM({Value(depth - 1)} FROM {Value(depth - 1)})",
            7 => $"SUM({Value(depth - 1)}) FILTER (WHERE {Value(depth - 1)} > 1) OVER (PARTITION BY {Value(depth - 1)} ORDER BY {Value(depth - 1)})",
            _ => $"(({Query(depth - 1)}) UNION SELECT {Value(depth - 1)})",
        };
    }

    private string Leaf(int depth)
    {
        switch (random.Next(8))
        {
            case 0:
                return $"VALUES ({Value(depth - 1)}), ({Value(depth - 1)})";
            case 1 when depth > 0:
                return $"({Query(depth - 1)})";
            case 2:
                return "TABLE " + Table(Reads);
            default:
                StringBuilder text = new("SELECT ");
                text.Append(Value(depth)).Append(" AS p, ").Append(Value(depth)).Append(" FROM ").Append(Relation(depth));
                for (int i = random.Next(3); i > 0; i--)
                {
                    text.Append(random.Next(4) switch
                    {
                        0 => $", {Relation(depth)}",
                        1 => $" LEFT JOIN {Relation(depth)} ON {Value(depth)} = 1",
                        2 => $" JOIN {Relation(depth)} USING (x, \"FROM\")",
                        _ => $" NATURAL JOIN {Relation(depth)}",
                    });
                }

                return text.Append(Clause("WHERE", depth)).Append(Clause("GROUP BY", depth)).Append(Clause("HAVING", depth)).ToString();
        }
    }

    private string Clause(string word, int depth) => random.Next(3) == 0 ? $" {word} {Value(depth - 1)}" : "";

    private string Relation(int depth)
    {
        string alias = random.Next(3) switch { 0 => "", 1 => $" a{random.Next(9)}", _ => $" AS \"JOIN\" (p, q)" };
        int kind = random.Next(depth > 0 ? 8 : 4);
        if (kind == 7)
        {
            return $"({Relation(depth - 1)} CROSS JOIN {Relation(depth - 1)})";
        }

        if (kind is 5 or 6)
        {
            return $"({Query(depth - 1)}){alias}";
        }

        if (kind == 4)
        {
            return $"TABLE(SYSTEM_RANGE(1, 2)){alias}, UNNEST({Value(depth - 1)}){alias}";
        }

        if (kind == 3 && _common.Count > 0)
        {
            return _common[random.Next(_common.Count)] + alias;
        }

        // A bare name may be one of WITH, and is no table then.
        List<string> kept = [];
        string text = Table(kept);
        bool isHidden = !text.Contains('.', StringComparison.Ordinal) && _common.Exists(c => kept[0] == "PUBLIC." + c.ToUpperInvariant());
        Reads.UnionWith(isHidden ? [] : kept);
        return text + alias;
    }
}

using System.Text.RegularExpressions;

namespace Gatehouse.Testing.Ignite.Node.State;

/// <summary>The tables of the cluster. An id is never used again.</summary>
public sealed class StandInTables
{
    private readonly Lock _gate = new();
    private readonly List<StandInTable> _tables = [];
    private int _lastId = 16;

    /// <summary>Those that there are.</summary>
    public IReadOnlyList<StandInTable> All
    {
        get
        {
            lock (_gate)
            {
                return [.. _tables];
            }
        }
    }

    /// <summary>Makes a table by its normalized names; the result is its id.</summary>
    public int Create(string schema, string name)
    {
        lock (_gate)
        {
            var table = new StandInTable(++_lastId, schema, name);
            _tables.Add(table);
            return table.Id;
        }
    }

    /// <summary>Makes a table by a name as SQL has it: <c>orders</c>, <c>sales."orders"</c>.</summary>
    public int Create(string name)
    {
        (string schema, string table) = Identifier.Parse(name, "PUBLIC");
        return Create(schema, table);
    }

    /// <summary>Takes a table away; false where there was none.</summary>
    public bool Drop(string name)
    {
        lock (_gate)
        {
            return Find(name) is { } table && _tables.Remove(table);
        }
    }

    /// <summary>By a name as SQL has it.</summary>
    public StandInTable? Find(string name, string schema = "PUBLIC")
    {
        (string space, string table) = Identifier.Parse(name, schema);
        return FindExact(space, table);
    }

    /// <summary>By its normalized names.</summary>
    public StandInTable? FindExact(string schema, string name)
    {
        lock (_gate)
        {
            return _tables.Find(t => t.Schema == schema && t.Name == name);
        }
    }

    /// <summary>By its id.</summary>
    public StandInTable? Find(int id)
    {
        lock (_gate)
        {
            return _tables.Find(t => t.Id == id);
        }
    }
}

/// <summary>One table. Its first column is the key; rows are kept as they came.</summary>
/// <param name="id">Its number.</param>
/// <param name="schema">Its schema, normalized.</param>
/// <param name="name">Its name, normalized.</param>
public sealed class StandInTable(int id, string schema, string name)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, byte[]> _rows = new(StringComparer.Ordinal);

    public int Id => id;

    public string Schema => schema;

    public string Name => name;

    /// <summary>Its name as SQL has it, in quotes where it needs them.</summary>
    public string Quoted => Identifier.Quote(name);

    /// <summary>How often something was written to it, by whatever operation.</summary>
    public int Writes { get; private set; }

    /// <summary>Rows by the key in hex.</summary>
    public IReadOnlyDictionary<string, byte[]> Rows
    {
        get
        {
            lock (_gate)
            {
                return new Dictionary<string, byte[]>(_rows, StringComparer.Ordinal);
            }
        }
    }

    /// <summary>A row by its key; null where there is none.</summary>
    public byte[]? this[string key]
    {
        get
        {
            lock (_gate)
            {
                return _rows.GetValueOrDefault(key);
            }
        }
    }

    /// <summary>Writes or (with null) deletes a row; the result is what was there.</summary>
    public byte[]? Put(string key, byte[]? row)
    {
        lock (_gate)
        {
            byte[]? old = _rows.GetValueOrDefault(key);
            _ = row is null ? _rows.Remove(key) : (_rows[key] = row) is not null;
            Writes++;
            return old;
        }
    }

    /// <summary>Counts a write of SQL.</summary>
    public void Count()
    {
        lock (_gate)
        {
            Writes++;
        }
    }
}

/// <summary>SQL identifiers: folded to upper case unless they are in double quotes.</summary>
internal static partial class Identifier
{
    /// <summary>Schema and name of a name that may be qualified.</summary>
    public static (string Schema, string Name) Parse(string text, string schema)
    {
        MatchCollection parts = Part().Matches(text);
        return parts.Count switch
        {
            0 => throw NodeErrorException.Protocol("not an identifier: " + text),
            1 => (schema, Fold(parts[0].Value)),
            _ => (Fold(parts[0].Value), Fold(parts[1].Value)),
        };
    }

    public static string Quote(string name) => Plain().IsMatch(name) ? name : $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    private static string Fold(string part) =>
        part[0] == '"' ? part[1..^1].Replace("\"\"", "\"", StringComparison.Ordinal) : part.ToUpperInvariant();

    [GeneratedRegex("\"(?:[^\"]|\"\")+\"|[^.\"\\s]+")]
    private static partial Regex Part();

    [GeneratedRegex("^[A-Z_][A-Z0-9_]*$")]
    private static partial Regex Plain();
}

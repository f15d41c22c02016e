namespace Gatehouse.Protocols.Ignite.Sql;

/// <summary>What is known of a statement so far.</summary>
internal sealed class SqlDraft(int position)
{
    /// <summary>Most names of a kind in one statement.</summary>
    private const int MaxNames = 1000;

    private readonly SortedSet<string> _reads = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _writes = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _defines = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _schemas = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _zones = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _views = new(StringComparer.Ordinal);

    /// <summary>Its kind.</summary>
    public SqlKind Kind { get; set; }

    /// <summary>What it does.</summary>
    public string Verb { get; set; } = "";

    /// <summary>Whether it only explains.</summary>
    public bool IsExplain { get; set; }

    /// <summary>Whether more is named than one statement names.</summary>
    public bool IsFull => Math.Max(_reads.Count, _views.Count) > MaxNames;

    /// <summary>A table is read.</summary>
    public void Reads(string schema, string table) => (schema == SqlNames.System ? _views : _reads).Add(SqlNames.Canonical(schema, table));

    /// <summary>A table is written.</summary>
    public void Writes(string schema, string table) => _writes.Add(SqlNames.Canonical(schema, table));

    /// <summary>A table is defined.</summary>
    public void Defines(string schema, string table) => _defines.Add(SqlNames.Canonical(schema, table));

    /// <summary>A schema is defined, or something in it.</summary>
    public void DefinesIn(string schema) => _schemas.Add(SqlNames.Canonical(schema));

    /// <summary>A zone is defined.</summary>
    public void DefinesZone(string zone) => _zones.Add(SqlNames.Canonical(zone));

    /// <summary>The statement.</summary>
    public SqlStatement Finish() => new()
    {
        Kind = Kind,
        Verb = Verb,
        IsExplain = IsExplain,
        Modifiers = IsExplain ? SqlModifiers.Rows : Kind switch
        {
            SqlKind.Query => SqlModifiers.Rows,
            SqlKind.Dml => SqlModifiers.Affected,
            SqlKind.TxControl => SqlModifiers.Transaction,
            _ => SqlModifiers.Applied,
        },
        Position = position,
        Reads = [.. _reads],
        Writes = [.. _writes],
        Defines = [.. _defines],
        Schemas = [.. _schemas],
        Zones = [.. _zones],
        SystemViews = [.. _views],
    };
}

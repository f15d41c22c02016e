using System.Collections.Immutable;

namespace Gatehouse.Protocols.Ignite.Sql;

/// <summary>What is known of a statement so far.</summary>
internal sealed class SqlDraft(int position)
{
    /// <summary>Most names of a kind in one statement.</summary>
    private const int MaxNames = 1000;

    // Most statements name things of one or two kinds.
    private SortedSet<string>? _reads;
    private SortedSet<string>? _writes;
    private SortedSet<string>? _defines;
    private SortedSet<string>? _schemas;
    private SortedSet<string>? _zones;
    private SortedSet<string>? _views;

    /// <summary>Its kind.</summary>
    public SqlKind Kind { get; set; }

    /// <summary>What it does.</summary>
    public string Verb { get; set; } = "";

    /// <summary>Whether it only explains.</summary>
    public bool IsExplain { get; set; }

    /// <summary>Whether more is named than one statement names.</summary>
    public bool IsFull => Math.Max(_reads?.Count ?? 0, _views?.Count ?? 0) > MaxNames;

    /// <summary>A table is read.</summary>
    public void Reads(string schema, string table)
    {
        ref SortedSet<string>? names = ref schema == SqlNames.System ? ref _views : ref _reads;
        Add(ref names, SqlNames.Canonical(schema, table));
    }

    /// <summary>A table is written.</summary>
    public void Writes(string schema, string table) => Add(ref _writes, SqlNames.Canonical(schema, table));

    /// <summary>A table is defined.</summary>
    public void Defines(string schema, string table) => Add(ref _defines, SqlNames.Canonical(schema, table));

    /// <summary>A schema is defined, or something in it.</summary>
    public void DefinesIn(string schema) => Add(ref _schemas, SqlNames.Canonical(schema));

    /// <summary>A zone is defined.</summary>
    public void DefinesZone(string zone) => Add(ref _zones, SqlNames.Canonical(zone));

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
        Reads = Sorted(_reads),
        Writes = Sorted(_writes),
        Defines = Sorted(_defines),
        Schemas = Sorted(_schemas),
        Zones = Sorted(_zones),
        SystemViews = Sorted(_views),
    };

    private static void Add(ref SortedSet<string>? names, string name) => (names ??= new SortedSet<string>(StringComparer.Ordinal)).Add(name);

    private static ImmutableArray<string> Sorted(SortedSet<string>? names) => names is null ? [] : [.. names];
}

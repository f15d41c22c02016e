using System.Collections.Immutable;

namespace Gatehouse.Protocols.Ignite.Sql;

/// <summary>What became of a SQL text: its statements, or why it was refused.</summary>
public sealed class SqlReading
{
    /// <summary>Null where all is understood; otherwise a short word, such as <c>syntax</c>.</summary>
    public string? Refusal { get; init; }

    /// <summary>Where the text was refused, in UTF-16 units.</summary>
    public int Position { get; init; }

    /// <summary>The statements in their order; empty where the text is refused.</summary>
    public ImmutableArray<SqlStatement> Statements { get; init; } = [];

    /// <summary>What the statements need together.</summary>
    public SqlModifiers Modifiers { get; init; }

    /// <summary>For the audit trail: literals are <c>?</c>, comments are gone; cut when long, empty when there are no tokens.</summary>
    public string Redacted { get; init; } = "";
}

/// <summary>A statement that is understood. All names are canonical, sorted and distinct.</summary>
public sealed class SqlStatement
{
    /// <summary>Its kind; that of the explained one for EXPLAIN.</summary>
    public required SqlKind Kind { get; init; }

    /// <summary>What it does, such as <c>select</c>, <c>insert</c> or <c>create_table</c>.</summary>
    public required string Verb { get; init; }

    /// <summary>Whether it only explains.</summary>
    public bool IsExplain { get; init; }

    /// <summary>What the node must be asked for.</summary>
    public SqlModifiers Modifiers { get; init; }

    /// <summary>Where it begins, in UTF-16 units.</summary>
    public int Position { get; init; }

    /// <summary>Tables that are read, as <c>PUBLIC.ORDERS</c>.</summary>
    public ImmutableArray<string> Reads { get; init; } = [];

    /// <summary>Tables that are written.</summary>
    public ImmutableArray<string> Writes { get; init; } = [];

    /// <summary>Tables that are created, altered, dropped or indexed.</summary>
    public ImmutableArray<string> Defines { get; init; } = [];

    /// <summary>Schemas that are created or dropped, or in which something without a named table is dropped; without a dot.</summary>
    public ImmutableArray<string> Schemas { get; init; } = [];

    /// <summary>Zones that are created, altered or dropped.</summary>
    public ImmutableArray<string> Zones { get; init; } = [];

    /// <summary>Views of schema SYSTEM that are read.</summary>
    public ImmutableArray<string> SystemViews { get; init; } = [];
}

/// <summary>Kinds of statements.</summary>
public enum SqlKind
{
    /// <summary>SELECT, VALUES and what is built of them.</summary>
    Query = 0,

    /// <summary>INSERT, UPDATE, DELETE, MERGE.</summary>
    Dml,

    /// <summary>Tables and indexes.</summary>
    Ddl,

    /// <summary>Distribution zones.</summary>
    DdlZone,

    /// <summary>Schemas.</summary>
    DdlSchema,

    /// <summary>START TRANSACTION and COMMIT.</summary>
    TxControl,

    /// <summary>KILL of a query, a transaction or a job.</summary>
    Kill,
}

/// <summary>The byte of query modifiers, as on the wire.</summary>
[Flags]
public enum SqlModifiers : byte
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Statements that give rows.</summary>
    Rows = 1,

    /// <summary>Statements that give a count of rows.</summary>
    Affected = 2,

    /// <summary>Statements that are applied or not: DDL and KILL.</summary>
    Applied = 4,

    /// <summary>Control of transactions.</summary>
    Transaction = 8,

    /// <summary>More than one statement.</summary>
    Multi = 16,
}

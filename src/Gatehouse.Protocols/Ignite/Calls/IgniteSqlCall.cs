namespace Gatehouse.Protocols.Ignite.Calls;

/// <summary>What a node lets a statement be, where feature 13 was negotiated.</summary>
[Flags]
public enum IgniteModifiers : byte
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>A statement that returns rows: SELECT, EXPLAIN.</summary>
    Rows = 1,

    /// <summary>One that counts rows: INSERT, UPDATE, DELETE, MERGE.</summary>
    AffectedRows = 2,

    /// <summary>One that is done or not: DDL and KILL.</summary>
    Applied = 4,

    /// <summary>Control of transactions.</summary>
    Transaction = 8,

    /// <summary>Several statements.</summary>
    Script = 16,
}

/// <summary>The statements of a request.</summary>
public sealed class IgniteSqlCall
{
    internal IgniteSqlCall()
    {
    }

    /// <summary>The schema of names without one, as sent; null for PUBLIC.</summary>
    public string? DefaultSchema { get; internal init; }

    /// <summary>The texts: one, but for operation 36.</summary>
    public IReadOnlyList<string> Texts { get; internal init; } = [];

    /// <summary>Whether a text may be several statements.</summary>
    public bool MayBeScript { get; internal init; }

    /// <summary>Whether a text runs with many rows of arguments, or there are many texts: 36, 46, 63.</summary>
    public bool IsBatch { get; internal init; }

    /// <summary>Where in the payload the byte of modifiers is, to be replaced in place; -1 without one.</summary>
    public int ModifiersAt { get; internal init; } = -1;

    /// <summary>What the client lets the statement be. What is written in its place must be one of its subsets.</summary>
    public IgniteModifiers Modifiers { get; internal init; }

    /// <summary>Where in the payload the byte of the JDBC type is, to be replaced in place; -1 without one.</summary>
    public int JdbcTypeAt { get; internal init; } = -1;

    /// <summary>0 any statement, 1 a query, 2 an update.</summary>
    public byte JdbcType { get; internal init; }
}

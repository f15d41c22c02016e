namespace Gatehouse.Protocols.Ignite.Calls;

/// <summary>The kind of an operation's transaction.</summary>
public enum IgniteTxKind : byte
{
    /// <summary>The operation has no transaction.</summary>
    None,

    /// <summary>One of its own.</summary>
    Implicit,

    /// <summary>One that began on this connection.</summary>
    Resource,
}

/// <summary>A request: what a gate decides by. Rows and arguments were walked over and are not kept.</summary>
public struct IgniteRequest
{
    /// <summary>The operation's code.</summary>
    public int Opcode { get; internal set; }

    /// <summary>The client's id of it.</summary>
    public long RequestId { get; internal set; }

    /// <summary>Whether the id could be read: then an error can be answered.</summary>
    public bool HasRequestId { get; internal set; }

    /// <summary>The operation, null for an unknown code.</summary>
    public IgniteOperation? Operation { get; internal set; }

    /// <summary>The table's id, null where there is none.</summary>
    public int? TableId { get; internal set; }

    /// <summary>The kind of transaction.</summary>
    public IgniteTxKind TxKind { get; internal set; }

    /// <summary>The transaction's id on this connection, above 0, with <see cref="IgniteTxKind.Resource"/>.</summary>
    public long TxId { get; internal set; }

    /// <summary>Operation 43: whether it only reads.</summary>
    public bool BeginsReadOnly { get; internal set; }

    /// <summary>Operation 55: commit, or roll back.</summary>
    public bool? Commits { get; internal set; }

    /// <summary>The id on this connection of a cursor (35, 37, 51, 52, 58, 74) or a JDBC context (34, 36, 46, 55, 68).</summary>
    public long? ResourceId { get; internal set; }

    /// <summary>Operation 70: the request that is to end.</summary>
    public long? CancelsRequestId { get; internal set; }

    /// <summary>Operations 59, 60, 61: the job.</summary>
    public Guid? JobId { get; internal set; }

    /// <summary>Operation 72: the schema as stored.</summary>
    public string? AskedSchema { get; internal set; }

    /// <summary>Operation 72: the table's name as stored. Operation 4: a name in SQL's form.</summary>
    public string? AskedName { get; internal set; }

    /// <summary>Operations 34, 36, 46, 50, 56, 57, 63: the statements.</summary>
    public IgniteSqlCall? Sql { get; internal set; }

    /// <summary>Operations 47, 49, 64, 66, 69: the code that runs.</summary>
    public IgniteComputeCall? Compute { get; internal set; }

    /// <summary>Reads a request with all its operands.</summary>
    /// <param name="payload">What follows the length, exactly.</param>
    /// <param name="negotiated">The features that client, node and gate have; unknown ones are taken as cleared.</param>
    /// <param name="request">The request; on an error code and id of it, as far as they were read.</param>
    /// <param name="error">Why it was refused.</param>
    public static bool TryParse(
        ReadOnlySpan<byte> payload, IgniteFeatures negotiated, out IgniteRequest request, out IgniteError error) =>
        IgniteRequestParser.TryParse(payload, negotiated, out request, out error);

    /// <summary>
    /// Reads code, id, table and transaction of a request that is not there as a whole, to refuse it early. It allows nothing: the
    /// whole must still be read.
    /// </summary>
    /// <param name="prefix">The first bytes of the payload: 64, or all.</param>
    /// <param name="request">The request.</param>
    /// <param name="error">Why it was refused.</param>
    public static bool TryParseHead(ReadOnlySpan<byte> prefix, out IgniteRequest request, out IgniteError error) =>
        IgniteRequestParser.TryParseHead(prefix, out request, out error);
}

using Gatehouse.Protocols.Ignite.Wire;

namespace Gatehouse.Protocols.Ignite.Calls;

/// <summary>Reads requests. Each operation's operands are read in the order in which a node reads them.</summary>
internal static class IgniteRequestParser
{
    /// <summary>Longest name of a schema, table, class, unit or node, in bytes.</summary>
    public const int MaxNameBytes = 4096;

    private const int FirstOfVendors = 1000;
    private const int LastOfVendors = 2000;

    public static bool TryParse(ReadOnlySpan<byte> payload, IgniteFeatures negotiated, out IgniteRequest request, out IgniteError error)
    {
        var reader = new MessagePackReader(payload);
        error = ReadHead(ref reader, out request);
        if (error == IgniteError.None)
        {
            error = ReadOperands(ref reader, negotiated & IgniteFeatures.Known, ref request);
        }

        if (error == IgniteError.None && !reader.IsAtEnd)
        {
            // A node does not look at what follows the last operand. So it is read as nothing by one and may be something to another.
            error = IgniteError.Malformed;
        }

        return error == IgniteError.None;
    }

    public static bool TryParseHead(ReadOnlySpan<byte> prefix, out IgniteRequest request, out IgniteError error)
    {
        var reader = new MessagePackReader(prefix);
        error = ReadHead(ref reader, out request);
        if (error != IgniteError.None)
        {
            return false;
        }

        if (BeginsWithTable(request.Opcode) && !TryTable(ref reader, ref request))
        {
            error = IgniteError.Malformed;
        }
        else if (IsOfTuples(request.Opcode))
        {
            error = ReadTx(ref reader, ref request);
        }

        return error == IgniteError.None;
    }

    /// <summary>The table's id, always the first operand.</summary>
    public static bool TryTable(scoped ref MessagePackReader reader, scoped ref IgniteRequest request)
    {
        if (!reader.TryInt(out int id))
        {
            return false;
        }

        request.TableId = id;
        return true;
    }

    /// <summary>
    /// The transaction token: nil, or an id of this connection. A token of 0 names any transaction of the cluster, and one of -1
    /// begins such; a gate never negotiates them.
    /// </summary>
    public static IgniteError ReadTx(scoped ref MessagePackReader reader, scoped ref IgniteRequest request)
    {
        if (reader.TryNil())
        {
            request.TxKind = IgniteTxKind.Implicit;
            return IgniteError.None;
        }

        if (!reader.TryLong(out long token))
        {
            return IgniteError.Malformed;
        }

        if (token <= 0)
        {
            return IgniteError.ForbiddenTransaction;
        }

        request.TxKind = IgniteTxKind.Resource;
        request.TxId = token;
        return IgniteError.None;
    }

    /// <summary>Malformed unless it is good.</summary>
    public static IgniteError Malformed(bool isGood) => isGood ? IgniteError.None : IgniteError.Malformed;

    private static IgniteError ReadHead(scoped ref MessagePackReader reader, out IgniteRequest request)
    {
        request = default;
        if (!reader.TryInt(out int code))
        {
            return IgniteError.Malformed;
        }

        request.Opcode = code;
        request.Operation = IgniteOperation.Find(code);
        if (!reader.TryLong(out long id))
        {
            return IgniteError.Malformed;
        }

        request.RequestId = id;
        request.HasRequestId = true;
        return request.Operation switch
        {
            null => code is >= FirstOfVendors and <= LastOfVendors ? IgniteError.ForbiddenOperation : IgniteError.UnknownOperation,
            { Privilege: IgnitePrivilege.Denied } => IgniteError.ForbiddenOperation,
            _ => IgniteError.None,
        };
    }

    private static IgniteError ReadOperands(scoped ref MessagePackReader reader, IgniteFeatures features, scoped ref IgniteRequest request)
    {
        switch (request.Opcode)
        {
            case (>= IgniteOpcodes.TupleUpsert and <= IgniteOpcodes.TupleContainsKey):
            case IgniteOpcodes.TupleContainsAllKeys or IgniteOpcodes.StreamerBatchSend:
                return TupleOperands.Read(ref reader, ref request);
            case IgniteOpcodes.SqlExec or IgniteOpcodes.SqlExecScript or IgniteOpcodes.SqlExecBatch or IgniteOpcodes.SqlQueryMeta:
                return SqlOperands.Read(ref reader, features, ref request);
            case IgniteOpcodes.JdbcExec or IgniteOpcodes.JdbcExecBatch or IgniteOpcodes.JdbcSqlExecPsBatch:
                return JdbcOperands.Read(ref reader, ref request);
            case IgniteOpcodes.ComputeExecute or IgniteOpcodes.ComputeExecuteColocated or IgniteOpcodes.ComputeExecutePartitioned:
            case IgniteOpcodes.ComputeExecuteMapreduce or IgniteOpcodes.StreamerWithReceiverBatchSend:
                return ComputeOperands.Read(ref reader, features, ref request);
            case IgniteOpcodes.TxBegin or IgniteOpcodes.TxCommit or IgniteOpcodes.TxRollback or IgniteOpcodes.JdbcTxFinish:
                return PlainOperands.ReadTransaction(ref reader, ref request);
            default:
                return PlainOperands.Read(ref reader, ref request);
        }
    }

    private static bool BeginsWithTable(int opcode) => IsOfTuples(opcode) || opcode is IgniteOpcodes.SchemasGet
        or IgniteOpcodes.ComputeExecuteColocated or IgniteOpcodes.ComputeExecutePartitioned or IgniteOpcodes.PartitionAssignmentGet
        or IgniteOpcodes.PrimaryReplicasGet or IgniteOpcodes.StreamerBatchSend or IgniteOpcodes.StreamerWithReceiverBatchSend;

    private static bool IsOfTuples(int opcode) =>
        opcode is (>= IgniteOpcodes.TupleUpsert and <= IgniteOpcodes.TupleContainsKey) or IgniteOpcodes.TupleContainsAllKeys;
}

using Gatehouse.Protocols.Ignite.Wire;

namespace Gatehouse.Protocols.Ignite.Calls;

/// <summary>Operations of few operands.</summary>
internal static class PlainOperands
{
    public static IgniteError Read(scoped ref MessagePackReader reader, scoped ref IgniteRequest request)
    {
        bool isGood = request.Opcode switch
        {
            IgniteOpcodes.TablesGet or IgniteOpcodes.TablesGetQualified or IgniteOpcodes.ClusterGetNodes => true,
            IgniteOpcodes.TableGet or IgniteOpcodes.TableGetQualified => TryName(ref reader, ref request),
            IgniteOpcodes.SchemasGet => IgniteRequestParser.TryTable(ref reader, ref request) && TryVersions(ref reader),
            IgniteOpcodes.PartitionAssignmentGet => IgniteRequestParser.TryTable(ref reader, ref request) && reader.TryLong(out _),
            IgniteOpcodes.JdbcConnect => reader.TryString(IgniteRequestParser.MaxNameBytes, out _),
            IgniteOpcodes.ComputeGetState or IgniteOpcodes.ComputeCancel => TryJob(ref reader, ref request),
            IgniteOpcodes.ComputeChangePriority => TryJob(ref reader, ref request) && reader.TryInt(out _),
            IgniteOpcodes.OperationCancel => TryCancel(ref reader, ref request),

            // Behind the id: nothing, a page size, or a flag; it does not decide.
            IgniteOpcodes.JdbcNext or IgniteOpcodes.JdbcCursorClose or IgniteOpcodes.JdbcMoreResults or IgniteOpcodes.SqlCursorNextPage
                or IgniteOpcodes.SqlCursorClose or IgniteOpcodes.SqlCursorNextResultSet => TryResource(ref reader, ref request) && TryRest(ref reader),

            // Behind the table: a timestamp that decides nothing.
            IgniteOpcodes.PrimaryReplicasGet => IgniteRequestParser.TryTable(ref reader, ref request) && TryRest(ref reader),

            // A heartbeat's payload is ignored by the node. JDBC_CANCEL names requests of this connection. The others are JDBC's
            // questions for tables, columns, schemas and keys, by patterns: who may ask them may ask for all.
            IgniteOpcodes.Heartbeat or IgniteOpcodes.JdbcCancel or IgniteOpcodes.JdbcTableMeta or IgniteOpcodes.JdbcColumnMeta
                or IgniteOpcodes.JdbcSchemasMeta or IgniteOpcodes.JdbcPkMeta => TryRest(ref reader),

            // No other is in the table; one that is added there and not here is refused.
            _ => false,
        };
        return IgniteRequestParser.Malformed(isGood);
    }

    public static IgniteError ReadTransaction(scoped ref MessagePackReader reader, scoped ref IgniteRequest request)
    {
        switch (request.Opcode)
        {
            case IgniteOpcodes.TxBegin:
                return IgniteRequestParser.Malformed(TryBegin(ref reader, ref request));
            case IgniteOpcodes.JdbcTxFinish:
                return IgniteRequestParser.Malformed(TryFinish(ref reader, ref request));
            default:
                IgniteError error = IgniteRequestParser.ReadTx(ref reader, ref request);
                return error == IgniteError.None && request.TxKind != IgniteTxKind.Resource ? IgniteError.Malformed : error;
        }
    }

    // The timestamp is for those that read only; a node leaves it unread otherwise, and clients send it all the same.
    private static bool TryBegin(scoped ref MessagePackReader reader, scoped ref IgniteRequest request)
    {
        if (!reader.TryBool(out bool readsOnly) || !reader.TryLong(out _) || !(reader.TryLong(out _) || !readsOnly))
        {
            return false;
        }

        request.BeginsReadOnly = readsOnly;
        return true;
    }

    private static bool TryFinish(scoped ref MessagePackReader reader, scoped ref IgniteRequest request)
    {
        if (!TryResource(ref reader, ref request) || !reader.TryBool(out bool commits))
        {
            return false;
        }

        request.Commits = commits;
        return true;
    }

    private static bool TryName(scoped ref MessagePackReader reader, scoped ref IgniteRequest request)
    {
        string? schema = null;
        if (request.Opcode == IgniteOpcodes.TableGetQualified)
        {
            if (!reader.TryString(IgniteRequestParser.MaxNameBytes, out string text))
            {
                return false;
            }

            schema = text;
        }

        if (!reader.TryString(IgniteRequestParser.MaxNameBytes, out string name))
        {
            return false;
        }

        request.AskedSchema = schema;
        request.AskedName = name;
        return true;
    }

    private static bool TryVersions(scoped ref MessagePackReader reader)
    {
        if (reader.TryNil())
        {
            return true;
        }

        if (!reader.TryCount(out int count))
        {
            return false;
        }

        for (int i = 0; i < count; i++)
        {
            if (!reader.TryInt(out _))
            {
                return false;
            }
        }

        return true;
    }

    private static bool TryJob(scoped ref MessagePackReader reader, scoped ref IgniteRequest request)
    {
        if (!reader.TryGuid(out Guid id))
        {
            return false;
        }

        request.JobId = id;
        return true;
    }

    private static bool TryResource(scoped ref MessagePackReader reader, scoped ref IgniteRequest request)
    {
        if (!reader.TryLong(out long id))
        {
            return false;
        }

        request.ResourceId = id;
        return true;
    }

    private static bool TryCancel(scoped ref MessagePackReader reader, scoped ref IgniteRequest request)
    {
        if (!reader.TryLong(out long id))
        {
            return false;
        }

        request.CancelsRequestId = id;
        return true;
    }

    private static bool TryRest(scoped ref MessagePackReader reader)
    {
        while (!reader.IsAtEnd)
        {
            if (!reader.TrySkip())
            {
                return false;
            }
        }

        return true;
    }
}

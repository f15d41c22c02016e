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

            // Behind JDBC's cursor: the size of a page, or whether to forget the cursor; older clients write less.
            IgniteOpcodes.JdbcNext or IgniteOpcodes.JdbcMoreResults => TryResource(ref reader, ref request)
                && (reader.IsAtEnd || reader.TryInt(out _)),
            IgniteOpcodes.JdbcCursorClose => TryResource(ref reader, ref request) && (reader.IsAtEnd || reader.TryBool(out _)),
            IgniteOpcodes.SqlCursorNextPage or IgniteOpcodes.SqlCursorClose or IgniteOpcodes.SqlCursorNextResultSet
                => TryResource(ref reader, ref request),

            // The JDBC context on this connection, and what the statement was marked with.
            IgniteOpcodes.JdbcCancel => TryResource(ref reader, ref request) && reader.TryLong(out _),

            // Behind the table: a timestamp, which .NET clients leave out.
            IgniteOpcodes.PrimaryReplicasGet => IgniteRequestParser.TryTable(ref reader, ref request)
                && (reader.IsAtEnd || reader.TryLong(out _)),

            // JDBC's questions by patterns: who may ask them may ask for all.
            IgniteOpcodes.JdbcTableMeta => TryPatterns(ref reader, 2) && TryTypes(ref reader),
            IgniteOpcodes.JdbcColumnMeta => TryPatterns(ref reader, 3),
            IgniteOpcodes.JdbcSchemasMeta => TryPatterns(ref reader, 1),
            IgniteOpcodes.JdbcPkMeta => TryPatterns(ref reader, 2),

            // The node does not look at what a heartbeat brings.
            IgniteOpcodes.Heartbeat => TryRest(ref reader),

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

    // The timeout and a timestamp. ODBC drivers of 3.0 write neither, nodes up to 3.1 read the timestamp only where it reads only,
    // other clients write both; they decide nothing.
    private static bool TryBegin(scoped ref MessagePackReader reader, scoped ref IgniteRequest request)
    {
        if (!reader.TryBool(out bool readsOnly) || !(reader.IsAtEnd || reader.TryLong(out _)) || !(reader.IsAtEnd || reader.TryLong(out _)))
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

    private static bool TryPatterns(scoped ref MessagePackReader reader, int count)
    {
        for (int i = 0; i < count; i++)
        {
            if (!reader.TryStringOrNil(IgniteRequestParser.MaxNameBytes, out _))
            {
                return false;
            }
        }

        return true;
    }

    // Kinds of tables: nil, or names.
    private static bool TryTypes(scoped ref MessagePackReader reader)
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
            if (!reader.TryString(IgniteRequestParser.MaxNameBytes, out _))
            {
                return false;
            }
        }

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

using Gatehouse.Protocols.Ignite.Wire;

namespace Gatehouse.Protocols.Ignite.Calls;

/// <summary>Rows: table, transaction, schema version, and for each row the set of columns without a value and the row itself.</summary>
internal static class TupleOperands
{
    public static IgniteError Read(scoped ref MessagePackReader reader, scoped ref IgniteRequest request)
    {
        if (!IgniteRequestParser.TryTable(ref reader, ref request))
        {
            return IgniteError.Malformed;
        }

        if (request.Opcode == IgniteOpcodes.StreamerBatchSend)
        {
            return IgniteRequestParser.Malformed(TryStreamer(ref reader));
        }

        IgniteError error = IgniteRequestParser.ReadTx(ref reader, ref request);
        if (error != IgniteError.None)
        {
            return error;
        }

        return IgniteRequestParser.Malformed(request.Opcode switch
        {
            IgniteOpcodes.TupleUpsertAll or IgniteOpcodes.TupleGetAll or IgniteOpcodes.TupleInsertAll or IgniteOpcodes.TupleDeleteAll
                or IgniteOpcodes.TupleDeleteAllExact or IgniteOpcodes.TupleContainsAllKeys => TryMany(ref reader),
            IgniteOpcodes.TupleReplaceExact => TrySchema(ref reader) && TryRow(ref reader) && TryRow(ref reader),
            _ => TrySchema(ref reader) && TryRow(ref reader),
        });
    }

    /// <summary>One row.</summary>
    public static bool TryRow(scoped ref MessagePackReader reader) => reader.TryBitSet() && reader.TryBinary(out _);

    /// <summary>The version of the table's schema.</summary>
    public static bool TrySchema(scoped ref MessagePackReader reader) => reader.TryInt(out _);

    private static bool TryMany(scoped ref MessagePackReader reader)
    {
        if (!TrySchema(ref reader) || !reader.TryCount(out int count))
        {
            return false;
        }

        for (int i = 0; i < count; i++)
        {
            if (!TryRow(ref reader))
            {
                return false;
            }
        }

        return true;
    }

    // A partition, and which of the rows are deletes.
    private static bool TryStreamer(scoped ref MessagePackReader reader) =>
        reader.TryCount(out _) && (reader.TryNil() || reader.TryBitSet()) && TryMany(ref reader);
}

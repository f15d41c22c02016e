using Gatehouse.Protocols.Ignite.Wire;

namespace Gatehouse.Protocols.Ignite.Calls;

/// <summary>Statements of the SQL API: 50, 56, 57, 63.</summary>
internal static class SqlOperands
{
    private const int MaxModifiers = 31;

    public static IgniteError Read(scoped ref MessagePackReader reader, IgniteFeatures features, scoped ref IgniteRequest request)
    {
        if (request.Opcode != IgniteOpcodes.SqlExecScript)
        {
            IgniteError error = IgniteRequestParser.ReadTx(ref reader, ref request);
            if (error != IgniteError.None)
            {
                return error;
            }
        }

        bool isGood = request.Opcode switch
        {
            IgniteOpcodes.SqlExec => TryExec(ref reader, features, ref request),
            IgniteOpcodes.SqlExecScript => TryScript(ref reader, ref request),
            IgniteOpcodes.SqlExecBatch => TryBatch(ref reader, ref request),
            _ => TryMeta(ref reader, ref request),
        };
        return IgniteRequestParser.Malformed(isGood);
    }

    /// <summary>
    /// Arguments: nil, or their number and a row of three values for each. Where there are none .NET clients of 3.0 write the
    /// row all the same.
    /// </summary>
    public static bool TryArguments(scoped ref MessagePackReader reader) =>
        reader.TryNil() || (reader.TryCount(out int count) && (reader.TryBinary(out _) || count == 0));

    private static bool TryExec(scoped ref MessagePackReader reader, IgniteFeatures features, scoped ref IgniteRequest request)
    {
        if (!TryProperties(ref reader, out string? schema))
        {
            return false;
        }

        int at = -1;
        int modifiers = 0;
        if ((features & IgniteFeatures.MultiStatement) != IgniteFeatures.None)
        {
            // Without bits that are unknown it is one byte on the wire, whatever it is changed to.
            at = reader.Position;
            if (!reader.TryOneByte(MaxModifiers, out modifiers))
            {
                return false;
            }
        }

        if (!reader.TryString(int.MaxValue, out string text) || !TryArguments(ref reader) || !reader.TryLong(out _)
            || (!SkipWish(ref reader) && (features & IgniteFeatures.SqlPartitionAwareness) != IgniteFeatures.None))
        {
            return false;
        }

        request.Sql = new IgniteSqlCall
        {
            DefaultSchema = schema,
            Texts = [text],
            ModifiersAt = at,
            Modifiers = (IgniteModifiers)modifiers,
            MayBeScript = (modifiers & (int)IgniteModifiers.Script) != 0,
        };
        return true;
    }

    private static bool TryScript(scoped ref MessagePackReader reader, scoped ref IgniteRequest request)
    {
        if (!TryProperties(ref reader, out string? schema) || !reader.TryString(int.MaxValue, out string text) || !TryArguments(ref reader)
            || !reader.TryLong(out _))
        {
            return false;
        }

        SkipWish(ref reader);
        request.Sql = new IgniteSqlCall { DefaultSchema = schema, Texts = [text], MayBeScript = true };
        return true;
    }

    private static bool TryBatch(scoped ref MessagePackReader reader, scoped ref IgniteRequest request)
    {
        if (!TryProperties(ref reader, out string? schema) || !reader.TryString(int.MaxValue, out string text) || !TryRows(ref reader)
            || !reader.TryLong(out _))
        {
            return false;
        }

        request.Sql = new IgniteSqlCall { DefaultSchema = schema, Texts = [text], IsBatch = true };
        return true;
    }

    private static bool TryMeta(scoped ref MessagePackReader reader, scoped ref IgniteRequest request)
    {
        if (!reader.TryStringOrNil(IgniteRequestParser.MaxNameBytes, out string? schema) || !reader.TryString(int.MaxValue, out string text))
        {
            return false;
        }

        request.Sql = new IgniteSqlCall { DefaultSchema = schema, Texts = [text] };
        return true;
    }

    // Schema, page size, two timeouts, time zone, and further properties, which a node knows by number.
    private static bool TryProperties(scoped ref MessagePackReader reader, out string? schema) =>
        reader.TryStringOrNil(IgniteRequestParser.MaxNameBytes, out schema)
        && (reader.TryNil() || reader.TryInt(out _))
        && (reader.TryNil() || reader.TryLong(out _))
        && (reader.TryNil() || reader.TryLong(out _))
        && reader.TryStringOrNil(IgniteRequestParser.MaxNameBytes, out _)
        && reader.TryCount(out _)
        && reader.TryBinary(out _);

    // Whether the answer shall say where rows are. .NET clients of 3.2 end every statement with it, even a script, whose answer
    // never does, and whether or not the node knows it; one that does not leaves it unread.
    private static bool SkipWish(scoped ref MessagePackReader reader) => reader.TryBool(out _);

    private static bool TryRows(scoped ref MessagePackReader reader)
    {
        if (reader.TryNil())
        {
            return true;
        }

        if (!reader.TryCount(out int width) || !reader.TryCount(out int rows) || !reader.TryBool(out _))
        {
            return false;
        }

        // Rows of nothing are written by some clients, and by ODBC drivers not.
        for (int i = 0; i < rows; i++)
        {
            if (!reader.TryBinary(out _) && !reader.TryNil())
            {
                return width == 0 && i == 0;
            }
        }

        return true;
    }
}

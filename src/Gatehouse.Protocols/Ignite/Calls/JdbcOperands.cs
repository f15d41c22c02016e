using Gatehouse.Protocols.Ignite.Wire;

namespace Gatehouse.Protocols.Ignite.Calls;

/// <summary>Statements of JDBC: 34, 36, 46. All begin with the JDBC context on this connection, and whether to commit each.</summary>
internal static class JdbcOperands
{
    /// <summary>Most statements of a batch. An empty one has a byte on the wire and more in memory.</summary>
    private const int MaxTexts = 100_000;

    private const int MaxType = 2;
    private const int MaxTail = 3;

    public static IgniteError Read(scoped ref MessagePackReader reader, scoped ref IgniteRequest request)
    {
        if (!reader.TryLong(out long context) || !reader.TryBool(out _))
        {
            return IgniteError.Malformed;
        }

        request.ResourceId = context;
        return request.Opcode switch
        {
            IgniteOpcodes.JdbcExec => IgniteRequestParser.Malformed(TryExec(ref reader, ref request)),
            IgniteOpcodes.JdbcExecBatch => ReadBatch(ref reader, ref request),
            _ => IgniteRequestParser.Malformed(TryPrepared(ref reader, ref request)),
        };
    }

    private static bool TryExec(scoped ref MessagePackReader reader, scoped ref IgniteRequest request)
    {
        int at = reader.Position;
        if (!reader.TryOneByte(MaxType, out int type) || !reader.TryStringOrNil(IgniteRequestParser.MaxNameBytes, out string? schema)
            || !reader.TryInt(out _) || !reader.TryInt(out _) || !reader.TryString(int.MaxValue, out string text)
            || !reader.TryBool(out bool isMulti) || !SqlOperands.TryArguments(ref reader) || !TryTail(ref reader))
        {
            return false;
        }

        request.Sql = new IgniteSqlCall
        {
            DefaultSchema = schema,
            Texts = [text],
            JdbcTypeAt = at,
            JdbcType = (byte)type,
            MayBeScript = isMulti,
        };
        return true;
    }

    private static IgniteError ReadBatch(scoped ref MessagePackReader reader, scoped ref IgniteRequest request)
    {
        if (!reader.TryStringOrNil(IgniteRequestParser.MaxNameBytes, out string? schema) || !reader.TryCount(out int count))
        {
            return IgniteError.Malformed;
        }

        if (count > MaxTexts)
        {
            return IgniteError.TooMany;
        }

        var texts = new List<string>();
        for (int i = 0; i < count; i++)
        {
            if (!reader.TryString(int.MaxValue, out string text))
            {
                return IgniteError.Malformed;
            }

            texts.Add(text);
        }

        request.Sql = new IgniteSqlCall { DefaultSchema = schema, Texts = texts, IsBatch = true };
        return IgniteRequestParser.Malformed(TryTail(ref reader));
    }

    private static bool TryPrepared(scoped ref MessagePackReader reader, scoped ref IgniteRequest request)
    {
        if (!reader.TryStringOrNil(IgniteRequestParser.MaxNameBytes, out string? schema) || !reader.TryString(int.MaxValue, out string text)
            || !reader.TryCount(out int count))
        {
            return false;
        }

        for (int i = 0; i < count; i++)
        {
            if (!SqlOperands.TryArguments(ref reader))
            {
                return false;
            }
        }

        request.Sql = new IgniteSqlCall { DefaultSchema = schema, Texts = [text], IsBatch = true };
        return TryTail(ref reader);
    }

    // A timeout, what the statement is marked with to be cancelled, and a timestamp. Drivers came to write one after the other;
    // none of them decides anything.
    private static bool TryTail(scoped ref MessagePackReader reader)
    {
        bool isGood = reader.TryLong(out _);
        for (int i = 1; i < MaxTail && isGood && !reader.IsAtEnd; i++)
        {
            isGood = reader.TryLong(out _);
        }

        return isGood;
    }
}

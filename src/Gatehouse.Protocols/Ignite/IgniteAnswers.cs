using Gatehouse.Protocols.Ignite.Wire;

namespace Gatehouse.Protocols.Ignite;

/// <summary>A table as a node names it.</summary>
/// <param name="Id">Its id in the cluster, never used again.</param>
/// <param name="Schema">Its schema as stored; null where <paramref name="Name"/> is the text form.</param>
/// <param name="Name">Its name as stored, or as text: in quotes if not all upper case.</param>
public sealed record IgniteTable(int Id, string? Schema, string Name)
{
    /// <summary>The canonical name; in text form without a schema that of PUBLIC is meant.</summary>
    public bool TryCanonical(out string? canonical)
    {
        if (Schema is null)
        {
            return IgniteNames.TryParse(Name, out canonical);
        }

        canonical = IgniteNames.Canonical(Schema, Name);
        return true;
    }
}

/// <summary>Bodies of responses, as far as a gate learns from them. Given is the payload behind the head.</summary>
public static class IgniteAnswers
{
    private const int MaxNameBytes = 65_535;

    /// <summary>Operations 4 and 72: a table, null for none of that name.</summary>
    /// <param name="body">The body.</param>
    /// <param name="isQualified">Whether it answers operation 72.</param>
    /// <param name="table">The table.</param>
    public static bool TryTable(ReadOnlySpan<byte> body, bool isQualified, out IgniteTable? table)
    {
        table = null;
        var reader = new MessagePackReader(body);
        return (reader.TryNil() || TryOne(ref reader, isQualified, out table)) && reader.IsAtEnd;
    }

    /// <summary>Operations 3 and 71: all tables.</summary>
    /// <param name="body">The body.</param>
    /// <param name="isQualified">Whether it answers operation 71.</param>
    /// <param name="tables">The tables.</param>
    public static bool TryTables(ReadOnlySpan<byte> body, bool isQualified, out IReadOnlyList<IgniteTable> tables)
    {
        tables = [];
        var reader = new MessagePackReader(body);
        if (!reader.TryCount(out int count))
        {
            return false;
        }

        var read = new List<IgniteTable>();
        for (int i = 0; i < count; i++)
        {
            if (!TryOne(ref reader, isQualified, out IgniteTable? table) || table is null)
            {
                return false;
            }

            read.Add(table);
        }

        tables = read;
        return reader.IsAtEnd;
    }

    /// <summary>Operation 43: the transaction's id on this connection.</summary>
    public static bool TryTransaction(ReadOnlySpan<byte> body, out long resourceId)
    {
        var reader = new MessagePackReader(body);
        return reader.TryLong(out resourceId);
    }

    /// <summary>Operations 47, 49, 69: the job's id. Operation 64: the task's, and then those of its jobs.</summary>
    public static bool TryJobs(ReadOnlySpan<byte> body, int opcode, out IReadOnlyList<Guid> ids)
    {
        const int reduce = 64;
        ids = [];
        var reader = new MessagePackReader(body);
        if ((opcode is 49 or 69 && !reader.TryInt(out _)) || !reader.TryGuid(out Guid first))
        {
            return false;
        }

        int count = 0;
        if (opcode == reduce && !reader.TryCount(out count))
        {
            return false;
        }

        var read = new List<Guid> { first };
        for (int i = 0; i < count; i++)
        {
            if (!reader.TryGuid(out Guid id))
            {
                return false;
            }

            read.Add(id);
        }

        ids = read;
        return true;
    }

    /// <summary>Operation 48: how many nodes follow.</summary>
    public static bool TryCount(ReadOnlySpan<byte> body, out int count)
    {
        var reader = new MessagePackReader(body);
        return reader.TryCount(out count);
    }

    private static bool TryOne(scoped ref MessagePackReader reader, bool isQualified, out IgniteTable? table)
    {
        table = null;
        string? schema = null;
        if (!reader.TryInt(out int id) || (isQualified && !TrySchema(ref reader, out schema)) || !reader.TryString(MaxNameBytes, out string name))
        {
            return false;
        }

        table = new IgniteTable(id, schema, name);
        return true;
    }

    private static bool TrySchema(scoped ref MessagePackReader reader, out string? schema)
    {
        bool isText = reader.TryString(MaxNameBytes, out string text);
        schema = isText ? text : null;
        return isText;
    }
}

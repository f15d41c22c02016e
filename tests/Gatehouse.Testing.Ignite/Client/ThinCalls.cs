using Gatehouse.Testing.Ignite.Wire;

namespace Gatehouse.Testing.Ignite.Client;

/// <summary>The operations as methods; each throws <see cref="ThinRefusedException"/> where the server says no.</summary>
public static class ThinCalls
{
    public static async Task HeartbeatAsync(this ThinClient client) => (await client.CallAsync(Op.Heartbeat)).Reader();

    /// <summary>The id of a table by a name as a user writes it; null where there is none.</summary>
    public static async Task<int?> TableIdAsync(this ThinClient client, string name)
    {
        PackReader reader = (await client.CallAsync(Op.TableGet, w => w.Text(name))).Reader();
        return reader.TakeNil() ? null : reader.Int();
    }

    /// <summary>The same by the qualified name, normalized.</summary>
    public static async Task<int?> TableIdAsync(this ThinClient client, string schema, string name)
    {
        PackReader reader = (await client.CallAsync(Op.TableGetQualified, w => w.Text(schema).Text(name))).Reader();
        return reader.TakeNil() ? null : reader.Int();
    }

    /// <summary>Every table: id and schema.name.</summary>
    public static async Task<IReadOnlyList<(int Id, string Name)>> TablesAsync(this ThinClient client)
    {
        PackReader reader = (await client.CallAsync(Op.TablesGetQualified)).Reader();
        return [.. Enumerable.Range(0, reader.Int()).Select(_ => (reader.Int(), $"{reader.Text()}.{reader.Text()}"))];
    }

    public static async Task UpsertAsync(this ThinClient client, int table, string key, string value, long? tx = null) =>
        (await client.CallAsync(Op.TupleUpsert, w => w.Keyed(table, tx).Row(key, value))).Reader();

    /// <summary>The value, or null where there is no such key.</summary>
    public static async Task<string?> GetAsync(this ThinClient client, int table, string key, long? tx = null)
    {
        PackReader reader = (await client.CallAsync(Op.TupleGet, w => w.Keyed(table, tx).Row(key))).Reader();
        reader.Int();
        return reader.TakeNil() ? null : Tuples.TextAt(reader.Bin(), 1, 2);
    }

    /// <summary>True where there was something to delete.</summary>
    public static async Task<bool> DeleteAsync(this ThinClient client, int table, string key, long? tx = null)
    {
        PackReader reader = (await client.CallAsync(Op.TupleDelete, w => w.Keyed(table, tx).Row(key))).Reader();
        reader.Int();
        return reader.Bool();
    }

    public static Task<SqlAnswer> SqlAsync(this ThinClient client, string sql) => client.SqlAsync(new SqlCall(sql));

    /// <summary>Runs a statement; its first page comes along.</summary>
    public static async Task<SqlAnswer> SqlAsync(this ThinClient client, SqlCall call) =>
        SqlAnswer.Read((await client.CallAsync(Op.SqlExec, w => w.SqlExec(client.Mutual, call))).Reader());

    /// <summary>The next page of a cursor and whether there are more.</summary>
    public static async Task<(IReadOnlyList<string> Rows, bool HasMore)> NextPageAsync(this ThinClient client, long cursor)
    {
        PackReader reader = (await client.CallAsync(Op.SqlCursorNextPage, w => w.Int(cursor))).Reader();
        return (SqlAnswer.ReadRows(reader), reader.Bool());
    }

    public static async Task ScriptAsync(this ThinClient client, string script, string? schema = null) =>
        (await client.CallAsync(Op.SqlExecScript, w => w.Props(schema).Text(script).Args().Int(0))).Reader();

    /// <summary>Runs one statement for each row of arguments; the result is the affected rows of each.</summary>
    public static async Task<IReadOnlyList<long>> BatchAsync(this ThinClient client, string sql, params string[] rows)
    {
        PackReader reader = (await client.CallAsync(Op.SqlExecBatch, w =>
        {
            w.Nil().Props().Text(sql).Int(1).Int(rows.Length).Bool(false);
            Array.ForEach(rows, r => w.Bin(Tuples.Build([10], [0], System.Text.Encoding.UTF8.GetBytes(r))));
            w.Int(0);
        })).Reader();
        return [.. Enumerable.Range(0, reader.Int()).Select(_ => reader.Long())];
    }

    /// <summary>A transaction's id on this connection.</summary>
    public static async Task<long> BeginAsync(this ThinClient client, bool isReadOnly = false) => (await client.CallAsync(Op.TxBegin, w =>
    {
        w.Bool(isReadOnly).Int(0);
        _ = isReadOnly ? w.Int(0) : w;
    })).Reader().Long();

    public static async Task CommitAsync(this ThinClient client, long tx, bool isReadOnly = false) =>
        (await client.CallAsync(Op.TxCommit, w => client.End(w, tx, isReadOnly))).Reader();

    public static async Task RollbackAsync(this ThinClient client, long tx, bool isReadOnly = false) =>
        (await client.CallAsync(Op.TxRollback, w => client.End(w, tx, isReadOnly))).Reader();

    public static Task<Guid> ExecuteAsync(this ThinClient client, string className, params string[] units) =>
        client.ExecuteAsync(new JobCall(className) { Units = units });

    /// <summary>Starts a job on the node of this connection; the result is its id.</summary>
    public static async Task<Guid> ExecuteAsync(this ThinClient client, JobCall job) =>
        (await client.CallAsync(Op.ComputeExecute, w => w.Execute(client.Mutual, job, client.Handshake.NodeName))).Reader().Uuid();

    /// <summary>Names and addresses (host:port) of the nodes.</summary>
    public static async Task<IReadOnlyList<(string Name, string Address)>> NodesAsync(this ThinClient client)
    {
        PackReader reader = (await client.CallAsync(Op.ClusterGetNodes)).Reader();
        return [.. Enumerable.Range(0, reader.Int()).Select(_ => ReadNode(reader))];
    }

    /// <summary>A JDBC connection's id.</summary>
    public static async Task<long> JdbcConnectAsync(this ThinClient client) =>
        (await client.CallAsync(Op.JdbcConnect, w => w.Text("UTC"))).Reader().Long();

    /// <summary>Reads a node: four values behind their number.</summary>
    public static (string Name, string Address) ReadNode(PackReader reader)
    {
        reader.Int();
        reader.Uuid();
        return (reader.Text(), $"{reader.Text()}:{reader.Int()}");
    }

    private static void End(this ThinClient client, PackWriter w, long tx, bool isReadOnly)
    {
        w.Int(tx);
        _ = client.Mutual.Has(7) && !isReadOnly ? w.Int(0) : w;
    }
}

/// <summary>What SQL_EXEC answered.</summary>
/// <param name="Cursor">Where more is to be had.</param>
/// <param name="HasRows">Whether the statement has rows at all.</param>
/// <param name="HasMore">Whether there is another page.</param>
/// <param name="Applied">Whether DDL was applied.</param>
/// <param name="Affected">How many rows it changed, or -1.</param>
/// <param name="Rows">The first column of the first page.</param>
public sealed record SqlAnswer(long? Cursor, bool HasRows, bool HasMore, bool Applied, long Affected, IReadOnlyList<string> Rows)
{
    /// <summary>Reads the payload.</summary>
    public static SqlAnswer Read(PackReader reader)
    {
        var head = new SqlAnswer(reader.LongOrNil(), reader.Bool(), reader.Bool(), reader.Bool(), reader.Long(), []);
        for (int columns = head.HasRows ? reader.Int() : 0; columns > 0; columns--)
        {
            for (int values = reader.Int(); values > 0; values--)
            {
                reader.Skip();
            }
        }

        return head with { Rows = head.HasRows ? ReadRows(reader) : [] };
    }

    internal static IReadOnlyList<string> ReadRows(PackReader reader) =>
        [.. Enumerable.Range(0, reader.Int()).Select(_ => Tuples.TextAt(reader.Bin(), 0, 1) ?? "")];
}

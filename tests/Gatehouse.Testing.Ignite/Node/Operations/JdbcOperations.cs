using Gatehouse.Testing.Ignite.Node.State;
using Gatehouse.Testing.Ignite.Wire;

namespace Gatehouse.Testing.Ignite.Node.Operations;

/// <summary>What the JDBC driver sends. Answers have the layout of SQL_EXEC's.</summary>
internal static class JdbcOperations
{
    private sealed class Context;

    public static IEnumerable<KeyValuePair<Op, Action<NodeCall, PackWriter>>> All =>
    [
        new(Op.JdbcConnect, Connect),
        new(Op.JdbcExec, Exec),
        new(Op.JdbcExecBatch, Batch),
        new(Op.JdbcPsBatch, Prepared),
        new(Op.JdbcNext, Next),
        new(Op.JdbcMoreResults, MoreResults),
        new(Op.JdbcCursorClose, (call, _) => SqlOperations.Close(call)),
        new(Op.JdbcTableMeta, Tables),
        new(Op.JdbcColumnMeta, Tables),
        new(Op.JdbcPkMeta, Tables),
        new(Op.JdbcSchemasMeta, Schemas),
        new(Op.JdbcTxFinish, Finish),
        new(Op.JdbcCancel, Cancel),
    ];

    private static void Connect(NodeCall call, PackWriter w)
    {
        call.Operands.Text();
        w.Int(call.Connection.Keep(new Context()));
    }

    private static void Exec(NodeCall call, PackWriter w)
    {
        PackReader operands = call.Operands;
        call.Connection.Find<Context>(operands.Long());
        operands.Bool();
        int type = operands.Int();
        string schema = operands.Text();
        int pageSize = operands.Int();
        operands.Int();
        string sql = operands.Text();
        bool isScript = operands.Bool();
        call.SkipArgs();
        operands.Long();
        operands.Long();
        operands.Long();
        call.Note(sql, schema);
        SqlKind mask = type switch { 1 => SqlKind.Rows, 2 => SqlKind.Affected | SqlKind.Applied, _ => SqlKind.Single };
        SqlOperations.RunFirst(call, w, SqlOperations.Allowed(sql, isScript ? mask | SqlKind.Tx | SqlKind.Script : mask), schema, Math.Max(1, pageSize));
    }

    private static void Batch(NodeCall call, PackWriter w)
    {
        PackReader operands = call.Operands;
        call.Connection.Find<Context>(operands.Long());
        operands.Bool();
        string? schema = operands.TextOrNil();
        string[] all = [.. Enumerable.Range(0, operands.Int()).Select(_ => operands.Text())];
        operands.Long();
        operands.Long();
        Array.ForEach(all, sql => call.Note(sql, schema));
        w.Int(all.Length);
        foreach (string sql in all)
        {
            w.Int(SqlText.Run(SqlOperations.Allowed(sql, SqlKind.Affected | SqlKind.Applied).Dequeue(), schema ?? "PUBLIC", call.Node.Tables).Affected);
        }
    }

    private static void Prepared(NodeCall call, PackWriter w)
    {
        PackReader operands = call.Operands;
        call.Connection.Find<Context>(operands.Long());
        operands.Bool();
        string? schema = operands.TextOrNil();
        string sql = operands.Text();
        int rows = operands.Int();
        for (int left = rows; left > 0; left--)
        {
            call.SkipArgs();
        }

        operands.Long();
        operands.Long();
        call.Note(sql, schema);
        string statement = SqlOperations.Allowed(sql, SqlKind.Affected).Dequeue();
        w.Int(rows);
        for (int left = rows; left > 0; left--)
        {
            w.Int(SqlText.Run(statement, schema ?? "PUBLIC", call.Node.Tables).Affected);
        }
    }

    private static void Next(NodeCall call, PackWriter w)
    {
        NodeCursor cursor = call.Connection.Find<NodeCursor>(call.Operands.Long());
        call.Operands.Int();
        cursor.WritePage(w);
        w.Bool(cursor.HasMore);
    }

    private static void MoreResults(NodeCall call, PackWriter w)
    {
        long id = call.Operands.Long();
        NodeCursor cursor = call.Connection.Find<NodeCursor>(id);
        call.Operands.Int();
        if (cursor.Following.Count == 0)
        {
            w.Nil().Bool(false).Bool(false).Bool(false).Int(-1);
            return;
        }

        call.Connection.Release(id);
        SqlOperations.RunFirst(call, w, cursor.Following, cursor.Schema, cursor.PageSize);
    }

    private static void Tables(NodeCall call, PackWriter w)
    {
        call.Operands.TextOrNil();
        call.Operands.TextOrNil();
        IReadOnlyList<StandInTable> tables = call.Node.Tables.All;
        w.Int(tables.Count);
        foreach (StandInTable table in tables)
        {
            w.Text(table.Schema).Text(table.Name);
        }
    }

    private static void Schemas(NodeCall call, PackWriter w)
    {
        call.Operands.TextOrNil();
        string[] all = [.. call.Node.Tables.All.Select(t => t.Schema).Append("SYSTEM").Distinct()];
        w.Int(all.Length);
        Array.ForEach(all, s => w.Text(s));
    }

    private static void Finish(NodeCall call, PackWriter w)
    {
        call.Connection.Find<Context>(call.Operands.Long());
        call.Operands.Bool();
    }

    private static void Cancel(NodeCall call, PackWriter w)
    {
        call.Connection.Find<Context>(call.Operands.Long());
        call.Operands.Long();
    }
}

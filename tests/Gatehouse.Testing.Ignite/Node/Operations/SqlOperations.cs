using Gatehouse.Testing.Ignite.Node.State;
using Gatehouse.Testing.Ignite.Wire;

namespace Gatehouse.Testing.Ignite.Node.Operations;

/// <summary>The rows that a statement has left, and the statements that follow it.</summary>
internal sealed class NodeCursor(IReadOnlyList<string> rows, int pageSize)
{
    private int _at;

    public bool HasMore => _at < rows.Count;

    /// <summary>Statements of the same request that are not yet run, and the schema for them.</summary>
    public Queue<string> Following { get; init; } = new();

    public string Schema { get; init; } = "PUBLIC";

    public int PageSize => pageSize;

    public void WritePage(PackWriter w)
    {
        string[] page = [.. rows.Skip(_at).Take(pageSize)];
        _at += page.Length;
        w.Int(page.Length);
        Array.ForEach(page, r => w.Bin(Tuples.Texts(r)));
    }
}

/// <summary>SQL, which is recorded before anything else is done with it.</summary>
internal static class SqlOperations
{
    public static IEnumerable<KeyValuePair<Op, Action<NodeCall, PackWriter>>> All =>
    [
        new(Op.SqlExec, Exec),
        new(Op.SqlExecBatch, Batch),
        new(Op.SqlExecScript, Script),
        new(Op.SqlQueryMeta, Meta),
        new(Op.SqlCursorNextPage, NextPage),
        new(Op.SqlCursorClose, (call, _) => Close(call)),
        new(Op.SqlCursorNextResultSet, NextResultSet),
    ];

    /// <summary>Passes over the arguments of a statement.</summary>
    public static void SkipArgs(this NodeCall call)
    {
        if (!call.Operands.TakeNil() && call.Operands.Int() > 0)
        {
            call.Operands.Bin();
        }
    }

    public static void Close(NodeCall call)
    {
        long id = call.Operands.Long();
        if (!call.Connection.Release(id))
        {
            throw NodeErrorException.Protocol($"Failed to find resource with id: {id}");
        }
    }

    /// <summary>Runs the first statement of a text and writes its answer; those behind it wait in its cursor.</summary>
    public static void RunFirst(NodeCall call, PackWriter w, Queue<string> statements, string schema, int pageSize)
    {
        string statement = statements.Dequeue();
        SqlKind kind = SqlText.KindOf(statement);
        (IReadOnlyList<string> rows, long affected) = SqlText.Run(statement, schema, call.Node.Tables);
        var cursor = new NodeCursor(rows, pageSize) { Following = statements, Schema = schema };
        var page = new PackWriter();
        cursor.WritePage(page);
        _ = cursor.HasMore || statements.Count > 0 ? w.Int(call.Connection.Keep(cursor)) : w.Nil();
        w.Bool(kind == SqlKind.Rows).Bool(cursor.HasMore).Bool(kind == SqlKind.Applied).Int(affected);
        if (kind == SqlKind.Rows)
        {
            // One column of text: name, nullable, type, scale, precision, no origin.
            w.Int(1).Int(6).Text("VALUE").Bool(true).Int(10).Int(0).Int(0).Bool(false).Raw(page.ToArray());
        }
    }

    /// <summary>The statements of a text, where the mask allows each of them.</summary>
    public static Queue<string> Allowed(string sql, SqlKind mask)
    {
        IReadOnlyList<string> all = SqlText.Split(sql);
        if (all.Count == 0)
        {
            throw new NodeErrorException(NodeErrorException.Sql, 2, "Failed to parse query");
        }

        if (all.Count > 1 && !mask.HasFlag(SqlKind.Script))
        {
            throw new NodeErrorException(NodeErrorException.Sql, 3, "Multiple statements are not allowed");
        }

        foreach (SqlKind kind in all.Select(SqlText.KindOf).Where(k => !mask.HasFlag(k)))
        {
            throw new NodeErrorException(NodeErrorException.Sql, 3, $"Invalid SQL statement type. Expected {mask} but got {kind}");
        }

        return new Queue<string>(all);
    }

    private static void Exec(NodeCall call, PackWriter w)
    {
        _ = call.Features.Has(10) && call.Operands.Bool();
        call.Tx();
        (string? schema, int? pageSize, byte? modifiers) = Props(call, call.Features.Has(13));
        string sql = call.Operands.Text();
        call.SkipArgs();
        call.Operands.Long();
        bool wantsMapping = call.Features.Has(9) && call.Operands.Bool();
        call.Note(sql, schema, modifiers);
        Queue<string> statements = Allowed(sql, modifiers is { } mask ? (SqlKind)mask : SqlKind.Single);
        RunFirst(call, w, statements, schema ?? "PUBLIC", pageSize ?? call.Node.Options.PageSize);
        _ = wantsMapping ? w.Nil() : w;
    }

    private static (string? Schema, int? PageSize, byte? Modifiers) Props(NodeCall call, bool hasModifiers)
    {
        PackReader operands = call.Operands;
        (string? schema, long? pageSize) = (operands.TextOrNil(), operands.LongOrNil());
        operands.LongOrNil();
        operands.LongOrNil();
        operands.TextOrNil();
        operands.Int();
        operands.Bin();
        return (schema, (int?)pageSize, hasModifiers ? (byte)operands.Int() : null);
    }

    private static void Batch(NodeCall call, PackWriter w)
    {
        call.Tx();
        string? schema = Props(call, hasModifiers: false).Schema;
        string sql = call.Operands.Text();
        int rows = 0;
        if (!call.Operands.TakeNil())
        {
            call.Operands.Int();
            rows = call.Operands.Int();
            call.Operands.Bool();
            for (int left = rows; left > 0; left--)
            {
                call.Operands.Bin();
            }
        }

        call.Operands.Long();
        call.Note(sql, schema);
        string statement = Allowed(sql, SqlKind.Affected).Dequeue();
        w.Int(rows);
        for (int left = rows; left > 0; left--)
        {
            w.Int(SqlText.Run(statement, schema ?? "PUBLIC", call.Node.Tables).Affected);
        }
    }

    private static void Script(NodeCall call, PackWriter w)
    {
        string? schema = Props(call, hasModifiers: false).Schema;
        string sql = call.Operands.Text();
        call.SkipArgs();
        call.Operands.Long();
        call.Note(sql, schema);
        foreach (string statement in Allowed(sql, SqlKind.Everything))
        {
            SqlText.Run(statement, schema ?? "PUBLIC", call.Node.Tables);
        }
    }

    private static void Meta(NodeCall call, PackWriter w)
    {
        call.Tx();
        string? schema = call.Operands.TextOrNil();
        string sql = call.Operands.Text();
        call.Note(sql, schema);
        Allowed(sql, SqlKind.Single);
        w.Int(0).Int(0);
    }

    private static void NextPage(NodeCall call, PackWriter w)
    {
        long id = call.Operands.Long();
        NodeCursor cursor = call.Connection.Find<NodeCursor>(id);
        cursor.WritePage(w);
        w.Bool(cursor.HasMore);
        _ = !cursor.HasMore && cursor.Following.Count == 0 && call.Connection.Release(id);
    }

    private static void NextResultSet(NodeCall call, PackWriter w)
    {
        long id = call.Operands.Long();
        NodeCursor cursor = call.Connection.Find<NodeCursor>(id);
        if (cursor.Following.Count == 0)
        {
            throw NodeErrorException.Protocol("no further result");
        }

        call.Connection.Release(id);
        RunFirst(call, w, cursor.Following, cursor.Schema, cursor.PageSize);
    }
}

using Gatehouse.Testing.Ignite.Wire;

namespace Gatehouse.Testing.Ignite.Client;

/// <summary>Samples of SQL by every operation that carries it.</summary>
internal static class SqlSamples
{
    public static IEnumerable<SampleCall> All(SampleWorld world) => Statements(world).Concat(Cursors(world)).Concat(Jdbc(world));

    private static IEnumerable<SampleCall> Statements(SampleWorld world)
    {
        (string read, string write, string ddl) = ($"sql.read {world.Table}", $"sql.write {world.Table}", $"sql.ddl {world.Table}");
        SampleCall Exec(string name, string sql, params string[] rights) => new(name, Op.SqlExec, rights)
        {
            Operands = (w, features, _) => w.SqlExec(features, new SqlCall(sql)),
        };
        yield return Exec("sql_exec_select", $"SELECT * FROM {world.Table}", read);
        yield return Exec("sql_exec_select_nothing", "SELECT 1", "sql.read");
        yield return Exec("sql_exec_select_system", "SELECT * FROM SYSTEM.TABLES", "system.read SYSTEM.TABLES");
        yield return Exec("sql_exec_insert", $"INSERT INTO {world.Table} VALUES ('a', 'b')", write);
        yield return Exec("sql_exec_insert_select", $"INSERT INTO {world.Table} SELECT * FROM {world.Table}", write, read);
        yield return Exec("sql_exec_update", $"UPDATE {world.Table} SET VALUE = 'c' WHERE KEY = 'a'", write);
        yield return Exec("sql_exec_delete", $"DELETE FROM {world.Table} WHERE KEY = 'a'", write);
        yield return Exec("sql_exec_explain", $"EXPLAIN PLAN FOR SELECT * FROM {world.Table}", read);
        yield return Exec("sql_exec_ddl", $"CREATE INDEX IF NOT EXISTS I ON {world.Table} (VALUE)", ddl);
        yield return Exec("sql_exec_zone", "CREATE ZONE IF NOT EXISTS Z1 WITH STORAGE_PROFILES='default'", "sql.ddl.zone Z1");
        yield return Exec("sql_exec_kill", "KILL QUERY 'b1b1b1b1-0000-0000-0000-000000000000'", "sql.kill");
        yield return new SampleCall("sql_exec_batch", Op.SqlExecBatch, write)
        {
            Operands = (w, _, _) => w.Nil().Props().Text($"INSERT INTO {world.Table} VALUES (?, 'b')").Int(1).Int(1).Bool(false)
                .Bin(Tuples.Build([10], [0], "z"u8.ToArray())).Int(0),
        };
        yield return new SampleCall("sql_exec_script", Op.SqlExecScript, write, read)
        {
            Operands = (w, _, _) =>
            {
                w.Props().Text($"DELETE FROM {world.Table}; SELECT * FROM {world.Table};").Args().Int(0);
                _ = w.IsWide ? w.Bool(true) : w;
            },
        };
        yield return new SampleCall("sql_query_meta", Op.SqlQueryMeta, read) { Operands = (w, _, _) => w.Nil().Text("PUBLIC").Text($"SELECT * FROM {world.Table}") };
    }

    private static IEnumerable<SampleCall> Cursors(SampleWorld world)
    {
        const string Rows = "SELECT * FROM TABLE(SYSTEM_RANGE(1, 10))";
        SampleCall OfCursor(string name, Op op) => new(name, op)
        {
            Prepare = async client => new Prepared((await client.SqlAsync(new SqlCall(Rows) { PageSize = 2 })).Cursor!.Value),
            PrepareRights = ["sql.read"],
            Operands = (w, _, p) => w.Int(p.Id),
        };
        yield return OfCursor("sql_cursor_next_page", Op.SqlCursorNextPage);
        yield return OfCursor("sql_cursor_close", Op.SqlCursorClose);
        yield return new SampleCall("sql_cursor_next_result_set", Op.SqlCursorNextResultSet)
        {
            Needs = FeatureSet.Of(13),
            Prepare = async client => new Prepared((await client.SqlAsync(new SqlCall($"SELECT 1; SELECT * FROM {world.Table}") { Modifiers = 31 })).Cursor!.Value),
            PrepareRights = ["sql.read", $"sql.read {world.Table}"],
            Operands = (w, _, p) => w.Int(p.Id),
        };
    }

    private static IEnumerable<SampleCall> Jdbc(SampleWorld world)
    {
        (string read, string write, string meta) = ($"sql.read {world.Table}", $"sql.write {world.Table}", "meta.read *");
        SampleCall OfConnection(string name, Op op, Action<PackWriter, long> operands, params string[] rights) => new(name, op, rights)
        {
            Prepare = async client => new Prepared(await client.JdbcConnectAsync()),
            Operands = (w, _, p) => operands(w, p.Id),
        };
        SampleCall OfCursor(string name, Op op, string sql, bool isScript, params string[] needed) => new(name, op)
        {
            Prepare = async client =>
            {
                long id = await client.JdbcConnectAsync();
                return new Prepared(SqlAnswer.Read((await client.CallAsync(Op.JdbcExec, w => w.JdbcExec(id, sql, isScript: isScript))).Reader()).Cursor!.Value);
            },
            PrepareRights = needed,

            // Behind the cursor comes how many rows are wanted, but where it is closed.
            Operands = (w, features, p) => _ = op == Op.JdbcCursorClose ? w.Int(p.Id) : w.Int(p.Id).Int(2),
        };
        yield return new SampleCall("jdbc_connect", Op.JdbcConnect) { Operands = (w, _, _) => w.Text("UTC") };
        yield return OfConnection("jdbc_exec_select", Op.JdbcExec, (w, id) => w.JdbcExec(id, $"SELECT * FROM {world.Table}"), read);
        yield return OfConnection("jdbc_exec_update", Op.JdbcExec, (w, id) => w.JdbcExec(id, $"DELETE FROM {world.Table}", type: 2), write);
        yield return OfConnection("jdbc_exec_batch", Op.JdbcExecBatch,
            (w, id) => w.Int(id).Bool(true).Text("PUBLIC").Int(2).Text($"DELETE FROM {world.Table}").Text($"INSERT INTO {world.Table} VALUES ('a', 'b')").Int(0).Int(1), write);
        yield return OfConnection("jdbc_ps_batch", Op.JdbcPsBatch,
            (w, id) => w.Int(id).Bool(true).Nil().Text($"INSERT INTO {world.Table} VALUES (?, 'b')").Int(1).Args("a").Int(0).Int(1), write);
        yield return OfConnection("jdbc_tx_finish", Op.JdbcTxFinish, (w, id) => w.Int(id).Bool(true), "tx.use");
        yield return OfConnection("jdbc_cancel", Op.JdbcCancel, (w, id) => w.Int(id).Int(1));
        yield return OfCursor("jdbc_next", Op.JdbcNext, "SELECT * FROM TABLE(SYSTEM_RANGE(1, 10))", false, "sql.read");
        yield return OfCursor("jdbc_cursor_close", Op.JdbcCursorClose, "SELECT * FROM TABLE(SYSTEM_RANGE(1, 10))", false, "sql.read");
        yield return OfCursor("jdbc_more_results", Op.JdbcMoreResults, $"SELECT 1; SELECT * FROM {world.Table}", true, "sql.read", read);
        yield return new SampleCall("jdbc_table_meta", Op.JdbcTableMeta, meta) { Operands = (w, _, _) => w.Text(world.Schema).Text(world.Bare).Nil() };
        yield return new SampleCall("jdbc_column_meta", Op.JdbcColumnMeta, meta) { Operands = (w, _, _) => w.Text(world.Schema).Text(world.Bare).Text("%") };
        yield return new SampleCall("jdbc_schemas_meta", Op.JdbcSchemasMeta, "meta.read") { Operands = (w, _, _) => w.Text(world.Schema) };
        yield return new SampleCall("jdbc_pk_meta", Op.JdbcPkMeta, meta) { Operands = (w, _, _) => w.Text(world.Schema).Text(world.Bare) };
    }
}

using Gatehouse.Testing.Ignite.Wire;

namespace Gatehouse.Testing.Ignite.Client;

/// <summary>Every operation of the protocol at least once, well-formed, with the rights that it needs at the gate.</summary>
public static class Samples
{
    /// <summary>Those that the server of these features may know, in order of their numbers.</summary>
    public static IEnumerable<SampleCall> All(SampleWorld world) =>
        Session(world).Concat(Rows(world)).Concat(Transactions()).Concat(SqlSamples.All(world)).Concat(Compute(world)).Concat(Refused())
            .OrderBy(s => (int)s.Opcode).ThenBy(s => s.Name, StringComparer.Ordinal);

    private static IEnumerable<SampleCall> Session(SampleWorld world)
    {
        string meta = $"meta.read {world.Table}";
        yield return new SampleCall("heartbeat", Op.Heartbeat);
        yield return new SampleCall("tables_get", Op.TablesGet, "meta.read *");
        yield return new SampleCall("tables_get_qualified", Op.TablesGetQualified, "meta.read *");
        yield return new SampleCall("table_get", Op.TableGet, meta) { Operands = (w, _, _) => w.Text(world.Table) };
        yield return new SampleCall("table_get_qualified", Op.TableGetQualified, meta) { Operands = (w, _, _) => w.Text(world.Schema).Text(world.Bare) };
        yield return new SampleCall("schemas_get", Op.SchemasGet, meta) { Operands = (w, _, _) => w.Int(world.TableId).Nil() };
        yield return new SampleCall("partition_assignment_get", Op.PartitionAssignmentGet, meta) { Operands = (w, _, _) => w.Int(world.TableId).Int(0) };
        yield return new SampleCall("primary_replicas_get", Op.PrimaryReplicasGet, meta) { Operands = (w, _, _) => w.Int(world.TableId) };
        yield return new SampleCall("cluster_get_nodes", Op.ClusterGetNodes, "cluster.read");
        yield return new SampleCall("operation_cancel", Op.OperationCancel) { Operands = (w, _, p) => w.Int(p.Id) };
    }

    private static IEnumerable<SampleCall> Rows(SampleWorld world)
    {
        const string R = "table.read";
        const string W = "table.write";
        SampleCall One(string name, Op op, string[] rights, params string[] row) =>
            Keyed(name, op, rights, w => w.Row(row));
        SampleCall Many(string name, Op op, string[] rights, params string[] row) =>
            Keyed(name, op, rights, w => w.Rows(row, [row[0] + "2", .. row[1..]]));
        SampleCall Keyed(string name, Op op, string[] rights, Action<PackWriter> rest) => new(name, op, [.. rights.Select(r => $"{r} {world.Table}")])
        {
            Operands = (w, _, _) => rest(w.Keyed(world.TableId)),
        };

        yield return One("tuple_upsert", Op.TupleUpsert, [W], "k", "v");
        yield return One("tuple_get", Op.TupleGet, [R], "k");
        yield return Many("tuple_upsert_all", Op.TupleUpsertAll, [W], "k", "v");
        yield return Many("tuple_get_all", Op.TupleGetAll, [R], "k");
        yield return One("tuple_get_and_upsert", Op.TupleGetAndUpsert, [R, W], "k", "v");
        yield return One("tuple_insert", Op.TupleInsert, [W], "k", "v");
        yield return Many("tuple_insert_all", Op.TupleInsertAll, [W], "k", "v");
        yield return One("tuple_replace", Op.TupleReplace, [W], "k", "v");
        yield return Keyed("tuple_replace_exact", Op.TupleReplaceExact, [R, W], w => w.Row("k", "v").Row("k", "w"));
        yield return One("tuple_get_and_replace", Op.TupleGetAndReplace, [R, W], "k", "v");
        yield return One("tuple_delete", Op.TupleDelete, [W], "k");
        yield return Many("tuple_delete_all", Op.TupleDeleteAll, [W], "k");
        yield return One("tuple_delete_exact", Op.TupleDeleteExact, [R, W], "k", "v");
        yield return Many("tuple_delete_all_exact", Op.TupleDeleteAllExact, [R, W], "k", "v");
        yield return One("tuple_get_and_delete", Op.TupleGetAndDelete, [R, W], "k");
        yield return One("tuple_contains_key", Op.TupleContainsKey, [R], "k");
        yield return Many("tuple_contains_all_keys", Op.TupleContainsAllKeys, [R], "k");
        yield return new SampleCall("streamer_batch_send", Op.StreamerBatchSend, $"{W} {world.Table}")
        {
            Operands = (w, _, _) => w.Int(world.TableId).Int(0).Nil().Int(1).Rows(["k", "v"], ["l", "v"]),
        };
    }

    private static IEnumerable<SampleCall> Transactions()
    {
        const string Use = "tx.use";
        SampleCall End(string name, Op op, bool isReadOnly) => new(name, op, Use)
        {
            Prepare = async client => new Prepared(await client.BeginAsync(isReadOnly)),
            PrepareRights = [Use],
            Operands = (w, features, p) => _ = features.Has(7) && !isReadOnly ? w.Int(p.Id).Int(0) : w.Int(p.Id),
        };
        yield return new SampleCall("tx_begin", Op.TxBegin, Use) { Operands = (w, _, _) => w.Bool(false).Int(0) };
        yield return new SampleCall("tx_begin_read_only", Op.TxBegin, Use) { Operands = (w, _, _) => w.Bool(true).Int(0).Int(0) };
        yield return End("tx_commit", Op.TxCommit, isReadOnly: false);
        yield return End("tx_commit_read_only", Op.TxCommit, isReadOnly: true);
        yield return End("tx_rollback", Op.TxRollback, isReadOnly: false);
    }

    private static IEnumerable<SampleCall> Compute(SampleWorld world)
    {
        string[] onTable = [.. world.JobRights, $"meta.read {world.Table}"];
        JobCall job = world.Job;
        yield return new SampleCall("compute_execute", Op.ComputeExecute, world.JobRights)
        {
            Operands = (w, features, _) => w.Execute(features, job, world.NodeName),
        };
        yield return new SampleCall("compute_execute_colocated", Op.ComputeExecuteColocated, onTable)
        {
            Operands = (w, features, _) => w.Int(world.TableId).Int(1).Row("k").Job(features, job),
        };
        yield return new SampleCall("compute_execute_partitioned", Op.ComputeExecutePartitioned, onTable)
        {
            Operands = (w, features, _) => w.Int(world.TableId).Int(0).Job(features, job),
        };
        yield return new SampleCall("compute_execute_mapreduce", Op.ComputeExecuteMapReduce, world.JobRights)
        {
            Operands = (w, features, _) => w.Units(job.Units).Text(job.ClassName).Argument(features, job),
        };
        yield return new SampleCall("streamer_with_receiver", Op.StreamerWithReceiver, [$"table.write {world.Table}", .. world.JobRights])
        {
            Operands = (w, features, _) => w.Receiver(features, world.TableId, job),
        };

        SampleCall Own(string name, Op op, Action<PackWriter, Prepared> operands) => new(name, op)
        {
            Prepare = async client => new Prepared(0, await client.ExecuteAsync(job with { ClassName = world.SleepingClass })),
            PrepareRights = [$"compute.execute {world.SleepingClass}", .. world.JobRights.Skip(1)],
            Operands = (w, _, p) => operands(w, p),
        };
        yield return Own("compute_get_state", Op.ComputeGetState, (w, p) => w.Uuid(p.Job));
        yield return Own("compute_change_priority", Op.ComputeChangePriority, (w, p) => w.Uuid(p.Job).Int(3));
        yield return Own("compute_cancel", Op.ComputeCancel, (w, p) => w.Uuid(p.Job));
    }

    /// <summary>What the gate lets nobody do: no operation of a client, of the future, or of direct mapping, which it clears.</summary>
    private static IEnumerable<SampleCall> Refused()
    {
        yield return new SampleCall("server_op_response", Op.ServerOpResponse) { IsAlwaysRefused = true, Operands = (w, _, _) => w.Int(1).Int(1).Nil() };
        yield return new SampleCall("tx_discard", Op.TxDiscard) { IsAlwaysRefused = true, Operands = (w, _, _) => w.Uuid(Guid.NewGuid()).Int(0) };
        foreach (int unknown in (int[])[0, 2, 6, 7, 8, 9, 11, 14, 17, 19, 21, 23, 25, 27, 42, 76, 1000, 2000, 2001])
        {
            yield return new SampleCall($"unknown_{unknown}", (Op)unknown) { IsAlwaysRefused = true };
        }
    }
}

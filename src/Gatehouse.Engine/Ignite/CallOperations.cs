using System.Globalization;
using System.Text;
using Gatehouse.Engine.Configuration;
using Gatehouse.Identity;
using Gatehouse.Operations;
using Gatehouse.Policy.Names;
using Gatehouse.Protocols.Ignite;
using Gatehouse.Protocols.Ignite.Calls;
using Gatehouse.Protocols.Ignite.Sql;

namespace Gatehouse.Engine.Ignite;

/// <summary>Step 5: what a request wants, in the words that grants are written in. Owned by one flow of control.</summary>
internal sealed class CallOperations(Func<IgniteConfiguration> options, TableBook tables, JobBook jobs, Principal principal)
{
    // An argument's type that whatever marshaller the job declares reads, Java's own deserialization among them.
    private const int CustomMarshalled = 2;

    private const int MostShown = 2048;

    // All texts of a batch, in UTF-16 units: reading them takes the gate's time.
    private const int MostText = 4 * 1024 * 1024;
    private const byte JdbcSelect = 1;
    private const byte JdbcUpdate = 2;

    private readonly SqlWants _wanted = new();

    /// <summary>What the statement was, its literals taken out; null where there was none.</summary>
    public string? Statement { get; private set; }

    /// <summary>
    /// Fills in what a request wants; null where it can be decided. A set that stays empty is of a request that only goes on with what
    /// an earlier one has opened. Rewrites in the payload what the node is to hold the statement to.
    /// </summary>
    /// <param name="request">As read.</param>
    /// <param name="payload">Its bytes, which go on afterwards.</param>
    /// <param name="operations">Empty.</param>
    public async ValueTask<CallRefusal?> FillAsync(IgniteRequest request, Memory<byte> payload, OperationSet operations)
    {
        Statement = null;
        if (request.Sql is { } sql)
        {
            return FillSql(request.Opcode, sql, payload.Span, operations);
        }

        byte[]? table = null;
        if (request.TableId is { } id && !tables.TryFind(id, out table))
        {
            table = await tables.FindAsync(id);
            if (table is null)
            {
                return CallRefusal.Table;
            }
        }

        if (request.AskedName is { } asked)
        {
            string? name = request.AskedSchema is { } schema ? SqlNames.Canonical(schema, asked) : SqlNames.ReadTable(asked);
            if (name is null)
            {
                return CallRefusal.Table;
            }

            table = Encoding.UTF8.GetBytes(name);
        }

        return request.Compute is { } compute ? FillCompute(request, compute, table, operations) : FillPlain(request, table, operations);
    }

    private CallRefusal? FillPlain(in IgniteRequest request, byte[]? table, OperationSet operations)
    {
        IgnitePrivilege wanted = request.Operation!.Privilege; // a request that was read has one
        if ((wanted & IgnitePrivilege.Denied) != IgnitePrivilege.None)
        {
            // An operation without a reading of its own is nobody's.
            return CallRefusal.Sql("unknown_operation");
        }

        if (table is null && (wanted & (IgnitePrivilege.TableRead | IgnitePrivilege.TableWrite)) != IgnitePrivilege.None)
        {
            return CallRefusal.Table;
        }

        if (request.JobId is { } job)
        {
            FillJob(job, (wanted & IgnitePrivilege.ComputeManage) != IgnitePrivilege.None, operations);
            return null;
        }

        Add(wanted, IgnitePrivilege.TableRead, IgniteRights.TableRead, table, operations);
        Add(wanted, IgnitePrivilege.TableWrite, IgniteRights.TableWrite, table, operations);
        if ((wanted & IgnitePrivilege.MetaRead) != IgnitePrivilege.None)
        {
            operations.Begin(IgniteRights.MetaRead);
            if (table is not null)
            {
                operations.AddResource(table);
            }
            else if (request.Opcode != IgniteOpcodes.JdbcSchemasMeta)
            {
                // Its answer names every table there is.
                operations.AddPrefix([]);
            }
        }

        Add(wanted, IgnitePrivilege.Tx, IgniteRights.TxUse, null, operations);
        Add(wanted, IgnitePrivilege.ClusterRead, IgniteRights.ClusterRead, null, operations);
        return null;
    }

    private CallRefusal? FillCompute(in IgniteRequest request, IgniteComputeCall compute, byte[]? table, OperationSet operations)
    {
        if (compute.ArgumentType == CustomMarshalled && options().CustomMarshalled != Words.Pass)
        {
            return CallRefusal.Marshalled;
        }

        operations.Begin(IgniteRights.ComputeExecute);
        operations.AddResource(Encoding.UTF8.GetBytes(compute.ClassName));
        if (compute.Units.Count > 0)
        {
            operations.Begin(IgniteRights.ComputeUnit);
            foreach (IgniteUnit unit in compute.Units)
            {
                if (IgniteUnitVersions.Canonical(unit.Version) is not { } version)
                {
                    return CallRefusal.Unit;
                }

                if (version == IgniteUnitVersions.Latest)
                {
                    // Which one that is the node decides when it runs: it takes the right to all of them, and none that is denied.
                    operations.AddPrefix(Encoding.UTF8.GetBytes(unit.Name + ":"));
                }
                else
                {
                    operations.AddResource(Encoding.UTF8.GetBytes($"{unit.Name}:{version}"));
                }
            }
        }

        if (table is not null)
        {
            operations.Begin(compute.IsReceiver ? IgniteRights.TableWrite : IgniteRights.MetaRead);
            operations.AddResource(table);
        }

        return request.TableId is not null && table is null ? CallRefusal.Table : null;
    }

    private void FillJob(Guid job, bool isManaged, OperationSet operations)
    {
        if (jobs.IsOwn(job, principal))
        {
            operations.Begin(IgniteRights.ComputeExecute);
            return;
        }

        operations.Begin(isManaged ? IgniteRights.ComputeManage : IgniteRights.ComputeRead);
        operations.AddResource(Encoding.UTF8.GetBytes(job.ToString("D", CultureInfo.InvariantCulture)));
    }

    private CallRefusal? FillSql(int opcode, IgniteSqlCall sql, Span<byte> payload, OperationSet operations)
    {
        if (sql.Texts.Sum(static text => (long)text.Length) > MostText)
        {
            return CallRefusal.Sql("too_long");
        }

        _wanted.Clear();
        SqlModifiers needed = SqlModifiers.None;
        bool isQuery = false;
        bool isUpdate = false;
        foreach (string text in sql.Texts)
        {
            SqlReading reading = SqlClassifier.Read(text, sql.DefaultSchema, sql.MayBeScript);
            Statement = Statement is null ? reading.Redacted : Statement.Length < MostShown ? $"{Statement}; {reading.Redacted}" : Statement;
            if (reading.Refusal is { } refusal)
            {
                return CallRefusal.Sql(refusal);
            }

            needed |= reading.Modifiers;
            foreach (SqlStatement statement in reading.Statements)
            {
                isQuery |= statement.Kind == SqlKind.Query || statement.IsExplain;
                isUpdate |= statement.Kind == SqlKind.Dml && !statement.IsExplain;
                if (sql.IsBatch && (statement.Kind != SqlKind.Dml || statement.IsExplain))
                {
                    // The node takes nothing else in a batch; the gate does not rest on that.
                    return CallRefusal.Sql("batch");
                }

                if (!_wanted.TryAdd(statement))
                {
                    // A statement that wants nothing was not understood.
                    return CallRefusal.Sql(_wanted.IsFull ? "too_long" : "statement");
                }
            }
        }

        _wanted.WriteTo(operations);
        if (sql.ModifiersAt >= 0)
        {
            // The second line: the node refuses what is not of the kinds that the gate has read.
            payload[sql.ModifiersAt] = (byte)((byte)sql.Modifiers & (byte)needed);
        }

        if (opcode == IgniteOpcodes.JdbcExec && sql is { JdbcTypeAt: >= 0, JdbcType: 0, MayBeScript: false } && isQuery != isUpdate)
        {
            payload[sql.JdbcTypeAt] = isQuery ? JdbcSelect : JdbcUpdate;
        }

        return null;
    }

    private static void Add(IgnitePrivilege wanted, IgnitePrivilege one, SystemAction action, byte[]? table, OperationSet operations)
    {
        if ((wanted & one) == IgnitePrivilege.None)
        {
            return;
        }

        operations.Begin(action);
        if (table is not null)
        {
            operations.AddResource(table);
        }
    }
}

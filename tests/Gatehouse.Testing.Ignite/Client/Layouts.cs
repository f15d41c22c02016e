using Gatehouse.Testing.Ignite.Wire;

namespace Gatehouse.Testing.Ignite.Client;

/// <summary>Writers of the operand groups that several operations have.</summary>
public static class Layouts
{
    /// <summary>An implicit transaction, or one of this connection.</summary>
    public static PackWriter Tx(this PackWriter w, long? tx) => tx is { } id ? w.Token(id) : w.Nil();

    /// <summary>A row: the columns that have no value, and the tuple.</summary>
    public static PackWriter Row(this PackWriter w, params string?[] values) => w.Bits().Bin(Tuples.Texts(values));

    /// <summary>Rows behind their number; each has one column where the operation takes keys.</summary>
    public static PackWriter Rows(this PackWriter w, params string[][] rows)
    {
        w.Count(rows.Length);
        foreach (string[] row in rows)
        {
            w.Row(row);
        }

        return w;
    }

    /// <summary>Table, transaction and schema version: how every operation on rows begins.</summary>
    public static PackWriter Keyed(this PackWriter w, int table, long? tx = null) => w.Int(table).Tx(tx).Int(1);

    /// <summary>The properties of a statement.</summary>
    public static PackWriter Props(this PackWriter w, string? schema = null, int? pageSize = null, byte? modifiers = null)
    {
        w.Text(schema);
        _ = pageSize is { } size ? w.Int(size) : w.Nil();
        w.Nil().Nil().Nil().Int(0).Bin(Tuples.Build());
        return modifiers is { } mask ? w.Int((sbyte)mask) : w;
    }

    /// <summary>The arguments of a statement, all of them strings (type 10 has no meaning for the stand-in).</summary>
    public static PackWriter Args(this PackWriter w, params string[] values)
    {
        w.Int(values.Length);
        return values.Length == 0 ? w : w.Bin(Tuples.Build([.. values.SelectMany(v => (byte[]?[])[[10], [0], System.Text.Encoding.UTF8.GetBytes(v)])]));
    }

    /// <summary>SQL_EXEC under these features.</summary>
    public static PackWriter SqlExec(this PackWriter w, FeatureSet features, SqlCall call)
    {
        _ = features.Has(10) ? w.Bool(false) : w;
        w.Tx(call.Tx).Props(call.Schema, call.PageSize, features.Has(13) ? call.Modifiers : null);
        w.Text(call.Sql).Args([.. call.Args]).Int(0);
        return features.Has(9) || w.IsWide ? w.Bool(false) : w;
    }

    /// <summary>JDBC_EXEC.</summary>
    /// <param name="w">The writer.</param>
    /// <param name="connection">What JDBC_CONNECT answered.</param>
    /// <param name="sql">The text.</param>
    /// <param name="type">0 any, 1 select, 2 update.</param>
    /// <param name="schema">The default schema.</param>
    /// <param name="isScript">Whether several statements may come.</param>
    public static PackWriter JdbcExec(this PackWriter w, long connection, string sql, byte type = 0, string schema = "PUBLIC", bool isScript = false) =>
        w.Int(connection).Bool(true).Int(type).Text(schema).Int(2).Int(0).Text(sql).Bool(isScript).Args().Int(0).Int(1).Int(0);

    /// <summary>Deployment units behind their number; <c>name:version</c> each. None is nil.</summary>
    public static PackWriter Units(this PackWriter w, params IReadOnlyList<string> units)
    {
        if (units.Count == 0)
        {
            return w.Nil();
        }

        w.Count(units.Count);
        foreach (string unit in units)
        {
            int colon = unit.LastIndexOf(':');
            w.Text(unit[..colon]).Text(unit[(colon + 1)..]);
        }

        return w;
    }

    /// <summary>The operand group of a job.</summary>
    public static PackWriter Job(this PackWriter w, FeatureSet features, JobCall job)
    {
        w.Units(job.Units).Text(job.ClassName).Int(job.Priority).Int(0);
        _ = features.Has(3) ? w.Int(job.Executor) : w;
        w.Argument(features, job);
        return features.Has(11) ? w.Uuid(null) : w;
    }

    /// <summary>The argument of a job or task.</summary>
    public static PackWriter Argument(this PackWriter w, FeatureSet features, JobCall job)
    {
        _ = features.Has(14) ? w.Int(0) : w;
        return job.Argument is { } text ? w.Int(job.ArgumentType).Bin(Tuples.Texts(text)) : w.Nil();
    }

    /// <summary>COMPUTE_EXECUTE on named nodes.</summary>
    public static PackWriter Execute(this PackWriter w, FeatureSet features, JobCall job, params IReadOnlyList<string> nodes)
    {
        w.Count(nodes.Count);
        foreach (string node in nodes)
        {
            w.Text(node);
        }

        return w.Job(features, job);
    }

    /// <summary>STREAMER_WITH_RECEIVER_BATCH_SEND.</summary>
    public static PackWriter Receiver(this PackWriter w, FeatureSet features, int table, JobCall job)
    {
        w.Int(table).Int(0).Units(job.Units).Bool(true).Int(3).Bin(Tuples.Texts(job.ClassName, job.Argument, "item"));
        return features.Has(5) || w.IsWide ? w.Int(job.Priority).Int(0).Int(job.Executor) : w;
    }
}

/// <summary>A statement to send with SQL_EXEC.</summary>
/// <param name="Sql">The text.</param>
public sealed record SqlCall(string Sql)
{
    /// <summary>The default schema; null is the server's.</summary>
    public string? Schema { get; init; }

    public int? PageSize { get; init; }

    public long? Tx { get; init; }

    public IReadOnlyList<string> Args { get; init; } = [];

    /// <summary>1 rows, 2 affected rows, 4 applied, 8 control of transactions, 16 several statements; sent where feature 13 is mutual.</summary>
    public byte Modifiers { get; init; } = 7;
}

/// <summary>A job, task or receiver to run.</summary>
/// <param name="ClassName">Its class.</param>
public sealed record JobCall(string ClassName)
{
    /// <summary>Deployment units, <c>name:version</c>.</summary>
    public IReadOnlyList<string> Units { get; init; } = [];

    public int Priority { get; init; }

    /// <summary>0 Java, 1 .NET; sent where feature 3 is mutual.</summary>
    public int Executor { get; init; }

    public string? Argument { get; init; } = "argument";

    /// <summary>0 native, 1 tuple, 2 custom marshalled, 3 POJO, 4 collection of tuples.</summary>
    public int ArgumentType { get; init; }
}

using Gatehouse.Testing.Ignite.Node.State;
using Gatehouse.Testing.Ignite.Wire;

namespace Gatehouse.Testing.Ignite.Node.Operations;

/// <summary>What is told about tables.</summary>
internal static class TableOperations
{
    public static IEnumerable<KeyValuePair<Op, Action<NodeCall, PackWriter>>> All =>
    [
        new(Op.TablesGet, TablesGet),
        new(Op.TableGet, TableGet),
        new(Op.SchemasGet, SchemasGet),
        new(Op.PartitionAssignmentGet, Assignment),
        new(Op.PrimaryReplicasGet, Replicas),
        new(Op.TablesGetQualified, TablesGetQualified),
        new(Op.TableGetQualified, TableGetQualified),
    ];

    /// <summary>The table whose id comes next.</summary>
    public static StandInTable Table(this NodeCall call)
    {
        int id = call.Operands.Int();
        return call.Node.Tables.Find(id) ?? throw new NodeErrorException(NodeErrorException.Client, 4, $"Table does not exist: {id}");
    }

    private static void TablesGet(NodeCall call, PackWriter w)
    {
        IReadOnlyList<StandInTable> tables = call.Node.Tables.All;
        w.Int(tables.Count);
        foreach (StandInTable table in tables)
        {
            w.Int(table.Id).Text(table.Quoted);
        }
    }

    private static void TablesGetQualified(NodeCall call, PackWriter w)
    {
        IReadOnlyList<StandInTable> tables = call.Node.Tables.All;
        w.Int(tables.Count);
        foreach (StandInTable table in tables)
        {
            w.Int(table.Id).Text(table.Schema).Text(table.Name);
        }
    }

    private static void TableGet(NodeCall call, PackWriter w) =>
        _ = call.Node.Tables.Find(call.Operands.Text()) is { } table ? w.Int(table.Id).Text(table.Quoted) : w.Nil();

    private static void TableGetQualified(NodeCall call, PackWriter w) =>
        _ = call.Node.Tables.FindExact(call.Operands.Text(), call.Operands.Text()) is { } table
            ? w.Int(table.Id).Text(table.Schema).Text(table.Name)
            : w.Nil();

    private static void SchemasGet(NodeCall call, PackWriter w)
    {
        call.Table();
        if (!call.Operands.TakeNil())
        {
            for (int left = call.Operands.Int(); left > 0; left--)
            {
                call.Operands.Int();
            }
        }

        // One version with two columns of text: name, type, key, nullable, colocation, scale, precision.
        w.Int(1).Int(1).Int(2);
        w.Int(7).Text("KEY").Int(10).Int(0).Bool(false).Int(0).Int(0).Int(0);
        w.Int(7).Text("VALUE").Int(10).Int(-1).Bool(true).Int(-1).Int(0).Int(0);
    }

    private static void Assignment(NodeCall call, PackWriter w)
    {
        call.Table();
        call.Operands.Long();
        w.Int(1).Bool(true).Int(call.Node.Timestamp).Text(call.Node.Options.NodeName);
    }

    private static void Replicas(NodeCall call, PackWriter w)
    {
        call.Table();
        w.Int(1).Int(0).WriteNode(call.Node);
    }
}

using Gatehouse.Testing.Ignite.Wire;

namespace Gatehouse.Testing.Ignite.Node.Operations;

/// <summary>A transaction: what it wrote is there at once, and taken back when it is rolled back.</summary>
internal sealed class NodeTransaction(bool isReadOnly)
{
    public bool IsReadOnly => isReadOnly;

    public Stack<Action> Undo { get; } = new();
}

/// <summary>Begin, commit, rollback.</summary>
internal static class TxOperations
{
    public static IEnumerable<KeyValuePair<Op, Action<NodeCall, PackWriter>>> All =>
    [
        new(Op.TxBegin, Begin),
        new(Op.TxCommit, (call, _) => Finish(call, isCommit: true)),
        new(Op.TxRollback, (call, _) => Finish(call, isCommit: false)),
        new(Op.TxDiscard, Discard),
    ];

    /// <summary>The transaction that comes next; null for an implicit one, or one of direct mapping.</summary>
    public static NodeTransaction? Tx(this NodeCall call)
    {
        if (call.Operands.TakeNil())
        {
            return null;
        }

        long token = call.Operands.Long();
        if (token > 0)
        {
            return call.Connection.Find<NodeTransaction>(token);
        }

        if ((call.Features & FeatureSet.DirectMapping) != FeatureSet.DirectMapping)
        {
            throw NodeErrorException.Protocol($"Failed to find resource with id: {token}");
        }

        if (token == -1)
        {
            call.Operands.Long();
            bool isLate = call.Features.Has(12) && call.Record.Opcode is Op.TupleGetAll or Op.TupleContainsAllKeys;
            _ = isLate ? call.Operands.Long() + call.Operands.Int() : (call.Operands.Bool() ? 1 : 0) + call.Operands.Long();
            return null;
        }

        call.Operands.Long();
        call.Operands.Uuid();
        call.Operands.Int();
        call.Operands.Int();
        call.Operands.Uuid();
        call.Operands.Long();
        return null;
    }

    private static void Begin(NodeCall call, PackWriter w)
    {
        bool isReadOnly = call.Operands.Bool();
        call.Operands.Long();
        _ = isReadOnly ? call.Operands.Long() : 0;
        w.Int(call.Connection.Keep(new NodeTransaction(isReadOnly)));
    }

    private static void Finish(NodeCall call, bool isCommit)
    {
        long id = call.Operands.Long();
        NodeTransaction transaction = call.Connection.Find<NodeTransaction>(id);
        if (call.Features.Has(7) && !transaction.IsReadOnly)
        {
            int count = call.Operands.Int();
            for (int left = count; left > 0; left--)
            {
                call.Operands.Int();
                call.Operands.Int();
                call.Operands.Text();
                call.Operands.Long();
            }

            _ = count > 0 ? call.Operands.Long() : 0;
            _ = count > 0 && call.Features.Has(15) && call.Operands.Bool();
        }

        call.Connection.Release(id);
        while (!isCommit && transaction.Undo.TryPop(out Action? undo))
        {
            undo();
        }
    }

    private static void Discard(NodeCall call, PackWriter w)
    {
        call.Operands.Uuid();
        for (int left = call.Operands.Int(); left > 0; left--)
        {
            call.Table();
            call.Operands.Int();
        }
    }
}

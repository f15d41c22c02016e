using Gatehouse.Testing.Ignite.Node.State;
using Gatehouse.Testing.Ignite.Wire;

namespace Gatehouse.Testing.Ignite.Node.Operations;

/// <summary>Everything on rows by keys, and the streamer. Answers begin with the schema's version, which is 1.</summary>
internal static class RowOperations
{
    public static IEnumerable<KeyValuePair<Op, Action<NodeCall, PackWriter>>> All =>
    [
        Single(Op.TupleUpsert, (t, row, _) => t.Put(row)),
        Single(Op.TupleGet, (t, row, w) => w.RowOrNil(t.Get(row))),
        Single(Op.TupleGetAndUpsert, (t, row, w) => w.RowOrNil(t.Put(row))),
        Single(Op.TupleInsert, (t, row, w) => w.Bool(t.Insert(row))),
        Single(Op.TupleReplace, (t, row, w) => w.Bool(t.Replace(row) is not null)),
        Single(Op.TupleGetAndReplace, (t, row, w) => w.RowOrNil(t.Replace(row))),
        Single(Op.TupleDelete, (t, row, w) => w.Bool(t.Delete(row) is not null)),
        Single(Op.TupleDeleteExact, (t, row, w) => w.Bool(t.DeleteExact(row))),
        Single(Op.TupleGetAndDelete, (t, row, w) => w.RowOrNil(t.Delete(row))),
        Single(Op.TupleContainsKey, (t, row, w) => w.Bool(t.Get(row) is not null)),
        new(Op.TupleReplaceExact, ReplaceExact),
        Several(Op.TupleUpsertAll, (t, rows, _) => Array.ForEach(rows, r => t.Put(r))),
        Several(Op.TupleGetAll, (t, rows, w) => w.RowsOrNot([.. rows.Select(t.Get)])),
        Several(Op.TupleInsertAll, (t, rows, w) => w.AllRows([.. rows.Where(r => !t.Insert(r))])),
        Several(Op.TupleDeleteAll, (t, rows, w) => w.AllRows([.. rows.Where(r => t.Delete(r) is null)])),
        Several(Op.TupleDeleteAllExact, (t, rows, w) => w.AllRows([.. rows.Where(r => !t.DeleteExact(r))])),
        Several(Op.TupleContainsAllKeys, (t, rows, w) => w.Bool(rows.All(r => t.Get(r) is not null))),
        new(Op.StreamerBatchSend, Stream),
    ];

    private static KeyValuePair<Op, Action<NodeCall, PackWriter>> Single(Op op, Action<Rows, byte[], PackWriter> act) => new(op, (call, w) =>
    {
        var rows = Rows.Of(call);
        byte[] row = Row(call);
        act(rows, row, w.Int(1));
    });

    private static KeyValuePair<Op, Action<NodeCall, PackWriter>> Several(Op op, Action<Rows, byte[][], PackWriter> act) => new(op, (call, w) =>
    {
        var rows = Rows.Of(call);
        byte[][] all = Many(call);
        act(rows, all, w.Int(1));
    });

    private static void ReplaceExact(NodeCall call, PackWriter w)
    {
        var rows = Rows.Of(call);
        (byte[] old, byte[] row) = (Row(call), Row(call));
        bool isSame = rows.Get(old) is { } found && found.AsSpan().SequenceEqual(old);
        _ = isSame ? rows.Put(row) : null;
        w.Int(1).Bool(isSame);
    }

    private static void Stream(NodeCall call, PackWriter w)
    {
        var rows = new Rows(call.Table(), null);
        call.Operands.Int();
        byte[] deleted = call.Operands.TakeNil() ? [] : call.Operands.Bits();
        call.Operands.Int();
        byte[][] all = Many(call);
        for (int i = 0; i < all.Length; i++)
        {
            bool isDeleted = i / 8 < deleted.Length && (deleted[i / 8] & (1 << (i % 8))) != 0;
            _ = isDeleted ? rows.Delete(all[i]) : rows.Put(all[i]);
        }
    }

    private static byte[] Row(NodeCall call)
    {
        call.Operands.Bits();
        return call.Operands.Bin();
    }

    private static byte[][] Many(NodeCall call) => [.. Enumerable.Range(0, call.Operands.Int()).Select(_ => Row(call))];

    private static PackWriter RowOrNil(this PackWriter w, byte[]? row) => row is null ? w.Nil() : w.Bin(row);

    private static void AllRows(this PackWriter w, byte[][] rows)
    {
        w.Int(rows.Length);
        Array.ForEach(rows, r => w.Bin(r));
    }

    private static void RowsOrNot(this PackWriter w, byte[]?[] rows)
    {
        w.Int(rows.Length);
        Array.ForEach(rows, r => _ = r is null ? w.Bool(false) : w.Bool(true).Bin(r));
    }

    /// <summary>A table within a transaction.</summary>
    private sealed record Rows(StandInTable Table, NodeTransaction? Tx)
    {
        public static Rows Of(NodeCall call)
        {
            var rows = new Rows(call.Table(), call.Tx());
            call.Operands.Int();
            return rows;
        }

        public byte[]? Get(byte[] row) => Table[Key(row)];

        public byte[]? Put(byte[] row) => Write(row, row);

        public byte[]? Delete(byte[] row) => Get(row) is null ? null : Write(row, null);

        public bool Insert(byte[] row) => Get(row) is null && Write(row, row) is null;

        public byte[]? Replace(byte[] row) => Get(row) is null ? null : Write(row, row);

        public bool DeleteExact(byte[] row) => Get(row) is { } found && found.AsSpan().SequenceEqual(row) && Delete(row) is not null;

        private byte[]? Write(byte[] row, byte[]? value)
        {
            if (Tx is { IsReadOnly: true })
            {
                throw new NodeErrorException(NodeErrorException.Transaction, 1, "the transaction is read-only");
            }

            string key = Key(row);
            byte[]? old = Table.Put(key, value);
            Tx?.Undo.Push(() => Table.Put(key, old));
            return old;
        }

        private static string Key(byte[] row)
        {
            int count = row.Length == 0 ? 0 : Tuples.Count(row);
            return count == 0 ? throw new FormatException("not a tuple") : Convert.ToHexStringLower(Tuples.Element(row, 0, count) ?? []);
        }
    }
}

using System.Buffers.Binary;
using Gatehouse.Testing.Ignite.Node.Operations;
using Gatehouse.Testing.Ignite.Wire;

namespace Gatehouse.Testing.Ignite.Node;

/// <summary>Does what a request asks for and writes the answer's payload.</summary>
internal static class NodeAnswers
{
    private static readonly Dictionary<Op, Action<NodeCall, PackWriter>> Handlers = new(
        [.. SessionOperations.All, .. TableOperations.All, .. RowOperations.All, .. TxOperations.All, .. SqlOperations.All, .. JdbcOperations.All, .. ComputeOperations.All]);

    public static byte[] Answer(NodeCall call, NodeFault? fault)
    {
        var body = new PackWriter();
        int flags = fault is { Kind: NodeFaultKind.PartitionFlag } ? 1 : 0;
        try
        {
            if (fault is { Kind: NodeFaultKind.Error })
            {
                throw new NodeErrorException(fault.Code, "planned to fail");
            }

            Do(call, body);
        }
        catch (NodeErrorException error)
        {
            flags |= 4;
            body = new PackWriter();
            error.WriteTo(body);
        }
        catch (FormatException e)
        {
            flags |= 4;
            body = new PackWriter();
            NodeErrorException.Protocol(e.Message).WriteTo(body);
        }

        PackWriter w = new PackWriter().Int(fault is { Kind: NodeFaultKind.WrongId } ? call.Record.RequestId + 1_000_000 : call.Record.RequestId).Int(flags);
        _ = (flags & 1) != 0 ? w.Int(call.Node.Timestamp) : w;

        // The node keeps room for the time that an operation brought about, and leaves 0 in it where there is none.
        _ = (flags & 4) != 0 ? w.Int(call.Node.Timestamp) : w.Kept(call.Record.Opcode == Op.Heartbeat ? 0 : call.Node.Timestamp);
        byte[] all = w.Raw(body.ToArray()).ToArray();
        return fault is { Kind: NodeFaultKind.Large } ? [.. all, .. new byte[Math.Max(0, fault.Size - all.Length)]] : all;
    }

    /// <summary>The four bytes before a frame of this size.</summary>
    public static byte[] Length(int size)
    {
        byte[] bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, size);
        return bytes;
    }

    private static void Do(NodeCall call, PackWriter body)
    {
        Op op = call.Record.Opcode;
        if (op > call.Node.Options.Version.LastOperation() || !Handlers.TryGetValue(op, out Action<NodeCall, PackWriter>? handler))
        {
            throw NodeErrorException.Protocol($"Unexpected operation code: {(int)op}");
        }

        handler(call, body);
        if (!call.Operands.IsEnd)
        {
            call.Node.Unread.Enqueue((op, call.Operands.Rest.Length));
        }
    }
}

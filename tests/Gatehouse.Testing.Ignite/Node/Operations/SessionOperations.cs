using Gatehouse.Testing.Ignite.Wire;

namespace Gatehouse.Testing.Ignite.Node.Operations;

/// <summary>Heartbeats, the cluster's nodes, cancelling, and what only compute executors send.</summary>
internal static class SessionOperations
{
    public static IEnumerable<KeyValuePair<Op, Action<NodeCall, PackWriter>>> All =>
    [
        new(Op.Heartbeat, (_, _) => { }),
        new(Op.ClusterGetNodes, Nodes),
        new(Op.OperationCancel, (call, _) => call.Operands.Long()),
        new(Op.ServerOpResponse, ServerOp),
    ];

    /// <summary>A node: four values behind their number.</summary>
    public static PackWriter WriteNode(this PackWriter w, StandInNode node, string? name = null) =>
        w.Int(4).Uuid(node.NodeId).Text(name ?? node.Options.NodeName).Text("10.11.12.13").Int(node.Port);

    private static void Nodes(NodeCall call, PackWriter w)
    {
        string[] names = [call.Node.Options.NodeName, .. call.Node.Options.OtherNodes];
        w.Int(names.Length);
        Array.ForEach(names, n => w.WriteNode(call.Node, n));
    }

    private static void ServerOp(NodeCall call, PackWriter w)
    {
        if (!call.Connection.IsExecutor)
        {
            throw NodeErrorException.Protocol("only executors answer operations of the server");
        }
    }
}

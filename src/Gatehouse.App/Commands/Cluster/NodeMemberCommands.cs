using System.CommandLine;
using System.Globalization;
using Gatehouse.Administration.Cluster;
using Gatehouse.App.Client;
using Gatehouse.App.Terminal;
using Gatehouse.Problems.Cluster;

namespace Gatehouse.App.Commands.Cluster;

/// <summary><c>gatehouse node</c>: the nodes of the cluster.</summary>
internal static class NodeMemberCommands
{
    private const string Path = "/v1/nodes";
    private const string Issuer = "issuer";

    private static MembershipJson Json => MembershipJson.Lenient;

    public static Command Create(CommandTree tree) => CommandTree.Group("node", "the nodes of the cluster", List(tree), Show(tree), Revoke(tree));

    private static Command List(CommandTree tree) => tree.MakeQuery(
        "list", "list nodes\nexample: gatehouse node list", static _ => Path, Json.NodeListResponse, Write);

    private static Command Show(CommandTree tree)
    {
        Argument<string> name = new("NAME") { Description = "the node" };
        return tree.Make(
            "show",
            "show a node\nexample: gatehouse node show node2",
            async (context, cancellation) =>
            {
                Answer<NodeListResponse> answer = await context.Client.GetAsync(Path, Json.NodeListResponse, cancellation);
                NodeView node = answer.Value.Nodes.FirstOrDefault(one => one.Name == context.Value(name))
                    ?? throw CommandFailure.Refused(EnrolmentProblems.NodeUnknown, $"there is no node `{context.Value(name)}`", "gatehouse node list shows them");
                var one = new NodeListResponse { Nodes = [node] };
                context.Print(
                    new Answer<NodeListResponse>(System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(one, MembershipJson.Default.NodeListResponse), one), _ => Write(context.Screen, node));
                return ExitCodes.Fine;
            },
            name);
    }

    private static Command Revoke(CommandTree tree)
    {
        Argument<string> name = new("NAME") { Description = "the node" };
        Option<bool> yes = new("--yes") { Description = "do not ask for the node's name" };
        return tree.Make(
            "revoke",
            "put a node out of the cluster: its keys are refused everywhere within a second\nexample: gatehouse node revoke node2",
            async (context, cancellation) =>
            {
                string node = context.Value(name);
                if (!context.Value(yes))
                {
                    Confirmation.Ask(context.Screen, node, $"node {node} will be refused everywhere; to come back it has to join again");
                }

                Answer<NodeRemovedResponse> answer = await context.Client.SendAsync(
                    HttpMethod.Delete, $"{Path}/{AdminClient.Segment(node)}", Json.NodeRemovedResponse, cancellation);
                context.Print(answer, gone =>
                {
                    context.Screen.Line($"node {gone.Node} is revoked");
                    if (gone.Next is { } next)
                    {
                        context.Screen.Line(next);
                    }
                });
                return ExitCodes.Fine;
            },
            name, yes);
    }

    private static void Write(Screen screen, NodeListResponse list)
    {
        Table table = new Table("NAME", "STATE", "ROLES", "ADDRESS", "PEERS DIAL", "ADMIN API", "VERSION", "CERTIFICATE").WithStyle(static (column, text) => (column, text) switch
        {
            (1, "silent") => Style.Red,
            (1, "unknown") => Style.Yellow,
            _ => Style.None,
        });
        foreach (NodeView node in list.Nodes)
        {
            table.Add(
                node.Name + (node.IsThis ? " *" : ""), node.State, string.Join(", ", node.Roles), node.PeerAddress, string.Join(", ", node.Addresses), node.AdminAddress, node.Version,
                node.CertificateExpires is { } ends ? "until " + Date(ends) : null);
        }

        table.Write(screen, "no nodes");
        if (list.Nodes.Count > 1 && list.Nodes.Count(static node => node.Roles.Contains(Issuer, StringComparer.Ordinal)) < 2)
        {
            screen.Problem(screen.Styled($"{EnrolmentProblems.FewIssuers.Id} only one node holds the CA's keys; let another join with --role issuer", Style.Yellow));
        }
    }

    private static void Write(Screen screen, NodeView node) => new Facts()
        .Add("node", node.Name + (node.IsThis ? ", this one" : ""))
        .Add("id", node.Id)
        .Add("state", node.Seen is { } seen ? $"{node.State}, seen {Time(seen)}" : node.State)
        .Add("roles", node.Roles.Count == 0 ? "none" : string.Join(", ", node.Roles))
        .Add("address", node.PeerAddress)
        .Add("peers dial", node.Addresses.Count == 0 ? "nothing: it says no address" : string.Join(", ", node.Addresses))
        .Add("admin API", node.AdminAddress ?? "on its own host only")
        .Add("same host", node.SameHosts.Count == 0 ? null : $"{string.Join(", ", node.SameHosts)}, shared with another node")
        .Add("version", node.Version)
        .Add("generation", node.Generation?.ToString(CultureInfo.InvariantCulture))
        .Add("certificate", node.CertificateExpires is { } ends ? $"until {Date(ends)}" : null)
        .Add("mesh key", node.MeshKey)
        .Add("joined", $"{Time(node.Joined)}, by {node.JoinedBy}")
        .Write(screen);

    private static string Date(DateTimeOffset time) => time.ToUniversalTime().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static string Time(DateTimeOffset time) => time.ToUniversalTime().ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}

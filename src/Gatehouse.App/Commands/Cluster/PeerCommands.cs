using System.CommandLine;
using System.Globalization;
using Gatehouse.Administration;
using Gatehouse.Administration.Cluster;
using Gatehouse.App.Client;
using Gatehouse.App.Terminal;
using Gatehouse.Problems;

namespace Gatehouse.App.Commands.Cluster;

/// <summary><c>gatehouse peers</c>: the other nodes, and which services they are trusted for.</summary>
internal static class PeerCommands
{
    private const string Everyone = "*";

    private static AdminJson Json => CommandContext.Json;

    public static Command Create(CommandTree tree)
    {
        Command peers = List(tree, "peers", "the nodes of the cluster: how they are reached, what they are trusted for\nexample: gatehouse peers");
        peers.Add(List(tree, "list", "list the nodes as peers\nexample: gatehouse peers list"));
        peers.Add(Show(tree));
        peers.Add(Trust(tree));
        peers.Add(Untrust(tree));
        return peers;
    }

    private static Command List(CommandTree tree, string name, string description) =>
        tree.MakeQuery(name, description, static _ => "/v1/peers", Json.PeerListResponse, Write);

    private static Command Show(CommandTree tree)
    {
        Argument<string> name = new("NODE") { Description = "its name" };
        return tree.Make(
            "show",
            "show one node as a peer\nexample: gatehouse peers show node-b",
            async (context, cancellation) =>
            {
                Answer<PeerListResponse> answer = await context.Client.GetAsync("/v1/peers", Json.PeerListResponse, cancellation);
                PeerView peer = answer.Value.Peers.FirstOrDefault(p => p.Name == context.Value(name))
                    ?? throw CommandFailure.Refused(AdministrationProblems.NotFound, $"there is no node `{context.Value(name)}`", "gatehouse peers shows them");
                if (context.IsJson)
                {
                    context.PrintJson(System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(peer, Json.PeerView));
                }
                else
                {
                    Tell(context.Screen, peer);
                }

                return ExitCodes.Fine;
            },
            name);
    }

    private static Command Trust(CommandTree tree)
    {
        (Argument<string> service, Argument<string[]> nodes, Option<bool> all) = Who("every node, those to come too");
        return tree.Make(
            "trust",
            "trust nodes for a service\nexample: gatehouse peers trust erlang node-a node-b",
            async (context, cancellation) =>
            {
                string[] names = Names(context, nodes, all);
                Answer<ChangeResponse> answer = await context.Client.SendAsync(
                    HttpMethod.Post, Path(context.Value(service)), new TrustRequest { Peers = names is [] ? [Everyone] : names }, Json.TrustRequest, Json.ChangeResponse, cancellation);
                context.Print(answer, _ => context.Screen.Line($"service {context.Value(service)} trusts {(names is [] ? "every node" : string.Join(", ", names))}"));
                return ExitCodes.Fine;
            },
            service, nodes, all);
    }

    private static Command Untrust(CommandTree tree)
    {
        (Argument<string> service, Argument<string[]> nodes, Option<bool> all) = Who("everybody that is trusted now");
        return tree.Make(
            "untrust",
            "trust nodes no more for a service; cuts its connections\nexample: gatehouse peers untrust erlang node-b",
            async (context, cancellation) =>
            {
                string[] names = Names(context, nodes, all);
                Answer<ChangeResponse> answer = await context.Client.SendAsync(
                    HttpMethod.Delete,
                    Path(context.Value(service)) + AdminClient.Query(("peers", names is [] ? null : string.Join(',', names))),
                    Json.ChangeResponse,
                    cancellation);
                context.Print(answer, _ => context.Screen.Line($"service {context.Value(service)} trusts {(names is [] ? "nobody" : string.Join(", ", names) + " no more")}"));
                return ExitCodes.Fine;
            },
            service, nodes, all);
    }

    private static (Argument<string> Service, Argument<string[]> Nodes, Option<bool> All) Who(string everybody) => (
        new("SERVICE") { Description = "name of a mesh service" },
        new("NODE") { Description = "names of nodes", Arity = ArgumentArity.ZeroOrMore },
        new("--all") { Description = everybody });

    private static string[] Names(CommandContext context, Argument<string[]> nodes, Option<bool> all)
    {
        string[] names = context.Parsed.GetValue(nodes) ?? [];
        return names.Length > 0 == context.Value(all)
            ? throw CommandFailure.CannotRun(AdministrationProblems.CommandLine, "either NODE or --all says who", "gatehouse peers shows the nodes")
            : names;
    }

    private static string Path(string service) => "/v1/trusted-peers/" + AdminClient.Segment(service);

    private static void Write(Screen screen, PeerListResponse list)
    {
        Table table = new Table("NODE", "NR", "PEER ADDRESS", "STATE", "LATENCY", "SKEW", "VERSION", "SEEN", "TRUSTED FOR", "DIALLED AT").WithStyle(static (column, text) => column != 3
            ? Style.None
            : text switch { "up" => Style.Green, "down" => Style.Red, _ => Style.None });
        foreach (PeerView peer in list.Peers)
        {
            table.Add(
                peer.Name,
                peer.Number.ToString(CultureInfo.InvariantCulture),
                peer.PeerAddress,
                peer.State,
                MeshText.Milliseconds(peer.LatencyMs),
                MeshText.Milliseconds(peer.SkewMs),
                peer.Version,
                Seen(peer),
                string.Join(", ", peer.Services),
                string.Join(", ", peer.Addresses));
        }

        table.Write(screen, "no nodes");
        foreach (PeerView peer in list.Peers.Where(static p => p.Failure is not null))
        {
            screen.Problem($"{peer.Name}: {CommandTree.LineOf(peer.Failure!)}"); // filtered
        }

        foreach (TrustedServiceView service in list.Services.Where(static s => s.Peers.Count == 0))
        {
            screen.Problem($"service {service.Service} trusts nobody: gatehouse peers trust {service.Service} NODE NODE");
        }
    }

    private static void Tell(Screen screen, PeerView peer) => new Facts()
        .Add("node", peer.Name)
        .Add("number", peer.Number.ToString(CultureInfo.InvariantCulture))
        .Add("peer address", peer.PeerAddress)
        .Add("dialled at", string.Join(", ", peer.Addresses))
        .Add("state", peer.State, peer.State switch { "up" => Style.Green, "down" => Style.Red, _ => Style.None })
        .Add("answered at", peer.Address)
        .Add("latency", MeshText.Milliseconds(peer.LatencyMs))
        .Add("clock skew", MeshText.Milliseconds(peer.SkewMs))
        .Add("version", peer.Version)
        .Add("last seen", Seen(peer))
        .Add("trusted for", peer.Services.Count == 0 ? "nothing" : string.Join(", ", peer.Services))
        .Add("connections to", peer.Outgoing.ToString(CultureInfo.InvariantCulture))
        .Add("connections from", peer.Incoming.ToString(CultureInfo.InvariantCulture))
        .Add("failure", peer.Failure is null ? null : CommandTree.LineOf(peer.Failure), Style.Red)
        .Write(screen);

    private static string? Seen(PeerView peer) => peer.LastSeen?.ToUniversalTime().ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}

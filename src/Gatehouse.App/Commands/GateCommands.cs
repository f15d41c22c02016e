using System.CommandLine;
using Gatehouse.Administration;
using Gatehouse.App.Client;
using Gatehouse.App.Terminal;

namespace Gatehouse.App.Commands;

/// <summary><c>gatehouse gate</c>.</summary>
internal static class GateCommands
{
    private static AdminJson Json => CommandContext.Json;

    public static Command Create(CommandTree tree) => CommandTree.Group(
        "gate", "guarded entrances", List(tree), Add(tree), Expose(tree), Test(tree));

    /// <summary>Gates as a table, for <c>gate list</c> and <c>status</c>.</summary>
    public static void Write(Screen screen, IReadOnlyList<GateView> gates)
    {
        Table table = new Table("GATE", "STATE", "LISTEN", "SYSTEM", "UPSTREAM", "REACH", "CONNS").WithStyle(static (column, text) =>
            column != 1 ? Style.None : text switch { "open" => Style.Green, "failed" => Style.Red, _ => Style.Dim });
        foreach (GateView gate in gates)
        {
            table.Add(
                gate.Name, gate.State, gate.Listen, gate.System, gate.Upstream, gate.Exposed ? "network" : "this host", gate.Connections.ToString(System.Globalization.CultureInfo.InvariantCulture));
        }

        table.Write(screen, "no gates");
        foreach (GateView gate in gates.Where(static gate => gate.Problem is not null))
        {
            screen.Line($"{gate.Name}: {CommandTree.LineOf(gate.Problem!)}");
        }
    }

    private static Command List(CommandTree tree) => tree.MakeQuery(
        "list",
        "list gates with their state\nexample: gatehouse gate list",
        static _ => "/v1/gates",
        Json.GateListResponse,
        static (screen, list) => Write(screen, list.Gates));

    private static Command Add(CommandTree tree)
    {
        Argument<string> name = Name();
        Option<string> listen = new("--listen") { Description = "address and port for clients", HelpName = "ADDRESS:PORT", Required = true };
        Option<string> upstream = new("--upstream") { Description = "the guarded service: http://127.0.0.1:2379, tcp://127.0.0.1:5432, ws://127.0.0.1:8083/mqtt, unix:/path", HelpName = "URL", Required = true };
        Option<string?> protocol = new("--protocol") { Description = "http, tcp, mqtt or ignite; default by the system, then by the upstream", HelpName = "NAME" };
        Option<string?> system = new("--system") { Description = "catalogue in whose words operations are named", HelpName = "NAME" };
        return tree.Make(
            "add",
            "add a gate to gatehouse.yaml and open it\nexample: gatehouse gate add etcd --listen 127.0.0.1:12379 --upstream http://127.0.0.1:2379 --system etcd",
            async (context, cancellation) =>
            {
                string target = context.Value(upstream)!;
                var request = new GateAddRequest
                {
                    Name = context.Value(name),
                    Protocol = context.Value(protocol) ?? ProtocolOf(context.Value(system), target),
                    System = context.Value(system),
                    Listen = context.Value(listen)!,
                    Upstream = target,
                };
                Answer<ChangeResponse> answer = await context.Client.SendAsync(
                    HttpMethod.Post, "/v1/gates", request, Json.GateAddRequest, Json.ChangeResponse, cancellation);
                context.Print(answer, _ => context.Screen.Line($"gate {request.Name} is open on {request.Listen}"));
                return ExitCodes.Fine;
            },
            name, listen, upstream, protocol, system);
    }

    private static Command Expose(CommandTree tree)
    {
        Argument<string> name = Name();
        Option<string?> listen = new("--listen") { Description = "address and port; default every address, same port", HelpName = "ADDRESS:PORT" };
        return tree.Make(
            "expose",
            "let other hosts reach a gate\nexample: gatehouse gate expose etcd",
            async (context, cancellation) =>
            {
                string gate = context.Value(name);
                Answer<ChangeResponse> answer = await context.Client.SendAsync(
                    HttpMethod.Post,
                    $"/v1/gates/{AdminClient.Segment(gate)}/expose",
                    new GateExposeRequest { Listen = context.Value(listen) },
                    Json.GateExposeRequest,
                    Json.ChangeResponse,
                    cancellation);
                context.Print(answer, _ => context.Screen.Line($"gate {gate} can be reached from other hosts now; gatehouse ip allow limits from which"));
                return ExitCodes.Fine;
            },
            name, listen);
    }

    private static Command Test(CommandTree tree)
    {
        Argument<string> name = Name();
        return tree.Make(
            "test",
            "look whether a gate's listener, certificate and upstream work\nexample: gatehouse gate test etcd",
            async (context, cancellation) =>
            {
                Answer<GateTestResponse> answer = await context.Client.SendAsync(
                    HttpMethod.Post, $"/v1/gates/{AdminClient.Segment(context.Value(name))}/test", Json.GateTestResponse, cancellation);
                context.Print(answer, test =>
                {
                    Table table = new Table("CHECK", "RESULT", "SEEN").WithStyle(static (column, text) =>
                        column != 1 ? Style.None : text == "fine" ? Style.Green : Style.Red);
                    foreach (GateCheck check in test.Checks)
                    {
                        table.Add(check.Name, check.Passed ? "fine" : "FAILED", check.Detail);
                    }

                    table.Write(context.Screen, "nothing was looked at");
                });
                return answer.Value.Passed ? ExitCodes.Fine : ExitCodes.Findings;
            },
            name);
    }

    /// <summary>The protocol that is meant without <c>--protocol</c>: what the system speaks, or else what the upstream's scheme says.</summary>
    private static string ProtocolOf(string? system, string upstream)
    {
        if (system is "mqtt" or "tcp" or "ignite")
        {
            return system;
        }

        return upstream.Split(':')[0] switch
        {
            "ws" or "wss" => "mqtt",
            "tcp" or "tls" => "tcp",
            _ => "http",
        };
    }

    private static Argument<string> Name() => new("NAME") { Description = "the gate's name" };
}

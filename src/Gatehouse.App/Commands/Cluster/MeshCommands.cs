using System.CommandLine;
using System.Globalization;
using Gatehouse.Administration;
using Gatehouse.Administration.Cluster;
using Gatehouse.App.Client;
using Gatehouse.App.Terminal;
using Gatehouse.Problems;

namespace Gatehouse.App.Commands.Cluster;

/// <summary><c>gatehouse ping</c> and <c>gatehouse netcheck</c>.</summary>
internal static class MeshCommands
{
    private static readonly TimeSpan Between = TimeSpan.FromSeconds(1);

    private static AdminJson Json => CommandContext.Json;

    public static void AddTo(Command root, CommandTree tree)
    {
        root.Add(Ping(tree));
        root.Add(Netcheck(tree));
    }

    private static Command Ping(CommandTree tree)
    {
        Argument<string> node = new("NODE") { Description = "its name" };
        Option<int> count = new("--count", "-c") { Description = "how often; 4 without", HelpName = "N", DefaultValueFactory = static _ => 4 };
        return tree.Make(
            "ping",
            "ask a peer whether it is there, through the mesh; exit code 1 without an answer\nexample: gatehouse ping node-b -c 3",
            async (context, cancellation) =>
            {
                (string peer, int times) = (context.Value(node), context.Value(count));
                if (times is < 1 or > 10_000)
                {
                    throw CommandFailure.CannotRun(AdministrationProblems.CommandLine, "-c is a number from 1 to 10000");
                }

                return context.IsJson ? await PingOnceAsync(context, peer, Math.Min(times, 100), cancellation) : await PingEachAsync(context, peer, times, cancellation);
            },
            node, count);
    }

    private static async Task<int> PingOnceAsync(CommandContext context, string peer, int times, CancellationToken cancellation)
    {
        Answer<PingResponse> answer = await AskAsync(context, peer, times, cancellation);
        context.PrintJson(answer.Raw);
        return answer.Value.Answers.Any(static a => a.LatencyMs is not null) ? ExitCodes.Fine : ExitCodes.Findings;
    }

    private static async Task<int> PingEachAsync(CommandContext context, string peer, int times, CancellationToken cancellation)
    {
        var answered = new List<double>();
        for (int i = 0; i < times; i++)
        {
            if (i > 0)
            {
                await Task.Delay(Between, cancellation);
            }

            foreach (PingView view in (await AskAsync(context, peer, 1, cancellation)).Value.Answers)
            {
                answered.AddRange(view.LatencyMs is { } latency ? [latency] : []);
                context.Screen.Line(LineOf(peer, view));
            }
        }

        string summary = string.Create(CultureInfo.InvariantCulture, $"{answered.Count} of {times} answered");
        context.Screen.Line(answered.Count == 0 ? summary
            : $"{summary}; min {MeshText.Milliseconds(answered.Min())}, average {MeshText.Milliseconds(answered.Average())}, max {MeshText.Milliseconds(answered.Max())}");
        return answered.Count > 0 ? ExitCodes.Fine : ExitCodes.Findings;
    }

    private static Task<Answer<PingResponse>> AskAsync(CommandContext context, string peer, int times, CancellationToken cancellation) =>
        context.Client.SendAsync(
            HttpMethod.Post,
            $"/v1/peers/{AdminClient.Segment(peer)}/ping" + AdminClient.Query(("count", times.ToString(CultureInfo.InvariantCulture))),
            Json.PingResponse,
            cancellation);

    private static string LineOf(string peer, PingView view)
    {
        string at = view.Address is null ? "" : $" at {view.Address}";
        return view.LatencyMs is { } latency
            ? $"{peer}{at}: {MeshText.Milliseconds(latency)}{(view.SetupMs > 0 ? $" (connected in {MeshText.Milliseconds(view.SetupMs)})" : "")}"
            : $"{peer}{at}: {(view.Failure is null ? "no answer" : CommandTree.LineOf(view.Failure))}";
    }

    private static Command Netcheck(CommandTree tree) => tree.Make(
        "netcheck",
        "try every way to every peer now, say what is wrong and what to do\nexample: gatehouse netcheck",
        static async (context, cancellation) =>
        {
            Answer<NetcheckResponse> answer = await context.Client.SendAsync(HttpMethod.Post, "/v1/netcheck", Json.NetcheckResponse, cancellation);
            context.Print(answer, found => Tell(context.Screen, found));
            return answer.Value.Findings.Any(static f => f.Severity == "error") ? ExitCodes.Findings : ExitCodes.Fine;
        });

    private static void Tell(Screen screen, NetcheckResponse found)
    {
        screen.Line($"node {found.Node}, mesh {(found.Listen is null ? "closed" : "at " + found.Listen)}");
        if (found.Paths.Count > 0)
        {
            Paths(screen, found);
        }

        foreach (ServiceCheckView service in found.Services)
        {
            Service(screen, service);
        }

        screen.Output.WriteLine();
        foreach (NetcheckFinding finding in found.Findings)
        {
            string id = finding.Id is null ? "" : finding.Id + " ";
            screen.Output.WriteLine($"{screen.Styled(finding.Severity, finding.Severity == "error" ? Style.Red : Style.Yellow)}: {Screen.Plain(id + finding.Text)}");
            if (finding.Hint is { } hint)
            {
                screen.Line("  " + hint);
            }
        }

        screen.Line(found.Findings.Count == 0 ? "nothing is wrong" : found.Findings.Any(static f => f.Severity == "error") ? "" : "everything works");
    }

    private static void Paths(Screen screen, NetcheckResponse found)
    {
        screen.Output.WriteLine();
        Table table = new Table("PEER", "ADDRESS", "TCP", "SECRET AND TLS", "SKEW", "CERTIFICATE", "VERSION", "SEEN AS").WithStyle(static (_, text) => text == "no" ? Style.Red : Style.None);
        foreach (ReachView way in found.Paths)
        {
            string? days = way.CertificateDays is { } left ? Math.Floor(left).ToString(CultureInfo.InvariantCulture) + " days" : null;
            table.Add(
                way.Peer, way.Address, way.Reached == "none" ? "no" : MeshText.Milliseconds(way.TcpMs), way.Reached == "proven" ? MeshText.Milliseconds(way.TotalMs) : "no",
                MeshText.Milliseconds(way.SkewMs), days, way.Version, way.SeenAs);
        }

        table.Write(screen, "no peers");
    }

    private static void Service(Screen screen, ServiceCheckView service)
    {
        string both = service.BothWays.Count == 0 ? "with nobody" : "with " + string.Join(", ", service.BothWays);
        screen.Output.WriteLine();
        screen.Line($"service {service.Name} ({service.Kind}), trusted both ways {both}");
        foreach (ProgramView program in service.Programs)
        {
            string owner = program.Process is { } process ? $", {process} of {program.User}" : program.User is { } user ? $", user {user}" : "";
            screen.Line($"  program  {program.Address}  {program.State}{owner}");
        }

        foreach (OfferView offer in service.Offers)
        {
            screen.Line($"  {offer.Peer}  {offer.Address}  {(offer.Listening ? "open" : "closed")}");
        }
    }
}

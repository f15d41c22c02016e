using System.CommandLine;
using System.Globalization;
using Gatehouse.Administration;
using Gatehouse.Administration.Cluster;
using Gatehouse.App.Client;
using Gatehouse.App.Terminal;
using Gatehouse.Problems;

namespace Gatehouse.App.Commands.Cluster;

/// <summary><c>gatehouse ca|secret|data-key rotate</c> and <c>status</c>.</summary>
internal static class RotationCommands
{
    private const string Ending = "end";
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Remind = TimeSpan.FromSeconds(10);

    private static RotationJson Json => RotationJson.Lenient;

    /// <summary>Adds them to the groups <c>ca</c>, <c>secret</c> and <c>data-key</c>, which are made where they are missing.</summary>
    public static void AddTo(Command root, CommandTree tree)
    {
        Add(root, tree, "ca", "the cluster's certification authority");
        Add(root, tree, "secret", "the secret that all nodes share");
        Add(root, tree, "data-key", "the key that seals the cluster state");
    }

    private static void Add(Command root, CommandTree tree, string kind, string description)
    {
        Command? group = root.Subcommands.FirstOrDefault(command => command.Name == kind);
        if (group is null)
        {
            root.Add(group = CommandTree.Group(kind, description));
        }

        group.Add(Rotate(tree, kind));
        group.Add(Status(tree, kind));
    }

    private static string PathOf(string kind) => "/v1/rotations/" + AdminClient.Segment(kind);

    private static Command Status(CommandTree tree, string kind) => tree.MakeQuery(
        "status",
        $"what is in use, how far a rotation is and for whom it waits\nexample: gatehouse {kind} status",
        _ => PathOf(kind),
        Json.RotationStatusResponse,
        (screen, status) => Write(screen, status));

    private static Command Rotate(CommandTree tree, string kind)
    {
        Option<bool> plan = new("--plan") { Description = "say what each step does and waits for, and what is to be done by hand; change nothing" };
        Option<bool> step = new("--step") { Description = "begin, or make the step that follows" };
        Option<bool> all = new("--all") { Description = "make every step, each as soon as every node has done the one before" };
        Option<bool> rollback = new("--rollback") { Description = "go back to what was in use before; not after step retire" };
        Option<bool> force = new("--force") { Description = "retire the old CA although certificates of it are in use: they stop working" };
        Option<int> pause = new("--pause") { Description = "with --all: seconds between steps, for clients that copy ca.crt", HelpName = "N", DefaultValueFactory = static _ => 0 };
        Symbol[] symbols = kind == "ca" ? [plan, step, all, rollback, pause, force] : [plan, step, all, rollback, pause];
        return tree.Make(
            "rotate",
            $"change it on every node without a failed handshake\nexample: gatehouse {kind} rotate --plan",
            async (context, cancellation) =>
            {
                bool[] chosen = [context.Value(plan), context.Value(step), context.Value(all), context.Value(rollback)];
                if (chosen.Count(static one => one) != 1 || context.Value(pause) < 0)
                {
                    throw CommandFailure.CannotRun(
                        AdministrationProblems.CommandLine, "say one of --plan, --step, --all and --rollback", $"gatehouse {kind} rotate --plan shows what will be done");
                }

                bool isForced = kind == "ca" && context.Value(force);
                return chosen[0] ? await PlanAsync(context, kind, cancellation)
                    : chosen[1] ? await StepAsync(context, kind, isForced, cancellation)
                    : chosen[2] ? await AllAsync(context, kind, isForced, TimeSpan.FromSeconds(context.Value(pause)), cancellation)
                    : await RollbackAsync(context, kind, cancellation);
            },
            symbols);
    }

    private static Task<Answer<RotationStatusResponse>> AskAsync(CommandContext context, string kind, CancellationToken cancellation) =>
        context.Client.GetAsync(PathOf(kind), Json.RotationStatusResponse, cancellation);

    private static Task SendStepAsync(CommandContext context, string kind, string? from, bool isForced, CancellationToken cancellation) => context.Client.SendAsync(
        HttpMethod.Post,
        PathOf(kind) + "/step",
        new RotationStepRequest { From = from, Force = isForced },
        RotationJson.Default.RotationStepRequest,
        CommandContext.Json.ChangeResponse,
        cancellation);

    private static async Task<int> PlanAsync(CommandContext context, string kind, CancellationToken cancellation)
    {
        Answer<RotationStatusResponse> answer = await AskAsync(context, kind, cancellation);
        context.Print(answer, status =>
        {
            foreach (RotationText.Step step in RotationText.Plan(kind))
            {
                string mark = status.Step == step.Name ? " (here)" : "";
                context.Screen.Output.WriteLine(context.Screen.Styled($"{step.Name}{mark}", Style.Bold));
                context.Screen.Line($"  {step.Does}");
                context.Screen.Line($"  waits for: {step.WaitsFor}");
                if (step.ByHand is { } byHand)
                {
                    context.Screen.Line($"  by hand: {byHand}");
                }
            }

            Write(context.Screen, status);
        });
        return ExitCodes.Fine;
    }

    private static async Task<int> StepAsync(CommandContext context, string kind, bool isForced, CancellationToken cancellation)
    {
        RotationStatusResponse before = (await AskAsync(context, kind, cancellation)).Value;
        await SendStepAsync(context, kind, before.Step, isForced, cancellation);
        context.Print(await AskAsync(context, kind, cancellation), status => Write(context.Screen, status));
        return ExitCodes.Fine;
    }

    private static async Task<int> RollbackAsync(CommandContext context, string kind, CancellationToken cancellation)
    {
        await context.Client.SendAsync(HttpMethod.Post, PathOf(kind) + "/rollback", CommandContext.Json.ChangeResponse, cancellation);
        context.Print(await AskAsync(context, kind, cancellation), status => Write(context.Screen, status));
        return ExitCodes.Fine;
    }

    // All that is known is in the daemon: ended here, the same line goes on where this one stopped.
    private static async Task<int> AllAsync(CommandContext context, string kind, bool isForced, TimeSpan pause, CancellationToken cancellation)
    {
        Answer<RotationStatusResponse> answer = await AskAsync(context, kind, cancellation);
        if (answer.Value.Step is null)
        {
            await SendStepAsync(context, kind, null, isForced, cancellation);
            answer = await AskAsync(context, kind, cancellation);
        }

        string? rotation = answer.Value.Rotation;
        string? told = null;
        DateTimeOffset reminded = TimeProvider.System.GetUtcNow();
        while (answer.Value.Step is { } at && answer.Value.Rotation == rotation)
        {
            DateTimeOffset now = TimeProvider.System.GetUtcNow();
            Tell(at);
            bool isPaused = answer.Value.StepSince is { } since && now - since < pause;
            if (answer.Value.Next is { } next && next != Ending && !isPaused)
            {
                await SendStepAsync(context, kind, at, isForced, cancellation);
                Tell(next); // it may be over before the next look
            }
            else
            {
                if (now - reminded >= Remind && !isPaused)
                {
                    Progress(context, $"{at}: waits for {Waiting(answer.Value)}");
                    reminded = now;
                }

                await Task.Delay(Poll, cancellation);
            }

            answer = await AskAsync(context, kind, cancellation);
        }

        context.Print(answer, status => Write(context.Screen, status));
        return ExitCodes.Fine;

        void Tell(string step)
        {
            if (told != step)
            {
                Progress(context, $"{step}: {RotationText.Doing(kind, step)}");
                (told, reminded) = (step, TimeProvider.System.GetUtcNow());
            }
        }
    }

    private static void Progress(CommandContext context, string line)
    {
        if (!context.IsJson)
        {
            context.Screen.Line(line);
        }
    }

    private static void Write(Screen screen, RotationStatusResponse status)
    {
        Table material = new Table("ID", "PHASE", "MADE", "ENDS").WithStyle(static (column, text) => column == 1 && text == "active" ? Style.Green : Style.None);
        foreach (RotationMaterialView one in status.Material)
        {
            material.Add(one.Id, one.External == true ? one.Phase + ", imported" : one.Phase, Date(one.Created), one.Expires is { } end ? Date(end) : null);
        }

        material.Write(screen, $"no {status.Kind}");
        if (status.Step is null)
        {
            screen.Line(status.Other is { } other
                ? $"no rotation of this kind; one of kind {other} is under way: gatehouse {other} status"
                : $"no rotation under way; gatehouse {status.Kind} rotate --plan shows what one does");
            return;
        }

        screen.Output.WriteLine();
        new Facts()
            .Add("rotation", $"{status.Rotation}, begun {Time(status.Started)} by {status.StartedBy}")
            .Add("step", $"{status.Step}, since {Time(status.StepSince)}")
            .Add("next", status.Next switch
            {
                null => $"waits for {Waiting(status)}",
                Ending => "it ends by itself",
                var next => $"{next}: gatehouse {status.Kind} rotate --step",
            })
            .Write(screen);
        screen.Output.WriteLine();
        WriteNodes(screen, status);
    }

    private static void WriteNodes(Screen screen, RotationStatusResponse status)
    {
        Table nodes = new Table("NODE", "STEP", "SINCE", "NODE IS").WithStyle(static (_, text) => text is "waiting" or "away" ? Style.Red : Style.None);
        foreach (RotationNodeView node in status.Nodes)
        {
            nodes.Add(node.Node, node.State, node.Since is { } since ? Time(since) : null, node.Seen ? "there" : "away");
        }

        nodes.Write(screen, "no nodes");
        if (status.InUse.Count == 0)
        {
            return;
        }

        screen.Output.WriteLine();
        screen.Line("certificates of the old CA that stop working with step retire:");
        Table certificates = new("SERIAL", "PROFILE", "SUBJECT", "ENDS");
        foreach (RotationCertificateView one in status.InUse)
        {
            certificates.Add(one.Serial, one.Profile, one.Subject, Date(one.NotAfter));
        }

        certificates.Write(screen, "");
    }

    private static string Waiting(RotationStatusResponse status)
    {
        string names = string.Join(", ", status.Nodes.Where(static node => node.State == "waiting").Select(static node => node.Seen ? node.Node : node.Node + " (away)"));
        return names.Length == 0 ? "its end" : names;
    }

    private static string Date(DateTimeOffset time) => time.ToUniversalTime().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static string Time(DateTimeOffset? time) => time?.ToUniversalTime().ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture) ?? "-";
}

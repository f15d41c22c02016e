using System.Collections.Immutable;
using System.CommandLine;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Gatehouse.Administration;
using Gatehouse.App.Client;
using Gatehouse.App.Terminal;
using Gatehouse.Engine.Connections;
using Gatehouse.Engine.Ports;
using Gatehouse.Network.Endpoints;
using Gatehouse.Problems;

namespace Gatehouse.App.Commands.Ports;

/// <summary><c>gatehouse ports</c>: every endpoint, who protects it, who may reach it, and what listens right now.</summary>
internal static class PortsCommand
{
    private const int NowColumn = 5;

    public static Command Create(CommandTree tree)
    {
        Option<bool> all = new("--all") { Description = "also usual ports of guarded systems on which nobody listens" };
        var selection = new PortSelection();
        return tree.Make(
            "ports",
            "every port, who protects it and who may reach it; exit code 1 when a guarded one is open\nexample: gatehouse ports",
            (context, cancellation) => RunAsync(context, selection, context.Value(all), cancellation),
            [all, .. selection.Options]);
    }

    /// <summary>Who may reach an endpoint, in words.</summary>
    public static IReadOnlyList<string> OpenTo(Audiences audience) =>
        [.. Enum.GetValues<Audiences>().Where(one => one != Audiences.None && audience.HasFlag(one)).Select(static one => Lower(one.ToString()))];

    // Apart, so that no other command loads the engine.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task<int> RunAsync(CommandContext context, PortSelection selection, bool all, CancellationToken cancellation)
    {
        (DaemonState daemon, PeerCredentials? process) = LiveListeners.Daemon(context.DataFolder);
        bool forSystems = selection.IsForSystems(context);
        ClusterNodes nodes = forSystems ? ClusterNodes.None : await NodesAsync(context, daemon, cancellation);
        ImmutableArray<Endpoint> endpoints = selection.Endpoints(context, nodes);
        ImmutableArray<SeenEndpoint> seen = PortReview.Of(endpoints, LiveListeners.Find(endpoints, process), daemon);
        Problem[] problems = [.. seen.Select(static s => s.Problem).OfType<Problem>().DistinctBy(static p => p.Text)];
        if (context.IsJson)
        {
            var answer = new PortsAnswer
            {
                Daemon = Lower(daemon.ToString()),
                Passed = problems.Length == 0,
                Endpoints = [.. seen.Select(View)],
                Problems = [.. problems.Select(Body)],
            };
            context.PrintJson(JsonSerializer.SerializeToUtf8Bytes(answer, PortsJson.Default.PortsAnswer));
        }
        else
        {
            Write(context.Screen, seen, daemon, all || forSystems);
            foreach (Problem problem in problems)
            {
                context.Screen.Problem(CommandTree.LineOf(Body(problem)));
            }
        }

        return problems.Length == 0 ? ExitCodes.Fine : ExitCodes.Findings;
    }

    // A daemon that cannot answer is no reason to see nothing.
    private static async Task<ClusterNodes> NodesAsync(CommandContext context, DaemonState daemon, CancellationToken cancellation)
    {
        try
        {
            return await ClusterNodes.ReadAsync(context, daemon, cancellation);
        }
        catch (CommandFailure)
        {
            return ClusterNodes.None;
        }
    }

    private static void Write(Screen screen, ImmutableArray<SeenEndpoint> seen, DaemonState daemon, bool all)
    {
        Table table = new Table("PORT", "WHAT", "ADDRESS", "PROTECTED BY", "OPEN TO", "NOW").WithStyle(static (column, text) =>
            column != NowColumn ? Style.None : text.StartsWith("WRONG", StringComparison.Ordinal) ? Style.Red : text == "nobody listens" ? Style.Dim : Style.None);
        SeenEndpoint[] shown = [.. seen.Where(s => all || s.Endpoint.IsDeclared || s.State is EndpointState.Local or EndpointState.Open or EndpointState.Wrong)];
        foreach (SeenEndpoint one in shown)
        {
            Endpoint endpoint = one.Endpoint;
            table.Add(
                $"{endpoint.Ports}/{Lower(endpoint.Transport.ToString())}",
                endpoint.What,
                endpoint.Direction == Direction.Outgoing ? $"to {endpoint.Target ?? "elsewhere"}" : endpoint.Address?.ToString(),
                endpoint.Direction == Direction.Outgoing ? null : endpoint.Protection.ToString(),
                endpoint.Direction == Direction.Outgoing ? null : string.Join(", ", OpenTo(endpoint.Audience)) is { Length: > 0 } some ? some : "this host",
                Now(one, daemon));
        }

        table.Write(screen, "no ports");
        int hidden = seen.Length - shown.Length;
        if (hidden > 0)
        {
            screen.Line($"{(hidden == 1 ? "One more usual port" : $"{hidden.ToString(System.Globalization.CultureInfo.InvariantCulture)} more usual ports")} of guarded systems, on which nobody listens: --all");
        }

        SeenEndpoint[] bare = [.. shown.Where(static s => s is { State: EndpointState.Open, Endpoint: { Holder: EndpointHolder.System, Audience: not Audiences.Anyone } })];
        foreach (SeenEndpoint one in bare)
        {
            screen.Line($"{one.Endpoint.What} is open to other hosts, and nothing protects it: {one.Endpoint.Why}; gatehouse firewall limits it to {string.Join(" and ", OpenTo(one.Endpoint.Audience))}");
        }
    }

    private static string? Now(SeenEndpoint one, DaemonState daemon) => one.State switch
    {
        EndpointState.Elsewhere => null,
        EndpointState.Wrong when one.Listeners.IsEmpty => "WRONG: nobody listens",
        EndpointState.Wrong => "WRONG: " + Addresses(one.Listeners),
        EndpointState.Silent => one.Endpoint.Holder == EndpointHolder.Gatehouse && daemon == DaemonState.Stopped ? "daemon stopped" : "nobody listens",
        _ => "listens on " + Addresses(one.Listeners),
    };

    private static string Addresses(ImmutableArray<SeenListener> listeners) =>
        string.Join(", ", listeners.Select(static l => l.Address.ToString()).Distinct(StringComparer.Ordinal));

    private static EndpointView View(SeenEndpoint one) => new()
    {
        What = one.Endpoint.What,
        Holder = Lower(one.Endpoint.Holder.ToString()),
        System = one.Endpoint.System,
        Address = one.Endpoint.Address?.ToString(),
        Target = one.Endpoint.Target,
        Port = one.Endpoint.Ports.First,
        LastPort = one.Endpoint.Ports.Last,
        Transport = Lower(one.Endpoint.Transport.ToString()),
        Direction = Lower(one.Endpoint.Direction.ToString()),
        Protection = Lower(one.Endpoint.Protection.Kind.ToString()),
        ProtectedBy = one.Endpoint.Protection.Name,
        OpenTo = OpenTo(one.Endpoint.Audience),
        Declared = one.Endpoint.IsDeclared,
        State = Lower(one.State.ToString()),
        Listeners = [.. one.Listeners.Select(static l => new ListenerView { Address = l.Address.ToString(), Port = l.Port, User = l.User, Pid = l.ProcessId, Process = l.Process })],
        Why = one.Endpoint.Why,
    };

    private static ErrorBody Body(Problem problem) => new() { Id = problem.Id, Text = problem.Text, Hint = problem.Hint };

    private static string Lower(string name) => name.ToLowerInvariant();
}

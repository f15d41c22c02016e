using System.Collections.Immutable;
using System.CommandLine;
using System.Net;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Gatehouse.Administration;
using Gatehouse.App.Client;
using Gatehouse.Engine.Configuration.Cluster;
using Gatehouse.Engine.Ports;
using Gatehouse.Network.Endpoints;
using Gatehouse.Network.Firewall;
using Gatehouse.Problems;
using Gatehouse.Problems.Cluster;
using Gatehouse.Trust.Files;

namespace Gatehouse.App.Commands.Ports;

/// <summary><c>gatehouse firewall</c>: the endpoints as rules of a packet filter.</summary>
internal sealed class FirewallCommand
{
    private const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    private readonly Option<string> _format = new("--format") { Description = string.Join(", ", FirewallWriter.Formats), HelpName = "NAME", DefaultValueFactory = static _ => FirewallWriter.Formats[0] };
    private readonly Option<string[]> _clients = PortSelection.Lists("--clients", "networks that reach the gates; default any", "CIDR");
    private readonly Option<string[]> _peers = PortSelection.Lists("--peers", "other nodes, besides those that the daemon knows", "CIDR|HOST");
    private readonly Option<string[]> _operators = PortSelection.Lists("--operators", "networks that reach the admin API; default peers only", "CIDR");
    private readonly Option<string[]> _keep = PortSelection.Lists("--keep", "ports to say nothing about", "PORT");
    private readonly Option<string?> _out = new("--out") { Description = "write to a file instead of the standard output", HelpName = "FILE" };
    private readonly PortSelection _selection = new();

    private FirewallCommand()
    {
        _format.AcceptOnlyFromAmong([.. FirewallWriter.Formats]);
    }

    public static Command Create(CommandTree tree)
    {
        var command = new FirewallCommand();
        return tree.Make(
            "firewall",
            "packet filter rules that leave guarded ports to this host\nexample: gatehouse firewall --format nftables --clients 10.0.0.0/8 --out gatehouse.nft",
            command.RunAsync,
            [command._format, command._clients, command._peers, command._operators, command._keep, command._out, .. command._selection.Options]);
    }

    // Apart, so that no other command loads the engine.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private async Task<int> RunAsync(CommandContext context, CancellationToken cancellation)
    {
        bool forSystems = _selection.IsForSystems(context);
        DaemonState daemon = forSystems ? DaemonState.Unknown : LiveListeners.Daemon(context.DataFolder).State;
        ClusterNodes nodes = forSystems ? ClusterNodes.None : await ClusterNodes.ReadAsync(context, daemon, cancellation);
        ImmutableArray<string> clients = PortSelection.Values(context, _clients);
        var plan = FirewallPlan.Of(
            _selection.Endpoints(context, nodes),
            new FirewallSources
            {
                Clients = clients.IsEmpty ? null : await FirewallNetworks.ReadAsync(clients, "--clients", cancellation),
                Peers = FirewallSources.Distinct(
                [
                    .. await FirewallNetworks.ReadAsync(PortSelection.Values(context, _peers), "--peers", cancellation),
                    .. await FirewallNetworks.ReadAsync(_selection.Hosts(context), "--nodes", cancellation),
                    .. await FirewallNetworks.ReadAsync(nodes.Peers.SelectMany(static p => p.Addresses).Select(HostOf), "the cluster's nodes", cancellation),
                ]),
                Operators = await FirewallNetworks.ReadAsync(PortSelection.Values(context, _operators), "--operators", cancellation),
            },
            [.. PortSelection.Values(context, _keep).Select(Span)]);
        return Give(context, plan);
    }

    private int Give(CommandContext context, FirewallPlan plan)
    {
        string format = context.Value(_format)!; // it has a default
        string text = FirewallWriter.Write(plan, format);
        string? file = context.Value(_out) is { } path ? Write(path, text) : null;
        (string load, string remove) = FirewallWriter.Use(format);
        load = load.Replace("FILE", file ?? "FILE", StringComparison.Ordinal);
        remove = remove.Replace("FILE", file ?? "FILE", StringComparison.Ordinal);
        ErrorBody[] notes = [.. Notes(plan)];
        if (context.IsJson)
        {
            var answer = new FirewallAnswer { Format = format, File = file, Text = file is null ? text : null, Load = load, Remove = remove, Notes = notes };
            context.PrintJson(JsonSerializer.SerializeToUtf8Bytes(answer, PortsJson.Default.FirewallAnswer));
            return ExitCodes.Fine;
        }

        if (file is null)
        {
            context.Screen.Output.Write(text);
        }
        else
        {
            context.Screen.Line($"{file} is written");
            context.Screen.Line($"load it, again at any time: {load}");
            context.Screen.Line($"remove it:                  {remove}");
        }

        foreach (ErrorBody note in notes)
        {
            context.Screen.Problem($"note: {CommandTree.LineOf(note)}");
        }

        return ExitCodes.Fine;
    }

    // A group without addresses closes its ports: safe, and perhaps not meant.
    private static IEnumerable<ErrorBody> Notes(FirewallPlan plan)
    {
        foreach (Audiences group in (Audiences[])[Audiences.Peers, Audiences.Operators])
        {
            FirewallRule[] concerned = [.. plan.Rules.Where(r => r.Grants.Any(g => g.Source == group))];
            if (concerned.Length > 0 && plan.Sources.Of(group) is { IsEmpty: true })
            {
                string word = PortsCommand.OpenTo(group)[0];
                yield return new ErrorBody
                {
                    Id = PortProblems.NobodyKnown.Id,
                    Text = $"no {word} are known: {string.Join(", ", concerned.Select(static r => r.Ports.ToString()))} {(concerned.Length == 1 && concerned[0].Ports.IsSingle ? "is" : "are")} closed to them",
                    Hint = $"--{word} CIDR",
                };
            }
        }
    }

    private static string Write(string path, string text)
    {
        string file = Path.GetFullPath(path);
        if (Directory.Exists(file) || new FileInfo(file).LinkTarget is not null)
        {
            throw CommandFailure.CannotRun(AdministrationProblems.CommandLine, $"`{file}` is no plain file");
        }

        try
        {
            SecretFile.Write(file, Encoding.UTF8.GetBytes(text), Mode);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            throw CommandFailure.CannotRun(AdministrationProblems.CommandLine, $"`{file}` cannot be written: {refused.Message}", null, refused);
        }

        return file;
    }

    private static PortSpan Span(string text) => PortSpan.TryParse(text, out PortSpan span)
        ? span
        : throw CommandFailure.CannotRun(PortProblems.NotANetwork, $"`{text}` in --keep is no port", "write 8083 or 4370-4379");

    private static string HostOf(string address) =>
        AdvertisedAddress.TryParse(address, out string? host, out _, out string? why) ? host : throw CommandFailure.CannotRun(PortProblems.NoAddress, $"a node's address `{address}`: {why}");
}

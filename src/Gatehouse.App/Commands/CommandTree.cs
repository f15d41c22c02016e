using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Gatehouse.Administration;
using Gatehouse.App.Client;
using Gatehouse.App.Commands.Certificates;
using Gatehouse.App.Commands.Cluster;
using Gatehouse.App.Commands.Connect;
using Gatehouse.App.Commands.Doctor;
using Gatehouse.App.Commands.Identities;
using Gatehouse.App.Commands.Ipfs;
using Gatehouse.App.Commands.Mqtt;
using Gatehouse.App.Commands.Policies;
using Gatehouse.App.Commands.Ports;
using Gatehouse.App.Commands.Questions;
using Gatehouse.App.Commands.Store;
using Gatehouse.App.Commands.Swarm;
using Gatehouse.App.Terminal;
using Gatehouse.Problems;

namespace Gatehouse.App.Commands;

/// <summary>What a command does; gives the exit code.</summary>
internal delegate Task<int> CommandBody(CommandContext context, CancellationToken cancellation);

/// <summary>All commands of the executable.</summary>
internal sealed class CommandTree
{
    private readonly Screen _screen;

    /// <summary>Makes them.</summary>
    /// <param name="screen">Where they write.</param>
    /// <param name="isDaemon">Whether the command line runs the daemon, which needs none of the others.</param>
    public CommandTree(Screen screen, bool isDaemon = false)
    {
        _screen = screen;
        Root = new RootCommand("Gatehouse guards clusters that ship open: TLS, login, rights and an audit trail in front of any of them.");
        foreach (Option option in Globals.All)
        {
            Root.Add(option);
        }

        foreach (HelpOption help in Root.Options.OfType<HelpOption>())
        {
            help.Action = new HelpWriter(_screen);

            // The spellings of another system: nobody types them here, and completion would offer them.
            help.Aliases.Remove("/h");
            help.Aliases.Remove("/?");
        }

        NodeCommands.AddTo(Root, this);
        if (!isDaemon)
        {
            AddOthers();
        }

        Root.SetAction(static parsed => Incomplete(parsed));
    }

    /// <summary>Options of every command.</summary>
    public GlobalOptions Globals { get; } = new();

    /// <summary>The root.</summary>
    public RootCommand Root { get; }

    /// <summary>Runs a command line to its exit code: 0 fine, 1 findings or refusal, 2 cannot run.</summary>
    public async Task<int> RunAsync(IReadOnlyList<string> args, CancellationToken cancellation = default)
    {
        ParseResult parsed = Root.Parse(args);
        if (parsed.Errors.Count > 0 && parsed.Action is not HelpWriter)
        {
            // One line is enough: the first is the cause, the others follow from it.
            string command = parsed.CommandResult.Command == Root ? "gatehouse" : $"gatehouse {PathOf(parsed)}";
            return Report(
                new ErrorBody { Id = AdministrationProblems.CommandLine.Id, Text = Lower(OneLine(parsed.Errors[0].Message)) + Suggestion.For(parsed), Hint = $"{command} --help" },
                ExitCodes.CannotRun,
                parsed);
        }

        if (EmptyPath(parsed) is { } empty && parsed.Action is not HelpWriter)
        {
            return Report(
                new ErrorBody { Id = AdministrationProblems.CommandLine.Id, Text = $"{empty} is empty", Hint = $"gatehouse {PathOf(parsed)} --help" }, ExitCodes.CannotRun, parsed);
        }

        var configuration = new InvocationConfiguration
        {
            Output = _screen.Output,
            Error = _screen.Error,
            EnableDefaultExceptionHandler = false,

            // The daemon ends itself in order on a signal; everything else is ended.
            ProcessTerminationTimeout = parsed.CommandResult.Command.Name == NodeCommands.UpName ? null : TimeSpan.FromSeconds(2),
        };
        return await parsed.InvokeAsync(configuration, cancellation);
    }

    private void AddOthers()
    {
        Root.Add(UserCommands.Create(this));
        Root.Add(AdminCommands.Create(this));
        Root.Add(RoleCommands.Create(this));
        Root.Add(PolicyCommands.Create(this));
        Root.Add(RealmCommands.Create(this));
        Root.Add(MappingCommands.Create(this));
        Root.Add(ApiKeyCommands.Create(this));
        Root.Add(CertificateCommands.Create(this));
        Root.Add(GateCommands.Create(this));
        Root.Add(ConnectCommand.Create(this));
        Root.Add(ConnectionCommands.Create(this));
        Root.Add(ClientIdCommands.Create(this));
        Root.Add(PinOwnerCommands.Create(this));
        Root.Add(SwarmCommands.Create(this));
        Root.Add(TokenCommands.Create(this));
        Root.Add(JoinCommand.Create(this));
        Root.Add(LeaveCommand.Create(this));
        Root.Add(NodeMemberCommands.Create(this));
        Root.Add(PeerCommands.Create(this));
        Root.Add(RevokeCommand.Create(this));
        MeshCommands.AddTo(Root, this);
        Root.Add(StoreCommands.Create(this));
        Root.Add(AddressCommands.Create(this));
        Root.Add(PortsCommand.Create(this));
        Root.Add(FirewallCommand.Create(this));
        Root.Add(AuditCommands.Create(this));
        Root.Add(DoctorCommand.Create(this));
        Root.Add(HardenCommand.Create(this));
        RotationCommands.AddTo(Root, this);
        ExplainCommands.AddTo(Root, this);
        QuestionCommands.AddTo(Root, this);
        AuthorityCommands.AddTo(Root, this);
    }

    /// <summary>Makes a command that runs <paramref name="body"/>; faults become one line and an exit code.</summary>
    public Command Make(string name, string description, CommandBody body, params ReadOnlySpan<Symbol> symbols)
    {
        var command = new Command(name, description);
        foreach (Symbol symbol in symbols)
        {
            switch (symbol)
            {
                case Argument argument:
                    command.Add(argument);
                    break;
                case Option option:
                    command.Add(option);
                    break;
            }
        }

        command.SetAction((parsed, cancellation) => RunAsync(body, parsed, cancellation));
        return command;
    }

    /// <summary>Makes a command that asks the daemon for one thing and shows the answer.</summary>
    /// <param name="name">The command's word.</param>
    /// <param name="description">What it does, and an example.</param>
    /// <param name="path">What is asked for.</param>
    /// <param name="type">The answer.</param>
    /// <param name="show">Shows it to people.</param>
    /// <param name="symbols">Arguments and options.</param>
    public Command MakeQuery<T>(
        string name, string description, Func<CommandContext, string> path, JsonTypeInfo<T> type, Action<Screen, T> show, params ReadOnlySpan<Symbol> symbols) =>
        Make(
            name,
            description,
            async (context, cancellation) =>
            {
                context.Print(await context.Client.GetAsync(path(context), type, cancellation), answer => show(context.Screen, answer));
                return ExitCodes.Fine;
            },
            symbols);

    /// <summary>Makes a command that only holds others.</summary>
    public static Command Group(string name, string description, params ReadOnlySpan<Command> commands)
    {
        var group = new Command(name, description);
        foreach (Command command in commands)
        {
            group.Add(command);
        }

        group.SetAction(static parsed => Incomplete(parsed));
        return group;
    }

    // A command that is none yet: its help is what is wanted, but nothing was done.
    private static int Incomplete(ParseResult parsed)
    {
        parsed.InvocationConfiguration.Output.Write(HelpWriter.Render(parsed.CommandResult.Command, 0));
        return ExitCodes.CannotRun;
    }

    private async Task<int> RunAsync(CommandBody body, ParseResult parsed, CancellationToken cancellation)
    {
        using var context = new CommandContext(Globals, parsed, _screen);
        try
        {
            return await body(context, cancellation);
        }
        catch (CommandFailure failure)
        {
            return Report(failure.Error, failure.ExitCode, parsed);
        }
        catch (ProblemException failure)
        {
            Problem problem = failure.Problem;
            return Report(
                new ErrorBody { Id = problem.Id, Text = problem.Text, Hint = problem.Hint, Location = problem.Location?.ToString() }, ExitCodes.CannotRun, parsed);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // Ctrl-C ends a tail; that is how it ends.
            return ExitCodes.Fine;
        }
        catch (IOException broken) when (broken.Message.Contains("Broken pipe", StringComparison.OrdinalIgnoreCase))
        {
            // The reader has seen enough: gatehouse audit tail | head.
            return ExitCodes.Fine;
        }
    }

    private int Report(ErrorBody error, int exitCode, ParseResult parsed)
    {
        _screen.Problem(LineOf(error));
        foreach (ErrorBody more in error.More ?? [])
        {
            _screen.Problem(LineOf(more));
        }

        if (parsed.GetValue(Globals.Json))
        {
            _screen.Output.WriteLine(JsonSerializer.Serialize(new ErrorResponse { Error = error }, AdminJson.Default.ErrorResponse));
        }

        return exitCode;
    }

    /// <summary>A problem in one line: id, place, text, hint.</summary>
    public static string LineOf(ErrorBody error)
    {
        string place = error.Location is null ? "" : $" {error.Location}:";
        string? hint = error.Receipt is null ? error.Hint : $"gatehouse explain {error.Receipt} says why";
        return $"{error.Id}{place} {error.Text}{(hint is null ? "" : $" ({hint})")}";
    }

    private static string PathOf(ParseResult parsed)
    {
        List<string> names = [];
        for (SymbolResult? at = parsed.CommandResult; at is CommandResult { Command: not RootCommand } command; at = at.Parent)
        {
            names.Insert(0, command.Command.Name);
        }

        return string.Join(' ', names);
    }

    // Lists of the library's stand one word a line.
    private static string OneLine(string message) => string.Join(' ', message.Split(['\r', '\n', '\t'], StringSplitOptions.RemoveEmptyEntries));

    // No path is empty, whatever takes one; a variable of a script may be.
    private static string? EmptyPath(ParseResult parsed)
    {
        for (SymbolResult? at = parsed.CommandResult; at is not null; at = at.Parent)
        {
            foreach (SymbolResult child in (at as CommandResult)?.Children ?? [])
            {
                (string? name, string? kind) = child switch
                {
                    OptionResult option => (option.Option.Name, option.Option.HelpName),
                    ArgumentResult argument => (argument.Argument.Name, argument.Argument.Name),
                    _ => (null, null),
                };
                if (kind is "FILE" or "DIR" && child.Tokens.Any(static token => token.Value.Length == 0))
                {
                    return name;
                }
            }
        }

        return null;
    }

    private static string Lower(string message) =>
        message.Length > 1 && char.IsUpper(message[0]) && !char.IsUpper(message[1]) ? char.ToLowerInvariant(message[0]) + message[1..].TrimEnd('.') : message.TrimEnd('.');
}

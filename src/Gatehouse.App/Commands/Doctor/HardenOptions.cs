using System.Collections.Immutable;
using System.CommandLine;
using Gatehouse.App.Client;
using Gatehouse.App.Terminal;
using Gatehouse.Doctor.Hardening;
using Gatehouse.Problems;
using Gatehouse.Problems.Hints;
using Gatehouse.Trust.Certificates;
using Gatehouse.Trust.Files;

namespace Gatehouse.App.Commands.Doctor;

/// <summary>Options of <c>gatehouse harden</c>; each system has those that concern it.</summary>
internal sealed class HardenOptions
{
    private readonly Option<bool> _plan = new("--plan") { Description = "show what would change, and change nothing (this is what happens unless something else is said)" };
    private readonly Option<bool> _apply = new("--apply") { Description = "write it, all or nothing, after a backup" };
    private readonly Option<bool> _verify = new("--verify") { Description = "look whether everything is as it shall be, and whether the service can read it" };
    private readonly Option<bool> _undo = new("--undo") { Description = "put back what the last --apply replaced" };
    private readonly Option<string?> _file = new("--file") { Description = "its main configuration file, or the folder of it; else that of the running process", HelpName = "FILE" };
    private readonly Option<string?> _user = new("--user") { Description = "whom the service runs as, name or number; else its process, unit or file say it", HelpName = "USER" };
    private readonly Option<string?> _backup = new("--backup") { Description = "folder of all backups; root: /var/lib/gatehouse/harden", HelpName = "DIR" };
    private readonly Option<bool> _force = new("--force") { Description = "with --undo: put back files that were changed since, too" };
    private readonly Option<string?> _peers = new("--peers") { Description = "ids of the trusted peers, or self", HelpName = "IDS" };
    private readonly Option<string?> _nodes = new("--nodes") { Description = "names of the cluster's nodes", HelpName = "NAMES" };
    private readonly Option<string[]> _names = new("--name") { Description = "name or address that the certificate carries; more than once", HelpName = "NAME" };
    private readonly Option<string?> _keep = new("--keep") { Description = "what shall stay", HelpName = "WORDS" };
    private readonly Option<bool> _gate = new("--gate") { Description = "a gate of this host stands in front: clients are taken from loopback only" };
    private readonly Option<bool> _mesh = new("--mesh") { Description = "the mesh carries the ports between nodes: they get no TLS of their own" };
    private readonly Option<string?> _version = new("--product-version") { Description = "its version, where that cannot be seen", HelpName = "VERSION" };
    private readonly Option<string?> _bind = new("--bind") { Description = "address that the ports between nodes are bound to; in a mesh this node's peer address", HelpName = "ADDRESS" };
    private readonly Option<int?> _injector = new("--injector") { Description = "port of the gate on loopback through which Kubo is called", HelpName = "PORT" };
    private readonly Option<string?> _drop = new("--drop") { Description = "what shall go", HelpName = "WORDS" };
    private readonly Option<string?> _expose = new("--expose") { Description = "no gate: the REST API on this address, with TLS of its own", HelpName = "ADDRESS" };
    private readonly Option<string?> _socket = new("--socket") { Description = "the REST API on a Unix socket instead of a port", HelpName = "FILE" };
    private readonly Option<string?> _secretFile = new("--secret-file") { Description = "file with the secret that the other peers have, - for stdin", HelpName = "FILE" };
    private readonly Option<string?> _gatePassword = new("--gate-password") { Description = "write the password that the gate needs there, for its upstream_password", HelpName = "FILE" };
    private readonly Option<string?> _certificate = new("--cert") { Description = "a certificate of your own with what is above it, PEM; with --key, and --ca for its CA (an option of every command)", HelpName = "FILE" };
    private readonly Option<string?> _key = new("--key") { Description = "its private key, PEM, mode 0600", HelpName = "FILE" };

    private string[] _kept = [];
    private string[] _dropped = [];
    private string _system = "";

    /// <summary>What is to be done.</summary>
    public enum Work
    {
        /// <summary>Show.</summary>
        Plan = 0,

        /// <summary>Write.</summary>
        Apply = 1,

        /// <summary>Look.</summary>
        Verify = 2,

        /// <summary>Put back.</summary>
        Undo = 3,
    }

    /// <summary>Options of a system.</summary>
    public Symbol[] Of(string system)
    {
        _system = system;
        return [_plan, _apply, _verify, _undo, _file, _user, .. Special(system), _backup, _force];
    }

    /// <summary>The one thing to be done.</summary>
    public Work WorkOf(CommandContext context)
    {
        (Option<bool> Option, Work Work)[] all = [(_plan, Work.Plan), (_apply, Work.Apply), (_verify, Work.Verify), (_undo, Work.Undo)];
        Work[] said = [.. all.Where(one => context.Value(one.Option)).Select(static one => one.Work)];
        return said.Length <= 1
            ? said.FirstOrDefault()
            : throw CommandFailure.CannotRun(AdministrationProblems.CommandLine, "one of --plan, --apply, --verify and --undo");
    }

    /// <summary>What the administrator says.</summary>
    public HardenWishes WishesOf(CommandContext context)
    {
        HardenWishes wishes = Read(context);
        _ = OwnOf(context);
        if (wishes.Keep.FirstOrDefault(word => !_kept.Contains(word)) is { } unknown)
        {
            throw CommandFailure.CannotRun(AdministrationProblems.CommandLine, $"--keep does not know `{unknown}`{NearestWord.Hint(unknown, _kept)}", $"one or more of {string.Join(',', _kept)}");
        }

        if (wishes.Drop.FirstOrDefault(word => !_dropped.Contains(word)) is { } stranger)
        {
            throw CommandFailure.CannotRun(AdministrationProblems.CommandLine, $"--drop does not know `{stranger}`{NearestWord.Hint(stranger, _dropped)}", $"one or more of {string.Join(',', _dropped)}");
        }

        // A password that nobody asks for would be written, or not even that.
        bool hasPassword = _system switch
        {
            "kubo" => wishes.Gate,
            "ipfs-cluster" => !wishes.Drop.Contains("restapi") || wishes.Keep.Contains("pinsvcapi"),
            _ => true,
        };
        if (wishes.GatePassword is not null && !hasPassword)
        {
            throw CommandFailure.CannotRun(
                AdministrationProblems.CommandLine, "--gate-password has no password to write", _system == "kubo" ? "with --gate" : "without --drop restapi, or with --keep pinsvcapi");
        }

        _ = LeafIssuer.NamesOf(wishes.Names);
        return wishes;
    }

    /// <summary>The main configuration file that was named, absolute, or null.</summary>
    public string? FileOf(CommandContext context) => context.Value(_file) is { } file ? Path.TrimEndingDirectorySeparator(Path.GetFullPath(file)) : null;

    /// <summary>The folder of all backups.</summary>
    public string BackupsOf(CommandContext context)
    {
        if (context.Value(_backup) is { } folder)
        {
            return Path.GetFullPath(folder);
        }

        if (PinnedFolder.EffectiveUser == 0)
        {
            return "/var/lib/gatehouse/harden";
        }

        string? state = Environment.GetEnvironmentVariable("XDG_STATE_HOME");
        string home = string.IsNullOrEmpty(state) ? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".local", "state") : state;
        return Path.Combine(home, "gatehouse", "harden");
    }

    /// <summary>The command that takes an --apply back.</summary>
    public string UndoOf(CommandContext context, HardenPlan plan) =>
        $"gatehouse harden {plan.System} --undo --file {CommandContext.Quoted(plan.Subject)}{(context.Value(_backup) is { } folder ? $" --backup {CommandContext.Quoted(Path.GetFullPath(folder))}" : "")}";

    /// <summary>Whether --undo may put back what was changed.</summary>
    public bool IsForced(CommandContext context) => context.Value(_force);

    /// <summary>The administrator's own certificate and key, or null.</summary>
    public (string Certificate, string Key)? OwnOf(CommandContext context) => (context.Value(_certificate), context.Value(_key)) switch
    {
        (null, null) => null,
        ({ } certificate, { } key) => (certificate, key),
        _ => throw CommandFailure.CannotRun(AdministrationProblems.CommandLine, "--cert and --key belong together", "--cert FILE --key FILE --ca FILE"),
    };

    private HardenWishes Read(CommandContext context) => new()
    {
        File = FileOf(context),
        User = context.Value(_user),
        Peers = Words(context, _peers),
        Nodes = Words(context, _nodes),
        Names = [.. context.Value(_names) ?? []],
        Keep = Words(context, _keep),
        Drop = Words(context, _drop),
        Expose = AddressOf(context, _expose),
        Socket = context.Value(_socket),
        Gate = context.Value(_gate),
        Mesh = context.Value(_mesh),
        Version = context.Value(_version),
        Bind = AddressOf(context, _bind),
        Injector = context.Value(_injector) is { } port
            ? port is > 0 and < 65536 ? port : throw CommandFailure.CannotRun(AdministrationProblems.CommandLine, "--injector is a port, 1 to 65535")
            : null,
        Secret = context.Value(_secretFile) is { } file ? PasswordInput.FromFile(file) : null,
        GatePassword = context.Value(_gatePassword) is { } password ? Path.GetFullPath(password) : null,
    };

    private Symbol[] Special(string system) => system switch
    {
        "ipfs-cluster" => [_peers, Keep("the pinning service API, the IPFS proxy", "pinsvcapi", "proxy"), Drop("ipfs-cluster-ctl needs restapi", "restapi", "metrics", "tracing"), _gate, _socket, _expose, _names, _bind, _injector, _secretFile, _gatePassword, _certificate, _key],
        "kubo" => [Keep("the gateway on its address, without fetching", "gateway"), Drop("what was added by path or address cannot be read any more", "filestore", "urlstore"), _gate, _gatePassword],
        "emqx" => [_nodes, _names, Keep("these listeners as they are", "tcp", "ssl", "ws", "wss", "quic", "dashboard"), _gate, _mesh, _bind, _secretFile, _version, _certificate, _key],
        "ignite" => [_nodes, _names, _gate, _bind, _gatePassword, _certificate, _key],
        "elasticsearch" => [_nodes, _names, Keep("HTTP without TLS, until clients are ready", "http"), Scripts(), _gate, _bind, _certificate, _key],
        "opensearch" => [_nodes, _names, Scripts(), _gate, _bind, _certificate, _key],
        _ => throw new InvalidOperationException($"{system} has no options"),
    };

    private static string? AddressOf(CommandContext context, Option<string?> option) => context.Value(option) is { } text
        ? System.Net.IPAddress.TryParse(text, out System.Net.IPAddress? address)
            ? address.ToString()
            : throw CommandFailure.CannotRun(AdministrationProblems.CommandLine, $"`{text}` is no address", $"{option.Name} 127.77.0.1")
        : null;

    private Option<string?> Keep(string what, params string[] words)
    {
        _kept = words;
        _keep.Description = $"what shall stay, with commas: {string.Join(',', words)}: {what}";
        return _keep;
    }

    private Option<string?> Drop(string what, params string[] words)
    {
        _dropped = words;
        _drop.Description = $"what goes too, with commas: {string.Join(',', words)}; {what}";
        return _drop;
    }

    private Option<string?> Scripts() => Drop("stored ones run still; Kibana, Fleet and pipelines need scripts of their own", "scripts");

    private static ImmutableArray<string> Words(CommandContext context, Option<string?> option)
    {
        ImmutableArray<string> words = [.. context.Value(option)?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? []];
        return words.FirstOrDefault(static word => word.Any(static c => char.IsWhiteSpace(c) || char.IsControl(c))) is { } several
            ? throw CommandFailure.CannotRun(AdministrationProblems.CommandLine, $"`{several}` is no word of {option.Name}", "words are separated by commas")
            : words;
    }
}

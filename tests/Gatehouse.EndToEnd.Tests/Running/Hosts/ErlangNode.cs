using System.Globalization;
using System.Net;
using System.Threading.Channels;

namespace Gatehouse.EndToEnd.Tests.Running.Hosts;

/// <summary>
/// A real Erlang node wired as EMQX wires its own: no port mapper, ports from names by the rule of its cluster library, bound to
/// the one address of its name. It evaluates what it is given.
/// </summary>
internal sealed class ErlangNode : IAsyncDisposable
{
    private readonly Channel<string> _answers = Channel.CreateUnbounded<string>();
    private readonly LabProcess _process;

    private ErlangNode(string name, LabProcess process)
    {
        Name = name;
        _process = process;
        process.LineCame += line =>
        {
            if (line.StartsWith("=> ", StringComparison.Ordinal))
            {
                _answers.Writer.TryWrite(line[3..]);
            }
        };
    }

    /// <summary>Its node name.</summary>
    public string Name { get; }

    /// <summary>Its process.</summary>
    public LabProcess Process => _process;

    /// <summary>Starts a node of a name such as <c>emqx1@127.77.0.1</c> on a host, bound to an address.</summary>
    public static async Task<ErlangNode> StartAsync(LabHost host, string name, IPAddress bind, string cookie, string code, int tickTime)
    {
        string interfaceAddress = "{" + string.Join(',', bind.GetAddressBytes().Select(static b => b.ToString(CultureInfo.InvariantCulture))) + "}";
        LabProcess process = host.Start("erl",
        [
            "-noshell", "-pa", code, "-name", name, "-setcookie", cookie,
            "-start_epmd", "false", "-epmd_module", "lab_names",
            "-kernel", "inet_dist_use_interface", interfaceAddress, "net_ticktime", tickTime.ToString(CultureInfo.InvariantCulture),
            "-eval", "lab_node:run().",
        ]);
        var node = new ErlangNode(name, process);
        await process.WaitForAsync("ready " + name);
        return node;
    }

    /// <summary>Starts one on this machine, with options more (<c>-proto_dist inet_tls</c>), bound to the loopback address of its name.</summary>
    public static async Task<ErlangNode> StartAsync(TemporaryFolder folder, string name, string cookie, string code, IReadOnlyDictionary<string, string> environment, params string[] more)
    {
        string bind = "{" + name[(name.IndexOf('@', StringComparison.Ordinal) + 1)..].Replace('.', ',') + "}";
        var process = new LabProcess(
            $"erl {name}",
            [
                "erl", "-noshell", "-pa", code, "-name", name, "-setcookie", cookie, "-start_epmd", "false", "-epmd_module", "lab_names",
                "-kernel", "inet_dist_use_interface", bind, .. more, "-eval", "lab_node:run().",
            ],
            new Dictionary<string, string>(environment) { ["HOME"] = folder.Path },
            folder.Path);
        var node = new ErlangNode(name, process);
        try
        {
            await process.WaitForAsync("ready " + name);
        }
        catch (InvalidOperationException)
        {
            await process.DisposeAsync();
            throw;
        }

        return node;
    }

    /// <summary>Evaluates an expression, without its full stop; the value as Erlang prints it.</summary>
    public async Task<string> EvalAsync(string expression, double seconds = 30)
    {
        await _process.WriteLineAsync(expression + ".");
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));
        try
        {
            return await _answers.Reader.ReadAsync(limit.Token);
        }
        catch (OperationCanceledException late)
        {
            throw new TimeoutException($"{Name} did not answer `{expression}` in {seconds} s:\n{_process.Output}", late);
        }
    }

    /// <summary>Evaluates until the value is the wanted one; how long it took.</summary>
    public async Task<TimeSpan> UntilAsync(string expression, string wanted, double seconds = 30)
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        string value;
        while ((value = await EvalAsync(expression, seconds)) != wanted)
        {
            if (clock.Elapsed.TotalSeconds > seconds)
            {
                throw new TimeoutException($"{Name}: `{expression}` stays {value}, not {wanted}:\n{_process.Output}");
            }

            await Task.Delay(50);
        }

        return clock.Elapsed;
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    /// <summary>Compiles the two modules that every node needs into a folder.</summary>
    public static async Task<string> CompileAsync(TemporaryFolder folder)
    {
        await File.WriteAllTextAsync(folder["lab_names.erl"], Names);
        await File.WriteAllTextAsync(folder["lab_node.erl"], Node);
        ShellResult result = await Shell.RunAsync("erlc", ["lab_names.erl", "lab_node.erl"], directory: folder.Path, environment: new Dictionary<string, string> { ["HOME"] = folder.Path });
        return result.ExitCode == 0 ? folder.Path : throw new InvalidOperationException(result.ToString());
    }

    // The callbacks of erl_epmd that a module given by -epmd_module has. Ports as EMQX's nodes have them.
    private const string Names = """
        -module(lab_names).
        -export([start_link/0, register_node/2, register_node/3, port_please/2, port_please/3, listen_port_please/2, names/1, address_please/3]).

        start_link() -> ignore.
        register_node(_, _) -> {ok, rand:uniform(3)}.
        register_node(_, _, _) -> {ok, rand:uniform(3)}.
        port_please(Name, _) -> {port, port(Name), 6}.
        port_please(Name, _, _) -> {port, port(Name), 6}.
        listen_port_please(Name, _) -> {ok, port(Name)}.
        names(_) -> {error, address}.
        address_please(_, Host, Family) -> inet:getaddr(Host, Family).

        port(Name) when is_atom(Name) -> port(atom_to_list(Name));
        port(Name) ->
            Digits = lists:takewhile(fun(C) -> C >= $0 andalso C =< $9 end, lists:reverse(hd(string:split(Name, "@")))),
            4370 + case Digits of [] -> 0; _ -> list_to_integer(lists:reverse(Digits)) rem 60000 end.
        """;

    private const string Node = """
        -module(lab_node).
        -export([run/0]).

        run() ->
            io:format("ready ~s~n", [node()]),
            loop().

        loop() ->
            case io:get_line("") of
                eof -> halt(0);
                Line ->
                    io:format("=> ~0p~n", [value(Line)]),
                    loop()
            end.

        value(Line) ->
            try
                {ok, Tokens, _} = erl_scan:string(Line),
                {ok, Expressions} = erl_parse:parse_exprs(Tokens),
                {value, Value, _} = erl_eval:exprs(Expressions, []),
                Value
            catch Class:Reason -> {Class, Reason}
            end.
        """;
}

using System.Diagnostics;
using System.Text.Json;
using Gatehouse.EndToEnd.Tests.Running;

namespace Gatehouse.EndToEnd.Tests.Firewall;

/// <summary>
/// Two hosts with a cable between them, as network namespaces of this test: one with listeners on every interface, one that
/// has an address for each kind of caller.
/// </summary>
internal sealed class FirewallNetwork : IAsyncDisposable
{
    // Every address of the other host connects to its own family's address of the first.
    private const string Probe =
        """
        import json, socket, sys
        from concurrent.futures import ThreadPoolExecutor

        def reach(case):
            source, target, port = case
            with socket.socket(socket.AF_INET6 if ":" in target else socket.AF_INET) as s:
                s.settimeout(2)
                try:
                    s.bind((source, 0))
                    s.connect((target, port))
                    return s.recv(2) == b"hi"
                except OSError:
                    return False

        cases = json.load(sys.stdin)
        with ThreadPoolExecutor(max(1, len(cases))) as pool:
            print(json.dumps(list(pool.map(reach, cases))))
        """;

    private const string Listen =
        """
        import socket, sys, threading

        def serve(s):
            while True:
                c, _ = s.accept()
                c.sendall(b"hi")
                c.close()

        for port in map(int, sys.argv[1:]):
            s = socket.create_server(("::", port), family=socket.AF_INET6, dualstack_ipv6=True, backlog=64)
            threading.Thread(target=serve, args=(s,), daemon=True).start()
        print("ready", flush=True)
        sys.stdin.read()
        """;

    private readonly string _id = Guid.NewGuid().ToString("N")[..6];
    private Process? _listeners;

    /// <summary>The first host's addresses.</summary>
    public static string[] Targets { get; } = ["10.99.0.1", "fd99::1"];

    private string Host => $"gwh{_id}";

    private string Other => $"gwo{_id}";

    /// <summary>Makes both hosts and listens on the first.</summary>
    /// <param name="ports">Where to listen.</param>
    /// <param name="sources">Last numbers of the other host's addresses.</param>
    public static async Task<FirewallNetwork> StartAsync(int[] ports, int[] sources)
    {
        var network = new FirewallNetwork();
        string addresses = string.Join('\n', sources.Select(n => $"ip -n {network.Other} addr add 10.99.0.{n}/24 dev v\nip -n {network.Other} addr add fd99::{n}/64 dev v nodad"));
        await RunAsync(
            $"""
             set -e
             ip netns add {network.Host}
             ip netns add {network.Other}
             ip -n {network.Host} link add v type veth peer name v netns {network.Other}
             ip -n {network.Host} addr add 10.99.0.1/24 dev v
             ip -n {network.Host} addr add fd99::1/64 dev v nodad
             {addresses}
             for n in {network.Host} {network.Other}; do ip -n $n link set lo up; ip -n $n link set v up; done
             """);
        network._listeners = Process.Start(new ProcessStartInfo("ip", ["netns", "exec", network.Host, "python3", "-c", Listen, .. ports.Select(static p => $"{p}")])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            UseShellExecute = false,
        })!;
        string? ready = await network._listeners.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(20));
        return ready == "ready" ? network : throw new InvalidOperationException("the listeners did not start");
    }

    /// <summary>Runs a line on the first host.</summary>
    public Task<ShellResult> OnHostAsync(string line) => Shell.RunAsync("ip", ["netns", "exec", Host, "bash", "-c", line]);

    /// <summary>Which of the connections from the other host arrive, in both families: all of a case or none.</summary>
    public async Task<string[]> ReachedAsync(params (int Source, int Port)[] cases)
    {
        object[][] asked = [.. cases.SelectMany(static c => new object[][] { [$"10.99.0.{c.Source}", Targets[0], c.Port], [$"fd99::{c.Source}", Targets[1], c.Port] })];
        bool[] reached = await ProbeAsync(Other, asked);
        return
        [
            .. cases.Select((c, i) => (Case: c, Ipv4: reached[2 * i], Ipv6: reached[(2 * i) + 1]))
                .Where(static r => r.Ipv4 || r.Ipv6)
                .Select(static r => $"{r.Case.Source}:{r.Case.Port}{(r.Ipv4 == r.Ipv6 ? "" : r.Ipv4 ? " IPv4 only" : " IPv6 only")}"),
        ];
    }

    /// <summary>Whether the first host reaches its own port, at loopback and at its addresses.</summary>
    public async Task<bool> ReachesItselfAsync(int port) =>
        (await ProbeAsync(Host, [["127.0.0.1", "127.0.0.1", port], ["::1", "::1", port], ["10.99.0.1", "10.99.0.1", port], ["fd99::1", "fd99::1", port]])).All(static r => r);

    public async ValueTask DisposeAsync()
    {
        if (_listeners is not null)
        {
            _listeners.StandardInput.Close();
            await _listeners.WaitForExitAsync(new CancellationTokenSource(TimeSpan.FromSeconds(10)).Token);
            _listeners.Dispose();
        }

        await RunAsync($"ip netns del {Host}; ip netns del {Other}; true");
    }

    private static async Task<bool[]> ProbeAsync(string name, object[][] cases)
    {
        ShellResult result = await Shell.RunAsync("ip", ["netns", "exec", name, "python3", "-c", Probe], JsonSerializer.Serialize(cases));
        return result.ExitCode == 0 ? JsonSerializer.Deserialize<bool[]>(result.Output)! : throw new InvalidOperationException(result.ToString());
    }

    private static async Task RunAsync(string line)
    {
        ShellResult result = await Shell.BashAsync(line);
        if (result.ExitCode != 0)
        {
            throw new InvalidOperationException(result.ToString());
        }
    }
}

using System.Text.Json;
using Gatehouse.EndToEnd.Tests.Running;
using Gatehouse.Protocols.Libp2p;
using Gatehouse.Trust.Files;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests.Swarm;

/// <summary>Nodes with a swarm key ping through both kinds of gate, and a whole rotation; those with another key or none never do.</summary>
public sealed class Js_libp2p_through_the_filter : IAsyncLifetime
{
    private readonly int _node = Ports.Free();
    private readonly int _open = Ports.Free();
    private readonly int _verify = Ports.Free();
    private readonly int _relay = Ports.Free();
    private readonly TemporaryFolder _folder = new();
    private Daemon _daemon = null!; // InitializeAsync makes it
    private LibP2pNodes _nodes = null!; // likewise

    public async ValueTask InitializeAsync()
    {
        foreach (string name in (string[])["one", "two", "three"])
        {
            using var key = SwarmKey.Generate();
            SecretFile.Write(_folder[name], key.ToKeyFile());
        }

        _daemon = new Daemon(
            $$"""
            gates:
              verify:
                protocol: libp2p-psk
                listen: 127.0.0.1:{{_verify}}
                upstream: tcp://127.0.0.1:{{_node}}
                swarm: { keys: ['file:{{_folder["one"]}}'] }
              relay:
                protocol: libp2p-psk
                listen: 127.0.0.1:{{_relay}}
                upstream: tcp://127.0.0.1:{{_node}}
                swarm: { mode: relay, keys: ['file:{{_folder["one"]}}'], upstream_key: 'file:{{_folder["one"]}}' } # rotated below

            """,
            _folder);
        _nodes = await LibP2pNodes.StartAsync();
        await _daemon.StartAsync();
        (await _nodes.AskAsync($"listen node {_node} {_folder["one"]}")).ShouldBe("listening");
    }

    public async ValueTask DisposeAsync()
    {
        await _nodes.DisposeAsync();
        await _daemon.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Only_the_key_comes_through_and_it_can_be_changed()
    {
        // Before: one key, through both.
        (await PingAsync((_verify, "one"), (_relay, "one"), (_verify, "two"), (_relay, "two"), (_verify, null), (_relay, null)))
            .ShouldBe("pong pong none none none none");
        (await ProbeAsync(_verify, "one")).ShouldBe((0, "PROTECTED_MATCH"));
        (await ProbeAsync(_relay, null)).ShouldBe((0, "PROTECTED_LIKELY"));

        // Prepared: both keys are accepted, and who was there stays.
        (await _nodes.AskAsync($"hold {_relay} node {_folder["one"]}")).ShouldBe("pong");
        await StepAsync("prepare", "--new-key-file", _folder["two"]);
        (await PingAsync((_relay, "one"), (_relay, "two"), (_relay, "three"))).ShouldBe("pong pong none");
        (await _nodes.AskAsync("again")).ShouldBe("pong");
        (await StepAsync("retire")).ExitCode.ShouldBe(1);

        // Activated: the node has the new key, peers may still have the old one.
        await _nodes.AskAsync("stop node");
        await StepAsync("activate");
        (await _nodes.AskAsync($"listen node {_node} {_folder["two"]}")).ShouldBe("listening");
        (await PingAsync((_relay, "one"), (_relay, "two"), (_relay, null))).ShouldBe("pong pong none");

        // Retired: the old key is nothing any more.
        await StepAsync("retire");
        (await PingAsync((_relay, "one"), (_relay, "two"))).ShouldBe("none pong");
        File.ReadAllText(_daemon.ConfigurationFile).ShouldContain("# rotated below");

        _daemon.Trail().Select(static r => r.ToString()).Where(static r => r.Contains("swarm-key", StringComparison.Ordinal))
            .ShouldContain(static r => r.Contains("\"key-2\"", StringComparison.Ordinal));
        string receipt = _daemon.Trail().First(static r => r.ToString().Contains("\"wrong_key\"", StringComparison.Ordinal)).GetProperty("gatehouse.receipt").GetString()!;
        ShellResult explained = await _daemon.CliAsync(["explain", receipt]);
        explained.Output.ShouldContain("holds another swarm key", Case.Sensitive, explained.ToString());
    }

    [Fact]
    public async Task A_swarm_without_a_key_is_found()
    {
        (await _nodes.AskAsync($"listen open {_open} -")).ShouldBe("listening");

        (await ProbeAsync(_open, null)).ShouldBe((1, "OPEN"));
        (await ProbeAsync(_node, "one")).ShouldBe((0, "PROTECTED_MATCH"));
        (await ProbeAsync(Ports.Free(), "one")).ShouldBe((1, "CLOSED"));
    }

    private Task<string> PingAsync(params (int Port, string? Key)[] ways) =>
        _nodes.AskAsync("ping node " + string.Join(' ', ways.Select(w => $"{w.Port}={(w.Key is null ? "-" : _folder[w.Key])}")));

    private async Task<ShellResult> StepAsync(string step, params string[] more)
    {
        ShellResult result = await _daemon.CliAsync(["swarm", "rotate", step, "relay", .. more]);
        if (result.ExitCode == 0)
        {
            ShellResult reload = await _daemon.CliAsync(["reload"]);
            reload.ExitCode.ShouldBe(0, reload.ToString());
        }

        return result;
    }

    private async Task<(int ExitCode, string Verdict)> ProbeAsync(int port, string? key)
    {
        string[] keys = key is null ? [] : ["--key-file", _folder[key]];
        ShellResult result = await _daemon.CliAsync(["swarm", "probe", $"127.0.0.1:{port}", .. keys, "--json"]);
        using var answer = JsonDocument.Parse(result.Output);
        return (result.ExitCode, answer.RootElement.GetProperty("verdict").GetString()!);
    }
}

using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Gatehouse.EndToEnd.Tests.Running.Hosts;

/// <summary>Real daemons on hosts of a lab, one cluster with its state in etcd: the first one made it, the others joined with a token.</summary>
internal sealed class LabCluster : IAsyncDisposable
{
    private readonly List<Daemon> _daemons = [];
    private LabClusterOptions _options;
    private string _store = "";

    private LabCluster(NetworkLab lab, LabClusterOptions options)
    {
        Lab = lab;
        _options = options;
    }

    public NetworkLab Lab { get; }

    /// <summary>The daemons, on the first hosts in their order: <c>node-a</c>, <c>node-b</c>, ...</summary>
    public IReadOnlyList<Daemon> Daemons => _daemons;

    /// <summary>How long each join took, from the pasted line to its end.</summary>
    public List<TimeSpan> Joins { get; } = [];

    /// <summary>Starts so many nodes with the same services; etcd has a host of its own behind them.</summary>
    /// <param name="lab">A lab with one host more than nodes, at least.</param>
    /// <param name="nodes">How many.</param>
    /// <param name="services">Lines below <c>mesh.services</c>.</param>
    public static Task<LabCluster> StartAsync(NetworkLab lab, int nodes, string services) =>
        StartAsync(lab, nodes, lab.Hosts[nodes], new LabClusterOptions { Services = services });

    /// <summary>Starts etcd on a host, and so many nodes on the first ones.</summary>
    public static async Task<LabCluster> StartAsync(NetworkLab lab, int nodes, LabHost store, LabClusterOptions options)
    {
        var cluster = new LabCluster(lab, options);
        try
        {
            cluster._store = options.EtcdPassword is { } password
                ? await LabEtcd.StartWithUserAsync(store, password)
                : $"store: {{ kind: etcd, endpoints: ['https://{store.Address}:{LabEtcd.Port}'], ca: '{await LabEtcd.StartAsync(store)}' }}\n";
            for (int i = 0; i < nodes; i++)
            {
                await cluster.AddAsync();
            }

            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>One more node on the next host: its token is made with these options, it joins and is started.</summary>
    public async Task<Daemon> AddAsync(params string[] options)
    {
        Daemon daemon = await PlaceAsync();
        int index = _daemons.Count - 1;
        if (index > 0)
        {
            string token = await TokenAsync(index, options);
            var clock = Stopwatch.StartNew();
            Succeeded(await RunAsync(index, "join", token), "join");
            Joins.Add(clock.Elapsed);
        }

        return await daemon.StartAsync();
    }

    /// <summary>Puts the next node on its host; it has no state and does not run.</summary>
    public async Task<Daemon> PlaceAsync()
    {
        LabHost host = Lab.Hosts[_daemons.Count];
        var daemon = new Daemon(null, host.Folder) { Wrapper = host.Wrapper };
        daemon.Environment["HOME"] = host.Folder.Path;
        foreach ((string name, string value) in _options.Environment)
        {
            daemon.Environment[name] = value;
        }

        string first = _daemons.Count > 0 ? "" : $"node: node-a\n{_store}";
        _daemons.Add(daemon);
        await File.WriteAllTextAsync(
            daemon.ConfigurationFile, $"version: 1\nadmin: {{ listen: '{host.Address}:7443' }}\nmetrics: off\n{first}{_options.More}mesh:\n  services:\n{_options.Services}");
        return daemon;
    }

    /// <summary>Takes the further variables of <see cref="LabClusterOptions.Environment"/> away from whatever is started from now on.</summary>
    public void ForgetEnvironment()
    {
        foreach ((string name, _) in _options.Environment)
        {
            _daemons.ForEach(daemon => daemon.Environment.Remove(name));
        }

        _options = _options with { Environment = [] };
    }

    /// <summary>A token of the first node for the node of a host.</summary>
    public async Task<string> TokenAsync(int index, params string[] options)
    {
        ShellResult token = await _daemons[0].CliAsync(
        [
            "token", "create", "--node", NameOf(index), "--address", string.Create(CultureInfo.InvariantCulture, $"{Lab.Hosts[0].Address}:7443"), .. options,
        ]);
        Succeeded(token, "token create");
        return token.Output.Trim();
    }

    /// <summary>Runs a command on a node's host, as its operator does: for what works with the daemon down.</summary>
    public Task<ShellResult> RunAsync(int index, params string[] arguments) => Lab.Hosts[index].RunAsync(
        Repository.Launcher, [.. arguments, "--data", _daemons[index].Data, "--config", _daemons[index].ConfigurationFile], _daemons[index].Environment);

    /// <summary>A client of a gate that listens on a node's own loopback.</summary>
    public HttpClient Client(int index, int port, string user, string password) =>
        _daemons[index].Client(port, user, password, dial: port => Lab.Hosts[index].ConnectAsync(System.Net.IPAddress.Loopback, port));

    /// <summary>Asks a node until its answer is as it should be, at most so long.</summary>
    public async Task<JsonElement> UntilAsync(int index, string[] question, Func<JsonElement, bool> isThere, double seconds = 60)
    {
        var clock = Stopwatch.StartNew();
        while (true)
        {
            JsonElement answer = question is ["status"] ? await _daemons[index].StatusAsync() : await _daemons[index].JsonAsync(question);
            if (isThere(answer))
            {
                return answer;
            }

            if (clock.Elapsed.TotalSeconds > seconds)
            {
                throw new InvalidOperationException($"gatehouse {string.Join(' ', question)} on {NameOf(index)} after {seconds} s: {answer}");
            }

            await Task.Delay(100);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (Daemon daemon in Enumerable.Reverse(_daemons))
        {
            await daemon.DisposeAsync();
        }
    }

    private string NameOf(int index) => "node-" + Lab.Hosts[index].Name;

    private static void Succeeded(ShellResult result, string what)
    {
        if (result.ExitCode != 0)
        {
            throw new InvalidOperationException($"{what}: {result}");
        }
    }
}

/// <summary>What the nodes of a <see cref="LabCluster"/> have in common.</summary>
internal sealed record LabClusterOptions
{
    /// <summary>Lines below <c>mesh.services</c>.</summary>
    public required string Services { get; init; }

    /// <summary>Further lines of gatehouse.yaml.</summary>
    public string More { get; init; } = "";

    /// <summary>The password of the user that etcd knows; null: whoever speaks TLS is let in.</summary>
    public string? EtcdPassword { get; init; }

    /// <summary>Further variables of daemons and commands.</summary>
    public IEnumerable<KeyValuePair<string, string>> Environment { get; init; } = [];
}

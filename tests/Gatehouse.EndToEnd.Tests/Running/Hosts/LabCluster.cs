using System.Diagnostics;
using System.Globalization;

namespace Gatehouse.EndToEnd.Tests.Running.Hosts;

/// <summary>Real daemons on hosts of a lab, one cluster with its state in etcd: the first one made it, the others joined with a token.</summary>
internal sealed class LabCluster : IAsyncDisposable
{
    private readonly List<Daemon> _daemons = [];

    private LabCluster(NetworkLab lab) => Lab = lab;

    public NetworkLab Lab { get; }

    /// <summary>The daemons, on the first hosts in their order: <c>node-a</c>, <c>node-b</c>, ...</summary>
    public IReadOnlyList<Daemon> Daemons => _daemons;

    /// <summary>How long each join took, from the pasted line to its end.</summary>
    public List<TimeSpan> Joins { get; } = [];

    /// <summary>Starts so many nodes with the same services; etcd has a host of its own behind them.</summary>
    /// <param name="lab">A lab with one host more than nodes, at least.</param>
    /// <param name="nodes">How many.</param>
    /// <param name="services">Lines below <c>mesh.services</c>.</param>
    public static async Task<LabCluster> StartAsync(NetworkLab lab, int nodes, string services)
    {
        var cluster = new LabCluster(lab);
        try
        {
            LabHost store = lab.Hosts[nodes];
            string authority = await LabEtcd.StartAsync(store);
            for (int i = 0; i < nodes; i++)
            {
                LabHost host = lab.Hosts[i];
                var daemon = new Daemon(null, host.Folder) { Wrapper = host.Wrapper };
                daemon.Environment["HOME"] = host.Folder.Path;
                cluster._daemons.Add(daemon);
                string first = i > 0 ? "" : $"node: node-a\nstore: {{ kind: etcd, endpoints: ['https://{store.Address}:{LabEtcd.Port}'], ca: '{authority}' }}\n";
                await File.WriteAllTextAsync(
                    daemon.ConfigurationFile, $"version: 1\nadmin: {{ listen: '{host.Address}:7443' }}\nmetrics: off\n{first}mesh:\n  services:\n{services}");
                if (i > 0)
                {
                    await cluster.JoinAsync(i);
                }

                await daemon.StartAsync();
            }

            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (Daemon daemon in Enumerable.Reverse(_daemons))
        {
            await daemon.DisposeAsync();
        }
    }

    private async Task JoinAsync(int index)
    {
        LabHost host = Lab.Hosts[index];
        string name = "node-" + host.Name;
        ShellResult token = await _daemons[0].CliAsync(["token", "create", "--node", name, "--address", string.Create(CultureInfo.InvariantCulture, $"{Lab.Hosts[0].Address}:7443")]);
        if (token.ExitCode != 0)
        {
            throw new InvalidOperationException($"token create: {token}");
        }

        var clock = Stopwatch.StartNew();
        Daemon daemon = _daemons[index];
        ShellResult join = await host.RunAsync(
            Repository.Launcher, ["join", token.Output.Trim(), "--data", daemon.Data, "--config", daemon.ConfigurationFile], daemon.Environment);
        Joins.Add(clock.Elapsed);
        if (join.ExitCode != 0)
        {
            throw new InvalidOperationException($"join: {join}");
        }
    }
}

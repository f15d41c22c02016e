using System.Globalization;
using System.Net;
using System.Security.Cryptography;

namespace Gatehouse.EndToEnd.Tests.Running.Hosts;

/// <summary>
/// Hosts on one network, each a network namespace with its own 127/8, on a bridge in a namespace of its own: the machine's own
/// network is not touched. Needs root. What a killed run left behind is removed by the next lab.
/// </summary>
internal sealed class NetworkLab : IAsyncDisposable
{
    private const string Prefix = "ghlab-";
    private readonly string _id;
    private readonly List<LabHost> _hosts = [];

    private NetworkLab(string id) => _id = id;

    /// <summary>The namespace of the bridge; <c>br0</c> sees every frame between hosts.</summary>
    public string Switch => _id + "-sw";

    /// <summary>The hosts in the order made.</summary>
    public IReadOnlyList<LabHost> Hosts => _hosts;

    /// <summary>Makes the bridge and so many hosts, named <c>a</c>, <c>b</c>, ... with addresses 10.77.0.1, 10.77.0.2, ...</summary>
    public static async Task<NetworkLab> StartAsync(int hosts)
    {
        await RemoveLeftoversAsync();
        var lab = new NetworkLab($"{Prefix}{Environment.ProcessId.ToString(CultureInfo.InvariantCulture)}-{RandomNumberGenerator.GetHexString(4, lowercase: true)}");
        try
        {
            await IpAsync("netns", "add", lab.Switch);
            await IpAsync("-n", lab.Switch, "link", "add", "br0", "type", "bridge");
            await IpAsync("-n", lab.Switch, "link", "set", "br0", "up");
            for (int i = 0; i < hosts; i++)
            {
                await lab.AddHostAsync();
            }

            return lab;
        }
        catch
        {
            await lab.DisposeAsync();
            throw;
        }
    }

    /// <summary>One more host.</summary>
    public async Task<LabHost> AddHostAsync()
    {
        int number = _hosts.Count + 1;
        var host = new LabHost(((char)('a' + _hosts.Count)).ToString(), $"{_id}-{(char)('a' + _hosts.Count)}", Switch, new IPAddress([10, 77, 0, (byte)number]));
        _hosts.Add(host);
        await IpAsync("netns", "add", host.Namespace);
        await IpAsync("link", "add", host.Cable, "netns", Switch, "type", "veth", "peer", "name", "eth0", "netns", host.Namespace);
        await IpAsync("-n", Switch, "link", "set", host.Cable, "master", "br0", "up");
        await IpAsync("-n", host.Namespace, "addr", "add", host.Address + "/24", "dev", "eth0");
        await IpAsync("-n", host.Namespace, "link", "set", "eth0", "up");

        // Each namespace has a loopback of its own, and it is down.
        await IpAsync("-n", host.Namespace, "link", "set", "lo", "up");
        return host;
    }

    /// <summary>Ends every process that was started on a host, then removes hosts and bridge.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (LabHost host in _hosts)
        {
            await host.DisposeAsync();
        }

        foreach (string name in _hosts.Select(static h => h.Namespace).Append(Switch))
        {
            await RemoveAsync(name);
        }
    }

    /// <summary>Runs <c>ip</c>; throws with what it said.</summary>
    public static async Task IpAsync(params string[] arguments)
    {
        ShellResult result = await Shell.RunAsync("ip", arguments);
        if (result.ExitCode != 0)
        {
            throw new InvalidOperationException($"ip {string.Join(' ', arguments)}: {result}");
        }
    }

    private static async Task RemoveLeftoversAsync()
    {
        ShellResult list = await Shell.RunAsync("ip", ["netns", "list"]);
        foreach (string name in list.Output.Split('\n').Select(static l => l.Split(' ')[0]).Where(static n => n.StartsWith(Prefix, StringComparison.Ordinal)))
        {
            if (Directory.Exists("/proc/" + name.Split('-')[1]))
            {
                continue;
            }

            await RemoveAsync(name);
        }
    }

    // What still runs in there is a helper of a program that the test started, or of a run that was killed: nothing else gets in.
    private static async Task RemoveAsync(string name)
    {
        foreach (string process in (await Shell.RunAsync("ip", ["netns", "pids", name])).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            await Shell.RunAsync("kill", ["-9", process]);
        }

        await Shell.RunAsync("ip", ["netns", "del", name]);
    }
}

using System.Text;
using Gatehouse.EndToEnd.Tests.Running;
using Gatehouse.Testing.Ipfs;
using Xunit;

namespace Gatehouse.EndToEnd.Tests.Ipfs;

/// <summary>
/// One daemon with gates before the stand-ins of a whole peer; the Kubo behind the gate <c>kubo</c> is another one, locked, that
/// opens to the gate's login alone. A user for each role, with the role's name.
/// </summary>
public sealed class GuardedIpfs : IAsyncLifetime
{
    /// <summary>The password of every user.</summary>
    public const string Password = "a-long-password-1";

    /// <summary>The gate's own password at the upstreams.</summary>
    public const string Upstream = "the-gates-own-secret";

    /// <summary>The roles, which are the names of users too.</summary>
    public static readonly string[] Roles =
        ["ipfs_monitor", "ipfs_viewer", "ipfs_pinner", "ipfs_uploader", "ipfs_curator", "ipfs_operator", "ipfs_admin"];

    private readonly Dictionary<string, int> _ports = new[] { "cluster", "pinning", "proxy", "kubo", "gateway", "figures" }.ToDictionary(n => n, _ => Ports.Free());

    internal Daemon Daemon { get; private set; } = null!; // InitializeAsync makes it

    public IpfsStandIns Peer { get; private set; } = null!; // likewise

    public StandInKubo Locked { get; private set; } = null!; // likewise

    public async ValueTask InitializeAsync()
    {
        Peer = await IpfsStandIns.StartAsync(new StandInOptions
        {
            Credentials = new Dictionary<string, string> { ["gate"] = Upstream },
            AddOutputPer64K = 20 * 1024,
        });
        Locked = await StandInKubo.StartAsync(new StandInOptions { Authorizations = [new KuboAuthorization("basic:gate:" + Upstream, "/api/v0")] });
        var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder["upstream"], Upstream);
        File.SetUnixFileMode(folder["upstream"], UnixFileMode.UserRead | UnixFileMode.UserWrite);
        string login = $"    upstream_user: gate\n    upstream_password: file:{folder["upstream"]}\n";
        Daemon = new Daemon(
            "gates:\n" + Gate("cluster", "ipfs-cluster", Peer.Cluster, login) + Gate("pinning", "ipfs-pinning", Peer.Pinning, login)
            + Gate("proxy", "ipfs-proxy", Peer.Proxy, "") + Gate("kubo", "kubo", Locked, login) + Gate("gateway", "kubo", Peer.Gateway, "") + Gate("figures", "metrics", Peer.Metrics, ""),
            folder);
        await Daemon.StartAsync();
        foreach (string role in Roles)
        {
            await Daemon.AddUserAsync(role, Password, role);
        }

        await Daemon.AddUserAsync("other", Password, "ipfs_uploader");
    }

    public async ValueTask DisposeAsync()
    {
        await Daemon.DisposeAsync();
        await Locked.DisposeAsync();
        await Peer.DisposeAsync();
    }

    /// <summary>The value of an Authorization header.</summary>
    public static string Basic(string user) => "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{Password}"));

    /// <summary>An empty pinset, nothing asked and nothing that goes wrong; the ledger of the gates stays.</summary>
    public void Forget()
    {
        Peer.Cluster.Pins.Clear();
        foreach (StandInServer server in (StandInServer[])[Peer.Cluster, Peer.Pinning, Peer.Proxy, Peer.Kubo, Peer.Gateway, Peer.Metrics, Locked])
        {
            server.Requests.Clear();
            server.Faults.Clear();
        }
    }

    /// <summary>Where a gate listens.</summary>
    public Uri Address(string gate) => new($"https://127.0.0.1:{_ports[gate]}");

    /// <summary>Asks a gate on a connection of its own: <c>METHOD TARGET</c>, byte for byte.</summary>
    internal Task<WireAnswer> AskAsync(string gate, string user, string line, params string[] headers) =>
        WireAnswer.AskAsync(Address(gate), line, [.. headers, "Authorization: " + Basic(user)]);

    /// <summary>Runs an npm client through a gate.</summary>
    internal Task<Dictionary<string, string>> RunAsync(string suite, string gate, string authorization, string? calls = null) =>
        IpfsClients.RunAsync(suite, Address(gate), authorization, calls, Daemon.CaFile);

    private string Gate(string name, string system, StandInServer upstream, string login) =>
        $"  {name}:\n    protocol: http\n    system: {system}\n    listen: 127.0.0.1:{_ports[name]}\n    upstream: http://127.0.0.1:{upstream.Address.Port}\n{login}";
}

/// <summary>The classes that share the daemon.</summary>
[CollectionDefinition(nameof(GuardedIpfs))]
public sealed class GuardedIpfsCollection : ICollectionFixture<GuardedIpfs>;

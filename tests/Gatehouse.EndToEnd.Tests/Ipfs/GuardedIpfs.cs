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

    /// <summary>The user of this host whose programs the gate <c>injector</c> lets in, to the locked Kubo.</summary>
    public const string Injected = "54321";

    /// <summary>The roles, which are the names of users too.</summary>
    public static readonly string[] Roles =
        ["ipfs_monitor", "ipfs_viewer", "ipfs_pinner", "ipfs_uploader", "ipfs_curator", "ipfs_operator", "ipfs_admin"];

    private readonly Dictionary<string, int> _ports = new[] { "cluster", "pinning", "proxy", "kubo", "gateway", "figures", "injector" }.ToDictionary(n => n, _ => Ports.Free());

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
            + Gate("proxy", "ipfs-proxy", Peer.Proxy, "") + Gate("kubo", "kubo", Locked, login) + Gate("gateway", "kubo", Peer.Gateway, "") + Gate("figures", "metrics", Peer.Metrics, "")
            + Gate("injector", "kubo", Locked, login + $"    tls: false\n    realms: [local]\n    allow_users: ['{Injected}']\n"),
            folder);
        await Daemon.StartAsync();
        foreach (string role in Roles)
        {
            await Daemon.AddUserAsync(role, Password, role);
        }

        await Daemon.AddUserAsync("other", Password, "ipfs_uploader");
        await KeepAsync();
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
    public Uri Address(string gate) => new($"{(gate == "injector" ? "http" : "https")}://127.0.0.1:{_ports[gate]}");

    /// <summary>Asks a gate on a connection of its own: <c>METHOD TARGET</c>, byte for byte.</summary>
    internal Task<WireAnswer> AskAsync(string gate, string user, string line, params string[] headers) =>
        WireAnswer.AskAsync(Address(gate), line, [.. headers, "Authorization: " + Basic(user)]);

    /// <summary>The same with a body.</summary>
    internal Task<WireAnswer> SendAsync(string gate, string user, string line, string type, byte[] body) => WireAnswer.SendAsync(
        Address(gate),
        $"{line} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nAuthorization: {Basic(user)}\r\nContent-Type: {type}\r\nContent-Length: {body.Length}\r\n\r\n",
        body);

    /// <summary>Adds one file through the cluster's gate.</summary>
    internal Task<WireAnswer> AddAsync(string user, string query, string content) => SendAsync(
        "cluster", user, $"POST /add?{query}", "multipart/form-data; boundary=b",
        Encoding.UTF8.GetBytes($"--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\n{content}\r\n--b--\r\n"));

    /// <summary>Runs an npm client through a gate.</summary>
    internal Task<Dictionary<string, string>> RunAsync(string suite, string gate, string authorization, string? calls = null) =>
        IpfsClients.RunAsync(suite, Address(gate), authorization, calls, Daemon.CaFile);

    /// <summary>A role that may do everything with its own pins, which no built-in role may, and a user of it.</summary>
    private async Task KeepAsync()
    {
        const string Role = """
            name: keeper
            grants:
            - { system: ipfs-cluster, actions: ["*"], when: { own: true } }
            - { system: ipfs-pinning, actions: ["*"], when: { own: true } }
            - { system: ipfs-proxy, actions: ["*"], when: { own: true } }

            """;
        ShellResult made = await Daemon.CliAsync(["role", "set", "keeper", "-f", "-"], Role);
        if (made.ExitCode != 0)
        {
            throw new InvalidOperationException($"role set keeper: {made}");
        }

        await Daemon.AddUserAsync("keeper", Password, "keeper");
    }

    private string Gate(string name, string system, StandInServer upstream, string login) =>
        $"  {name}:\n    protocol: http\n    system: {system}\n    listen: 127.0.0.1:{_ports[name]}\n    upstream: http://127.0.0.1:{upstream.Address.Port}\n{login}";
}

/// <summary>The classes that share the daemon.</summary>
[CollectionDefinition(nameof(GuardedIpfs))]
public sealed class GuardedIpfsCollection : ICollectionFixture<GuardedIpfs>;

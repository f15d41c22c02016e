using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Gatehouse.EndToEnd.Tests.Running;
using Gatehouse.Testing.Ignite.Client;
using Gatehouse.Testing.Ignite.Node;
using Gatehouse.Testing.Ignite.Wire;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests.Ignite;

/// <summary>
/// One daemon with gates of every kind before several stand-ins of nodes. Users: <c>all</c> may do everything, <c>orders</c> what there is
/// to do with <c>PUBLIC.ORDERS</c>. The gates: <c>main</c> and <c>narrow</c> before the first node, <c>names</c> and <c>strict</c> before two
/// by their names, <c>secure</c> before one with TLS, <c>refused</c> with a wrong password, <c>faulty</c> before one that does wrong things,
/// <c>old</c> and <c>middle</c> before nodes of 3.0 and 3.1, <c>cards</c> for client certificates, <c>hostile</c> for broken frames, <c>rated</c> for who connects too often.
/// </summary>
public sealed class IgniteGates : IAsyncLifetime
{
    /// <summary>The password of every user.</summary>
    public const string Password = "a-long-password-1";

    private const string Upstream = "the-gates-own-secret";

    private static readonly string[] Names = ["main", "names", "strict", "narrow", "secure", "refused", "faulty", "old", "middle", "cards", "hostile", "rated"];

    private readonly TemporaryFolder _folder = new();
    private readonly DirectoryAuthority _nodes = new("nodes");
    private readonly Dictionary<string, int> _ports = Names.ToDictionary(static n => n, static _ => Ports.Free());
    private readonly List<StandInNode> _all = [];

    internal Daemon Daemon { get; private set; } = null!; // InitializeAsync makes it

    internal ClientAuthority Cards { get; } = new("cards");

    /// <summary>Behind most gates.</summary>
    public StandInNode First { get; private set; } = null!; // likewise

    /// <summary>Behind <c>names</c> and <c>strict</c>, as two.test.</summary>
    public StandInNode Second { get; private set; } = null!; // likewise

    /// <summary>Behind <c>faulty</c>.</summary>
    public StandInNode Faulty { get; private set; } = null!; // likewise

    /// <summary>Behind <c>secure</c>: speaks TLS.</summary>
    public StandInNode Secure { get; private set; } = null!; // likewise

    /// <summary>Behind <c>hostile</c>.</summary>
    public StandInNode Hostile { get; private set; } = null!; // likewise

    /// <summary>The id of <c>PUBLIC.ORDERS</c>, in all nodes.</summary>
    public int Orders { get; private set; }

    public async ValueTask InitializeAsync()
    {
        (string certificate, string key) = _nodes.Sign("localhost", "127.0.0.1");
        using X509Certificate2 pair = X509Certificate2.CreateFromPem(certificate, key);
        X509Certificate2 own = X509CertificateLoader.LoadPkcs12(pair.Export(X509ContentType.Pkcs12), null);
        First = await NodeAsync(new StandInNodeOptions { NodeName = "first" });
        Second = await NodeAsync(new StandInNodeOptions { NodeName = "second" });
        Faulty = await NodeAsync(new StandInNodeOptions { NodeName = "faulty" });
        Secure = await NodeAsync(new StandInNodeOptions { NodeName = "secure", Certificate = own });
        Hostile = await NodeAsync(new StandInNodeOptions { NodeName = "hostile" });
        StandInNode old = await NodeAsync(new StandInNodeOptions { NodeName = "old", Version = IgniteVersion.V300 });
        StandInNode middle = await NodeAsync(new StandInNodeOptions { NodeName = "middle", Version = IgniteVersion.V310 });
        await WriteAsync("upstream", Upstream);
        await WriteAsync("wrong", "not-the-secret");
        await WriteAsync("nodes.pem", _nodes.Pem);
        await WriteAsync("cards.pem", Cards.Pem);
        string nodes = $"nodes: {{ one: {{ server_names: [one.test], upstream: 'tcp://127.0.0.1:{First.Port}' }}, two: {{ server_names: [two.test], upstream: 'tcp://127.0.0.1:{Second.Port}' }} }}";
        Daemon = new Daemon(
            "tls: { names: [one.test, two.test] }\nlimits: { connections: 20000, connections_per_source: 10000 }\ngates:\n"
            + Entry("main", First, "")
            + Entry("names", First, nodes)
            + Entry("strict", First, nodes + "\n      server_names_only: true")
            + Entry("narrow", First, "idle_timeout: 2s\n      handshake_timeout: 1s\n      max_handshake: 1KiB\n      max_frame: 64KiB\n      connections_per_user: 2\n      max_pending: 2")
            + Entry("secure", Secure, "", $"upstream_ca: {_folder["nodes.pem"]}").Replace("tcp://", "tls://", StringComparison.Ordinal)
            + Entry("refused", First, "", secret: "wrong")
            + Entry("faulty", Faulty, "max_pending: 3")
            + Entry("old", old, "")
            + Entry("middle", middle, "")
            + Entry("cards", First, "", $"realms: [cards, native]\n    client_ca_file: {_folder["cards.pem"]}")
            + Entry("hostile", Hostile, "connections_per_second: 0")
            + Entry("rated", First, "connections_per_second: 1"));
        await Daemon.StartAsync();
        await Daemon.SetRoleAsync("all", "ignite:*:*");
        await Daemon.SetRoleAsync("orders", "ignite:table.read,table.write,sql.read,sql.write:PUBLIC.ORDERS");
        await Daemon.AddUserAsync("all", Password, "all");
        await Daemon.AddUserAsync("orders", Password, "orders");

        // Wrong passwords of one test are counted by source: the right ones of all others are known by then.
        await using ThinClient all = await ConnectAsync("main", "all");
        await using ThinClient orders = await ConnectAsync("main", "orders");
    }

    public async ValueTask DisposeAsync()
    {
        await Daemon.DisposeAsync();
        foreach (StandInNode node in _all)
        {
            await node.DisposeAsync();
            node.Options.Certificate?.Dispose();
        }

        Cards.Dispose();
        _nodes.Dispose();
        _folder.Dispose();
    }

    /// <summary>How a user connects to a gate.</summary>
    public ThinClientOptions As(string gate, string? user, string? password = Password) => new()
    {
        Port = _ports[gate],
        Tls = true,
        CaFile = Daemon.CaFile,
        ServerName = "localhost",
        User = user,
        Password = user is null ? null : password,
        Features = FeatureSet.ClientHead,
        WideStrings = true,
    };

    /// <summary>A client that was let in.</summary>
    public Task<ThinClient> ConnectAsync(string gate, string user) => ThinClient.ConnectAsync(As(gate, user));

    /// <summary>A user of one test.</summary>
    public async Task<ThinClient> JoinAsync(string gate, string user, params string[] grants)
    {
        await Daemon.SetRoleAsync(user, grants);
        await Daemon.AddUserAsync(user, Password, user);
        return await ConnectAsync(gate, user);
    }

    /// <summary>The first record that fits, as soon as it is there.</summary>
    internal async Task<JsonElement> RecordAsync(Func<string, bool> fits)
    {
        for (int i = 0; i < 200; i++)
        {
            foreach (JsonElement record in Daemon.Trail().Reverse())
            {
                if (fits(record.GetRawText()))
                {
                    return record;
                }
            }

            await Task.Delay(25);
        }

        throw new InvalidOperationException("no such record:\n" + string.Join('\n', Daemon.Trail().TakeLast(8)));
    }

    internal async Task FineAsync(string[] arguments, string? input = null)
    {
        ShellResult result = await Daemon.CliAsync(arguments, input);
        result.ExitCode.ShouldBe(0, result.ToString());
    }

    private async Task<StandInNode> NodeAsync(StandInNodeOptions options)
    {
        StandInNode node = await StandInNode.StartAsync(options with { Users = new Dictionary<string, string> { ["gate"] = Upstream } });
        Orders = node.Tables.Create("PUBLIC.ORDERS");
        node.Tables.Create("PUBLIC.SALARIES");
        _all.Add(node);
        return node;
    }

    private async Task WriteAsync(string name, string text)
    {
        await File.WriteAllTextAsync(_folder[name], text);
        File.SetUnixFileMode(_folder[name], UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    private string Entry(string name, StandInNode node, string ignite, string more = "", string secret = "upstream") =>
        $"  {name}:\n    protocol: ignite\n    listen: 127.0.0.1:{_ports[name]}\n    upstream: tcp://127.0.0.1:{node.Port}\n"
        + $"    upstream_user: gate\n    upstream_password: file:{_folder[secret]}\n"
        + (more.Length > 0 ? $"    {more}\n" : "")
        + (ignite.Length > 0 ? $"    ignite:\n      {ignite}\n" : "");
}

/// <summary>The classes that share the daemon.</summary>
[CollectionDefinition(nameof(IgniteGates))]
public sealed class IgniteGatesCollection : ICollectionFixture<IgniteGates>;

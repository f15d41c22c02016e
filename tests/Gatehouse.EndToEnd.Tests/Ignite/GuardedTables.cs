using Gatehouse.EndToEnd.Tests.Running;
using Gatehouse.Testing.Ignite.Client;
using Gatehouse.Testing.Ignite.Node;
using Gatehouse.Testing.Ignite.Wire;
using Xunit;

namespace Gatehouse.EndToEnd.Tests.Ignite;

/// <summary>
/// One daemon with a gate before a stand-in of an Ignite node of the newest version, which asks for a login and knows the gate's alone. Users:
/// <c>admin-of-ignite</c> with all rights, <c>orders</c> with those on <c>PUBLIC.ORDERS</c>, <c>reader</c> with <c>ignite_reader</c>,
/// <c>rightless</c> with none.
/// </summary>
public sealed class GuardedTables : IAsyncLifetime
{
    /// <summary>The password of every user.</summary>
    public const string Password = "a-long-password-1";

    /// <summary>The gate's own password at the node.</summary>
    public const string Upstream = "the-gates-own-secret";

    private readonly int _port = Ports.Free();

    internal Daemon Daemon { get; private set; } = null!; // InitializeAsync makes it

    public StandInNode Node { get; private set; } = null!; // likewise

    /// <summary>The table that there is: <c>PUBLIC.ORDERS</c>.</summary>
    public int Orders { get; private set; }

    /// <summary>Another: <c>PUBLIC.SALARIES</c>.</summary>
    public int Salaries { get; private set; }

    public async ValueTask InitializeAsync()
    {
        Node = await StandInNode.StartAsync(new StandInNodeOptions
        {
            Version = IgniteVersion.V320,
            Users = new Dictionary<string, string> { ["gate"] = Upstream },
        });
        Orders = Node.Tables.Create("PUBLIC.ORDERS");
        Salaries = Node.Tables.Create("PUBLIC.SALARIES");
        var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder["upstream"], Upstream);
        File.SetUnixFileMode(folder["upstream"], UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Daemon = new Daemon(
            $"""
            gates:
              ignite:
                protocol: ignite
                listen: 127.0.0.1:{_port}
                upstream: tcp://127.0.0.1:{Node.Port}
                upstream_user: gate
                upstream_password: file:{folder["upstream"]}

            """,
            folder);
        await Daemon.StartAsync();
        await Daemon.SetRoleAsync("orders", "ignite:table.read,table.write,sql.read,sql.write:PUBLIC.ORDERS");
        await Daemon.SetRoleAsync("jobs", "ignite:compute.execute:org.example.*", "ignite:compute.unit orders:*");
        await Daemon.AddUserAsync("admin-of-ignite", Password, "ignite_admin");
        await Daemon.AddUserAsync("orders", Password, "orders");
        await Daemon.AddUserAsync("jobs", Password, "jobs");
        await Daemon.AddUserAsync("others", Password, "jobs");
        await Daemon.AddUserAsync("reader", Password, "ignite_reader");
        await Daemon.AddUserAsync("rightless", Password);
    }

    public async ValueTask DisposeAsync()
    {
        await Daemon.DisposeAsync();
        await Node.DisposeAsync();
    }

    /// <summary>How a user connects to the gate.</summary>
    public ThinClientOptions As(string? user, string? password = Password) => new()
    {
        Port = _port,
        Tls = true,
        CaFile = Daemon.CaFile,
        ServerName = "localhost",
        User = user,
        Password = user is null ? null : password,
        Features = FeatureSet.ClientHead,
    };

    /// <summary>Connects as a user.</summary>
    public Task<ThinClient> ConnectAsync(string user) => ThinClient.ConnectAsync(As(user));
}

/// <summary>The classes that share the daemon.</summary>
[CollectionDefinition(nameof(GuardedTables))]
public sealed class GuardedTablesCollection : ICollectionFixture<GuardedTables>;

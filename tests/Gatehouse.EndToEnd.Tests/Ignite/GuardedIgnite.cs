using Gatehouse.EndToEnd.Tests.Running;
using Gatehouse.Testing.Ignite.Client;
using Gatehouse.Testing.Ignite.Node;
using Gatehouse.Testing.Ignite.Wire;
using Xunit;

namespace Gatehouse.EndToEnd.Tests.Ignite;

/// <summary>One daemon with a gate before a node that knows the gate's own user alone. The user <c>all</c> may do everything, <c>none</c> nothing that there is.</summary>
public sealed class GuardedIgnite : IAsyncLifetime
{
    /// <summary>The password of every user.</summary>
    public const string Password = "a-long-password-1";

    private const string Upstream = "the-gates-own-secret";

    /// <summary>Where the gate listens.</summary>
    public int Port { get; } = Ports.Free();

    internal Daemon Daemon { get; private set; } = null!; // InitializeAsync makes it

    public StandInNode Node { get; private set; } = null!; // likewise

    public async ValueTask InitializeAsync()
    {
        Node = await StandInNode.StartAsync(new StandInNodeOptions { Users = new Dictionary<string, string> { ["gate"] = Upstream } });
        Node.Tables.Create("ORDERS");
        var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder["upstream"], Upstream);
        File.SetUnixFileMode(folder["upstream"], UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Daemon = new Daemon(
            $"gates:\n  ignite:\n    protocol: ignite\n    listen: 127.0.0.1:{Port}\n    upstream: tcp://127.0.0.1:{Node.Port}\n"
            + $"    upstream_user: gate\n    upstream_password: file:{folder["upstream"]}\n",
            folder);
        await Daemon.StartAsync();
        await Daemon.SetRoleAsync("all", "ignite:*:*");
        await Daemon.SetRoleAsync("none", "ignite:compute.manage:nothing");
        await Daemon.AddUserAsync("all", Password, "all");
        await Daemon.AddUserAsync("none", Password, "none");
    }

    public async ValueTask DisposeAsync()
    {
        await Daemon.DisposeAsync();
        await Node.DisposeAsync();
    }

    /// <summary>A client that trusts the daemon's authority and sends strings as the real ones in .NET do.</summary>
    public Task<ThinClient> ConnectAsync(string user) => ThinClient.ConnectAsync(new ThinClientOptions
    {
        Port = Port,
        Tls = true,
        CaFile = Daemon.CaFile,
        User = user,
        Password = Password,
        Features = FeatureSet.All,
        WideStrings = true,
    });
}

/// <summary>The classes that share the daemon.</summary>
[CollectionDefinition(nameof(GuardedIgnite))]
public sealed class GuardedIgniteCollection : ICollectionFixture<GuardedIgnite>;

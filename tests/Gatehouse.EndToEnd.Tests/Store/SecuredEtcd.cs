using Gatehouse.EndToEnd.Tests.Running;
using Gatehouse.Engine.Configuration.Writing;
using Xunit;

namespace Gatehouse.EndToEnd.Tests.Store;

/// <summary>One etcd with TLS, client certificates and users, for daemons that have it as their store; each has a cluster id of its own in it.</summary>
public sealed class SecuredEtcd : IAsyncLifetime
{
    internal EtcdCluster Cluster { get; } = new(1, secured: true, "--unsafe-no-fsync");

    /// <summary>The lines of gatehouse.yaml.</summary>
    internal string Yaml => StoreText.Block(Cluster.Configuration());

    /// <summary>The same as options of <c>store move</c>.</summary>
    internal string[] MoveOptions =>
    [
        "--to", "etcd", "--endpoints", Cluster.Urls[0], "--ca", Cluster.Configuration().Ca!, "--certificate", Cluster.Configuration().Certificate!, "--key", Cluster.Configuration().Key!,
        "--user", Cluster.Configuration().User!, "--password-file", Cluster.Configuration().Password!.File!,
    ];

    public async ValueTask InitializeAsync() => await Cluster.StartAsync();

    public ValueTask DisposeAsync() => Cluster.DisposeAsync();

    internal static void Fine(ShellResult result)
    {
        if (result.ExitCode != 0)
        {
            throw new InvalidOperationException(result.ToString());
        }
    }
}

/// <summary>The classes that share it.</summary>
[CollectionDefinition(nameof(SecuredEtcd))]
public sealed class SecuredEtcdCollection : ICollectionFixture<SecuredEtcd>;

using System.Text;
using Gatehouse.Engine.Store;
using Gatehouse.Engine.Store.Etcd;
using Gatehouse.Engine.Tests.Store;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Gatehouse.EndToEnd.Tests.Store;

/// <summary>One etcd for the whole contract; each test has a cluster id of its own in it.</summary>
public sealed class OneEtcd : IAsyncLifetime
{
    internal EtcdCluster Cluster { get; } = new(1, false, "--unsafe-no-fsync");

    public async ValueTask InitializeAsync() => await Cluster.StartAsync();

    public ValueTask DisposeAsync() => Cluster.DisposeAsync();
}

/// <summary>The contract on etcd.</summary>
public sealed class State_store_in_etcd(OneEtcd etcd) : StateStoreContract, IClassFixture<OneEtcd>
{
    private readonly string _cluster = Guid.CreateVersion7().ToString("N");

    private protected override ValueTask<IStateStore> OpenAsync() =>
        new(EtcdStateStore.Open(etcd.Cluster.Settings(), _cluster, Fixture.Sealer, Fixture.Time, NullLogger.Instance));

    private protected override async Task DamageRuntimeAsync(IStateStore store, string key) =>
        await etcd.Cluster.AskAsync("kv/put", new { key = EtcdCluster.Base64($"gatehouse/{_cluster}/runtime/{key}"), value = Convert.ToBase64String(Encoding.ASCII.GetBytes("x")) });
}

using Gatehouse.Engine.Configuration;
using Gatehouse.Engine.Store.Etcd;
using Gatehouse.Trust.Sealing;
using Microsoft.Extensions.Logging;

namespace Gatehouse.Engine.Store;

/// <summary>Opens the store that the configuration names.</summary>
internal static class StoreOpening
{
    /// <summary>
    /// Opens or makes it; the caller holds the <see cref="DataFolderLock"/>. etcd is not asked yet: it may be away, and every call
    /// says so until it is there.
    /// </summary>
    /// <param name="configuration">With absolute paths, as <see cref="ConfigurationCheck"/> gives it.</param>
    /// <param name="dataDirectory">The data folder.</param>
    /// <param name="sealer">Seals what is stored.</param>
    /// <param name="clusterId">The cluster, whose keys these are.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Who is told when the store goes away.</param>
    /// <param name="cancellation">The caller gave up.</param>
    /// <exception cref="Problems.ProblemException">GH2xxx, GH106x, GH3xxx.</exception>
    public static async ValueTask<IStateStore> OpenAsync(
        NodeConfiguration configuration, string dataDirectory, Sealer sealer, string clusterId, TimeProvider time, ILogger logger, CancellationToken cancellation) =>
        configuration.Store.IsEtcd
            ? EtcdStateStore.Open(EtcdSettings.Load(configuration.Store, Path.GetFullPath(dataDirectory)), clusterId, sealer, time, logger)
            : await SqliteStateStore.OpenAsync(dataDirectory, sealer, time, cancellation);

    /// <summary>How messages name a store.</summary>
    public static string NameOf(IStateStore store, string dataDirectory) =>
        store is EtcdStateStore etcd ? $"etcd ({etcd})" : $"`{Path.Combine(dataDirectory, SqliteStateStore.FileName)}`";
}

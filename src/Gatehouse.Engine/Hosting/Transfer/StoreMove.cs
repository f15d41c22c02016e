using Gatehouse.Engine.Configuration;
using Gatehouse.Engine.Configuration.Cluster;
using Gatehouse.Engine.Store;
using Gatehouse.Engine.Store.Etcd;
using Gatehouse.Engine.Store.Transfer;
using Gatehouse.Problems;
using Gatehouse.Problems.Cluster;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gatehouse.Engine.Hosting.Transfer;

/// <summary>
/// Takes the state of a cluster to another store, with the daemon down. The store it comes from is only read; the configuration is
/// changed once the copy was read back, and the database is renamed as the last step. Interrupted anywhere, the same command goes on.
/// </summary>
internal static class StoreMove
{
    /// <summary>What the database is called after it was moved away from.</summary>
    public const string MovedName = SqliteStateStore.FileName + ".moved";

    /// <summary>Moves.</summary>
    /// <exception cref="ProblemException">GH2073, GH2074, and those of configuration and stores; nothing was changed then.</exception>
    public static async Task<StoreCopied> RunAsync(NodeOptions options, StoreConfiguration to, CancellationToken cancellation)
    {
        // First of all, that the configuration can be written: a copy that nobody may use is none.
        string edited = Edited(options, to);
        await using OfflineNode node = await OfflineNode.OpenAsync(options, cancellation);
        if (node.Written.Store.IsEtcd == to.IsEtcd)
        {
            throw TransferProblems.CannotMove.Exception($"the store is `kind: {to.Kind}` already", "between two etcd clusters, move to sqlite and on from there");
        }

        StoreCopied copied = to.IsEtcd ? await ToEtcdAsync(options, node, to, cancellation) : await ToSqliteAsync(options, node, cancellation);
        await node.CloseStoreAsync();
        ConfigurationWriter.Replace(options.ConfigurationFile, edited);
        if (to.IsEtcd)
        {
            string database = Path.Combine(options.DataDirectory, SqliteStateStore.FileName);
            File.Move(database, Path.Combine(options.DataDirectory, MovedName), overwrite: true);
        }

        return copied;
    }

    private static string Edited(NodeOptions options, StoreConfiguration to)
    {
        string text;
        try
        {
            text = File.ReadAllText(options.ConfigurationFile);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw ConfigurationProblems.Unreadable.Exception($"`{options.ConfigurationFile}` cannot be read: {fault.Message}", null, fault);
        }

        string edited = ConfigurationWriter.SetStore(text, to);
        ConfigurationResult result = ConfigurationCheck.Text(edited, options.ConfigurationFile, options.DataDirectory);
        return result.Problems.IsEmpty ? edited : throw new ProblemException(result.Problems[0]);
    }

    private static async Task<StoreCopied> ToEtcdAsync(NodeOptions options, OfflineNode node, StoreConfiguration to, CancellationToken cancellation)
    {
        var source = new SqliteTransfer(((SqliteStateStore)node.Store).Database, node.Trust.Sealer);
        EtcdSettings settings = EtcdSettings.Load(to, Path.GetDirectoryName(options.ConfigurationFile) ?? "/");
        await using EtcdStateStore etcd = EtcdStateStore.Open(settings, node.Trust.ClusterId, node.Trust.Sealer, options.Time, NullLogger.Instance);
        return await StoreCopy.RunAsync(source, new EtcdTransfer(etcd, node.Trust.Sealer), node.Trust.Sealer, CopyMode.Resume, cancellation);
    }

    private static async Task<StoreCopied> ToSqliteAsync(NodeOptions options, OfflineNode node, CancellationToken cancellation)
    {
        if (await node.Store.ReadCurrentAsync(cancellation) is { Document.Membership.Nodes.Count: > 1 and var nodes })
        {
            throw TransferProblems.CannotMove.Exception($"the cluster has {nodes} nodes, and SQLite is the store of one", "let the others leave first: gatehouse leave");
        }

        await using SqliteStateStore sqlite = await SqliteStateStore.OpenAsync(options.DataDirectory, node.Trust.Sealer, options.Time, cancellation);
        return await StoreCopy.RunAsync(
            new EtcdTransfer((EtcdStateStore)node.Store, node.Trust.Sealer), new SqliteTransfer(sqlite.Database, node.Trust.Sealer), node.Trust.Sealer, CopyMode.Resume, cancellation);
    }
}

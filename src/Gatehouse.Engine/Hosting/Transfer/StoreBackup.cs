using System.Collections.Immutable;
using Gatehouse.Engine.Configuration.Cluster;
using Gatehouse.Engine.Store;
using Gatehouse.Engine.Store.Etcd;
using Gatehouse.Engine.Store.Transfer;
using Gatehouse.Problems;
using Gatehouse.Problems.Cluster;
using Gatehouse.Trust.Files;
using Gatehouse.Trust.Nodes;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gatehouse.Engine.Hosting.Transfer;

/// <summary>Backups of a node's store and trust, also while its daemon runs, and putting them back, with the daemon down.</summary>
internal static class StoreBackup
{
    private const string TrustFolder = "trust";
    private const int MostTrustBytes = 1024 * 1024;

    /// <summary>Writes a backup: of the node alone, or beside its daemon, of the moment at which the store was opened.</summary>
    /// <exception cref="ProblemException">GH2073, GH2074 for a file that is there, those of stores and files.</exception>
    public static async Task<StoreCopied> WriteAsync(NodeOptions options, string file, CancellationToken cancellation)
    {
        if (File.Exists(file))
        {
            throw TransferProblems.NotEmpty.Exception($"`{file}` is there already", "a backup never replaces a file");
        }

        OfflineNode node;
        try
        {
            node = await OfflineNode.OpenAsync(options, cancellation);
        }
        catch (ProblemException fault) when (fault.Problem.Definition == StoreProblems.DataFolderLocked)
        {
            return await WriteBesideAsync(options, file, cancellation);
        }

        await using (node)
        {
            BackupHeader header = HeaderOf(options, node.Trust.ClusterId, node.Trust.NodeId, node.Trust.NodeName);
            return await BackupFile.WriteAsync(file, TransferOf(node), node.Trust.Sealer, header, cancellation);
        }
    }

    /// <summary>
    /// Puts a backup back. In a folder without a node, the node's trust comes back first; its own key must be where it was. What the
    /// node has seen is kept: an older generation is refused at the next start until that is accepted.
    /// </summary>
    /// <exception cref="ProblemException">GH2074, GH2075, those of stores and files.</exception>
    public static async Task<StoreCopied> RestoreAsync(NodeOptions options, string file, bool replace, CancellationToken cancellation)
    {
        BackupHeader header = BackupFile.ReadHeader(file);
        ImmutableArray<string> unpacked = OfflineNode.IsNode(options.DataDirectory) ? [] : Unpack(options.DataDirectory, header);
        try
        {
            return await RestoreAsync(options, file, header, replace, cancellation);
        }
        catch
        {
            // Whatever it was: a folder without a node is one again.
            foreach (string path in unpacked)
            {
                File.Delete(path);
            }

            throw;
        }
    }

    // Whoever holds the folder goes on meanwhile. The moment of the store comes before the keys are read: a key is on disk before
    // anything is sealed with it.
    private static async Task<StoreCopied> WriteBesideAsync(NodeOptions options, string file, CancellationToken cancellation)
    {
        StoreConfiguration store = OfflineNode.ReadConfiguration(options).InForce.Store;
        if (store.IsEtcd)
        {
            using NodeReading reader = NodeReading.Open(options.DataDirectory, options.NodeKeyPath);
            EtcdSettings settings = EtcdSettings.Load(store, Path.GetFullPath(options.DataDirectory));
            await using EtcdStateStore etcd = EtcdStateStore.Open(settings, reader.ClusterId, reader.Sealer, options.Time, NullLogger.Instance);
            return await BackupFile.WriteAsync(file, new EtcdTransfer(etcd, reader.Sealer), reader.Sealer, HeaderOf(options, reader), cancellation);
        }

        string path = Path.Combine(Path.GetFullPath(options.DataDirectory), SqliteStateStore.FileName);
        await using SqliteDatabase database = await SqliteDatabase.OpenSnapshotAsync(path, cancellation);
        using NodeReading node = NodeReading.Open(options.DataDirectory, options.NodeKeyPath);
        return await BackupFile.WriteAsync(file, new SqliteTransfer(database, node.Sealer), node.Sealer, HeaderOf(options, node), cancellation);
    }

    private static async Task<StoreCopied> RestoreAsync(NodeOptions options, string file, BackupHeader header, bool replace, CancellationToken cancellation)
    {
        await using OfflineNode node = await OfflineNode.OpenAsync(options, cancellation);
        if (!string.Equals(node.Trust.ClusterId, header.ClusterId, StringComparison.Ordinal))
        {
            throw TransferProblems.BackupBroken.Exception($"`{file}` is of another cluster");
        }

        // Read whole before anything is changed.
        BackupSource source = BackupFile.Read(file, node.Trust.Sealer);
        IStoreTarget target = TransferOf(node);
        if (node.Store is EtcdStateStore || !replace || await target.OutlineAsync(cancellation) is null)
        {
            return await StoreCopy.RunAsync(source, target, node.Trust.Sealer, replace ? CopyMode.Replace : CopyMode.Refuse, cancellation);
        }

        await node.CloseStoreAsync();
        string database = Path.Combine(options.DataDirectory, SqliteStateStore.FileName);
        File.Move(database, database + ".replaced", overwrite: true);
        await using SqliteStateStore empty = await SqliteStateStore.OpenAsync(options.DataDirectory, node.Trust.Sealer, options.Time, cancellation);
        return await StoreCopy.RunAsync(source, new SqliteTransfer(empty.Database, node.Trust.Sealer), node.Trust.Sealer, CopyMode.Refuse, cancellation);
    }

    private static IStoreTarget TransferOf(OfflineNode node) => node.Store is EtcdStateStore etcd
        ? new EtcdTransfer(etcd, node.Trust.Sealer)
        : new SqliteTransfer(((SqliteStateStore)node.Store).Database, node.Trust.Sealer);

    private static BackupHeader HeaderOf(NodeOptions options, NodeReading node) => HeaderOf(options, node.ClusterId, node.NodeId, node.NodeName);

    private static BackupHeader HeaderOf(NodeOptions options, string clusterId, string nodeId, string nodeName) => new()
    {
        ClusterId = clusterId,
        NodeId = nodeId,
        NodeName = nodeName,
        Created = options.Time.GetUtcNow(),
        Trust = NodeReading.AtOnce(() => TrustOf(options.DataDirectory)),
    };

    private static ImmutableSortedDictionary<string, byte[]> TrustOf(string dataDirectory)
    {
        ImmutableSortedDictionary<string, byte[]>.Builder files = ImmutableSortedDictionary.CreateBuilder<string, byte[]>(StringComparer.Ordinal);
        foreach (string path in Directory.EnumerateFiles(Path.Combine(dataDirectory, TrustFolder)).Append(Path.Combine(dataDirectory, "node.json")))
        {
            // What was removed meanwhile is not there any more.
            string name = Path.GetRelativePath(dataDirectory, path);
            if (IsTrust(name) && SecretFile.ReadIfExists(path) is { } content)
            {
                files[name] = content;
            }
        }

        return files.ToImmutable();
    }

    // The header is not proven yet: only these names, only into a folder without a node, only what its own key opens is used.
    private static ImmutableArray<string> Unpack(string dataDirectory, BackupHeader header)
    {
        if (!header.Trust.ContainsKey("node.json") || header.Trust.Any(static one => !IsTrust(one.Key) || one.Value.Length > MostTrustBytes))
        {
            throw TransferProblems.BackupBroken.Exception("the backup holds no trust of a node");
        }

        PrivateFolder.Ensure(dataDirectory);
        PrivateFolder.Ensure(Path.Combine(dataDirectory, TrustFolder));
        ImmutableArray<string>.Builder written = ImmutableArray.CreateBuilder<string>();
        foreach ((string name, byte[] content) in header.Trust)
        {
            string path = Path.Combine(dataDirectory, name);
            if (SecretFile.ReadIfExists(path) is null)
            {
                SecretFile.Write(path, content);
                written.Add(path);
            }
        }

        return written.ToImmutable();
    }

    private static bool IsTrust(string name) =>
        name == "node.json"
        || (name.StartsWith(TrustFolder + "/", StringComparison.Ordinal) && name.Length < 80 && name[0] != '.'
            && (name.EndsWith(".wrapped", StringComparison.Ordinal) || name.EndsWith(".sealed", StringComparison.Ordinal))
            && name.AsSpan(TrustFolder.Length + 1).IndexOfAnyExcept(FileCharacters) < 0);

    private static readonly System.Buffers.SearchValues<char> FileCharacters = System.Buffers.SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-.");
}

using Gatehouse.Engine.Configuration;
using Gatehouse.Engine.Store;
using Gatehouse.Trust.Nodes;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gatehouse.Engine.Hosting;

/// <summary>A node whose daemon is down, opened by a command under the data folder's lock.</summary>
internal sealed class OfflineNode : IAsyncDisposable
{
    private readonly DataFolderLock _alone;
    private bool _storeIsClosed;

    private OfflineNode(DataFolderLock alone, NodeConfiguration written, NodeTrust trust, IStateStore store)
    {
        _alone = alone;
        Written = written;
        Trust = trust;
        Store = store;
    }

    /// <summary>The configuration, as far as it can be read.</summary>
    public NodeConfiguration Written { get; }

    /// <summary>Its trust.</summary>
    public NodeTrust Trust { get; }

    /// <summary>Its store.</summary>
    public IStateStore Store { get; }

    /// <summary>Whether there is a node in this folder at all; nothing is made where there is none.</summary>
    public static bool IsNode(string dataDirectory) => File.Exists(Path.Combine(dataDirectory, "node.json"));

    /// <summary>The configuration as written, null where there is none, and with absolute paths.</summary>
    public static (NodeConfiguration? Written, NodeConfiguration InForce) ReadConfiguration(NodeOptions options)
    {
        // A file that the daemon would refuse still says where the trail lies and which names the certificate has.
        ConfigurationResult? read = File.Exists(options.ConfigurationFile)
            ? ConfigurationCheck.File(options.ConfigurationFile, options.DataDirectory)
            : null;
        NodeConfiguration? written = read?.Value ?? read?.Draft;
        return (written, read?.Value ?? (written is null ? new NodeConfiguration() : ConfigurationPaths.InForce(written, options.ConfigurationFile)));
    }

    /// <summary>Opens it.</summary>
    /// <exception cref="Problems.ProblemException">The folder is in use, or its trust or store cannot be read.</exception>
    public static async Task<OfflineNode> OpenAsync(NodeOptions options, CancellationToken cancellation)
    {
        DataFolderLock alone = DataFolderLock.Take(options.DataDirectory);
        NodeTrust? trust = null;
        try
        {
            (NodeConfiguration? written, NodeConfiguration inForce) = ReadConfiguration(options);
            trust = await TrustBootstrap.EnsureAsync(
                new TrustOptions
                {
                    DataDirectory = options.DataDirectory,
                    NodeName = written?.Node ?? options.NodeName,
                    NodeKeyPath = options.NodeKeyPath,
                    ServerNames = written?.Tls.Names ?? [],
                    Time = options.Time,
                },
                cancellation);
            IStateStore store = await StoreOpening.OpenAsync(
                inForce, options.DataDirectory, trust.Sealer, trust.ClusterId, options.Time, NullLogger.Instance, cancellation);
            return new OfflineNode(alone, written ?? new NodeConfiguration(), trust, store);
        }
        catch
        {
            // Whatever it was: what is open is ours to close.
            trust?.Dispose();
            alone.Dispose();
            throw;
        }
    }

    /// <summary>Closes the store, and nothing else: its files can be moved, and nobody comes between.</summary>
    public async ValueTask CloseStoreAsync()
    {
        if (!_storeIsClosed)
        {
            _storeIsClosed = true;
            await Store.DisposeAsync();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await CloseStoreAsync();
        Trust.Dispose();
        _alone.Dispose();
    }
}

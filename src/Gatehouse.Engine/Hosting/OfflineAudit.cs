using Gatehouse.Audit;
using Gatehouse.Engine.Auditing;
using Gatehouse.Engine.Configuration;
using Gatehouse.Engine.Store;
using Gatehouse.Trust;

namespace Gatehouse.Engine.Hosting;

/// <summary>Verifies a node's trail while its daemon is down: the key comes from the node's trust, the anchor from its store.</summary>
internal static class OfflineAudit
{
    /// <summary>Whether there is a node in this folder at all; nothing is made where there is none.</summary>
    public static bool IsNode(string dataDirectory) => File.Exists(Path.Combine(dataDirectory, "node.json"));

    /// <summary>Verifies.</summary>
    /// <exception cref="Problems.ProblemException">The folder is in use, or its trust or store cannot be read.</exception>
    public static async Task<AuditVerification> VerifyAsync(NodeOptions options, CancellationToken cancellation)
    {
        using DataFolderLock alone = DataFolderLock.Take(options.DataDirectory);

        // A file that the daemon would refuse still says where the trail lies and which names the certificate has.
        ConfigurationResult? read = File.Exists(options.ConfigurationFile)
            ? ConfigurationCheck.File(options.ConfigurationFile, options.DataDirectory)
            : null;
        NodeConfiguration? written = read?.Value ?? read?.Draft;
        using NodeTrust trust = await TrustBootstrap.EnsureAsync(
            new TrustOptions
            {
                DataDirectory = options.DataDirectory,
                NodeName = written?.Node ?? options.NodeName,
                NodeKeyPath = options.NodeKeyPath,
                ServerNames = written?.Tls.Names ?? [],
                Time = options.Time,
            },
            cancellation);
        await using SqliteStateStore store = await SqliteStateStore.OpenAsync(options.DataDirectory, trust.Sealer, options.Time, cancellation);
        AuditAnchor? anchor = await new StoreAuditAnchor(store, trust.NodeId).ReadAsync(cancellation);
        string folder = Path.GetFullPath(
            written?.Audit.Directory ?? "audit", written?.Audit.Directory is null ? options.DataDirectory : Path.GetDirectoryName(options.ConfigurationFile)!);
        return await Task.Run(
            () => AuditFolder.Verify(folder, new AuditVerifyOptions { TrustedKeys = [trust.SigningPublicKey], Anchor = anchor }, cancellation), cancellation);
    }
}

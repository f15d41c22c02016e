using System.Text;
using Gatehouse.Audit;
using Gatehouse.Engine.Auditing;
using Gatehouse.Engine.Auditing.Outputs;
using Gatehouse.Engine.Configuration;
using Gatehouse.Engine.Store;
using Gatehouse.Problems;
using Gatehouse.Trust.Files;
using Gatehouse.Trust.Nodes;
using Gatehouse.Trust.Sealing;
using Microsoft.Extensions.Logging;

namespace Gatehouse.Engine.Hosting;

/// <summary>The node's trail, as its configuration has it.</summary>
internal static class NodeTrail
{
    /// <summary>Where it lies: as written, from the folder of gatehouse.yaml; else in the data folder.</summary>
    public static string FolderOf(NodeConfiguration written, NodeOptions options) => Path.GetFullPath(
        written.Audit.Directory ?? "audit",
        written.Audit.Directory is null ? options.DataDirectory : Path.GetDirectoryName(options.ConfigurationFile)!); // an absolute file has a folder

    /// <summary>Opens it.</summary>
    /// <exception cref="ProblemException">The folder cannot be used, or the anchor cannot be read.</exception>
    public static Task<FileAuditTrail> OpenAsync(
        NodeConfiguration written,
        NodeTrust trust,
        string folder,
        IAuditAnchor anchor,
        AuditDelivery delivery,
        TimeProvider time,
        ILogger logger,
        CancellationToken cancellation) =>
        FileAuditTrail.OpenAsync(
            WithLimits(new AuditTrailOptions { Directory = folder, Node = trust.NodeName, Delivery = delivery }, written.Audit),
            new NodeAuditSigner(trust),
            anchor,
            time,
            logger,
            cancellation);

    /// <summary>Where its head is kept: in the store, and where that lies elsewhere beside the node's key, too.</summary>
    public static IAuditAnchor AnchorOf(IStateStore store, NodeTrust trust)
    {
        var inStore = new StoreAuditAnchor(store, trust.NodeId);
        return store is SqliteStateStore ? inStore : new KeptAuditAnchor(inStore, store, trust.AuditHeadPath, trust.NodeSealer);
    }

    /// <summary>What may change while the trail is written.</summary>
    public static AuditTrailOptions WithLimits(AuditTrailOptions options, AuditConfiguration written) => options with
    {
        IsStrict = written.Durability == "strict",
        SegmentBytes = written.SegmentBytes,
        SegmentAge = written.SegmentAge,
        KeepFor = written.KeepFor,
    };
}

/// <summary>Signs the trail's checkpoints with the node's key.</summary>
internal sealed class NodeAuditSigner(NodeTrust trust) : IAuditSigner
{
    /// <inheritdoc/>
    public ReadOnlyMemory<byte> PublicKey => trust.SigningPublicKey;

    /// <inheritdoc/>
    public void Sign(ReadOnlySpan<byte> hash, Span<byte> signature) => trust.SignHash(hash).CopyTo(signature);
}

/// <summary>Anchors the trail's head in the store, one key a node.</summary>
internal sealed class StoreAuditAnchor(IStateStore store, string nodeId) : IAuditAnchor
{
    private readonly string _key = $"runtime/audit-anchor/{nodeId}";

    /// <inheritdoc/>
    public async ValueTask PutAsync(AuditAnchor anchor, CancellationToken cancellation) =>
        await store.PutRuntimeAsync(_key, Encoding.ASCII.GetBytes(anchor.ToString()), null, cancellation);

    /// <inheritdoc/>
    public async ValueTask<AuditAnchor?> ReadAsync(CancellationToken cancellation)
    {
        byte[]? stored = await store.GetRuntimeAsync(_key, cancellation);
        if (stored is null)
        {
            return null;
        }

        return AuditAnchor.TryParse(Encoding.ASCII.GetString(stored), out AuditAnchor? anchor)
            ? anchor
            : throw new ProblemException(StoreProblems.StoreDamaged.Because("the audit anchor in the store cannot be read"));
    }
}

/// <summary>
/// Keeps the head of the trail outside the data folder besides the store, sealed with the node's own key: a start while the store is away
/// has something to compare the trail with, and a store that was put back does not hide that records are missing.
/// </summary>
internal sealed class KeptAuditAnchor(IAuditAnchor inStore, IStateStore store, string path, Sealer node) : IAuditAnchor
{
    private const string Place = "node/audit-head";

    /// <inheritdoc/>
    public ValueTask PutAsync(AuditAnchor anchor, CancellationToken cancellation)
    {
        // Here first: what comes of the other may take its time.
        PrivateFolder.EnsureGuarded(Path.GetDirectoryName(path) ?? "/");
        SecretFile.Write(path, node.Seal(Place, 0, Encoding.ASCII.GetBytes(anchor.ToString())));
        return inStore.PutAsync(anchor, cancellation);
    }

    /// <inheritdoc/>
    public async ValueTask<AuditAnchor?> ReadAsync(CancellationToken cancellation)
    {
        AuditAnchor? own = Read();
        if (own is not null && !store.Health.IsUp)
        {
            return own;
        }

        try
        {
            AuditAnchor? there = await inStore.ReadAsync(cancellation);
            return own is null || there?.Sequence > own.Sequence ? there : own;
        }
        catch (ProblemException) when (own is not null && !store.Health.IsUp)
        {
            return own;
        }
    }

    // One that does not open is none: then the store has to answer.
    private AuditAnchor? Read() =>
        SecretFile.ReadIfExists(path) is { } content && node.TryOpen(Place, 0, content) is { } plain && AuditAnchor.TryParse(Encoding.ASCII.GetString(plain), out AuditAnchor? anchor)
            ? anchor
            : null;
}

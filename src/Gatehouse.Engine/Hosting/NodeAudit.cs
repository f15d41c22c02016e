using System.Text;
using Gatehouse.Audit;
using Gatehouse.Engine.Store;
using Gatehouse.Problems;
using Gatehouse.Trust;

namespace Gatehouse.Engine.Hosting;

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

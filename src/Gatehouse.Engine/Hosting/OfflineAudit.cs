using Gatehouse.Audit;
using Gatehouse.Engine.Auditing;

namespace Gatehouse.Engine.Hosting;

/// <summary>Verifies a node's trail while its daemon is down: the key comes from the node's trust, the anchor from its store.</summary>
internal static class OfflineAudit
{
    /// <summary>Verifies.</summary>
    /// <exception cref="Problems.ProblemException">The folder is in use, or its trust or store cannot be read.</exception>
    public static async Task<AuditVerification> VerifyAsync(NodeOptions options, CancellationToken cancellation)
    {
        await using OfflineNode node = await OfflineNode.OpenAsync(options, cancellation);
        AuditAnchor? anchor = await NodeTrail.AnchorOf(node.Store, node.Trust).ReadAsync(cancellation);
        string folder = NodeTrail.FolderOf(node.Written, options);
        var how = new AuditVerifyOptions { TrustedKeys = [node.Trust.SigningPublicKey], Anchor = anchor };
        return await Task.Run(() => AuditFolder.Verify(folder, how, cancellation), cancellation);
    }
}

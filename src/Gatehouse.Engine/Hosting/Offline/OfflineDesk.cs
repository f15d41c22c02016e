using Gatehouse.Audit;
using Gatehouse.Engine.Auditing.Outputs;
using Gatehouse.Engine.Connections;
using Gatehouse.Engine.Issuing;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Engine.Store;
using Gatehouse.Identity;
using Gatehouse.Problems;
using Gatehouse.Trust.Nodes;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gatehouse.Engine.Hosting.Offline;

/// <summary>Certificates with the daemon down: the same desks over the store itself, under the data folder's lock, with the trail open.</summary>
internal sealed class OfflineDesk : IAsyncDisposable
{
    private readonly Stack<IAsyncDisposable> _made;

    private OfflineDesk(Stack<IAsyncDisposable> made, NodeTrust trust, StateChanges changes, TimeProvider time)
    {
        _made = made;
        Changes = changes;
        Certificates = new CertificateDesk(trust, changes, time);
        Revocations = new RevocationDesk(changes, time);
        Authorities = new AuthorityDesk(trust, changes, time);
    }

    /// <summary>Who runs the command, for records.</summary>
    public static string Actor => $"{RealmNames.Kernel}/{LocalUsers.NameOf(LocalUsers.Own)}";

    /// <summary>The state.</summary>
    public StateChanges Changes { get; }

    /// <summary>Issues and renews.</summary>
    public CertificateDesk Certificates { get; }

    /// <summary>Revokes.</summary>
    public RevocationDesk Revocations { get; }

    /// <summary>Authorities.</summary>
    public AuthorityDesk Authorities { get; }

    /// <summary>Opens the node.</summary>
    /// <exception cref="ProblemException">The folder is in use, or holds no state that this node takes.</exception>
    public static async Task<OfflineDesk> OpenAsync(NodeOptions options, CancellationToken cancellation)
    {
        Stack<IAsyncDisposable> made = [];
        try
        {
            OfflineNode node = await OfflineNode.OpenAsync(options, cancellation);
            made.Push(node);
            Generation current = await node.Store.ReadCurrentAsync(cancellation)
                ?? throw StartProblems.StateLost.Exception("the store holds no state", "start the daemon once with gatehouse up");
            var last = new LastGenerationCache(options.DataDirectory, node.Trust.HighestSeenPath, node.Trust.ClusterId, node.Trust.Sealer, node.Trust.NodeSealer);
            last.Accept(current);

            // What became of authorities and keys while the daemon was down: nothing is signed with one that was taken back.
            node.Trust.Adopt(current.Document.Membership);
            List<Problem> problems = [];
            SecuritySnapshot snapshot = SnapshotCompiler.Compile(1, current.Number, current.Document, problems) ?? throw new ProblemException(problems[0]);
            IAuditAnchor anchor = NodeTrail.AnchorOf(node.Store, node.Trust);
            var trail = await NodeTrail.OpenAsync(
                node.Written, node.Trust, NodeTrail.FolderOf(node.Written, options), anchor, new AuditDelivery { KeepFrom = "" }, options.Time, NullLogger.Instance, cancellation);
            made.Push(trail);
            var changes = new StateChanges(node.Store, last, new SnapshotHolder(snapshot), trail, options.Time);
            return new OfflineDesk(made, node.Trust, changes, options.Time);
        }
        catch
        {
            await CloseAsync(made);
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Changes.Dispose();
        await CloseAsync(_made);
    }

    private static async ValueTask CloseAsync(Stack<IAsyncDisposable> made)
    {
        while (made.TryPop(out IAsyncDisposable? one))
        {
            await one.DisposeAsync();
        }
    }
}

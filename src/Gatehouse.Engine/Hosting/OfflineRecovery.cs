using Gatehouse.Audit;
using Gatehouse.Engine.Auditing;
using Gatehouse.Engine.Auditing.Outputs;
using Gatehouse.Engine.Connections;
using Gatehouse.Engine.Store;
using Gatehouse.Identity;
using Gatehouse.Problems;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gatehouse.Engine.Hosting;

/// <summary>
/// Takes over a cluster state that the node refuses because it has seen a newer one, or because the record of that does not
/// open. Only with the daemon down, only what the store holds whole, and not without a record in the trail.
/// </summary>
internal sealed class OfflineRecovery : IAsyncDisposable
{
    private readonly NodeOptions _options;
    private readonly OfflineNode _node;
    private readonly LastGenerationCache _last;

    private OfflineRecovery(NodeOptions options, OfflineNode node, LastGenerationCache last, Generation offered)
    {
        _options = options;
        _node = node;
        _last = last;
        Offered = offered;
    }

    /// <summary>What the store holds.</summary>
    public Generation Offered { get; }

    /// <summary>Why the node refuses it (GH2030, GH2031), or null where it does not.</summary>
    public Problem? Refusal { get; private init; }

    /// <summary>The highest generation the node has seen; null where the record of it does not open or is missing.</summary>
    public long? Seen { get; private init; }

    /// <summary>Opens the node and looks; changes nothing.</summary>
    /// <exception cref="ProblemException">The folder is in use, holds no state, or cannot be read.</exception>
    public static async Task<OfflineRecovery> OpenAsync(NodeOptions options, CancellationToken cancellation)
    {
        OfflineNode node = await OfflineNode.OpenAsync(options, cancellation);
        try
        {
            // An empty store is nothing to take over: the next start would make a new administrator of it.
            Generation offered = await node.Store.ReadCurrentAsync(cancellation)
                ?? throw StartProblems.StateLost.Exception(
                    $"{StoreOpening.NameOf(node.Store, options.DataDirectory)} holds no state, so there is nothing to accept", "put the store back from a backup");
            var last = new LastGenerationCache(
                options.DataDirectory, node.Trust.HighestSeenPath, node.Trust.ClusterId, node.Trust.Sealer, node.Trust.NodeSealer);
            Problem? refusal = last.WhyNot(offered, out long? seen);
            return new OfflineRecovery(options, node, last, offered) { Refusal = refusal, Seen = seen };
        }
        catch
        {
            // Whatever it was: the node is ours to close.
            await node.DisposeAsync();
            throw;
        }
    }

    /// <summary>Records the acceptance durably, then makes <see cref="Offered"/> the newest generation this node has seen.</summary>
    /// <exception cref="ProblemException">It could not be recorded (nothing was changed) or not be written.</exception>
    public async Task AcceptAsync(CancellationToken cancellation)
    {
        if (Refusal is null)
        {
            return;
        }

        IAuditAnchor anchor = NodeTrail.AnchorOf(_node.Store, _node.Trust);
        var keepsAll = new AuditDelivery { KeepFrom = "" };
        await using FileAuditTrail trail = await NodeTrail.OpenAsync(
            _node.Written, _node.Trust, NodeTrail.FolderOf(_node.Written, _options), anchor, keepsAll, _options.Time, NullLogger.Instance, cancellation);
        trail.Write(Record(AuditOutcome.Success, $"rollback accepted: from {Name(Seen)} to generation {Offered.Number}"));
        if (!await trail.FlushAsync(CancellationToken.None))
        {
            throw StateProblems.ChangeNotRecorded.Exception("nothing was changed: the audit trail takes no record");
        }

        try
        {
            _last.Replace(Offered);
        }
        catch (ProblemException fault)
        {
            trail.Write(Record(AuditOutcome.Failure, $"the rollback to generation {Offered.Number} could not be written: {fault.Problem.Id}"));
            throw;
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _node.DisposeAsync();

    private static string Name(long? seen) => seen is { } number ? $"generation {number}" : "a record that does not open";

    private AuditEvent Record(AuditOutcome outcome, string message) => new()
    {
        Action = AuditAction.SecurityConfigChange,
        Outcome = outcome,
        Time = _options.Time.GetUtcNow(),
        User = LocalUsers.NameOf(LocalUsers.Own),
        Realm = RealmNames.Kernel,
        Target = "state/generation",
        Generation = Offered.Number,
        Problem = Refusal?.Id,
        Message = message,
    };
}

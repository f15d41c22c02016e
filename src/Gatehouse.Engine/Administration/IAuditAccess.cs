using Gatehouse.Audit;
using Gatehouse.Engine.Auditing;
using Gatehouse.Engine.Auditing.Scanning;
using Gatehouse.Engine.Auditing.Searching;

namespace Gatehouse.Engine.Administration;

/// <summary>The trail as the API reads it.</summary>
internal interface IAuditAccess
{
    /// <summary>Records that match, newest first.</summary>
    IAsyncEnumerable<AuditRecord> SearchAsync(AuditQuery query, CancellationToken cancellation);

    /// <summary>Records that match from now on, until cancelled.</summary>
    IAsyncEnumerable<AuditRecord> FollowAsync(AuditQuery query, CancellationToken cancellation);

    /// <summary>The record of a receipt, or null.</summary>
    Task<AuditRecord?> FindReceiptAsync(ReceiptCode receipt, CancellationToken cancellation);

    /// <summary>Reads a span of it line by line, on a thread of its own; gives where the trail begins, null for an empty one.</summary>
    Task<DateTimeOffset?> ScanAsync(TrailSpan span, ILineScan scan, CancellationToken cancellation);

    /// <summary>Verifies the whole trail.</summary>
    Task<AuditVerification> VerifyAsync(CancellationToken cancellation);

    /// <summary>Builds the indexes of closed segments anew.</summary>
    Task<ReindexOutcome> ReindexAsync(CancellationToken cancellation);
}

/// <summary>
/// Reads the documents of a generation as it was in force at some moment; null where it is no longer kept (30 days), or where
/// its number was given anew since (a rollback was accepted).
/// </summary>
internal delegate ValueTask<Gatehouse.Administration.ClusterDocument?> GenerationSource(long generation, DateTimeOffset at, CancellationToken cancellation);

/// <summary>The trail in this node's folder.</summary>
/// <param name="directory">Folder of the segments.</param>
/// <param name="trustedKeys">Public keys that may have signed it (DER), from the node's trust.</param>
/// <param name="anchor">Where heads are anchored, or null.</param>
/// <param name="indexes">Indexes of that folder.</param>
/// <param name="time">The clock.</param>
internal sealed class FolderAuditAccess(
    string directory, IReadOnlyList<ReadOnlyMemory<byte>> trustedKeys, IAuditAnchor? anchor, AuditIndexes indexes, TimeProvider time) : IAuditAccess
{
    private readonly AuditSearch _search = new(directory, time, indexes);

    /// <inheritdoc/>
    public IAsyncEnumerable<AuditRecord> SearchAsync(AuditQuery query, CancellationToken cancellation) => _search.RunAsync(query, cancellation);

    /// <inheritdoc/>
    public IAsyncEnumerable<AuditRecord> FollowAsync(AuditQuery query, CancellationToken cancellation) => _search.FollowAsync(query, cancellation);

    /// <inheritdoc/>
    public Task<AuditRecord?> FindReceiptAsync(ReceiptCode receipt, CancellationToken cancellation) =>
        _search.FindReceiptAsync(receipt, cancellation);

    /// <inheritdoc/>
    public Task<DateTimeOffset?> ScanAsync(TrailSpan span, ILineScan scan, CancellationToken cancellation) =>
        TrailScan.RunAsync(directory, span, scan, cancellation);

    /// <inheritdoc/>
    public async Task<AuditVerification> VerifyAsync(CancellationToken cancellation)
    {
        // The anchor is read before the files are: it can then never be newer than what is read.
        AuditAnchor? newest = anchor is null ? null : await anchor.ReadAsync(cancellation);
        var options = new AuditVerifyOptions { TrustedKeys = trustedKeys, Anchor = newest };
        return await Task.Run(() => AuditFolder.Verify(directory, options, cancellation), cancellation);
    }

    /// <inheritdoc/>
    public Task<ReindexOutcome> ReindexAsync(CancellationToken cancellation) => indexes.RebuildAsync(cancellation);
}

/// <summary>The kept generations, newest first, at most so many.</summary>
internal delegate ValueTask<System.Collections.Immutable.ImmutableArray<Gatehouse.Administration.PolicyHistoryEntry>> HistorySource(int limit, CancellationToken cancellation);

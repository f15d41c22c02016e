using Gatehouse.Audit;

namespace Gatehouse.Engine.Auditing;

/// <summary>Looks into a trail's segments, newest first. Reads only; the daemon may be running or not.</summary>
internal sealed class AuditSearch(string directory, TimeProvider time)
{
    /// <summary>Records that match, newest first, at most <see cref="AuditQuery.Limit"/>.</summary>
    public IAsyncEnumerable<AuditRecord> RunAsync(AuditQuery query, CancellationToken cancellation) => throw new NotSupportedException(directory + time);

    /// <summary>Records that match from now on, oldest first, until cancelled.</summary>
    public IAsyncEnumerable<AuditRecord> FollowAsync(AuditQuery query, CancellationToken cancellation) => throw new NotSupportedException();

    /// <summary>The record of a receipt, or null.</summary>
    public Task<AuditRecord?> FindReceiptAsync(ReceiptCode receipt, CancellationToken cancellation) => throw new NotSupportedException();
}

using Gatehouse.Audit;
using Gatehouse.Problems;
using Microsoft.Extensions.Logging;

namespace Gatehouse.Engine.Auditing;

/// <summary>The trail in files of one folder.</summary>
internal sealed class FileAuditTrail : IAuditTrail, IAsyncDisposable
{
    /// <summary>Opens the folder, recovers what a crash left, checks the anchor, starts a segment and the writer.</summary>
    /// <exception cref="ProblemException">The folder cannot be used.</exception>
    public static Task<FileAuditTrail> OpenAsync(
        AuditTrailOptions options, IAuditSigner signer, IAuditAnchor? anchor, TimeProvider time, ILogger logger, CancellationToken cancellation) =>
        throw new NotSupportedException();

    /// <summary>Why nothing may be forwarded, or null while healthy.</summary>
    public Problem? Failure => null;

    /// <summary>What was found at the start that needs a person, such as a tail below the anchor; empty when all is well.</summary>
    public IReadOnlyList<Problem> Findings => [];

    /// <summary>Raised with the problem when the writer fails, with null when it has recovered. On the writer's thread.</summary>
    public event Action<Problem?>? HealthChanged { add { } remove { } }

    public bool IsStrict => throw new NotSupportedException();
    public bool IsHealthy => throw new NotSupportedException();
    public bool TryReserve(out AuditSlot slot) => throw new NotSupportedException();
    public ValueTask<AuditSlot> ReserveAsync(CancellationToken cancellation) => throw new NotSupportedException();
    public ValueTask<bool> DecideAsync(AuditSlot slot, AuditEvent decision) => throw new NotSupportedException();
    public void Complete(AuditSlot slot, AuditEvent record) => throw new NotSupportedException();
    public void Release(AuditSlot slot) => throw new NotSupportedException();
    public void Write(AuditEvent record) => throw new NotSupportedException();
    public string NewReceipt() => throw new NotSupportedException();
    public ValueTask<bool> FlushAsync(CancellationToken cancellation) => throw new NotSupportedException();
    public ValueTask DisposeAsync() => throw new NotSupportedException();
}

using Gatehouse.Audit;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Gates;

/// <summary>Why a request was not passed on, and what the client hears.</summary>
/// <param name="Status">Status of the answer; 0 drops the connection.</param>
/// <param name="Problem">Permanent problem.</param>
/// <param name="Reason">Frozen word for record and answer.</param>
/// <param name="Action">Kind of record.</param>
internal sealed record Refusal(int Status, ProblemDefinition Problem, string Reason, AuditAction Action)
{
    /// <summary>
    /// What the client hears instead of <see cref="Reason"/>, where it may not learn which of several reasons it was; then neither
    /// a receipt nor a closed connection tells it. Null: the reason.
    /// </summary>
    public string? Told { get; init; }

    /// <summary>Whether the connection is closed after the answer: nothing that follows on it can be trusted.</summary>
    public bool ClosesConnection => Action == AuditAction.TamperedRequest && Told is null;

    /// <summary>Whether a receipt is given, by which the decision can be explained.</summary>
    public bool HasReceipt => Action == AuditAction.AccessDenied && Told is null;

    /// <summary>A request that two parsers could read differently.</summary>
    public static Refusal Tampered(string reason) => new(400, GateProblems.TamperedRequest, reason, AuditAction.TamperedRequest);

    /// <summary>No role allows it, or nobody knows it.</summary>
    public static Refusal Denied(ProblemDefinition problem, string reason, int status = 403) =>
        new(status, problem, reason, AuditAction.AccessDenied);
}

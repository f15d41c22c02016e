using Gatehouse.Administration;
using Gatehouse.Audit;
using Gatehouse.Engine.Auditing.Scanning;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Administration.Questions;

/// <summary>Runs questions over the trail, one at a time on this node, and says what their answers cannot know.</summary>
internal sealed class TrailQuestions(AdminServices services) : IDisposable
{
    private static readonly TimeSpan WaitFor = TimeSpan.FromSeconds(30);
    private readonly SemaphoreSlim _one = new(1, 1);

    /// <summary>Reads the span; null with the coverage where it was read, or a problem where another question did not end.</summary>
    public async ValueTask<(TrailCoverage? Coverage, Problem? Problem)> ReadAsync<T>(
        AdminCall call, DateTimeOffset since, DecisionScan<T> scan, CancellationToken cancellation)
        where T : class
    {
        if (!await _one.WaitAsync(WaitFor, cancellation))
        {
            return (null, AdministrationProblems.QuestionBusy.Because("another question is reading the trail of this node", hint: "ask again later"));
        }

        try
        {
            // What happens from now on, this question's own record above all, is not part of it.
            DateTimeOffset until = call.Now;
            DateTimeOffset? begins = await services.AuditAccess.ScanAsync(new TrailSpan(since, until), scan, cancellation);
            string[] missing = [.. Missing(call.Snapshot, since, begins, scan)];
            return (new TrailCoverage
            {
                Node = services.Node.Facts.Node,
                Since = since,
                Until = until,
                Begins = begins,
                Decisions = scan.Decisions,
                Complete = missing.Length == 0,
                Notes = missing,
            }, null);
        }
        finally
        {
            _one.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _one.Dispose();

    private IEnumerable<string> Missing<T>(SecuritySnapshot snapshot, DateTimeOffset since, DateTimeOffset? begins, DecisionScan<T> scan)
        where T : class
    {
        if (begins is not { } first || first > since)
        {
            yield return begins is null ? "the trail is empty" : $"the trail begins at {begins:yyyy-MM-dd HH:mm:ss'Z'}, after the span asked for does";
        }

        string[] silent = [.. services.Node.Gates.Select(static gate => gate.Name).Append(AdminServer.GateName)
            .Where(gate => !snapshot.AuditPolicy.Records(new AuditSubject(AuditAction.AccessGranted, gate)))];
        if (silent.Length > 0)
        {
            yield return $"the audit policy keeps allowed requests out of the trail at {string.Join(", ", silent)}";
        }

        AuditPolicyDocument policy = snapshot.Document.AuditPolicy;
        if (!policy.Rules.Ignore.IsEmpty || policy.Gates.Any(static gate => !gate.Rules.Ignore.IsEmpty))
        {
            yield return "ignore policies keep some requests out of the trail";
        }

        if (scan.SawAuditPolicyChange)
        {
            yield return "the audit policy was changed within the span: what an earlier one kept out is not known";
        }

        if (scan.Truncated + scan.Unreadable > 0)
        {
            yield return $"{scan.Truncated + scan.Unreadable} records were not looked at: they were cut because of their size, or cannot be read";
        }
    }
}

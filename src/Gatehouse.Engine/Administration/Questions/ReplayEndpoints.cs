using Gatehouse.Administration;
using Gatehouse.Engine.Administration.Policies;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Administration.Questions;

/// <summary>
/// <c>policy replay</c>. In the daemon, where the trail, the policy and the rights of the caller are: a command that read the data
/// folder itself would need root and answer nobody else. The right is its own: the answer shows who did what.
/// </summary>
internal sealed class ReplayEndpoints(TrailQuestions questions)
{
    private static readonly AdminJson Json = AdminJson.Default;

    /// <summary>Its endpoints.</summary>
    public IEnumerable<AdminEndpoint> All =>
    [
        new("POST", "/v1/policy/replay", "policy.replay", ReplayAsync) { Answer = Json.PolicyReplayResponse, Body = Json.PolicyReplayRequest, MaxBody = 2 * PolicyFile.MaxBytes },
    ];

    private async ValueTask<AdminResult> ReplayAsync(AdminCall call)
    {
        var body = (PolicyReplayRequest)call.Body!; // the endpoint has one
        ClusterDocument inForce = call.Snapshot.Document;
        long generation = call.Snapshot.Generation;

        // Two policies are compiled and the trail is read: not on a socket's thread.
        (PolicyCandidate old, PolicyCandidate next) = await Task.Run(
            () => (PolicyCandidate.Of(inForce, generation), PolicyCandidate.Make(inForce, generation, body.Policy, body.Add ? PolicyMerge.Add : PolicyMerge.Replace, call.Now)),
            call.Cancellation);
        if ((next.Snapshot is null ? next : old) is { Snapshot: null } wrong)
        {
            return AdminResult.Refused(wrong.Problems);
        }

        var scan = new ReplayScan(old.Snapshot!, next.Snapshot!, body.Gate); // both compiled
        (TrailCoverage? coverage, Problem? problem) = await questions.ReadAsync(call, body.Since, scan, call.Cancellation);
        if (problem is not null)
        {
            return AdminResult.Refused(problem);
        }

        PolicyReplayResponse answer = scan.Answer(coverage!); // no problem
        answer.Generation = generation;
        return AdminResult.Ok(answer, Json.PolicyReplayResponse);
    }
}

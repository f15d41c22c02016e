using System.Collections.Immutable;
using System.Globalization;
using Gatehouse.Administration;
using Gatehouse.Engine.Configuration;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Identity;
using Gatehouse.Network;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Administration.Policies;

/// <summary>
/// The policy as one document. What a change of it needs is what each of its parts would need by itself, besides
/// <c>policy.write</c>; it is decided on one generation, and made on that one or not at all.
/// </summary>
internal sealed class PolicyEndpoints(AdminServices services, AskedActions actions)
{
    private const string HashesParameter = "hashes";
    private const int MaxBody = 2 * PolicyFile.MaxBytes;
    private const int MaxProblems = 100;
    private const string LimitParameter = "limit";
    private const int DefaultHistory = 20;
    private const int MaxHistory = 1_000;

    private static readonly AdminJson Json = AdminJson.Default;

    /// <summary>Its endpoints.</summary>
    public IEnumerable<AdminEndpoint> All =>
    [
        new("GET", "/v1/policy", "policy.read", ExportAsync) { Answer = Json.PolicyExportResponse, Parameters = [HashesParameter], Operations = ExportOperations },
        new("POST", "/v1/policy/diff", "policy.read", DiffAsync) { Answer = Json.PolicyDiffResponse, Body = Json.PolicyChangeRequest, MaxBody = MaxBody, Operations = LookOperations },
        new("POST", "/v1/policy/test", "policy.read", TestAsync) { Answer = Json.PolicyTestResponse, Body = Json.PolicyChangeRequest, MaxBody = MaxBody, Operations = LookOperations },
        new("POST", "/v1/policy/apply", "policy.write", ApplyAsync) { Answer = Json.PolicyChangeResponse, Changes = true, Body = Json.PolicyChangeRequest, MaxBody = MaxBody, Operations = ApplyOperations },
        new("GET", "/v1/policy/history", "policy.read", HistoryAsync) { Answer = Json.PolicyHistoryResponse, Parameters = [LimitParameter] },
        new("POST", "/v1/policy/rollback/diff", "policy.read", RollbackDiffAsync) { Answer = Json.PolicyDiffResponse, Body = Json.PolicyRollbackRequest },
        new("POST", "/v1/policy/rollback", "policy.write", RollbackAsync) { Answer = Json.PolicyChangeResponse, Changes = true, Body = Json.PolicyRollbackRequest, Operations = RollbackOperations },
    ];

    // Hashes can be tried offline: whoever may only look at the policy does not get them.
    private static IEnumerable<AdminOperation> ExportOperations(AdminCall call) => call.Parameter(HashesParameter) is null
        ? [new AdminOperation(call.Endpoint.Interned, null)]
        : [new AdminOperation(call.Endpoint.Interned, null), AdminEndpoint.Operation("policy.hashes", null)];

    // Whether something differs from a secret says whether it was guessed: with secrets in it, looking takes the right to write.
    private static IEnumerable<AdminOperation> LookOperations(AdminCall call)
    {
        PolicyView policy = ((PolicyChangeRequest)call.Body!).Policy;
        bool hasSecrets = policy.Users?.Values.Any(static user => user?.PasswordHash is not null) == true
            || policy.Realms?.Values.Any(static realm => realm?.Directory?.BindPassword is not null || HasSecretKeys(realm?.Token)) == true;
        return hasSecrets
            ? [new AdminOperation(call.Endpoint.Interned, null), AdminEndpoint.Operation("policy.write", null)]
            : [new AdminOperation(call.Endpoint.Interned, null)];
    }

    private static bool HasSecretKeys(TokenView? token) => token?.Keys is not null && token.ToDocument().HasSecretKeys;

    private IEnumerable<AdminOperation> ApplyOperations(AdminCall call)
    {
        AdminOperation own = new(call.Endpoint.Interned, null);
        if (!PolicyRights.Has(call, call.Endpoint.Interned))
        {
            return [own];
        }

        PolicyCandidate candidate = CandidateOf(call);
        call.Prepared = candidate;
        return candidate.Document is { } next ? [own, .. PolicyRights.For(next, PolicyParts.Between(call.Snapshot.Document, next))] : [own];
    }

    // Without it, who made which user would be read from the notes: it needs the right to read what they are about.
    private async ValueTask<AdminResult> HistoryAsync(AdminCall call)
    {
        string? text = call.Parameter(LimitParameter);
        int limit = DefaultHistory;
        if (text is not null && !(int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out limit) && limit is > 0 and <= MaxHistory))
        {
            return AdminResult.Refused(AdminRequestReader.Malformed($"`{LimitParameter}` is a number from 1 to {MaxHistory}"));
        }

        return AdminResult.Ok(
            new PolicyHistoryResponse
            {
                Generation = call.Snapshot.Generation,
                KeptDays = (int)GenerationLife.Time.TotalDays,
                KeptMost = GenerationLife.Most,
                Generations = await services.History(limit, call.Cancellation),
            },
            Json.PolicyHistoryResponse);
    }

    private static IEnumerable<AdminOperation> RollbackOperations(AdminCall call) => [new AdminOperation(call.Endpoint.Interned, null), .. PolicyRights.Everything];

    private static ValueTask<AdminResult> ExportAsync(AdminCall call)
    {
        string? hashes = call.Parameter(HashesParameter);
        return new(hashes is null or "true"
            ? AdminResult.Ok(
                new PolicyExportResponse { Generation = call.Snapshot.Generation, Policy = PolicyExport.Of(call.Snapshot.Document, hashes is not null) }, Json.PolicyExportResponse)
            : AdminResult.Refused(AdminRequestReader.Malformed($"`{HashesParameter}` is `true`, or left out")));
    }

    private ValueTask<AdminResult> DiffAsync(AdminCall call)
    {
        PolicyCandidate candidate = CandidateOf(call);
        return new(Refused(call, candidate) ?? AdminResult.Ok(
            PolicyDiff.Between(call.Snapshot.Document, call.Snapshot.Generation, candidate.Document!, call.Now), Json.PolicyDiffResponse)); // not refused
    }

    private ValueTask<AdminResult> TestAsync(AdminCall call)
    {
        PolicyCandidate candidate = CandidateOf(call);
        return new(Refused(call, candidate) ?? AdminResult.Ok(TestsOf(call, candidate), Json.PolicyTestResponse));
    }

    private async ValueTask<AdminResult> ApplyAsync(AdminCall call)
    {
        var candidate = (PolicyCandidate)call.Prepared!; // who got here has the right to it
        if (Refused(call, candidate) is { } refused)
        {
            return refused;
        }

        PolicyTestResponse tests = TestsOf(call, candidate);
        if (!tests.Passed)
        {
            return AdminResult.Refused([.. tests.Failures.Take(MaxProblems).Select(Problem)]);
        }

        bool isAdding = ((PolicyChangeRequest)call.Body!).Add;
        return await ChangeAsync(call, candidate.Document!, isAdding ? "import a policy" : "apply a policy", tests.Tests);
    }

    private async ValueTask<AdminResult> RollbackAsync(AdminCall call)
    {
        (long to, PolicyCandidate? candidate, AdminResult? refused) = await BackAsync(call);
        return refused ?? await ChangeAsync(call, candidate!.Document!, $"roll the policy back to generation {to}", 0); // not refused
    }

    // What a rollback would be refused for, its preview is refused for too.
    private async ValueTask<AdminResult> RollbackDiffAsync(AdminCall call)
    {
        (_, PolicyCandidate? candidate, AdminResult? refused) = await BackAsync(call);
        return refused ?? AdminResult.Ok(
            PolicyDiff.Between(call.Snapshot.Document, call.Snapshot.Generation, candidate!.Document!, call.Now), Json.PolicyDiffResponse); // not refused
    }

    private async ValueTask<(long To, PolicyCandidate? Candidate, AdminResult? Refused)> BackAsync(AdminCall call)
    {
        var body = (PolicyRollbackRequest)call.Body!;
        long to = body.To ?? call.Snapshot.Generation - 1;
        ClusterDocument? past = to > 0 && to < call.Snapshot.Generation ? await services.Generations(to, DateTimeOffset.MaxValue, call.Cancellation) : null;
        if (past is null)
        {
            return (to, null, AdminResult.Refused(PolicyProblems.NoSuchGeneration.Because(
                $"there is no generation {to} before {call.Snapshot.Generation}, or it is no longer kept", hint: "gatehouse policy history shows those that are")));
        }

        PolicyCandidate candidate = PolicyRollback.To(past, call.Snapshot.Document, call.Snapshot.Generation, call.Now);
        return (to, candidate, Refused(body.Revision, call, candidate));
    }

    private async ValueTask<AdminResult> ChangeAsync(AdminCall call, ClusterDocument next, string what, int tests)
    {
        ClusterDocument decided = call.Snapshot.Document;
        PolicyParts parts = PolicyParts.Between(decided, next);
        var answer = new PolicyChangeResponse { Generation = call.Snapshot.Generation, Changed = !ReferenceEquals(decided, next), Sections = parts.Sections(), Tests = tests };
        if (!answer.Changed)
        {
            return AdminResult.Ok(answer, Json.PolicyChangeResponse);
        }

        // What was decided is this change of this document: on another it would be another change.
        ChangeOutcome outcome = await services.Changes.ChangeAsync(
            call.Actor,
            $"{what}: {parts.Summary()}",
            document => ReferenceEquals(document, decided) ? ChangeDecision.To(next) : ChangeDecision.Refuse(Moved($"generation {call.Snapshot.Generation} was looked at, and another change was faster")),
            call.Cancellation);
        return outcome.Succeeded ? AdminResult.Ok(answer with { Generation = outcome.Generation }, Json.PolicyChangeResponse) : AdminResult.Refused(outcome.Problems);
    }

    private static PolicyCandidate CandidateOf(AdminCall call)
    {
        var body = (PolicyChangeRequest)call.Body!;
        return PolicyCandidate.Make(
            call.Snapshot.Document, call.Snapshot.Generation, body.Policy, body.Add ? PolicyMerge.Add : PolicyMerge.Replace, call.Now);
    }

    private PolicyTestResponse TestsOf(AdminCall call, PolicyCandidate candidate) =>
        new PolicyTests(candidate.Snapshot!, actions, services.Node.Gates, call.Now).Run(((PolicyChangeRequest)call.Body!).Policy.Tests ?? []); // not refused

    private AdminResult? Refused(AdminCall call, PolicyCandidate candidate) => Refused(((PolicyChangeRequest)call.Body!).Revision, call, candidate);

    private AdminResult? Refused(long? revision, AdminCall call, PolicyCandidate candidate)
    {
        if (revision is not null && revision != call.Snapshot.Generation)
        {
            return AdminResult.Refused(Moved($"generation {revision} was read, generation {call.Snapshot.Generation} is in force"));
        }

        if (candidate.Document is not { } next)
        {
            return AdminResult.Refused([.. candidate.Problems.Take(MaxProblems)]);
        }

        HashSet<AddressRule> present = [.. call.Snapshot.Document.Networks];
        HashSet<string> gates = [.. services.Node.Gates.Select(static gate => gate.Name), AdminServer.GateName, Words.MetricsListener];
        AddressRule? nowhere = next.Networks.FirstOrDefault(rule => rule.Gate is not null && !present.Contains(rule) && !gates.Contains(rule.Gate));
        return nowhere is null
            ? null
            : AdminResult.Refused(AdministrationProblems.NotFound.Because(
                $"there is no gate `{AdminRequestReader.Shown(nowhere.Gate!)}`", PolicyForm.At("networks"), "gatehouse gate list shows them")); // it has one
    }

    private static Problem Moved(string text) => PolicyProblems.RevisionMoved.Because(text, hint: "look again: gatehouse policy diff -f FILE");

    private static Problem Problem(PolicyTestFailure failure) => PolicyProblems.TestFailed.Because(
        $"{failure.Test}: {failure.Who} {(failure.Expected == "may" ? "must be able to" : "must not be able to")} `{failure.Operation}`: {failure.Reason}",
        PolicyForm.At("tests", failure.Index.ToString(CultureInfo.InvariantCulture)));
}

using System.Globalization;
using Gatehouse.Administration;
using Gatehouse.Identity;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Administration.Questions;

/// <summary>
/// Questions that the trail answers: a role from what somebody did, and what nobody needed. Each has a right of its own; that to
/// read the trail is not enough, nor is it needed, for these answers show less of it.
/// </summary>
internal sealed class TrailQuestionEndpoints(AdminServices services, TrailQuestions questions)
{
    private const int MaxGeneralize = 100_000;
    private static readonly AdminJson Json = AdminJson.Default;

    /// <summary>Its endpoints.</summary>
    public IEnumerable<AdminEndpoint> All =>
    [
        new("GET", "/v1/suggest/{name}", "suggest", SuggestAsync) { Answer = Json.SuggestResponse, Parameters = ["realm", "since", "gate", "include_denied", "generalize"] },
        new("GET", "/v1/unused", "unused", UnusedAsync) { Answer = Json.UnusedResponse, Parameters = ["since"] },
    ];

    private async ValueTask<AdminResult> SuggestAsync(AdminCall call)
    {
        int generalize = 0;
        bool isDeniedWanted = false;
        Problem? problem = Since(call, out DateTimeOffset since);
        if (call.Parameter("generalize") is { } number
            && !(int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out generalize) && generalize is > 0 and <= MaxGeneralize))
        {
            problem ??= AdminRequestReader.Malformed("the parameter `generalize` has no value that is understood", $"1 to {MaxGeneralize}");
        }

        if (call.Parameter("include_denied") is { } denied && !bool.TryParse(denied, out isDeniedWanted))
        {
            problem ??= AdminRequestReader.Malformed("the parameter `include_denied` has no value that is understood", "true or false");
        }

        if (problem is not null)
        {
            return AdminResult.Refused(problem);
        }

        string realm = call.Parameter("realm") ?? RealmNames.Native;
        string? gate = call.Parameter("gate");
        var scan = new SuggestScan(realm, call.Name, gate, isDeniedWanted);
        (TrailCoverage? coverage, problem) = await questions.ReadAsync(call, since, scan, call.Cancellation);
        if (problem is not null)
        {
            return AdminResult.Refused(problem);
        }

        List<string> notes = [];
        RoleView role = SuggestedRole.Make(scan, call.Name, gate, generalize, notes);
        if (scan.DeniedCount > 0)
        {
            notes.Add(isDeniedWanted
                ? $"{scan.DeniedCount} denied requests are part of it: the role allows what was refused"
                : $"{scan.DeniedCount} denied requests are not part of it");
        }

        if (role.Grants.Count == 0)
        {
            notes.Add("nothing was done in this span: the role grants nothing");
        }

        return AdminResult.Ok(
            new SuggestResponse
            {
                User = $"{realm}/{call.Name}",
                Role = role,
                Allowed = scan.AllowedCount,
                Denied = scan.DeniedCount,
                Notes = notes,
                Trail = coverage!, // no problem
            },
            Json.SuggestResponse);
    }

    private async ValueTask<AdminResult> UnusedAsync(AdminCall call)
    {
        if (Since(call, out DateTimeOffset since) is { } wrong)
        {
            return AdminResult.Refused(wrong);
        }

        var scan = new UnusedScan(call.Snapshot);
        (TrailCoverage? coverage, Problem? problem) = await questions.ReadAsync(call, since, scan, call.Cancellation);
        return problem is not null ? AdminResult.Refused(problem) : AdminResult.Ok(
            new UnusedResponse
            {
                Grants = [.. scan.Grants()],
                Roles = [.. scan.Roles()],
                Users = [.. scan.Users()],
                ApiKeys = [.. scan.Keys()],
                Trail = coverage!, // no problem
            },
            Json.UnusedResponse);
    }

    private Problem? Since(AdminCall call, out DateTimeOffset since)
    {
        since = services.Time.GetUtcNow();
        return call.Parameter("since") is { } text && AuditEndpoints.TryTime(text, out since)
            ? null
            : AdminRequestReader.Malformed("the parameter `since` is missing, or has no value that is understood", "RFC 3339: 2026-01-31T08:00:00Z");
    }
}

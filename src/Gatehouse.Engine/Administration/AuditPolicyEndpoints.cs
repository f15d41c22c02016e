using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Gatehouse.Administration;
using Gatehouse.Audit;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Identity;
using Gatehouse.Operations;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Administration;

/// <summary>Which events are recorded. Who may write here can make others' doings invisible: the change itself never is.</summary>
internal sealed class AuditPolicyEndpoints(AdminServices services, AskedActions actions)
{
    private static readonly AdminJson Json = AdminJson.Default;

    /// <summary>Its endpoints.</summary>
    public IEnumerable<AdminEndpoint> All =>
    [
        new("GET", "/v1/audit/policy", "audit-policy.read", ShowAsync) { Answer = Json.AuditPolicyView },
        new("PUT", "/v1/audit/policy", "audit-policy.write", PutAsync) { Answer = Json.ChangeResponse, Changes = true, Body = Json.AuditPolicyView },
        new("DELETE", "/v1/audit/policy", "audit-policy.write", ResetAsync) { Answer = Json.ChangeResponse, Changes = true, Parameters = ["revision"] },
        new("POST", "/v1/audit/policy/test", "audit-policy.read", TestAsync) { Answer = Json.AuditPolicyTestResponse, Body = Json.AuditPolicyTestRequest },
    ];

    private static ValueTask<AdminResult> ShowAsync(AdminCall call) =>
        new(AdminResult.Ok(AuditPolicyView.From(call.Snapshot.Document.AuditPolicy), Json.AuditPolicyView));

    private async ValueTask<AdminResult> PutAsync(AdminCall call)
    {
        var body = (AuditPolicyView)call.Body!;
        AuditPolicyDocument wanted = body.ToDocument(0);
        return AdminResult.From(await services.Changes.ChangeAsync(
            call.Actor,
            Summary(wanted),
            document => To(document, body.Revision, revision => wanted with { Revision = revision }),
            call.Cancellation));
    }

    private async ValueTask<AdminResult> ResetAsync(AdminCall call)
    {
        long? revision = null;
        if (call.Parameter("revision") is { } text)
        {
            if (!long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number))
            {
                return AdminResult.Refused(AdminRequestReader.Malformed("`revision` is a whole number"));
            }

            revision = number;
        }

        return AdminResult.From(await services.Changes.ChangeAsync(
            call.Actor,
            "reset the audit policy: everything is recorded",
            document => To(document, revision, static next => AuditPolicyDocument.Default with { Revision = next }),
            call.Cancellation));
    }

    private static ChangeDecision To(ClusterDocument document, long? read, Func<long, AuditPolicyDocument> make)
    {
        long current = document.AuditPolicy.Revision;
        return read is not null && read != current
            ? ChangeDecision.Refuse(AuditProblems.PolicyChanged.Because(
                $"revision {read} was read, revision {current} is in force", hint: "read it again, and change that: gatehouse audit policy show --json"))
            : ChangeDecision.To(document with { AuditPolicy = make(current + 1) });
    }

    private ValueTask<AdminResult> TestAsync(AdminCall call)
    {
        var body = (AuditPolicyTestRequest)call.Body!;
        if (!AuditWords.TryParse(body.Event, out AuditAction action))
        {
            return new(Invalid($"`{AdminRequestReader.Shown(body.Event)}` is no event", $"events are {string.Join(", ", AuditLevels.Nameable.Select(AuditWords.Of))}"));
        }

        if ((body.Action is null) != (body.System is null) || (body.Resources is { Count: > 0 } && body.Action is null))
        {
            return new(Invalid("an action needs its system, a system an action, and resources need both"));
        }

        if (new[] { body.Resources, body.Roles }.Any(static list => list?.Any(static text => text is null) == true))
        {
            return new(Invalid("a list holds `null`"));
        }

        var operations = new OperationSet();
        if (body.Action is not null)
        {
            if (actions.Find(body.System!, body.Action) is not { } known) // both or none
            {
                return new(Invalid($"`{AdminRequestReader.Shown(body.Action)}` is no action that this node knows", AskedActions.Hint));
            }

            operations.Begin(known);
            foreach (string resource in body.Resources ?? [])
            {
                operations.AddResource(Encoding.UTF8.GetBytes(resource));
            }
        }

        string? realm = body.Realm ?? (body.User is null ? null : RealmNames.Native);
        AuditVerdict verdict = call.Snapshot.AuditPolicy.Decide(new AuditSubject(action, body.Gate)
        {
            User = body.User,
            Realm = realm,
            Roles = body.Roles ?? RolesOf(call.Snapshot, body.User, realm),
            Operations = operations,
        });
        return new(AdminResult.Ok(
            new AuditPolicyTestResponse
            {
                Recorded = verdict.IsRecorded,
                Rule = JsonNamingPolicy.SnakeCaseLower.ConvertName(verdict.Rule.ToString()),
                Gate = verdict.Gate,
                Policy = verdict.Policy,
                Summary = verdict.ToString(),
                Revision = call.Snapshot.Document.AuditPolicy.Revision,
            },
            Json.AuditPolicyTestResponse));
    }

    private static IReadOnlyList<string>? RolesOf(SecuritySnapshot snapshot, string? user, string? realm) =>
        user is not null && realm == RealmNames.Native && snapshot.Users.TryGetValue(user, out UserDocument? known) ? known.Roles : null;

    // The record of the change says what it does to the trail, in one line.
    private static string Summary(AuditPolicyDocument policy)
    {
        ImmutableArray<AuditRules> all = [policy.Rules, .. policy.Gates.Select(static gate => gate.Rules)];
        return $"set the audit policy: level {Word(policy.Rules.Level)}, include {List(policy.Rules.Include)}, exclude {List(policy.Rules.Exclude)}, "
            + $"{all.Sum(static rules => rules.Ignore.Length)} ignore policies, rules of {policy.Gates.Length} gates";
    }

    private static string List(ImmutableArray<string>? words) => words is { IsEmpty: false } list ? string.Join(' ', list.Take(16).Select(Word)) : "-";

    private static string Word(string? word) => word is null ? "-" : AdminRequestReader.Shown(word);

    private static AdminResult Invalid(string text, string? hint = null) => AdminResult.Refused(AdministrationProblems.InvalidValue.Because(text, hint: hint));
}

using System.Collections.Immutable;
using System.Net;
using Gatehouse.Administration;
using Gatehouse.Audit;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Identity;
using Gatehouse.Operations;
using Gatehouse.Policy;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Administration.Questions;

/// <summary>
/// Decides a recorded refusal again, as it was decided: with the groups of the record, with what an API key leaves of its owner's
/// rights, and where the right to act as somebody was missing, that one.
/// </summary>
internal sealed class RecordedRefusal(AuditRecord record, ClusterDocument document)
{
    private const string RunAsReason = "run_as";
    private static readonly SystemAction RunAs = SystemAction.Intern(AdminEndpoint.System, "run-as");

    private readonly ApiKeyDocument? _key = record.ApiKey is { } id ? document.ApiKeys.GetValueOrDefault(id) : null;

    /// <summary>Why it was refused.</summary>
    public ExplainResponse Explain()
    {
        var policy = CompiledPolicy.Compile(record.Generation, [.. document.Roles.Values], [.. Limits()], new List<Problem>());
        if (policy is null)
        {
            // It was in force: a program that reads it otherwise has nothing true to say of it.
            return Refused(Explanations.WithoutOperations(record));
        }

        ExplainResponse answer = record.Reason == RunAsReason ? OfActor(policy) : OfUser(policy);
        answer.RunBy = record.Reason == RunAsReason ? null : record.RunBy;
        answer.ApiKey = record.ApiKey;
        return answer.Allowed ? Refused(answer) : answer;
    }

    private ExplainResponse OfUser(CompiledPolicy policy)
    {
        ImmutableArray<string> roles = [.. record.Roles ?? []];
        Principal principal = RecordedIdentity.Of(record);
        ImmutableArray<string> limit = record.Realm == RealmNames.ApiKey ? Limit() : default;
        OperationSet operations = Explanations.OperationsOf(record);
        ExplainResponse answer = Explanations.Of(Explainer.Explain(policy, Context(principal, roles, limit), operations), record);
        return answer.Allowed || limit.IsDefault || !Explainer.Explain(policy, Context(principal, roles, default), operations).IsAllowed
            ? answer
            : Explanations.Narrowed(answer, principal.Name, record.ApiKey!, _key?.IsDerived == true); // a limit is a key's
    }

    private ExplainResponse OfActor(CompiledPolicy policy)
    {
        (string realm, string name) = RecordedIdentity.ActorOf(record) ?? ("", "");
        bool isKnown = RecordedIdentity.IsNative(realm) && document.Users.ContainsKey(name);
        ImmutableArray<string> roles = isKnown ? document.Users[name].Roles : [];
        ImmutableArray<string> limit = realm == RealmNames.ApiKey ? Limit() : default;
        var operations = new OperationSet();
        operations.Begin(RunAs);
        operations.AddResource(AuditText.ToBytes(record.User ?? ""));
        Explanation found = Explainer.Explain(policy, Context(new Principal(name, realm), roles, limit), operations);
        return Explanations.Of(found, record) with
        {
            Allowed = false,
            Reason = RunAsReason,
            Summary = found.IsAllowed
                ? $"`{realm}/{name}` may act as `{record.User}`, but there is no such user of the store, it is disabled or expired, or a break-glass account, as which nobody acts"
                : $"`{realm}/{name}` may not act as `{record.User}`{(isKnown ? "" : "; its roles come from mappings, and are not in the record")}",
        };
    }

    // The grants by themselves would allow it: something else was in the way.
    private ExplainResponse Refused(ExplainResponse answer) => answer with
    {
        Allowed = false,
        Reason = record.Reason ?? "refused",
        Summary = $"it was refused for `{record.Reason ?? "refused"}`, not for a missing grant",
        SmallestGrants = [],
    };

    private IEnumerable<RoleDocument> Limits() =>
        _key is null ? [] : SnapshotCompiler.LimitsOf(new ClusterDocument { ApiKeys = ImmutableSortedDictionary<string, ApiKeyDocument>.Empty.Add(_key.Id, _key) });

    private ImmutableArray<string> Limit() =>
        _key is null ? default : _key.IsDerived ? [] : _key.Grants is null ? default : [SecuritySnapshot.LimitRole(_key)];

    private AuthorizationContext Context(Principal principal, ImmutableArray<string> roles, ImmutableArray<string> limit) => new(
        principal, roles, record.SourceAddress ?? IPAddress.Loopback, record.Gate ?? "", record.HasClientCertificate, record.Time, record.RequestId)
    {
        Limit = limit,
        Qos = record.Qos,
        Retain = record.Retain,
        Ownership = OwnershipFact.Of(record.Own),
    };
}

using System.Text.Json;
using Gatehouse.Administration;
using Gatehouse.Audit;
using Gatehouse.Identity;
using Gatehouse.Operations;
using Gatehouse.Policy;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Administration;

/// <summary>Explanations in the API's form.</summary>
internal static class Explanations
{
    /// <summary>What a record says was asked for.</summary>
    public static OperationSet OperationsOf(AuditRecord record)
    {
        var set = new OperationSet();
        foreach (AuditOperation operation in record.Operations)
        {
            set.Begin(SystemAction.Mention(operation.System, operation.Action));
            foreach (string name in operation.Resources)
            {
                set.AddResource(AuditText.ToBytes(name));
            }

            foreach (string prefix in operation.Prefixes)
            {
                set.AddPrefix(AuditText.ToBytes(prefix));
            }

            foreach (string filter in operation.Filters)
            {
                set.AddFilter(AuditText.ToBytes(filter));
            }
        }

        return set;
    }

    /// <summary>An explanation, with the facts of the record it is about.</summary>
    public static ExplainResponse Of(Explanation explanation, AuditRecord? record)
    {
        List<string> operations = [];
        List<ExplainedRule> rules = [];
        List<GrantView> smallest = [];
        string? denied = null;
        foreach (OperationExplanation operation in explanation.Operations)
        {
            foreach (ResourceExplanation resource in operation.Resources)
            {
                string line = Line(operation, resource);
                operations.Add(line);
                denied ??= resource.Reason == DenialReason.None ? null : line;
                rules.AddRange(resource.Grants.Select(considered => Rule(considered, line)));
            }

            if (operation.SmallestGrant is { } grant)
            {
                smallest.Add(GrantView.From(grant));
            }
        }

        return new ExplainResponse
        {
            Allowed = explanation.IsAllowed,
            Reason = explanation.IsAllowed ? null : Word(explanation.Reason),
            Summary = Summary(explanation, denied),
            Receipt = record?.Receipt,
            Time = record?.Time,
            User = explanation.Principal,
            Source = record?.SourceAddress?.ToString(),
            Gate = record?.Gate,
            Roles = explanation.Roles,
            UnknownRoles = explanation.UnknownRoles,
            Generation = explanation.Generation,
            Operations = [.. operations.Distinct(StringComparer.Ordinal)],
            Rules = rules,
            SmallestGrants = smallest,
        };
    }

    /// <summary>A record of something that never came to a decision.</summary>
    public static ExplainResponse WithoutOperations(AuditRecord record) => new()
    {
        Allowed = false,
        Reason = record.Reason ?? Word(record.Action),
        Summary = record.Reason switch
        {
            "method_not_allowed" => "the gate's catalogue has no such method on this path; no grant allows it",
            "upgrade_not_allowed" => "the gate does not let this path go over to another protocol (`upgrade` in gatehouse.yaml)",
            "origin_not_allowed" => "a page of another origin sent it (`cors` in gatehouse.yaml); no grant allows that",
            "login_fell" => "the login no longer stood: the user, key or realm was changed, disabled or has expired",
            _ => OfSwarm(record) ?? OfAction(record),
        },
        Receipt = record.Receipt,
        Time = record.Time,
        User = record.User is null ? null : $"{record.Realm}/{record.User}",
        RunBy = record.RunBy,
        ApiKey = record.ApiKey,
        Source = record.SourceAddress?.ToString(),
        Gate = record.Gate,
        Roles = record.Roles ?? [],
        Generation = record.Generation,
        Operations = record.Method is null ? [] : [$"{record.Method} {record.Path}"],
    };

    /// <summary>Somebody whose rights would do, were it not for the key.</summary>
    public static ExplainResponse Narrowed(ExplainResponse answer, string owner, string key, bool isDerived) => answer with
    {
        Summary = isDerived
            ? $"API key `{key}` was made with another key, and has no rights but to say who it is"
            : $"`{owner}` may, but the own grants of API key `{key}` do not allow it; a key is not changed, make another",
        SmallestGrants = isDerived ? [] : answer.SmallestGrants,
    };

    // A swarm gate's refusals have nothing but a reason: who has no key is nobody.
    private static string? OfSwarm(AuditRecord record)
    {
        if (record.Problem == SwarmProblems.OverLimit.Id)
        {
            return "the source is over a limit of the gate (`swarm` in gatehouse.yaml); no role matters there";
        }

        return record.Problem != SwarmProblems.KeyNotProven.Id ? null : record.Reason switch
        {
            "wrong_key" => "the caller holds another swarm key than the gate's `keys`; no role matters there",
            "no_key" => "the caller speaks libp2p without a private network, that is without a swarm key; no role matters there",
            _ => "the caller did not send the 44 bytes that prove a swarm key before it went or its time was over; no role matters there",
        };
    }

    private static string OfAction(AuditRecord record) => record.Action switch
    {
        AuditAction.AuthenticationFailed => "the credentials were not accepted; no role matters before that",
        AuditAction.AnonymousAccessDenied => "no credentials were sent",
        AuditAction.TamperedRequest => "the request could be read in more than one way, or was malformed; no grant allows that",
        _ => "the request is no operation that the gate's catalogue knows; no grant allows it",
    };

    /// <summary>A user whose roles do not matter now.</summary>
    public static ExplainResponse Inactive(ExplainResponse answer, string name) => answer with
    {
        Allowed = false,
        Reason = "inactive_user",
        Summary = $"user `{name}` is disabled or expired; no role matters before that",
        SmallestGrants = [],
    };

    /// <summary>Somebody whom the gate does not let in as what they are.</summary>
    public static ExplainResponse NotAsked(ExplainResponse answer, Principal principal, string asks) => answer with
    {
        Allowed = false,
        Reason = "realm_not_asked",
        Summary = $"{asks}: `{principal}` does not come in there; no role matters before that",
        SmallestGrants = [],
    };

    private static string Summary(Explanation explanation, string? denied) => explanation switch
    {
        { IsAllowed: true } => "allowed by " + string.Join(" and ", AllowedBy(explanation).Distinct(StringComparer.Ordinal)),
        { Reason: DenialReason.ExplicitDeny } => $"a grant denies `{denied}`, and a deny wins over every allow",
        { Reason: DenialReason.UnknownOperation } => "the request is no operation that the gate's catalogue knows",
        { UnknownRoles.IsEmpty: false } => $"no grant allows `{denied}`; of the roles, {string.Join(", ", explanation.UnknownRoles)} did not exist",
        { Roles.IsEmpty: true } => $"no grant allows `{denied}`: there are no roles at all",
        _ => $"no grant allows `{denied}`{(IsForeign(explanation) ? ": the pin is not yours" : "")}",
    };

    // A grant would have done for an own one: the decision is about whose it is, not about what is allowed.
    private static bool IsForeign(Explanation explanation) => explanation.Operations
        .SelectMany(static operation => operation.Resources)
        .Any(static resource => resource.Reason == DenialReason.NoGrant && resource.Grants.Any(static g => g is { Failed: FailedCondition.Own, Grant.Effect: GrantEffect.Allow }));

    private static IEnumerable<string> AllowedBy(Explanation explanation) =>
        from operation in explanation.Operations
        from resource in operation.Resources
        from considered in resource.Grants
        where considered.Failed == FailedCondition.None && considered.Grant.Effect == GrantEffect.Allow
        select $"role `{considered.Role}`";

    private static string Line(OperationExplanation operation, ResourceExplanation resource)
    {
        string name = resource.Resource is null ? "" : $" {resource.Resource}{(resource.Scope == ResourceScope.Prefix ? "* (all that begins so)" : "")}";
        return $"{operation.System} {operation.Action}{name}";
    }

    private static ExplainedRule Rule(ConsideredGrant considered, string line) => new()
    {
        Role = considered.Role,
        Index = considered.Index,
        Effect = considered.Grant.Effect,
        Grant = GrantText.Format(GrantView.From(considered.Grant)),
        Operation = line,
        Failed = considered.Failed == FailedCondition.None ? null : Word(considered.Failed),
    };

    private static string Word<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());
}

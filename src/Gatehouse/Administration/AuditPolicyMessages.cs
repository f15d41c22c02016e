using System.Collections.Immutable;
using Gatehouse.Audit;

namespace Gatehouse.Administration;

/// <summary>The audit policy, as read and as written (<c>PUT /v1/audit/policy</c>).</summary>
public sealed record AuditPolicyView
{
    /// <summary>
    /// Counts the changes. In a request: the one that was read, and the change is refused where it is no longer in force;
    /// left out, it replaces whatever is.
    /// </summary>
    public long? Revision { get; set; }

    /// <summary><c>minimal</c>, <c>standard</c> or <c>full</c>.</summary>
    public string? Level { get; set; }

    /// <summary>Events recorded beside the level's, or alone without one.</summary>
    public IReadOnlyList<string>? Include { get; set; }

    /// <summary>Events not recorded.</summary>
    public IReadOnlyList<string>? Exclude { get; set; }

    /// <summary>Ignore policies by name.</summary>
    public IReadOnlyDictionary<string, IgnorePolicyView?>? Ignore { get; set; }

    /// <summary>Rules of single gates by name.</summary>
    public IReadOnlyDictionary<string, GateAuditRulesView?>? Gates { get; set; }

    /// <summary>How the API shows a policy.</summary>
    public static AuditPolicyView From(AuditPolicyDocument policy) => new()
    {
        Revision = policy.Revision,
        Level = policy.Rules.Level,
        Include = policy.Rules.Include,
        Exclude = policy.Rules.Exclude,
        Ignore = IgnorePolicyView.From(policy.Rules.Ignore),
        Gates = policy.Gates.IsEmpty ? null : policy.Gates.ToDictionary(static gate => gate.Gate, static GateAuditRulesView? (gate) => GateAuditRulesView.From(gate.Rules), StringComparer.Ordinal),
    };

    /// <summary>The document to keep.</summary>
    public AuditPolicyDocument ToDocument(long revision) => new()
    {
        Revision = revision,
        Rules = new GateAuditRulesView { Level = Level, Include = Include, Exclude = Exclude, Ignore = Ignore }.ToDocument(),
        Gates = [.. (Gates ?? ImmutableDictionary<string, GateAuditRulesView?>.Empty).Select(static gate => new GateAuditRules { Gate = gate.Key, Rules = (gate.Value ?? new()).ToDocument() })],
    };
}

/// <summary>Rules of one gate, over those of every gate.</summary>
public sealed record GateAuditRulesView
{
    /// <summary>As in <see cref="AuditPolicyView"/>; in place of the level of every gate.</summary>
    public string? Level { get; set; }

    /// <summary>As in <see cref="AuditPolicyView"/>.</summary>
    public IReadOnlyList<string>? Include { get; set; }

    /// <summary>As in <see cref="AuditPolicyView"/>; alone, it is taken from the events of every gate.</summary>
    public IReadOnlyList<string>? Exclude { get; set; }

    /// <summary>Ignore policies of this gate, beside those of every gate.</summary>
    public IReadOnlyDictionary<string, IgnorePolicyView?>? Ignore { get; set; }

    /// <summary>How the API shows rules.</summary>
    public static GateAuditRulesView From(AuditRules rules) => new()
    {
        Level = rules.Level,
        Include = rules.Include,
        Exclude = rules.Exclude,
        Ignore = IgnorePolicyView.From(rules.Ignore),
    };

    /// <summary>The document to keep.</summary>
    public AuditRules ToDocument() => new()
    {
        Level = Level,
        Include = Include?.ToImmutableArray(),
        Exclude = Exclude?.ToImmutableArray(),
        Ignore = [.. (Ignore ?? ImmutableDictionary<string, IgnorePolicyView?>.Empty).Select(static policy => (policy.Value ?? new()).ToDocument(policy.Key))],
    };
}

/// <summary>An ignore policy: events that match all of its lists are not recorded.</summary>
public sealed record IgnorePolicyView
{
    /// <summary>Patterns of users.</summary>
    public IReadOnlyList<string>? Users { get; set; }

    /// <summary>Patterns of realms.</summary>
    public IReadOnlyList<string>? Realms { get; set; }

    /// <summary>Patterns of roles; all of the event's must match.</summary>
    public IReadOnlyList<string>? Roles { get; set; }

    /// <summary>Patterns of actions; all of the event's must match.</summary>
    public IReadOnlyList<string>? Actions { get; set; }

    /// <summary>Patterns of resources; all of the event's must match.</summary>
    public IReadOnlyList<string>? Resources { get; set; }

    /// <summary>How the API shows policies.</summary>
    public static IReadOnlyDictionary<string, IgnorePolicyView?>? From(ImmutableArray<IgnorePolicy> policies) => policies.IsEmpty
        ? null
        : policies.ToDictionary(
            static policy => policy.Name,
            static IgnorePolicyView? (policy) => new IgnorePolicyView
            {
                Users = policy.Users,
                Realms = policy.Realms,
                Roles = policy.Roles,
                Actions = policy.Actions,
                Resources = policy.Resources,
            },
            StringComparer.Ordinal);

    /// <summary>The document to keep.</summary>
    public IgnorePolicy ToDocument(string name) => new()
    {
        Name = name,
        Users = Users?.ToImmutableArray(),
        Realms = Realms?.ToImmutableArray(),
        Roles = Roles?.ToImmutableArray(),
        Actions = Actions?.ToImmutableArray(),
        Resources = Resources?.ToImmutableArray(),
    };
}

/// <summary><c>POST /v1/audit/policy/test</c>: an event that did not happen.</summary>
public sealed record AuditPolicyTestRequest
{
    /// <summary>The event's action: <c>access_granted</c>.</summary>
    public required string Event { get; set; }

    /// <summary>At which gate; null: at any without rules of its own.</summary>
    public string? Gate { get; set; }

    /// <summary>The user.</summary>
    public string? User { get; set; }

    /// <summary>The user's realm; <c>native</c> where a user is given without one.</summary>
    public string? Realm { get; set; }

    /// <summary>Roles; where none are given, those that the native user has now.</summary>
    public IReadOnlyList<string>? Roles { get; set; }

    /// <summary>The system of the action.</summary>
    public string? System { get; set; }

    /// <summary>The action; needs a system.</summary>
    public string? Action { get; set; }

    /// <summary>Resources; need an action.</summary>
    public IReadOnlyList<string>? Resources { get; set; }
}

/// <summary>Whether an event would be recorded.</summary>
public sealed record AuditPolicyTestResponse
{
    /// <summary>Whether it would.</summary>
    public bool Recorded { get; set; }

    /// <summary><c>always</c>, <c>included</c>, <c>not_included</c> or <c>ignored</c>.</summary>
    public required string Rule { get; set; }

    /// <summary>The gate whose own rules decide it, or null.</summary>
    public string? Gate { get; set; }

    /// <summary>The ignore policy that matches, or null.</summary>
    public string? Policy { get; set; }

    /// <summary>One sentence for people.</summary>
    public required string Summary { get; set; }

    /// <summary>The policy's revision.</summary>
    public long Revision { get; set; }
}

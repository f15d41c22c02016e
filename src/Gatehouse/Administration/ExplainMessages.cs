using Gatehouse.Policy;

namespace Gatehouse.Administration;

/// <summary><c>POST /v1/can-i</c>.</summary>
public sealed record CanIRequest
{
    /// <summary>About whom; null: the caller.</summary>
    public string? User { get; set; }

    /// <summary>System.</summary>
    public required string System { get; set; }

    /// <summary>Action.</summary>
    public required string Action { get; set; }

    /// <summary>Resource; null: the system as a whole.</summary>
    public string? Resource { get; set; }

    /// <summary>As if from this address; null: the caller's.</summary>
    public string? Source { get; set; }

    /// <summary>As if through this gate; null: <c>admin</c>.</summary>
    public string? Gate { get; set; }

    /// <summary>As if with a verified client certificate.</summary>
    public bool ClientCertificate { get; set; }

    /// <summary>As if at this quality of service of MQTT, 0 to 2; null: it is not said.</summary>
    public byte? Qos { get; set; }

    /// <summary>As if the message is to be retained, or not; null: it is not said.</summary>
    public bool? Retain { get; set; }

    /// <summary>As if it were one's own, or somebody else's; null: it is not said, which no condition `own` lets through.</summary>
    public bool? Own { get; set; }
}

/// <summary>The answer to <c>can-i</c> and <c>explain</c>: the decision, each rule, and the smallest grant that would allow it.</summary>
public sealed record ExplainResponse
{
    /// <summary>Whether it is, or was, allowed.</summary>
    public bool Allowed { get; set; }

    /// <summary>Why not, in frozen words: <c>no_grant</c>, <c>explicit_deny</c>, <c>unknown_operation</c>, <c>inactive_user</c>, <c>realm_not_asked</c>, <c>run_as</c>; of a refusal that no grant had a part in, the record's own word.</summary>
    public string? Reason { get; set; }

    /// <summary>One sentence for people.</summary>
    public required string Summary { get; set; }

    /// <summary>The receipt that was explained.</summary>
    public string? Receipt { get; set; }

    /// <summary>When it was decided, UTC.</summary>
    public DateTimeOffset? Time { get; set; }

    /// <summary>Who asked.</summary>
    public string? User { get; set; }

    /// <summary>Who acted as <see cref="User"/>, <c>realm/name</c>; null where nobody did.</summary>
    public string? RunBy { get; set; }

    /// <summary>The API key that was presented, its public part.</summary>
    public string? ApiKey { get; set; }

    /// <summary>From where.</summary>
    public string? Source { get; set; }

    /// <summary>Through which gate.</summary>
    public string? Gate { get; set; }

    /// <summary>With which roles.</summary>
    public IReadOnlyList<string> Roles { get; set; } = [];

    /// <summary>Those of them that did not exist.</summary>
    public IReadOnlyList<string> UnknownRoles { get; set; } = [];

    /// <summary>The generation it was decided on.</summary>
    public long Generation { get; set; }

    /// <summary>What was asked for, one line an operation and resource: <c>etcd kv.put app/x</c>.</summary>
    public IReadOnlyList<string> Operations { get; set; } = [];

    /// <summary>Every rule looked at with what became of it.</summary>
    public IReadOnlyList<ExplainedRule> Rules { get; set; } = [];

    /// <summary>The smallest grants that would allow it; empty where none can (a deny is in the way).</summary>
    public IReadOnlyList<GrantView> SmallestGrants { get; set; } = [];
}

/// <summary>One rule that was looked at.</summary>
public sealed record ExplainedRule
{
    /// <summary>Role it stands in.</summary>
    public required string Role { get; set; }

    /// <summary>Its place in the role, from 0.</summary>
    public int Index { get; set; }

    /// <summary><c>allow</c> or <c>deny</c>.</summary>
    public GrantEffect Effect { get; set; }

    /// <summary>The grant in one line, as <c>role set --grant</c> takes it.</summary>
    public required string Grant { get; set; }

    /// <summary>The operation it was held against, in one line.</summary>
    public required string Operation { get; set; }

    /// <summary>
    /// The first condition that failed: <c>system</c>, <c>action</c>, <c>resource</c>, <c>source</c>, <c>gate</c>,
    /// <c>client_certificate</c>, <c>time</c>, <c>restricted</c>, <c>qos</c>, <c>retain</c>, <c>own</c> (the pin is not yours); null: the rule applies.
    /// </summary>
    public string? Failed { get; set; }
}

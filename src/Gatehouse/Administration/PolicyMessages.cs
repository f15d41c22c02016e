using System.Text.Json.Serialization;

namespace Gatehouse.Administration;

/// <summary>
/// The policy as one document: what a policy file says, and what <c>GET /v1/policy</c> gives. A section that is null is not
/// spoken of, and stays as it is; an empty one says that there is nothing of the kind. API keys are not part of it.
/// </summary>
public sealed record PolicyView
{
    /// <summary>The version of this form; this program knows <see cref="KnownVersion"/>.</summary>
    public required int Version { get; set; }

    /// <summary>Native users by name.</summary>
    public IReadOnlyDictionary<string, PolicyUserView?>? Users { get; set; }

    /// <summary>Roles by name, without the built-in ones.</summary>
    public IReadOnlyDictionary<string, RoleView?>? Roles { get; set; }

    /// <summary>Realms by name, without the built-in ones.</summary>
    public IReadOnlyDictionary<string, RealmView?>? Realms { get; set; }

    /// <summary>Role mappings by name.</summary>
    public IReadOnlyDictionary<string, MappingView?>? Mappings { get; set; }

    /// <summary>Rules of the IP filter; their order has no meaning.</summary>
    public IReadOnlyList<NetworkRuleView>? Networks { get; set; }

    /// <summary>The audit policy, whole: it is replaced, never merged.</summary>
    public AuditPolicyView? Audit { get; set; }

    /// <summary>Reserved; must be empty.</summary>
    public IReadOnlyList<string>? TrustedPeers { get; set; }

    /// <summary>What must hold of the policy; not kept.</summary>
    public IReadOnlyList<PolicyTestView>? Tests { get; set; }

    /// <summary>The version that is read and written.</summary>
    public const int KnownVersion = 1;
}

/// <summary>A native user in a policy.</summary>
public sealed record PolicyUserView
{
    /// <summary>Free text.</summary>
    public string? FullName { get; set; }

    /// <summary>Roles; each must exist.</summary>
    public IReadOnlyList<string> Roles { get; set; } = [];

    /// <summary>Whether it may log in; null: it may.</summary>
    public bool? Enabled { get; set; }

    /// <summary>From then on as if disabled; null never.</summary>
    public DateTimeOffset? Expires { get; set; }

    /// <summary>Whether it is a service account; null: it is not.</summary>
    public bool? Service { get; set; }

    /// <summary>Whether it is a break-glass account; null: it is not.</summary>
    public bool? BreakGlass { get; set; }

    /// <summary>The hash of its password, as an export with hashes gives it; null: the present one stays, a new user has none.</summary>
    public string? PasswordHash { get; set; }
}

/// <summary>One test: somebody, and what it must and must not be able to do.</summary>
public sealed record PolicyTestView
{
    /// <summary>What problems call it; null: by its number.</summary>
    public string? Name { get; set; }

    /// <summary>Somebody's name: a native user's, or with <see cref="Realm"/> anybody's.</summary>
    public string? User { get; set; }

    /// <summary>The realm that the name is of; its roles come from the mappings. Null: <c>native</c>.</summary>
    public string? Realm { get; set; }

    /// <summary>Groups, for people of realms.</summary>
    public IReadOnlyList<string> Groups { get; set; } = [];

    /// <summary>Attributes, for people of realms and placeholders.</summary>
    public IReadOnlyDictionary<string, string>? Attributes { get; set; }

    /// <summary>In place of a user: somebody with just these roles.</summary>
    public IReadOnlyList<string>? Roles { get; set; }

    /// <summary>The address it comes from; null: 127.0.0.1.</summary>
    public string? Source { get; set; }

    /// <summary>The gate it comes through; null: one that no grant names.</summary>
    public string? Gate { get; set; }

    /// <summary>Whether it presents a verified client certificate; null: it does not.</summary>
    public bool? ClientCertificate { get; set; }

    /// <summary>MQTT's quality of service, 0 to 2; null: not said, and no condition on it lets anything through.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public byte? Qos { get; set; }

    /// <summary>Whether the message is to be retained; null: not said.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? Retain { get; set; }

    /// <summary>Whether it is its own; null: not said, and no condition on it lets anything through.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? Own { get; set; }

    /// <summary>When; null: now.</summary>
    public DateTimeOffset? At { get; set; }

    /// <summary>What it must be able to do: <c>SYSTEM:ACTION:RESOURCE</c>.</summary>
    public IReadOnlyList<string> May { get; set; } = [];

    /// <summary>What it must not be able to do.</summary>
    public IReadOnlyList<string> MayNot { get; set; } = [];
}

/// <summary><c>GET /v1/policy</c>.</summary>
public sealed record PolicyExportResponse
{
    /// <summary>The generation that it is of: the revision for a change that must not overwrite another.</summary>
    public long Generation { get; set; }

    /// <summary>The policy.</summary>
    public required PolicyView Policy { get; set; }
}

using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Gatehouse.Policy;

/// <summary>A role as it is kept in the store: a named list of grants.</summary>
public sealed record RoleDocument
{
    /// <summary>1 to 128 characters: letters, digits, <c>-_.@</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Free text for people.</summary>
    public string? Description { get; init; }

    /// <summary>Grants in the order written; the order has no meaning, a deny always wins.</summary>
    public ImmutableArray<Grant> Grants { get; init; } = [];
}

/// <summary>Allows, or denies, actions on resource patterns of one system, under conditions.</summary>
public sealed record Grant
{
    /// <summary>Allow or deny; a deny wins over every allow.</summary>
    public GrantEffect Effect { get; init; } = GrantEffect.Allow;

    /// <summary>The system whose words these are, or <c>*</c> for all.</summary>
    public required string System { get; init; }

    /// <summary>Action patterns: a name, or one with <c>*</c> for any run of characters.</summary>
    public required ImmutableArray<string> Actions { get; init; }

    /// <summary>
    /// Resource patterns: <c>*</c> stays within one segment, <c>**</c> crosses <c>/</c>. Operations without a resource
    /// match any grant of their action. Empty means <c>**</c>. In Elasticsearch's names <c>*</c> is any run and <c>?</c> one
    /// character, no pattern reaches a name that begins with a dot unless it does so itself, and empty means <c>*</c>. In MQTT they
    /// are topic filters, and empty means <c>#</c>.
    /// </summary>
    public ImmutableArray<string> Resources { get; init; } = [];

    /// <summary>Whether patterns of an allow also reach Elasticsearch's restricted names, such as <c>.kibana*</c>; a deny always does.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool AllowRestricted { get; init; }

    /// <summary>Conditions that must all hold, or null for none.</summary>
    public GrantConditions? When { get; init; }
}

/// <summary>What a grant does. Stored by name.</summary>
public enum GrantEffect
{
    /// <summary>Adds a right.</summary>
    Allow = 0,

    /// <summary>Takes it away, whatever else allows it.</summary>
    Deny = 1,
}

/// <summary>Conditions of a grant; each that is set must hold. A condition that cannot be evaluated fails for allow and holds for deny.</summary>
public sealed record GrantConditions
{
    /// <summary>Source networks in CIDR form; the client's address must lie in one. Empty: any.</summary>
    public ImmutableArray<string> Sources { get; init; } = [];

    /// <summary>Names of gates through which the request must have come. Empty: any.</summary>
    public ImmutableArray<string> Gates { get; init; } = [];

    /// <summary>True: only with a verified client certificate.</summary>
    public bool ClientCertificate { get; init; }

    /// <summary>Holds from this moment on; null always.</summary>
    public DateTimeOffset? NotBefore { get; init; }

    /// <summary>Holds until this moment; null for ever.</summary>
    public DateTimeOffset? NotAfter { get; init; }

    /// <summary>A window of the day in UTC, <c>HH:mm-HH:mm</c>, over midnight where the end is smaller; null: all day.</summary>
    public string? Hours { get; init; }

    /// <summary>MQTT's qualities of service, 0 to 2, of a message or a subscription; empty: any.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ImmutableArray<int> Qos { get; init; }

    /// <summary>Only messages to be retained, or only others, published with MQTT; null: both.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? Retain { get; init; }

    /// <summary>True: only on what is the principal's own, in systems whose gates know it; null: on all. False is refused.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? Own { get; init; }
}

using System.Text.Json.Serialization;
using Gatehouse.Policy;

namespace Gatehouse.Administration;

/// <summary>A role, as read and as written (<c>PUT /v1/roles/NAME</c>).</summary>
public sealed record RoleView
{
    /// <summary>Name; in a request it may be left out, else it must be the one of the path.</summary>
    public string? Name { get; set; }

    /// <summary>Free text.</summary>
    public string? Description { get; set; }

    /// <summary>True for the roles that come with Gatehouse; never written.</summary>
    public bool? BuiltIn { get; set; }

    /// <summary>Grants.</summary>
    public IReadOnlyList<GrantView> Grants { get; set; } = [];

    /// <summary>How the API shows a role.</summary>
    public static RoleView From(RoleDocument role, bool builtIn) => new()
    {
        Name = role.Name,
        Description = role.Description,
        BuiltIn = builtIn,
        Grants = [.. role.Grants.Select(GrantView.From)],
    };

    /// <summary>The document to keep.</summary>
    public RoleDocument ToDocument(string name) => new()
    {
        Name = name,
        Description = string.IsNullOrEmpty(Description) ? null : Description,
        Grants = [.. Grants.Select(static grant => grant.ToDocument())],
    };
}

/// <summary>One grant of a role.</summary>
public sealed record GrantView
{
    /// <summary><c>allow</c> (default) or <c>deny</c>.</summary>
    public GrantEffect Effect { get; set; } = GrantEffect.Allow;

    /// <summary>The system whose words these are, or <c>*</c>.</summary>
    public required string System { get; set; }

    /// <summary>Action patterns.</summary>
    public required IReadOnlyList<string> Actions { get; set; }

    /// <summary>Resource patterns; none means everything.</summary>
    public IReadOnlyList<string> Resources { get; set; } = [];

    /// <summary>Whether the patterns also reach Elasticsearch's restricted names, such as <c>.kibana*</c>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool AllowRestricted { get; set; }

    /// <summary>Conditions.</summary>
    public ConditionsView? When { get; set; }

    /// <summary>How the API shows a grant.</summary>
    public static GrantView From(Grant grant) => new()
    {
        Effect = grant.Effect,
        System = grant.System,
        Actions = grant.Actions,
        Resources = grant.Resources,
        AllowRestricted = grant.AllowRestricted,
        When = grant.When is null ? null : ConditionsView.From(grant.When),
    };

    /// <summary>The document to keep.</summary>
    public Grant ToDocument() => new()
    {
        Effect = Effect,
        System = System,
        Actions = [.. Actions],
        Resources = [.. Resources],
        AllowRestricted = AllowRestricted,
        When = When?.ToDocument(),
    };
}

/// <summary>Conditions of a grant.</summary>
public sealed record ConditionsView
{
    /// <summary>Source networks, CIDR.</summary>
    public IReadOnlyList<string> Sources { get; set; } = [];

    /// <summary>Gates.</summary>
    public IReadOnlyList<string> Gates { get; set; } = [];

    /// <summary>Only with a verified client certificate.</summary>
    public bool ClientCertificate { get; set; }

    /// <summary>From this moment on.</summary>
    public DateTimeOffset? NotBefore { get; set; }

    /// <summary>Until this moment.</summary>
    public DateTimeOffset? NotAfter { get; set; }

    /// <summary>A window of the day, <c>HH:mm-HH:mm</c> UTC.</summary>
    public string? Hours { get; set; }

    /// <summary>MQTT's qualities of service, 0 to 2; none: any.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<int>? Qos { get; set; }

    /// <summary>Only messages that MQTT retains, or only others; null: both.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? Retain { get; set; }

    /// <summary>True: only on what is one's own; null: on all.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? Own { get; set; }

    /// <summary>How the API shows conditions.</summary>
    public static ConditionsView From(GrantConditions when) => new()
    {
        Sources = when.Sources,
        Gates = when.Gates,
        ClientCertificate = when.ClientCertificate,
        NotBefore = when.NotBefore,
        NotAfter = when.NotAfter,
        Hours = when.Hours,
        Qos = when.Qos.IsDefaultOrEmpty ? null : when.Qos,
        Retain = when.Retain,
        Own = when.Own,
    };

    /// <summary>The document to keep.</summary>
    public GrantConditions ToDocument() => new()
    {
        Sources = [.. Sources],
        Gates = [.. Gates],
        ClientCertificate = ClientCertificate,
        NotBefore = NotBefore,
        NotAfter = NotAfter,
        Hours = Hours,
        Qos = Qos is { Count: > 0 } ? [.. Qos] : default,
        Retain = Retain,
        Own = Own,
    };
}

/// <summary><c>GET /v1/roles</c>.</summary>
public sealed record RoleListResponse
{
    /// <summary>Built-in ones first, then by name.</summary>
    public IReadOnlyList<RoleView> Roles { get; set; } = [];
}

using Gatehouse.Network;

namespace Gatehouse.Administration;

/// <summary>One rule of the IP filter, as read and as written (<c>POST /v1/networks</c>).</summary>
public sealed record NetworkRuleView
{
    /// <summary><c>allow</c> or <c>deny</c>.</summary>
    public required AddressRuleEffect Effect { get; set; }

    /// <summary>Address, CIDR, range <c>first-last</c>, host name, domain (<c>*.example.com</c>, <c>.example.com</c>), or <c>_all</c>.</summary>
    public required string Address { get; set; }

    /// <summary>The gate, or null for every listener.</summary>
    public string? Gate { get; set; }
}

/// <summary><c>GET /v1/networks</c>.</summary>
public sealed record NetworkListResponse
{
    /// <summary>In the order kept.</summary>
    public IReadOnlyList<NetworkRuleState> Networks { get; set; } = [];
}

/// <summary><c>PUT /v1/networks</c>: all rules of one gate, or all that are for every listener, in one step.</summary>
public sealed record NetworkReplaceRequest
{
    /// <summary>The gate, or null for the rules of every listener.</summary>
    public string? Gate { get; set; }

    /// <summary>The rules; each has the same gate.</summary>
    public required IReadOnlyList<NetworkRuleView> Networks { get; set; }

    /// <summary>Whether rules that are there give way; without it there must be none.</summary>
    public bool Replace { get; set; }
}

/// <summary>One rule of the IP filter with what is known of it.</summary>
public sealed record NetworkRuleState
{
    /// <summary><c>allow</c> or <c>deny</c>.</summary>
    public required AddressRuleEffect Effect { get; set; }

    /// <summary>What the rule names.</summary>
    public required string Address { get; set; }

    /// <summary>The gate, or null for every listener.</summary>
    public string? Gate { get; set; }

    /// <summary><c>address</c>, <c>network</c>, <c>range</c>, <c>everyone</c>, <c>host</c>, <c>subdomains</c> or <c>domain</c>.</summary>
    public AddressRuleKind Kind { get; set; }

    /// <summary>Of a host: its addresses on this node now. Null for everything else.</summary>
    public IReadOnlyList<string>? Addresses { get; set; }

    /// <summary>Of a host: when they were learned, UTC; null while there was no answer yet.</summary>
    public DateTimeOffset? Resolved { get; set; }

    /// <summary>Of a host: whether the last question got no answer.</summary>
    public bool? Failing { get; set; }
}

/// <summary>A live connection.</summary>
public sealed record ConnectionView
{
    /// <summary>Number on this node.</summary>
    public long Id { get; set; }

    /// <summary>Gate, or <c>admin</c>.</summary>
    public required string Gate { get; set; }

    /// <summary>Address and port of the client, or <c>local</c> on the Unix socket.</summary>
    public required string Source { get; set; }

    /// <summary>Who last authenticated on it.</summary>
    public string? User { get; set; }

    /// <summary>That one's realm.</summary>
    public string? Realm { get; set; }

    /// <summary>Accepted when, UTC.</summary>
    public DateTimeOffset Since { get; set; }

    /// <summary>What runs on it.</summary>
    public IReadOnlyList<string> Work { get; set; } = [];
}

/// <summary><c>GET /v1/connections</c>.</summary>
public sealed record ConnectionListResponse
{
    /// <summary>By number.</summary>
    public IReadOnlyList<ConnectionView> Connections { get; set; } = [];
}

/// <summary><c>DELETE /v1/connections</c>.</summary>
public sealed record ConnectionKillResponse
{
    /// <summary>How many were cut.</summary>
    public int Killed { get; set; }
}

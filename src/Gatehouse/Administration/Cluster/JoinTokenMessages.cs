namespace Gatehouse.Administration.Cluster;

/// <summary><c>POST /v1/enrolment-tokens</c>.</summary>
public sealed record JoinTokenRequest
{
    /// <summary>The name that the node will have.</summary>
    public required string Node { get; set; }

    /// <summary>Roles that it will have; <c>issuer</c> or none.</summary>
    public IReadOnlyList<string> Roles { get; set; } = [];

    /// <summary>Services of the mesh for which it becomes a trusted peer; <c>*</c>: all that there are.</summary>
    public IReadOnlyList<string> Services { get; set; } = [];

    /// <summary>Where the new host reaches the admin API, <c>HOST:PORT</c>; null: the addresses that this node knows of.</summary>
    public IReadOnlyList<string>? Addresses { get; set; }

    /// <summary>Whether it takes the place of a node of the same name.</summary>
    public bool Replace { get; set; }

    /// <summary>Names and addresses of its host that another node on the same host has already, and that its certificate may carry.</summary>
    public IReadOnlyList<string> SameHosts { get; set; } = [];

    /// <summary>How long it is valid, in seconds: 300 to 86400.</summary>
    public int ValidSeconds { get; set; } = 1800;
}

/// <summary>Its answer: the only time that the token is shown.</summary>
public sealed record JoinTokenCreated
{
    /// <summary>The generation that has it.</summary>
    public required long Generation { get; set; }

    /// <summary>Its id.</summary>
    public required string Id { get; set; }

    /// <summary>The token. A secret.</summary>
    public required string Token { get; set; }

    /// <summary>The node's name.</summary>
    public required string Node { get; set; }

    /// <summary>The addresses in it.</summary>
    public required IReadOnlyList<string> Addresses { get; set; }

    /// <summary>From then on it is worthless.</summary>
    public required DateTimeOffset Expires { get; set; }
}

/// <summary>A token without its key.</summary>
public sealed record JoinTokenView
{
    /// <summary>Its id.</summary>
    public required string Id { get; set; }

    /// <summary>The node's name.</summary>
    public required string Node { get; set; }

    /// <summary>Roles that the node gets.</summary>
    public IReadOnlyList<string> Roles { get; set; } = [];

    /// <summary>Services for which it becomes a trusted peer.</summary>
    public IReadOnlyList<string> Services { get; set; } = [];

    /// <summary>Whether it replaces a node of the same name.</summary>
    public bool Replace { get; set; }

    /// <summary>Names and addresses that the node shares with another one on its host.</summary>
    public IReadOnlyList<string> SameHosts { get; set; } = [];

    /// <summary>When it was made.</summary>
    public required DateTimeOffset Created { get; set; }

    /// <summary>Who made it.</summary>
    public required string CreatedBy { get; set; }

    /// <summary>From then on it is worthless.</summary>
    public required DateTimeOffset Expires { get; set; }

    /// <summary><c>open</c>, <c>joining</c> or <c>expired</c>.</summary>
    public required string State { get; set; }
}

/// <summary><c>GET /v1/enrolment-tokens</c>.</summary>
public sealed record JoinTokenListResponse
{
    /// <summary>By time.</summary>
    public required IReadOnlyList<JoinTokenView> Tokens { get; set; }
}

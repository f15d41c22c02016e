namespace Gatehouse.Administration.Cluster;

/// <summary>A node of the cluster.</summary>
public sealed record NodeView
{
    /// <summary>Its name.</summary>
    public required string Name { get; set; }

    /// <summary>Its id.</summary>
    public required string Id { get; set; }

    /// <summary>Its number.</summary>
    public required int Number { get; set; }

    /// <summary>The loopback address by which its peers reach its services.</summary>
    public required string PeerAddress { get; set; }

    /// <summary>Its roles.</summary>
    public IReadOnlyList<string> Roles { get; set; } = [];

    /// <summary>Where peers dial its mesh port.</summary>
    public IReadOnlyList<string> Addresses { get; set; } = [];

    /// <summary>Where its admin API is reached; null: on its own host only.</summary>
    public string? AdminAddress { get; set; }

    /// <summary>Names and addresses that it shares with another node on its host.</summary>
    public IReadOnlyList<string> SameHosts { get; set; } = [];

    /// <summary>SHA-256 of its mesh key, hex.</summary>
    public required string MeshKey { get; set; }

    /// <summary>When it joined.</summary>
    public required DateTimeOffset Joined { get; set; }

    /// <summary>Who let it join.</summary>
    public required string JoinedBy { get; set; }

    /// <summary>Whether it is the one that answers.</summary>
    public bool IsThis { get; set; }

    /// <summary><c>up</c>, <c>silent</c> or <c>unknown</c> (the store cannot be asked).</summary>
    public required string State { get; set; }

    /// <summary>Its last sign of life; null: none in the last 20 seconds.</summary>
    public DateTimeOffset? Seen { get; set; }

    /// <summary>Its version; null: not known.</summary>
    public string? Version { get; set; }

    /// <summary>The generation that it decides on; null: not known.</summary>
    public long? Generation { get; set; }

    /// <summary>When the first of its certificates ends; null: not known.</summary>
    public DateTimeOffset? CertificateExpires { get; set; }
}

/// <summary><c>GET /v1/nodes</c>.</summary>
public sealed record NodeListResponse
{
    /// <summary>By number.</summary>
    public required IReadOnlyList<NodeView> Nodes { get; set; }
}

/// <summary><c>DELETE /v1/nodes/NAME</c> and <c>POST /v1/node/leave</c>.</summary>
public sealed record NodeRemovedResponse
{
    /// <summary>The generation without it.</summary>
    public required long Generation { get; set; }

    /// <summary>The node that is gone.</summary>
    public required string Node { get; set; }

    /// <summary>What remains to be done, in one line; null: nothing.</summary>
    public string? Next { get; set; }
}

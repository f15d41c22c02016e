namespace Gatehouse.Administration.Cluster;

/// <summary><c>GET /v1/denials</c>: who gets nothing any more, whatever their roles say.</summary>
public sealed record DenialListResponse
{
    /// <summary>By kind and name.</summary>
    public IReadOnlyList<DenialView> Denials { get; set; } = [];
}

/// <summary>One denial.</summary>
public sealed record DenialView
{
    /// <summary><c>user</c>, <c>api-key</c>, <c>certificate</c> or <c>node</c>.</summary>
    public required string Kind { get; set; }

    /// <summary>Who.</summary>
    public required string Name { get; set; }

    /// <summary>Why.</summary>
    public required string Reason { get; set; }

    /// <summary>Since when, UTC.</summary>
    public DateTimeOffset Time { get; set; }

    /// <summary>Who did it, <c>realm/name</c>.</summary>
    public required string By { get; set; }

    /// <summary>The node at which it was done.</summary>
    public required string Node { get; set; }

    /// <summary>Whether it waits for the store: in force at this node, and at the peers that it reached.</summary>
    public bool IsLocal { get; set; }
}

/// <summary><c>POST /v1/denials</c>.</summary>
public sealed record DenialRequest
{
    /// <summary><c>user</c>, <c>api-key</c>, <c>certificate</c> or <c>node</c>.</summary>
    public required string Kind { get; set; }

    /// <summary>Who.</summary>
    public required string Name { get; set; }

    /// <summary>Why, one line.</summary>
    public string? Reason { get; set; }

    /// <summary>Whether it goes without the store: at this node, and over the mesh to its peers.</summary>
    public bool Local { get; set; }
}

namespace Gatehouse.Administration;

/// <summary>A client id of an MQTT broker and whose it is.</summary>
public sealed record ClientIdView
{
    /// <summary>What stands for broker and id together, 64 hexadecimal digits.</summary>
    public required string Key { get; set; }

    /// <summary>The broker.</summary>
    public required string Broker { get; set; }

    /// <summary>The id as the client sent it, its first 128 bytes at most.</summary>
    public required string ClientId { get; set; }

    /// <summary>Whether the id is longer.</summary>
    public bool Cut { get; set; }

    /// <summary>The owner; null where the record is damaged.</summary>
    public string? User { get; set; }

    /// <summary>The owner's realm.</summary>
    public string? Realm { get; set; }

    /// <summary><c>connected</c>, <c>kept</c> (the broker may still have the session) or <c>damaged</c> (nobody may use it).</summary>
    public required string State { get; set; }

    /// <summary>Connections now; two where one is being taken over.</summary>
    public int Connections { get; set; }

    /// <summary>Seconds that the session may outlive the last connection; 0: not at all, 4294967295: for ever.</summary>
    public long SessionExpiry { get; set; }

    /// <summary>When it is nobody's, UTC; null while it is connected, and for ever.</summary>
    public DateTimeOffset? Until { get; set; }
}

/// <summary><c>GET /v1/client-ids</c>.</summary>
public sealed record ClientIdListResponse
{
    /// <summary>By key.</summary>
    public IReadOnlyList<ClientIdView> ClientIds { get; set; } = [];

    /// <summary>What to give as <c>after</c> for more; null: this was all.</summary>
    public string? Next { get; set; }
}

/// <summary>A CID of an IPFS Cluster and one of those whose it is.</summary>
public sealed record PinOwnerView
{
    /// <summary>The cluster; empty where the record is damaged.</summary>
    public required string Cluster { get; set; }

    /// <summary>The CID; empty where the record is damaged.</summary>
    public required string Cid { get; set; }

    /// <summary>The owner; null where the record is damaged.</summary>
    public string? User { get; set; }

    /// <summary>The owner's realm.</summary>
    public string? Realm { get; set; }

    /// <summary><c>owned</c>, <c>adding</c> or <c>leaving</c> (the cluster's answer is not known), or <c>damaged</c> (somebody's, nobody knows whose).</summary>
    public required string State { get; set; }

    /// <summary>The pinning service's id of it, 32 hexadecimal digits.</summary>
    public string? RequestId { get; set; }

    /// <summary>The label that this owner gave it.</summary>
    public string? Name { get; set; }

    /// <summary>Since when it is this owner's, UTC.</summary>
    public DateTimeOffset? Created { get; set; }
}

/// <summary><c>GET /v1/pin-owners</c>.</summary>
public sealed record PinOwnerListResponse
{
    /// <summary>In the ledger's own order.</summary>
    public IReadOnlyList<PinOwnerView> Owners { get; set; } = [];

    /// <summary>What to give as <c>after</c> for more; null: this was all.</summary>
    public string? Next { get; set; }
}

/// <summary><c>POST /v1/pin-owners</c>.</summary>
public sealed record PinOwnerRequest
{
    /// <summary>The cluster.</summary>
    public required string Cluster { get; set; }

    /// <summary>The CID, as the gate writes it.</summary>
    public required string Cid { get; set; }

    /// <summary>The owner to be, a native user or <c>REALM/NAME</c>.</summary>
    public required string User { get; set; }
}

/// <summary><c>POST /v1/pin-owners/rebuild</c>.</summary>
public sealed record PinRebuildRequest
{
    /// <summary>A gate of system <c>ipfs-cluster</c>.</summary>
    public required string Gate { get; set; }
}

/// <summary>What came of reading the marks of all pins.</summary>
public sealed record PinRebuildResponse
{
    /// <summary>The cluster.</summary>
    public required string Cluster { get; set; }

    /// <summary>Pins it has.</summary>
    public int Pins { get; set; }

    /// <summary>Those that were somebody's and stayed so.</summary>
    public int Owned { get; set; }

    /// <summary>Those that are their first owner's again.</summary>
    public int Added { get; set; }

    /// <summary>Those without a mark: not made through a gate.</summary>
    public int Unmarked { get; set; }

    /// <summary>Those whose mark this node did not make for them.</summary>
    public int Forged { get; set; }

    /// <summary>Those whose owner is no more.</summary>
    public int Gone { get; set; }

    /// <summary>Those that the ledger did not take.</summary>
    public int Failed { get; set; }
}

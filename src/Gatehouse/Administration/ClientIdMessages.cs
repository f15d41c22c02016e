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

namespace Gatehouse.Administration;

/// <summary><c>GET /v1/status</c>.</summary>
public sealed record StatusResponse
{
    /// <summary>The node's name.</summary>
    public required string Node { get; set; }

    /// <summary>The product's version.</summary>
    public required string Version { get; set; }

    /// <summary><c>ok</c>, or <c>degraded</c> with <see cref="Problems"/>.</summary>
    public required string State { get; set; }

    /// <summary>When the daemon started, UTC.</summary>
    public DateTimeOffset Started { get; set; }

    /// <summary>The generation of the cluster state in force.</summary>
    public long Generation { get; set; }

    /// <summary><c>sqlite</c> or <c>etcd</c>.</summary>
    public required string Store { get; set; }

    /// <summary>The data folder.</summary>
    public required string DataFolder { get; set; }

    /// <summary>The configuration file.</summary>
    public required string ConfigurationFile { get; set; }

    /// <summary>SHA-256 of the CA certificate.</summary>
    public required string CaFingerprint { get; set; }

    /// <summary>File with the CA certificate.</summary>
    public required string CaFile { get; set; }

    /// <summary>When the server certificate ends, UTC.</summary>
    public DateTimeOffset? CertificateExpires { get; set; }

    /// <summary>Where the first administrator's password still lies, or null.</summary>
    public string? InitialPasswordFile { get; set; }

    /// <summary><c>group</c>, <c>strict</c>, or <c>failed</c>.</summary>
    public required string Audit { get; set; }

    /// <summary>Live connections.</summary>
    public int Connections { get; set; }

    /// <summary>Native users.</summary>
    public int Users { get; set; }

    /// <summary>Roles without the built-in ones.</summary>
    public int Roles { get; set; }

    /// <summary>Address rules.</summary>
    public int Networks { get; set; }

    /// <summary>Gates.</summary>
    public IReadOnlyList<GateView> Gates { get; set; } = [];

    /// <summary>What needs a person.</summary>
    public IReadOnlyList<ErrorBody> Problems { get; set; } = [];
}

/// <summary><c>GET /v1/whoami</c>.</summary>
public sealed record WhoAmIResponse
{
    /// <summary>Name.</summary>
    public required string Name { get; set; }

    /// <summary>Realm.</summary>
    public required string Realm { get; set; }

    /// <summary>Roles on the state in force.</summary>
    public IReadOnlyList<string> Roles { get; set; } = [];

    /// <summary>The caller's address, null on the Unix socket.</summary>
    public string? Source { get; set; }
}

/// <summary>What <c>gatehouse check --json</c> prints.</summary>
public sealed record CheckResponse
{
    /// <summary>The file.</summary>
    public required string File { get; set; }

    /// <summary>Whether nothing is wrong.</summary>
    public bool Passed { get; set; }

    /// <summary>What is wrong.</summary>
    public IReadOnlyList<ErrorBody> Problems { get; set; } = [];

    /// <summary>What the daemon takes and somebody may not have meant; known only while it runs.</summary>
    public IReadOnlyList<ErrorBody> Notes { get; set; } = [];
}

/// <summary>What <c>gatehouse recover --json</c> prints.</summary>
public sealed record RecoverResponse
{
    /// <summary>The highest generation the node had seen; null where the record of it does not open.</summary>
    public long? Seen { get; set; }

    /// <summary>The generation in the store, which the node goes on with.</summary>
    public long Generation { get; set; }

    /// <summary>Whether it had to be accepted; false: the node took it as it is.</summary>
    public bool Accepted { get; set; }
}

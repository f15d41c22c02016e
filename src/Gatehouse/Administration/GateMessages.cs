namespace Gatehouse.Administration;

/// <summary>A gate with its state.</summary>
public sealed record GateView
{
    /// <summary>Name.</summary>
    public required string Name { get; set; }

    /// <summary><c>http</c> or <c>tcp</c>.</summary>
    public required string Protocol { get; set; }

    /// <summary>The system in whose words its operations are named.</summary>
    public required string System { get; set; }

    /// <summary>Address and port it listens on.</summary>
    public required string Listen { get; set; }

    /// <summary>The guarded service.</summary>
    public required string Upstream { get; set; }

    /// <summary>Realms that it asks, in the order of gatehouse.yaml; empty: every enabled one but anonymous ones.</summary>
    public IReadOnlyList<string> Realms { get; set; } = [];

    /// <summary>Whether it asks clients for a certificate; where not, nobody comes in with one.</summary>
    public bool AsksCertificate { get; set; }

    /// <summary><c>open</c>, <c>disabled</c>, <c>failed</c> (see <see cref="Problem"/>).</summary>
    public required string State { get; set; }

    /// <summary>Whether it can be reached from other hosts.</summary>
    public bool Exposed { get; set; }

    /// <summary>Live connections.</summary>
    public int Connections { get; set; }

    /// <summary>Why it does not work, or null.</summary>
    public ErrorBody? Problem { get; set; }
}

/// <summary><c>GET /v1/gates</c>.</summary>
public sealed record GateListResponse
{
    /// <summary>In the order of gatehouse.yaml.</summary>
    public IReadOnlyList<GateView> Gates { get; set; } = [];
}

/// <summary><c>POST /v1/gates</c>.</summary>
public sealed record GateAddRequest
{
    /// <summary>Name: lower-case letters, digits, <c>-</c>.</summary>
    public required string Name { get; set; }

    /// <summary><c>http</c> (default), <c>tcp</c> or <c>mqtt</c>.</summary>
    public string Protocol { get; set; } = "http";

    /// <summary>System (catalogue); null: the protocol's own.</summary>
    public string? System { get; set; }

    /// <summary>Address and port to listen on.</summary>
    public required string Listen { get; set; }

    /// <summary>The guarded service: <c>http://127.0.0.1:2379</c>, <c>tcp://127.0.0.1:5432</c>, <c>ws://127.0.0.1:8083/mqtt</c>, <c>unix:/path</c>.</summary>
    public required string Upstream { get; set; }
}

/// <summary><c>POST /v1/gates/NAME/expose</c>.</summary>
public sealed record GateExposeRequest
{
    /// <summary>Address and port; null: every address on the same port.</summary>
    public string? Listen { get; set; }
}

/// <summary><c>POST /v1/gates/NAME/test</c>.</summary>
public sealed record GateTestResponse
{
    /// <summary>The gate.</summary>
    public required string Name { get; set; }

    /// <summary>Whether every check passed.</summary>
    public bool Passed { get; set; }

    /// <summary>What was looked at.</summary>
    public IReadOnlyList<GateCheck> Checks { get; set; } = [];
}

/// <summary>One thing that was looked at.</summary>
public sealed record GateCheck
{
    /// <summary>What: <c>listener</c>, <c>certificate</c>, <c>upstream</c>, <c>owner</c>, <c>identity</c>.</summary>
    public required string Name { get; set; }

    /// <summary>Whether it is fine.</summary>
    public bool Passed { get; set; }

    /// <summary>What was seen.</summary>
    public string? Detail { get; set; }
}

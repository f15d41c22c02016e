namespace Gatehouse.Administration.Cluster;

/// <summary><c>GET /v1/authorities</c>.</summary>
public sealed record AuthorityListResponse
{
    /// <summary>The cluster's id.</summary>
    public required string Cluster { get; set; }

    /// <summary>Authorities that nodes accept.</summary>
    public IReadOnlyList<AuthorityView> Authorities { get; set; } = [];

    /// <summary>Nodes that hold their keys, and what keys are wrapped to.</summary>
    public IReadOnlyList<IssuerView> Issuers { get; set; } = [];

    /// <summary>Names that certificates of this cluster carry: what an authority must be able to sign.</summary>
    public IReadOnlyList<string> Names { get; set; } = [];
}

/// <summary>An authority.</summary>
public sealed record AuthorityView
{
    /// <summary>First 16 digits of the root's SHA-256.</summary>
    public required string Id { get; set; }

    /// <summary><c>next</c>, <c>active</c> or <c>old</c>.</summary>
    public required string Phase { get; set; }

    /// <summary>Whether it was brought.</summary>
    public bool External { get; set; }

    /// <summary>Subject of the root.</summary>
    public required string Subject { get; set; }

    /// <summary>SHA-256 of the root, hex.</summary>
    public required string Fingerprint { get; set; }

    /// <summary>When the first of its certificates ends.</summary>
    public DateTimeOffset NotAfter { get; set; }

    /// <summary>When it came into the cluster.</summary>
    public DateTimeOffset Created { get; set; }

    /// <summary>Root and intermediates, PEM.</summary>
    public required string Pem { get; set; }
}

/// <summary>A node that holds the keys.</summary>
public sealed record IssuerView
{
    /// <summary>Its id.</summary>
    public required string Id { get; set; }

    /// <summary>Its name.</summary>
    public required string Name { get; set; }

    /// <summary>What keys are wrapped to, SubjectPublicKeyInfo.</summary>
    public required byte[] WrapKey { get; set; }
}

/// <summary><c>POST /v1/authorities</c>: an authority of the operator's own, its keys wrapped to the issuers by whoever brings it.</summary>
public sealed record AuthorityImportRequest
{
    /// <summary>The root, DER.</summary>
    public required byte[] Root { get; set; }

    /// <summary>The intermediate <c>nodes</c>, DER.</summary>
    public required byte[] Nodes { get; set; }

    /// <summary>The intermediate <c>users</c>, DER.</summary>
    public required byte[] Users { get; set; }

    /// <summary>What is between, DER, from below upwards.</summary>
    public IReadOnlyList<byte[]> Chain { get; set; } = [];

    /// <summary>The wrapped keys by node id.</summary>
    public required IReadOnlyDictionary<string, byte[]> Keys { get; set; }
}

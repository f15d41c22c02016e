namespace Gatehouse.Administration.Cluster;

/// <summary><c>GET /v1/rotations/{kind}</c>: what is in use, and how far a rotation is.</summary>
public sealed record RotationStatusResponse
{
    /// <summary><c>ca</c>, <c>secret</c> or <c>data-key</c>.</summary>
    public required string Kind { get; set; }

    /// <summary>The step that was committed last: <c>prepare</c>, <c>distribute</c>, <c>activate</c>, <c>retire</c>, <c>rollback</c>; null: no rotation of this kind is under way.</summary>
    public string? Step { get; set; }

    /// <summary>The rotation's id.</summary>
    public string? Rotation { get; set; }

    /// <summary>When it began, UTC.</summary>
    public DateTimeOffset? Started { get; set; }

    /// <summary>Who began it.</summary>
    public string? StartedBy { get; set; }

    /// <summary>When the step was committed, UTC.</summary>
    public DateTimeOffset? StepSince { get; set; }

    /// <summary>What <c>step</c> would do now; null: nothing but wait for the nodes that are named.</summary>
    public string? Next { get; set; }

    /// <summary>Another kind that is being rotated; while it is, this one cannot be.</summary>
    public string? Other { get; set; }

    /// <summary>Authorities, secrets or keys, in the order in which they came.</summary>
    public IReadOnlyList<RotationMaterialView> Material { get; set; } = [];

    /// <summary>Nodes, by name; none where no rotation of this kind is under way.</summary>
    public IReadOnlyList<RotationNodeView> Nodes { get; set; } = [];

    /// <summary>Certificates of users and programs that stop working with step <c>retire</c>.</summary>
    public IReadOnlyList<RotationCertificateView> InUse { get; set; } = [];
}

/// <summary>An authority, a secret or a data key.</summary>
public sealed record RotationMaterialView
{
    /// <summary>Its id; of a secret it says nothing of the secret.</summary>
    public required string Id { get; set; }

    /// <summary><c>next</c> (accepted, not used), <c>active</c> (used) or <c>old</c> (accepted still).</summary>
    public required string Phase { get; set; }

    /// <summary>When it was made, UTC.</summary>
    public DateTimeOffset Created { get; set; }

    /// <summary>Of an authority: when the first of its certificates ends, UTC.</summary>
    public DateTimeOffset? Expires { get; set; }

    /// <summary>Of an authority: SHA-256 of its root, 64 hexadecimal digits.</summary>
    public string? Fingerprint { get; set; }

    /// <summary>Of an authority: whether the operator brought it.</summary>
    public bool? External { get; set; }
}

/// <summary>A node in a rotation.</summary>
public sealed record RotationNodeView
{
    /// <summary>Its name.</summary>
    public required string Node { get; set; }

    /// <summary><c>done</c>, <c>waiting</c> (the step waits for it) or <c>not needed</c>.</summary>
    public required string State { get; set; }

    /// <summary>Whether it gave a sign of life within the last 20 seconds.</summary>
    public bool Seen { get; set; }

    /// <summary>Since when its word is there, or waited for; UTC.</summary>
    public DateTimeOffset? Since { get; set; }
}

/// <summary>A certificate that somebody holds.</summary>
public sealed record RotationCertificateView
{
    /// <summary>Its serial number.</summary>
    public required string Serial { get; set; }

    /// <summary>Its profile.</summary>
    public required string Profile { get; set; }

    /// <summary>Its common name.</summary>
    public required string Subject { get; set; }

    /// <summary>Until when it holds, UTC.</summary>
    public DateTimeOffset NotAfter { get; set; }
}

/// <summary><c>POST /v1/rotations/{kind}/step</c>.</summary>
public sealed record RotationStepRequest
{
    /// <summary>The step that the caller has seen; null: none was under way. Another one than the rotation is at is refused.</summary>
    public string? From { get; set; }

    /// <summary>Whether certificates of the old authority may stop working.</summary>
    public bool Force { get; set; }
}

/// <summary><c>gatehouse recover --certificates --json</c>.</summary>
public sealed record CertificatesResponse
{
    /// <summary>Whether the CA had expired and a new one is in its place.</summary>
    public bool CaReplaced { get; set; }

    /// <summary>SHA-256 of the root that had expired.</summary>
    public string? CaBefore { get; set; }

    /// <summary>SHA-256 of the root in use.</summary>
    public required string CaFingerprint { get; set; }

    /// <summary>When the node's server certificate ends, UTC.</summary>
    public DateTimeOffset CertificateExpires { get; set; }
}

namespace Gatehouse.Administration.Cluster;

/// <summary><c>GET /v1/enrolment/authority</c>: by what the joiner knows the cluster.</summary>
public sealed record EnrolmentAuthority
{
    /// <summary>The active root certificate (DER).</summary>
    public required byte[] Root { get; set; }

    /// <summary>Certificates (DER) that may stand between the root and that of the connection.</summary>
    public IReadOnlyList<byte[]> Chain { get; set; } = [];

    /// <summary>Shows that the other side knows the token; see <c>EnrolmentProof</c>.</summary>
    public required byte[] Proof { get; set; }
}

/// <summary>Who calls an enrolment endpoint: the holder of a token, with the keys that it made.</summary>
public record EnrolmentCall
{
    /// <summary>Id of the token.</summary>
    public required string Token { get; set; }

    /// <summary>The token's key.</summary>
    public required byte[] Key { get; set; }

    /// <summary>The joiner's signing key (SubjectPublicKeyInfo).</summary>
    public required byte[] SigningKey { get; set; }

    /// <summary>Its signature over the rest.</summary>
    public required byte[] Signature { get; set; }
}

/// <summary><c>POST /v1/enrolment/begin</c>.</summary>
public sealed record EnrolmentBegin : EnrolmentCall
{
    /// <summary>The name in the token.</summary>
    public required string Node { get; set; }

    /// <summary>What keys are wrapped to (SubjectPublicKeyInfo).</summary>
    public required byte[] WrapKey { get; set; }

    /// <summary>Request for the mesh certificate (PKCS#10).</summary>
    public required byte[] MeshRequest { get; set; }

    /// <summary>Request for the server certificate (PKCS#10).</summary>
    public required byte[] ServerRequest { get; set; }

    /// <summary>Names and addresses of the host for the server certificate.</summary>
    public IReadOnlyList<string> ServerNames { get; set; } = [];
}

/// <summary>Its answer.</summary>
public sealed record EnrolmentBegun
{
    /// <summary>The cluster's id.</summary>
    public required string ClusterId { get; set; }

    /// <summary>The generation in force.</summary>
    public required long Generation { get; set; }

    /// <summary>Data keys, each wrapped to the joiner, the one in use first.</summary>
    public required IReadOnlyList<byte[]> DataKeys { get; set; }

    /// <summary>Where the store is (<see cref="EnrolmentStore"/>), wrapped to the joiner.</summary>
    public required byte[] Store { get; set; }

    /// <summary>The mesh certificate and its intermediates (DER).</summary>
    public required IReadOnlyList<byte[]> MeshChain { get; set; }

    /// <summary>The server certificate and its intermediates (DER).</summary>
    public required IReadOnlyList<byte[]> ServerChain { get; set; }
}

/// <summary>The store as a joiner is told of it. A secret.</summary>
public sealed record EnrolmentStore
{
    /// <summary>Endpoints of etcd.</summary>
    public required IReadOnlyList<string> Endpoints { get; set; }

    /// <summary>What keys begin with.</summary>
    public required string Prefix { get; set; }

    /// <summary>The CA of etcd's certificates, PEM; null: the system's.</summary>
    public string? Ca { get; set; }

    /// <summary>The client certificate, PEM; null: none.</summary>
    public string? Certificate { get; set; }

    /// <summary>Its key, PEM.</summary>
    public string? Key { get; set; }

    /// <summary>The user; null: none.</summary>
    public string? User { get; set; }

    /// <summary>The user's password.</summary>
    public string? Password { get; set; }

    /// <summary>How long nodes decide without the store, in seconds; null: the default.</summary>
    public long? MaxStaleSeconds { get; set; }

    /// <summary>Whether nodes compact etcd's history; null: they do.</summary>
    public bool? Compaction { get; set; }
}

/// <summary><c>POST /v1/enrolment/complete</c>.</summary>
public sealed record EnrolmentComplete : EnrolmentCall
{
    /// <summary>The name in the token.</summary>
    public required string Node { get; set; }

    /// <summary>The node's id.</summary>
    public required string NodeId { get; set; }

    /// <summary>What keys are wrapped to.</summary>
    public required byte[] WrapKey { get; set; }

    /// <summary>The mesh certificate that it got (DER).</summary>
    public required byte[] MeshCertificate { get; set; }

    /// <summary>The server certificate that it got (DER).</summary>
    public required byte[] ServerCertificate { get; set; }

    /// <summary>Where peers dial its mesh port.</summary>
    public IReadOnlyList<string> Addresses { get; set; } = [];

    /// <summary>Where its admin API is reached; null: on its own host only.</summary>
    public string? AdminAddress { get; set; }

    /// <summary>The generation that it read and opened in the store.</summary>
    public required long Generation { get; set; }
}

/// <summary>Its answer.</summary>
public sealed record EnrolmentCompleted
{
    /// <summary>The generation that has the node.</summary>
    public required long Generation { get; set; }
}

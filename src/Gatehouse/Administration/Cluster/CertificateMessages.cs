namespace Gatehouse.Administration.Cluster;

/// <summary><c>POST /v1/certificates</c> and <c>POST /v1/certificates/signatures</c>: a certificate over a key that stays where it is.</summary>
public sealed record CertificateRequestBody
{
    /// <summary>Profile: <c>server</c>, <c>client</c>, <c>erlang</c>, ...</summary>
    public required string Profile { get; set; }

    /// <summary>A signing request (PKCS#10) as PEM. Only its key is taken, and the proof that the sender has it.</summary>
    public required string Request { get; set; }

    /// <summary>Profile <c>client</c>: who logs in with it; profile <c>node</c>: the node.</summary>
    public string? User { get; set; }

    /// <summary>DNS names and addresses.</summary>
    public IReadOnlyList<string> Names { get; set; } = [];

    /// <summary>How long it is good; the profile's own when null.</summary>
    public int? Days { get; set; }
}

/// <summary><c>POST /v1/certificates/{serial}/renewal</c>.</summary>
public sealed record CertificateRenewBody
{
    /// <summary>A signing request (PKCS#10) as PEM, over the old key or a new one.</summary>
    public required string Request { get; set; }

    /// <summary>How long it is good; the profile's own when null.</summary>
    public int? Days { get; set; }
}

/// <summary>What comes of a request for a certificate.</summary>
public sealed record CertificateIssued
{
    /// <summary>The generation that it is recorded in.</summary>
    public required long Generation { get; set; }

    /// <summary>What it says.</summary>
    public required CertificateEntry Certificate { get; set; }

    /// <summary>The certificate, PEM.</summary>
    public required string Pem { get; set; }

    /// <summary>What stands between it and the root, PEM, from below upwards.</summary>
    public required string Chain { get; set; }

    /// <summary>The root, PEM: what its peers trust.</summary>
    public required string Root { get; set; }

    /// <summary>Whether programs load it once at their start and must be restarted after a renewal.</summary>
    public bool LoadedOnce { get; set; }
}

/// <summary>A certificate that the cluster issued.</summary>
public sealed record CertificateEntry
{
    /// <summary>Serial number, lower-case hex.</summary>
    public required string Serial { get; set; }

    /// <summary>Profile.</summary>
    public required string Profile { get; set; }

    /// <summary>Common name; empty for none.</summary>
    public required string Subject { get; set; }

    /// <summary>DNS names, addresses and URIs.</summary>
    public IReadOnlyList<string> Names { get; set; } = [];

    /// <summary>SHA-256 of its public key, hex.</summary>
    public required string KeyHash { get; set; }

    /// <summary>Good from.</summary>
    public DateTimeOffset NotBefore { get; set; }

    /// <summary>Good until.</summary>
    public DateTimeOffset NotAfter { get; set; }

    /// <summary>Who had it issued.</summary>
    public required string IssuedBy { get; set; }

    /// <summary>Id of the authority.</summary>
    public required string Authority { get; set; }

    /// <summary><c>good</c>, <c>renew</c> (past two thirds of its life), <c>expired</c> or <c>revoked</c>.</summary>
    public required string State { get; set; }

    /// <summary>Why it was revoked, or null.</summary>
    public string? Reason { get; set; }
}

/// <summary><c>GET /v1/certificates</c>.</summary>
public sealed record CertificateListResponse
{
    /// <summary>Those that end first, first.</summary>
    public IReadOnlyList<CertificateEntry> Certificates { get; set; } = [];

    /// <summary>Public keys that are revoked.</summary>
    public IReadOnlyList<RevocationView> Revocations { get; set; } = [];
}

/// <summary>A public key that is accepted no more.</summary>
public sealed record RevocationView
{
    /// <summary>SHA-256 of the public key, hex.</summary>
    public required string KeyHash { get; set; }

    /// <summary>Serial number of the certificate that was named, or null.</summary>
    public string? Serial { get; set; }

    /// <summary>Whose it was.</summary>
    public required string Subject { get; set; }

    /// <summary>Why.</summary>
    public required string Reason { get; set; }

    /// <summary>Since when.</summary>
    public DateTimeOffset Time { get; set; }

    /// <summary>By whom.</summary>
    public required string By { get; set; }
}

/// <summary><c>POST /v1/revocations</c>: exactly one of serial, user and key.</summary>
public sealed record RevocationRequest
{
    /// <summary>Serial number of a certificate that the cluster issued.</summary>
    public string? Serial { get; set; }

    /// <summary>All client certificates of this user.</summary>
    public string? User { get; set; }

    /// <summary>SHA-256 of a public key, 64 hex digits: of any certificate, whoever issued it.</summary>
    public string? KeyHash { get; set; }

    /// <summary>With a key: whose it is, for people.</summary>
    public string? Subject { get; set; }

    /// <summary>With a key: when its certificate ends.</summary>
    public DateTimeOffset? NotAfter { get; set; }

    /// <summary>Why, in the words of RFC 5280: <c>keyCompromise</c>.</summary>
    public string Reason { get; set; } = "unspecified";
}

/// <summary>What was revoked.</summary>
public sealed record RevocationResponse
{
    /// <summary>The generation that it is in.</summary>
    public required long Generation { get; set; }

    /// <summary>What is revoked now and was not before.</summary>
    public IReadOnlyList<RevocationView> Revoked { get; set; } = [];
}

/// <summary>One certificate of a file, as <c>cert inspect</c> shows it.</summary>
public sealed record InspectedCertificate
{
    /// <summary>Whose.</summary>
    public required string Subject { get; set; }

    /// <summary>Who signed it.</summary>
    public required string Issuer { get; set; }

    /// <summary>Serial number, hex.</summary>
    public required string Serial { get; set; }

    /// <summary>DNS names, addresses and others.</summary>
    public IReadOnlyList<string> Names { get; set; } = [];

    /// <summary>What it is for.</summary>
    public IReadOnlyList<string> Usages { get; set; } = [];

    /// <summary>Its key: <c>ecdsa-p256</c>.</summary>
    public required string Key { get; set; }

    /// <summary>SHA-256 of its public key, hex.</summary>
    public required string KeyHash { get; set; }

    /// <summary>SHA-256 of the certificate, hex.</summary>
    public required string Fingerprint { get; set; }

    /// <summary>Good from.</summary>
    public DateTimeOffset NotBefore { get; set; }

    /// <summary>Good until.</summary>
    public DateTimeOffset NotAfter { get; set; }

    /// <summary>Whether it may sign others.</summary>
    public bool Authority { get; set; }

    /// <summary>Whether it leads to this cluster's CA; null where that is not known here.</summary>
    public bool? OfThisCluster { get; set; }

    /// <summary>What is wrong with it.</summary>
    public IReadOnlyList<string> Problems { get; set; } = [];
}

/// <summary>What <c>cert inspect --json</c> prints.</summary>
public sealed record InspectedFile
{
    /// <summary><c>PEM</c>, <c>DER</c>, <c>PKCS#12</c> or <c>PKCS#10</c>.</summary>
    public required string Form { get; set; }

    /// <summary>Whether a private key lies in it.</summary>
    public bool PrivateKey { get; set; }

    /// <summary>Its certificates.</summary>
    public IReadOnlyList<InspectedCertificate> Certificates { get; set; } = [];
}

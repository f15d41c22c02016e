namespace Gatehouse.Engine.Mesh;

/// <summary>Why the mesh refused or cut; frozen words of the audit trail (<c>gatehouse.reason</c>).</summary>
internal static class MeshReasons
{
    /// <summary>No 88 bytes in time, or the caller went before.</summary>
    public const string Silent = "silent";

    /// <summary>The first bytes are no first message of the mesh.</summary>
    public const string NotMesh = "not_mesh";

    /// <summary>A first message by another secret, for another cluster or another node.</summary>
    public const string WrongSecret = "wrong_secret";

    /// <summary>Right secret, but the caller's clock is too far off.</summary>
    public const string ClockSkew = "clock_skew";

    /// <summary>A first message that came before.</summary>
    public const string Replay = "replay";

    /// <summary>No room to remember more first messages.</summary>
    public const string NoncesFull = "nonces_full";

    /// <summary>No certificate.</summary>
    public const string CertificateMissing = "certificate_missing";

    /// <summary>A certificate that is not of the cluster's authority for nodes, expired, or for something else.</summary>
    public const string CertificateRefused = "certificate_refused";

    /// <summary>A certificate of a node that is not (or no longer) in the cluster.</summary>
    public const string UnknownNode = "unknown_node";

    /// <summary>A certificate of a node with another key than the node's.</summary>
    public const string KeyNotPinned = "key_not_pinned";

    /// <summary>The key is revoked.</summary>
    public const string KeyRevoked = "key_revoked";

    /// <summary>The authority that signed is no longer accepted.</summary>
    public const string AuthorityRetired = "authority_retired";

    /// <summary>The secret is no longer accepted.</summary>
    public const string SecretRetired = "secret_retired";

    /// <summary>TLS broke, or was not done in time.</summary>
    public const string TlsFailed = "handshake_failed";

    /// <summary>The proof inside of TLS is wrong.</summary>
    public const string ProofFailed = "proof_failed";

    /// <summary>Frames that are not the mesh's.</summary>
    public const string Protocol = "protocol_violation";

    /// <summary>The peer is not trusted for the service.</summary>
    public const string Untrusted = "untrusted_peer";

    /// <summary>A service or port that is not declared here.</summary>
    public const string UnknownService = "unknown_service";

    /// <summary>The program's port belongs to another user.</summary>
    public const string WrongOwner = "wrong_owner";

    /// <summary>The program does not listen.</summary>
    public const string NoListener = "no_listener";

    /// <summary>A local process whose user may not use peers' addresses.</summary>
    public const string LocalUser = "local_user";

    /// <summary>A limit of connections.</summary>
    public const string Busy = "connections";

    /// <summary>The node or its peer stops.</summary>
    public const string Draining = "draining";

    /// <summary>The peer cannot be reached.</summary>
    public const string Unreachable = "peer_unreachable";

    /// <summary>The peer does not answer the first message.</summary>
    public const string PeerSilent = "peer_silent";

    /// <summary>The peer refused this node.</summary>
    public const string PeerRefused = "peer_refused";

    /// <summary>The audit trail takes no records, or something else failed.</summary>
    public const string Failed = "failed";
}

namespace Gatehouse.Problems.Cluster;

/// <summary>Certificates made, read and revoked, and authorities of one's own: GH3100 to GH3129.</summary>
public static class CertificateProblems
{
    /// <summary>What should be a certificate signing request is none.</summary>
    public static readonly ProblemDefinition RequestUnreadable = new("GH3100", "A certificate signing request cannot be read");

    /// <summary>The request's signature was not made by the key in it.</summary>
    public static readonly ProblemDefinition RequestNotProven = new("GH3101", "A signing request does not prove that its sender has the key");

    /// <summary>A key or a signature that can be broken, or of a kind that is not taken.</summary>
    public static readonly ProblemDefinition KeyWeak = new("GH3102", "A key or signature is too weak or of an unknown kind");

    /// <summary>Profile, key type, days or names that do not go together.</summary>
    public static readonly ProblemDefinition PropertiesInvalid = new("GH3103", "A certificate cannot have these properties");

    /// <summary>A file is neither a certificate nor a key store that can be read.</summary>
    public static readonly ProblemDefinition CertificateUnreadable = new("GH3104", "A certificate file cannot be read");

    /// <summary>A key store or private key does not open with the password given, or needs one.</summary>
    public static readonly ProblemDefinition PasswordWrong = new("GH3105", "A key store or private key does not open");

    /// <summary>Neither issued by this cluster nor a file.</summary>
    public static readonly ProblemDefinition NoSuchCertificate = new("GH3107", "There is no such certificate");

    /// <summary>A certificate was asked for over a key that was revoked.</summary>
    public static readonly ProblemDefinition KeyRevoked = new("GH3108", "The key was revoked");

    /// <summary>Node certificates come by joining only.</summary>
    public static readonly ProblemDefinition NodeByJoining = new("GH3109", "Node certificates are made by joining");

    /// <summary>A CA certificate that this cluster cannot stand on.</summary>
    public static readonly ProblemDefinition AuthorityUnfit = new("GH3110", "A CA certificate cannot be used for this cluster");

    /// <summary>A CA key that does not belong to its certificate.</summary>
    public static readonly ProblemDefinition AuthorityKeyMismatch = new("GH3111", "A key does not belong to its certificate");

    /// <summary>Another authority is being brought into force.</summary>
    public static readonly ProblemDefinition AuthorityPending = new("GH3112", "Another authority waits to come into force");

    /// <summary>There is no revocation list to give out.</summary>
    public static readonly ProblemDefinition ListMissing = new("GH3113", "There is no revocation list yet");

    /// <summary>A certificate ends soon, and nothing renews it by itself.</summary>
    public static readonly ProblemDefinition EndsSoon = new("GH3120", "A certificate ends soon");

    /// <summary>A certificate has ended.</summary>
    public static readonly ProblemDefinition Ended = new("GH3121", "A certificate has expired");

    /// <summary>All of this range.</summary>
    public static IReadOnlyList<ProblemDefinition> All { get; } =
    [
        RequestUnreadable, RequestNotProven, KeyWeak, PropertiesInvalid, CertificateUnreadable, PasswordWrong, NoSuchCertificate,
        KeyRevoked, NodeByJoining, AuthorityUnfit, AuthorityKeyMismatch, AuthorityPending, ListMissing, EndsSoon, Ended,
    ];
}

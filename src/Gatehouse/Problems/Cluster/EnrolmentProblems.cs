namespace Gatehouse.Problems.Cluster;

/// <summary>Tokens, joining, leaving and a node's membership: GH3200 to GH3229.</summary>
public static class EnrolmentProblems
{
    /// <summary>A text that should be an enrolment token is none, or was damaged.</summary>
    public static readonly ProblemDefinition TokenUnreadable = new("GH3200", "The enrolment token cannot be read");

    /// <summary>The token's time is over by this host's clock.</summary>
    public static readonly ProblemDefinition TokenExpired = new("GH3201", "The enrolment token has expired");

    /// <summary>No address is known at which another host reaches the admin API.</summary>
    public static readonly ProblemDefinition TokenNowhere = new("GH3202", "An enrolment token would lead nowhere");

    /// <summary>The cluster's store is SQLite, which is for one node.</summary>
    public static readonly ProblemDefinition StoreNotShared = new("GH3203", "The store cannot be shared with another node");

    /// <summary>The name is taken and the token does not replace its holder.</summary>
    public static readonly ProblemDefinition NodeExists = new("GH3204", "A node of this name is a member already");

    /// <summary>The cluster gave no reason on purpose.</summary>
    public static readonly ProblemDefinition EnrolmentRefused = new("GH3205", "The cluster does not take the enrolment token");

    /// <summary>Calls of the enrolment endpoints are limited per source.</summary>
    public static readonly ProblemDefinition EnrolmentLimited = new("GH3206", "Too many enrolment attempts");

    /// <summary>Root, certificate or proof do not fit the token; nothing secret was sent.</summary>
    public static readonly ProblemDefinition NotTheCluster = new("GH3207", "The other side is not the cluster of the token");

    /// <summary>Nothing answered at the addresses in the token.</summary>
    public static readonly ProblemDefinition ClusterUnreachable = new("GH3208", "No address of the token answers");

    /// <summary>Joining needs an empty data folder.</summary>
    public static readonly ProblemDefinition DataFolderInUse = new("GH3209", "The data folder belongs to a node already");

    /// <summary>Keys, names or certificates in the answer do not belong together.</summary>
    public static readonly ProblemDefinition EnrolmentAnswerUnusable = new("GH3210", "The answer to an enrolment cannot be used");

    /// <summary>The new node could not open the store with what it was given; it did not join.</summary>
    public static readonly ProblemDefinition StoreUnproven = new("GH3211", "The cluster's store cannot be used from this host");

    /// <summary>The cluster has no node of this name.</summary>
    public static readonly ProblemDefinition NodeUnknown = new("GH3212", "There is no such node");

    /// <summary>Without it no certificate could be issued or renewed any more.</summary>
    public static readonly ProblemDefinition LastIssuer = new("GH3213", "The last node that holds the CA's keys cannot go");

    /// <summary>A node that goes in order leaves.</summary>
    public static readonly ProblemDefinition RevokeSelf = new("GH3214", "A node does not revoke itself");

    /// <summary>It was revoked, replaced, or has left.</summary>
    public static readonly ProblemDefinition NotAMember = new("GH3215", "This node is no member of the cluster any more");

    /// <summary>gatehouse.yaml names another node, or has a store already.</summary>
    public static readonly ProblemDefinition ConfigurationInTheWay = new("GH3216", "The configuration file does not fit the token");

    /// <summary>An issuer found a request that it does not sign.</summary>
    public static readonly ProblemDefinition CertificateRequestRefused = new("GH3217", "A node's certificate request is refused");

    /// <summary>A request for renewal has no answer.</summary>
    public static readonly ProblemDefinition NoIssuer = new("GH3218", "No node issues certificates");

    /// <summary>If the only issuer is lost, certificates cannot be renewed.</summary>
    public static readonly ProblemDefinition FewIssuers = new("GH3219", "The cluster has fewer than two issuers");

    /// <summary>What was asked for is out of range.</summary>
    public static readonly ProblemDefinition TokenRequestInvalid = new("GH3220", "An enrolment token cannot be made so");

    /// <summary>Every number for a node's loopback address is taken.</summary>
    public static readonly ProblemDefinition ClusterFull = new("GH3221", "The cluster has no number for another node");

    /// <summary>The node is still a member.</summary>
    public static readonly ProblemDefinition LeaveUnconfirmed = new("GH3222", "Leaving was not confirmed");

    /// <summary>A join with another token was interrupted here.</summary>
    public static readonly ProblemDefinition JoinUnfinished = new("GH3223", "An unfinished join is in the way");

    /// <summary>A node's certificate would name the host of another, or a node would be where another's certificate is good for.</summary>
    public static readonly ProblemDefinition HostTaken = new("GH3224", "A name or address belongs to another node");

    /// <summary>All of this range.</summary>
    public static IReadOnlyList<ProblemDefinition> All { get; } =
    [
        TokenUnreadable, TokenExpired, TokenNowhere, StoreNotShared, NodeExists,
        EnrolmentRefused, EnrolmentLimited, NotTheCluster, ClusterUnreachable, DataFolderInUse,
        EnrolmentAnswerUnusable, StoreUnproven, NodeUnknown, LastIssuer, RevokeSelf,
        NotAMember, ConfigurationInTheWay, CertificateRequestRefused, NoIssuer, FewIssuers,
        TokenRequestInvalid, ClusterFull, LeaveUnconfirmed, JoinUnfinished, HostTaken,
    ];
}

namespace Gatehouse.Problems;

/// <summary>Keys, certificates and files with secrets: GH3xxx.</summary>
public static class TrustProblems
{
    /// <summary>A file with secrets, or the folder of such files, can be read or written by others.</summary>
    public static readonly ProblemDefinition FileTooWide = new("GH3001", "A private file or folder is open to other users");

    /// <summary>A file with secrets, or the folder of such files, belongs to another user.</summary>
    public static readonly ProblemDefinition FileOwnedByAnother = new("GH3002", "A private file or folder belongs to another user");

    /// <summary>A link, or anything else that is not a plain file, stands where a file with secrets should be.</summary>
    public static readonly ProblemDefinition FileIsNoPlainFile = new("GH3003", "A link or special file stands in the place of a private file");

    /// <summary>A private file cannot be read.</summary>
    public static readonly ProblemDefinition FileUnreadable = new("GH3004", "A private file cannot be read");

    /// <summary>A private file cannot be written.</summary>
    public static readonly ProblemDefinition FileUnwritable = new("GH3005", "A private file cannot be written");

    /// <summary>The node's own key would lie inside the data folder.</summary>
    public static readonly ProblemDefinition NodeKeyInsideData = new("GH3010", "The node key may not lie inside the data folder");

    /// <summary>The node's own key is gone, what was sealed under it is there.</summary>
    public static readonly ProblemDefinition NodeKeyMissing = new("GH3011", "The node key is missing");

    /// <summary>The node's own key cannot be understood, or is another node's.</summary>
    public static readonly ProblemDefinition NodeKeyInvalid = new("GH3012", "The node key is not usable");

    /// <summary>A sealed document does not open.</summary>
    public static readonly ProblemDefinition SealBroken = new("GH3020", "A sealed document was changed or sealed under another key");

    /// <summary>A wrapped key does not open with this node's key.</summary>
    public static readonly ProblemDefinition WrapBroken = new("GH3021", "A wrapped key does not open with this node's key");

    /// <summary>A document was sealed, or is to be sealed, under a data key that this node does not hold.</summary>
    public static readonly ProblemDefinition DataKeyUnknown = new("GH3022", "This node does not hold a data key of the cluster");

    /// <summary>A record of a data key is not signed by an issuer of the cluster.</summary>
    public static readonly ProblemDefinition DataKeyForged = new("GH3023", "A data key was not handed out by an issuer of the cluster");

    /// <summary>Something of the node's trust is gone while what depends on it is there.</summary>
    public static readonly ProblemDefinition TrustIncomplete = new("GH3030", "A part of the node's trust is missing");

    /// <summary>A file of the node's trust cannot be understood or does not belong to the others.</summary>
    public static readonly ProblemDefinition TrustInconsistent = new("GH3031", "The node's trust files do not belong together");

    /// <summary>The name of a node, user or server cannot stand in a certificate.</summary>
    public static readonly ProblemDefinition NameInvalid = new("GH3040", "A name cannot stand in a certificate");

    /// <summary>The CA's certificates have expired.</summary>
    public static readonly ProblemDefinition CaExpired = new("GH3041", "The cluster CA has expired");

    /// <summary>Only a node that holds the CA's keys can do this.</summary>
    public static readonly ProblemDefinition NoIssuer = new("GH3042", "This node does not hold the CA's keys");

    /// <summary>A certificate that was made for this node does not fit its key, name or authority.</summary>
    public static readonly ProblemDefinition LeafRefused = new("GH3043", "A certificate for this node does not fit");

    /// <summary>The TLS floor could not be put in force.</summary>
    public static readonly ProblemDefinition TlsFloorFailed = new("GH3050", "The TLS floor could not be put in force");

    /// <summary>All of this range.</summary>
    public static IReadOnlyList<ProblemDefinition> All { get; } =
    [
        FileTooWide, FileOwnedByAnother, FileIsNoPlainFile, FileUnreadable, FileUnwritable,
        NodeKeyInsideData, NodeKeyMissing, NodeKeyInvalid,
        SealBroken, WrapBroken, DataKeyUnknown, DataKeyForged,
        TrustIncomplete, TrustInconsistent,
        NameInvalid, CaExpired, NoIssuer, LeafRefused,
        TlsFloorFailed,
    ];
}

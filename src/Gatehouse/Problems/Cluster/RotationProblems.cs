namespace Gatehouse.Problems.Cluster;

/// <summary>Rotation of CA, secret and data key, and certificates that do not hold: GH3300 to GH3329.</summary>
public static class RotationProblems
{
    /// <summary>One rotation at a time.</summary>
    public static readonly ProblemDefinition UnderWay = new("GH3300", "A rotation is under way");

    /// <summary>A node has not said that it has done the step.</summary>
    public static readonly ProblemDefinition Waiting = new("GH3301", "The rotation waits for a node");

    /// <summary>A step or a way back without a rotation.</summary>
    public static readonly ProblemDefinition None = new("GH3302", "No such rotation is under way");

    /// <summary>Who holds a certificate of the old authority would be locked out.</summary>
    public static readonly ProblemDefinition CertificatesInUse = new("GH3303", "Certificates of the old authority are still in use");

    /// <summary>The old material is gone, or is going.</summary>
    public static readonly ProblemDefinition TooLate = new("GH3304", "The rotation can no longer be rolled back");

    /// <summary>Only an issuer makes an authority.</summary>
    public static readonly ProblemDefinition NotIssuer = new("GH3305", "This node does not hold the CA's keys");

    /// <summary>The cluster state has no active material of the kind, or the new one cannot be used.</summary>
    public static readonly ProblemDefinition Unusable = new("GH3306", "What is to be rotated cannot be used");

    /// <summary>A certificate of this node is expired, or not valid yet.</summary>
    public static readonly ProblemDefinition NotValidNow = new("GH3310", "A certificate of this node does not hold now");

    /// <summary>New certificates could not be made with the daemon stopped.</summary>
    public static readonly ProblemDefinition NotRecovered = new("GH3311", "Certificates could not be brought back");

    /// <summary>All of this range.</summary>
    public static IReadOnlyList<ProblemDefinition> All { get; } =
    [
        UnderWay, Waiting, None, CertificatesInUse, TooLate, NotIssuer, Unusable, NotValidNow, NotRecovered,
    ];
}

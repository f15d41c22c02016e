namespace Gatehouse.Problems;

/// <summary>The audit trail: GH8xxx.</summary>
public static class AuditProblems
{
    /// <summary>The writer met an error: nothing is forwarded until it has recovered.</summary>
    public static readonly ProblemDefinition WriteFailed = new("GH8001", "The audit trail cannot be written");

    /// <summary>The folder cannot be made, read or is open to others.</summary>
    public static readonly ProblemDefinition FolderUnusable = new("GH8002", "The audit folder cannot be used");

    /// <summary>Another process writes there.</summary>
    public static readonly ProblemDefinition FolderInUse = new("GH8003", "The audit folder is in use by another process");

    /// <summary>The files end before, or differ from, what was anchored.</summary>
    public static readonly ProblemDefinition BelowAnchor = new("GH8004", "The audit trail is not the one that was anchored");

    /// <summary>Verification or the start found a broken record.</summary>
    public static readonly ProblemDefinition Broken = new("GH8005", "The audit trail is broken");

    /// <summary>A start after a crash cut a torn line or took over unsigned records.</summary>
    public static readonly ProblemDefinition Recovered = new("GH8006", "The audit trail was recovered after a crash");

    /// <summary>The segment in use was deleted or changed from outside.</summary>
    public static readonly ProblemDefinition SegmentChanged = new("GH8007", "The audit segment in use was changed from outside");

    /// <summary>The head could not be anchored or read.</summary>
    public static readonly ProblemDefinition AnchorFailed = new("GH8008", "The audit trail's head could not be anchored");

    /// <summary>A closed segment past its retention could not be deleted.</summary>
    public static readonly ProblemDefinition PruneFailed = new("GH8009", "An old audit segment could not be deleted");

    /// <summary>An output's receiver cannot be reached or refuses; nothing is lost yet.</summary>
    public static readonly ProblemDefinition OutputFailed = new("GH8010", "An audit output does not deliver");

    /// <summary>An output is behind by more than its limit.</summary>
    public static readonly ProblemDefinition OutputBehind = new("GH8011", "An audit output is too far behind");

    /// <summary>Segments were deleted before an output had read them.</summary>
    public static readonly ProblemDefinition OutputMissed = new("GH8012", "Audit records were deleted before they were delivered");

    /// <summary>Settings of an output that cannot be used.</summary>
    public static readonly ProblemDefinition OutputInvalid = new("GH8013", "An audit output is not configured rightly");

    /// <summary>A receiver refused records for good.</summary>
    public static readonly ProblemDefinition OutputRefused = new("GH8014", "A receiver refused audit records for good");

    /// <summary>An audit policy that cannot come into force.</summary>
    public static readonly ProblemDefinition PolicyInvalid = new("GH8030", "The audit policy is not valid");

    /// <summary>Patterns that would compile to too large an automaton.</summary>
    public static readonly ProblemDefinition PolicyTooComplex = new("GH8031", "The patterns of the audit policy are too complex");

    /// <summary>Another writer changed the policy since it was read.</summary>
    public static readonly ProblemDefinition PolicyChanged = new("GH8032", "The audit policy was changed by somebody else");

    /// <summary>All of this range.</summary>
    public static IReadOnlyList<ProblemDefinition> All { get; } =
    [
        WriteFailed, FolderUnusable, FolderInUse, BelowAnchor, Broken, Recovered, SegmentChanged, AnchorFailed, PruneFailed,
        OutputFailed, OutputBehind, OutputMissed, OutputInvalid, OutputRefused,
        PolicyInvalid, PolicyTooComplex, PolicyChanged,
    ];
}

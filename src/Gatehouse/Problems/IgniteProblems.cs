namespace Gatehouse.Problems;

/// <summary>Gates for Apache Ignite's thin client: GH540x.</summary>
public static class IgniteProblems
{
    /// <summary>No handshake in time.</summary>
    public static readonly ProblemDefinition HandshakeTimeout = new("GH5401", "No handshake came in time");

    /// <summary>A handshake of a node's own executor, which needs no password there.</summary>
    public static readonly ProblemDefinition ExecutorRefused = new("GH5402", "Compute executors do not come through a gate");

    /// <summary>More connections than a user may have.</summary>
    public static readonly ProblemDefinition TooManyConnections = new("GH5403", "The user has too many connections to Ignite");

    /// <summary>SQL that cannot be classified.</summary>
    public static readonly ProblemDefinition SqlUnclear = new("GH5404", "The SQL statement is not surely understood");

    /// <summary>A table id that has no name.</summary>
    public static readonly ProblemDefinition TableUnknown = new("GH5405", "The table's name is not known");

    /// <summary>Too many requests under way.</summary>
    public static readonly ProblemDefinition TooManyPending = new("GH5406", "Too many requests are under way");

    /// <summary>A job's argument that the node would deserialize.</summary>
    public static readonly ProblemDefinition MarshalledRefused = new("GH5407", "The job's argument is marshalled by its own code");

    /// <summary>The node refused the gate.</summary>
    public static readonly ProblemDefinition NodeRefused = new("GH5408", "The Ignite node refused the gate");

    /// <summary>No node behind the server name.</summary>
    public static readonly ProblemDefinition NameUnknown = new("GH5409", "No Ignite node is behind this server name");

    /// <summary>All of this range.</summary>
    public static IReadOnlyList<ProblemDefinition> All { get; } =
        [HandshakeTimeout, ExecutorRefused, TooManyConnections, SqlUnclear, TableUnknown, TooManyPending, MarshalledRefused, NodeRefused, NameUnknown];
}

/// <summary>Apache Ignite's REST API: GH5420 to GH5429.</summary>
public static class IgniteRestProblems
{
    /// <summary>A body that is not one clear form with files.</summary>
    public static readonly ProblemDefinition BadUpload = new("GH5420", "The upload cannot be read in one way only");

    /// <summary>A name that could lead out of the unit's folder, or two files with one name.</summary>
    public static readonly ProblemDefinition FileName = new("GH5421", "A file of the upload has a name that does not pass");

    /// <summary>Size, number of files or entries, or what an archive unpacks to.</summary>
    public static readonly ProblemDefinition UploadTooLarge = new("GH5422", "The upload is larger than the gate allows");

    /// <summary>An archive that is damaged, or says two things.</summary>
    public static readonly ProblemDefinition BadArchive = new("GH5423", "The zip archive does not pass");

    /// <summary>A file whose hash is not among those of the gate.</summary>
    public static readonly ProblemDefinition NotListed = new("GH5424", "A file of the upload is not on the gate's list");

    /// <summary>A unit's id or version, a job's id, a path of the configuration.</summary>
    public static readonly ProblemDefinition BadName = new("GH5425", "A name in the request cannot be used");

    /// <summary>A configuration or another body of which it is not certain what the node would do.</summary>
    public static readonly ProblemDefinition BadBody = new("GH5426", "The request's body cannot be used");

    /// <summary>All of this range.</summary>
    public static IReadOnlyList<ProblemDefinition> All { get; } = [BadUpload, FileName, UploadTooLarge, BadArchive, NotListed, BadName, BadBody];
}

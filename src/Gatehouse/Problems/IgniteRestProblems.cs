namespace Gatehouse.Problems;

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

namespace Gatehouse.Problems;

/// <summary>IPFS Cluster, its pinning service and proxy, and Kubo: GH5501 to GH5539.</summary>
public static class IpfsProblems
{
    /// <summary>What should be a CID is none.</summary>
    public static readonly ProblemDefinition NotContentId = new("GH5501", "Not a content identifier");

    /// <summary>An option that the operation does not have.</summary>
    public static readonly ProblemDefinition UnknownOption = new("GH5502", "The operation has no such option");

    /// <summary>An option whose value cannot be read in one way only.</summary>
    public static readonly ProblemDefinition BadOption = new("GH5503", "The value of an option cannot be used");

    /// <summary>An option that no gate passes on.</summary>
    public static readonly ProblemDefinition RefusedOption = new("GH5504", "This option does not pass the gate");

    /// <summary>Metadata under a name that Gatehouse keeps for itself.</summary>
    public static readonly ProblemDefinition ReservedMetadata = new("GH5505", "Metadata under a reserved name");

    /// <summary>Arguments of a command that could be taken in several ways.</summary>
    public static readonly ProblemDefinition Arguments = new("GH5506", "The arguments do not fit the command");

    /// <summary>The body of a request to the pinning service.</summary>
    public static readonly ProblemDefinition BadBody = new("GH5507", "The pinning service's request body cannot be used");

    /// <summary>A path that does not name content.</summary>
    public static readonly ProblemDefinition BadPath = new("GH5508", "Not a path of IPFS");

    /// <summary>A request for a token of the upstream's own.</summary>
    public static readonly ProblemDefinition UpstreamToken = new("GH5520", "Tokens of IPFS Cluster itself do not pass the gate");

    /// <summary>A pin that would be changed for others.</summary>
    public static readonly ProblemDefinition PinOfOthers = new("GH5521", "The pin belongs to others too");

    /// <summary>A pin without a known owner.</summary>
    public static readonly ProblemDefinition PinnedOutside = new("GH5522", "The content is pinned by somebody whom the ledger does not know");

    /// <summary>No answer to a question about a pin.</summary>
    public static readonly ProblemDefinition PinUnknown = new("GH5523", "The cluster does not say whether the content is pinned");

    /// <summary>One principal's adds.</summary>
    public static readonly ProblemDefinition TooManyAdds = new("GH5524", "Too many adds at a time");

    /// <summary>A request id of the pinning service that is nobody's, or another's.</summary>
    public static readonly ProblemDefinition NoSuchRequest = new("GH5525", "There is no such pin request");

    /// <summary>All of this range.</summary>
    public static IReadOnlyList<ProblemDefinition> All { get; } =
        [NotContentId, UnknownOption, BadOption, RefusedOption, ReservedMetadata, Arguments, BadBody, BadPath, UpstreamToken, PinOfOthers, PinnedOutside, PinUnknown, TooManyAdds, NoSuchRequest];
}

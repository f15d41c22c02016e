namespace Gatehouse.Problems;

/// <summary>Gates, requests and forwarding: GH7xxx (GH72xx: catalogues and targets).</summary>
public static class GateProblems
{
    /// <summary>No credentials where some are needed.</summary>
    public static readonly ProblemDefinition CredentialsNeeded = new("GH7001", "Credentials are needed");

    /// <summary>Credentials that nobody accepted.</summary>
    public static readonly ProblemDefinition CredentialsRefused = new("GH7002", "Credentials were refused");

    /// <summary>Too many failed logins.</summary>
    public static readonly ProblemDefinition LoginLimited = new("GH7003", "Logins are limited for now");

    /// <summary>No role allows it.</summary>
    public static readonly ProblemDefinition AccessDenied = new("GH7004", "Access was denied");

    /// <summary>The catalogue does not know the operation.</summary>
    public static readonly ProblemDefinition UnknownOperation = new("GH7005", "The operation is not known");

    /// <summary>The path is known, the method is not.</summary>
    public static readonly ProblemDefinition MethodNotAllowed = new("GH7006", "The method is not known on this path");

    /// <summary>A request that two parsers could read differently.</summary>
    public static readonly ProblemDefinition TamperedRequest = new("GH7010", "The request is malformed or ambiguous");

    /// <summary>A Host that the gate does not serve.</summary>
    public static readonly ProblemDefinition WrongHost = new("GH7011", "The gate does not serve this host name");

    /// <summary>A cross-site request.</summary>
    public static readonly ProblemDefinition OriginRefused = new("GH7012", "The request comes from a page of another origin");

    /// <summary>The body is too large.</summary>
    public static readonly ProblemDefinition BodyTooLarge = new("GH7013", "The request body is too large");

    /// <summary>The body's type or coding is not taken.</summary>
    public static readonly ProblemDefinition BodyTypeRefused = new("GH7014", "The request body's type is not accepted");

    /// <summary>The body was refused.</summary>
    public static readonly ProblemDefinition BodyRefused = new("GH7015", "The request body is not accepted");

    /// <summary>An upgrade that is not allowed.</summary>
    public static readonly ProblemDefinition UpgradeRefused = new("GH7016", "The protocol change is not allowed");

    /// <summary>The trail takes no records.</summary>
    public static readonly ProblemDefinition NoAuditSlot = new("GH7020", "The audit trail takes no records");

    /// <summary>The right was lost while the request ran.</summary>
    public static readonly ProblemDefinition RequestCut = new("GH7021", "The request was cut");

    /// <summary>The gate itself failed.</summary>
    public static readonly ProblemDefinition GateFault = new("GH7022", "The gate failed");

    /// <summary>A scroll, cursor, task or the like that nobody knows, or that is not the caller's.</summary>
    public static readonly ProblemDefinition HandleMissing = new("GH7060", "There is no such scroll, point in time, cursor or task");

    /// <summary>A response that could not be looked into.</summary>
    public static readonly ProblemDefinition ResponseForm = new("GH7061", "The response cannot be asked for in this form");

    /// <summary>The upstream does not say which indices it has.</summary>
    public static readonly ProblemDefinition NamesUnavailable = new("GH7070", "The upstream's index names cannot be had");

    /// <summary>More indices than a request can name.</summary>
    public static readonly ProblemDefinition TooManyIndices = new("GH7071", "The request reaches more indices than a request can name");

    /// <summary>No connection to the upstream.</summary>
    public static readonly ProblemDefinition UpstreamUnreachable = new("GH7101", "The upstream cannot be reached");

    /// <summary>Somebody else's process holds the upstream's port.</summary>
    public static readonly ProblemDefinition UpstreamWrongOwner = new("GH7102", "The upstream's port belongs to another user");

    /// <summary>The response breaks the framing rules.</summary>
    public static readonly ProblemDefinition UpstreamMalformed = new("GH7103", "The upstream's response is malformed");

    /// <summary>The upstream closed too early.</summary>
    public static readonly ProblemDefinition UpstreamCut = new("GH7104", "The upstream broke off");

    /// <summary>No answer in time.</summary>
    public static readonly ProblemDefinition UpstreamTimeout = new("GH7105", "The upstream did not answer in time");

    /// <summary>The client's body ended early.</summary>
    public static readonly ProblemDefinition ClientCutShort = new("GH7106", "The client broke off");

    /// <summary>A gate's setting does not work.</summary>
    public static readonly ProblemDefinition GateSetting = new("GH7110", "A gate's setting is wrong");

    /// <summary>A gate could not listen.</summary>
    public static readonly ProblemDefinition GateCannotListen = new("GH7111", "A gate cannot listen");

    /// <summary>All of this range.</summary>
    public static IReadOnlyList<ProblemDefinition> All { get; } =
    [
        CredentialsNeeded, CredentialsRefused, LoginLimited, AccessDenied, UnknownOperation, MethodNotAllowed,
        TamperedRequest, WrongHost, OriginRefused, BodyTooLarge, BodyTypeRefused, BodyRefused, UpgradeRefused,
        NoAuditSlot, RequestCut, GateFault, HandleMissing, ResponseForm, NamesUnavailable, TooManyIndices,
        UpstreamUnreachable, UpstreamWrongOwner, UpstreamMalformed, UpstreamCut, UpstreamTimeout, ClientCutShort,
        GateSetting, GateCannotListen,
    ];
}

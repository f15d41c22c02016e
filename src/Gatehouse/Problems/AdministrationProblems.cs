namespace Gatehouse.Problems;

/// <summary>The admin API and the command line: GH9xxx.</summary>
public static class AdministrationProblems
{
    /// <summary>The command line was not understood.</summary>
    public static readonly ProblemDefinition CommandLine = new("GH9001", "The command line was not understood");

    /// <summary>No daemon answers.</summary>
    public static readonly ProblemDefinition NotRunning = new("GH9002", "No daemon answers");

    /// <summary>The daemon did not take our word for who we are.</summary>
    public static readonly ProblemDefinition NotAuthenticated = new("GH9003", "The admin API does not know who is asking");

    /// <summary>No grant allows it.</summary>
    public static readonly ProblemDefinition NotAllowed = new("GH9004", "The caller lacks the right");

    /// <summary>Too many failed logins.</summary>
    public static readonly ProblemDefinition LoginLimited = new("GH9005", "Too many failed logins");

    /// <summary>Request refused before it was read further.</summary>
    public static readonly ProblemDefinition RequestRefused = new("GH9006", "A request the admin API does not accept");

    /// <summary>Body or query not understood.</summary>
    public static readonly ProblemDefinition RequestMalformed = new("GH9007", "A body or query that was not understood");

    /// <summary>No such endpoint.</summary>
    public static readonly ProblemDefinition NoSuchEndpoint = new("GH9008", "No such endpoint");

    /// <summary>No such thing by that name.</summary>
    public static readonly ProblemDefinition NotFound = new("GH9009", "There is nothing by that name");

    /// <summary>The name is taken.</summary>
    public static readonly ProblemDefinition AlreadyThere = new("GH9010", "The name is taken");

    /// <summary>A name of the wrong form.</summary>
    public static readonly ProblemDefinition InvalidName = new("GH9011", "A name of the wrong form");

    /// <summary>A password that is too weak or cannot be typed.</summary>
    public static readonly ProblemDefinition InvalidPassword = new("GH9012", "A password that is not accepted");

    /// <summary>The last administrator stays.</summary>
    public static readonly ProblemDefinition LastAdministrator = new("GH9013", "The last administrator stays");

    /// <summary>Only the kernel's word on the host counts for it.</summary>
    public static readonly ProblemDefinition OnlyOnHost = new("GH9070", "This is done on the node's own host");

    /// <summary>A role that users have.</summary>
    public static readonly ProblemDefinition RoleInUse = new("GH9014", "The role is in use");

    /// <summary>Built-in roles cannot be changed.</summary>
    public static readonly ProblemDefinition BuiltInRole = new("GH9015", "Built-in roles cannot be changed");

    /// <summary>The trail cannot take the record.</summary>
    public static readonly ProblemDefinition NotRecorded = new("GH9016", "The audit trail cannot take the record");

    /// <summary>No record by that receipt.</summary>
    public static readonly ProblemDefinition UnknownReceipt = new("GH9017", "No record has that receipt");

    /// <summary>The generation of the decision is gone.</summary>
    public static readonly ProblemDefinition GenerationGone = new("GH9018", "The policy of that decision is no longer kept");

    /// <summary>A fault inside the daemon.</summary>
    public static readonly ProblemDefinition Fault = new("GH9019", "The daemon failed to answer");

    /// <summary>An endpoint without an action.</summary>
    public static readonly ProblemDefinition EndpointTable = new("GH9020", "An endpoint is missing in the table");

    /// <summary>A password or other file that cannot be read.</summary>
    public static readonly ProblemDefinition UnreadableInput = new("GH9021", "An input file cannot be read");

    /// <summary>The other side is not a Gatehouse of this kind.</summary>
    public static readonly ProblemDefinition UnexpectedAnswer = new("GH9022", "The answer was not understood");

    /// <summary>A grant in short form that was not understood.</summary>
    public static readonly ProblemDefinition GrantSyntax = new("GH9023", "A grant that was not understood");

    /// <summary>A value out of range.</summary>
    public static readonly ProblemDefinition InvalidValue = new("GH9024", "A value that is not accepted");

    /// <summary>The server's certificate or name does not fit.</summary>
    public static readonly ProblemDefinition ServerNotTrusted = new("GH9025", "The server's certificate is not trusted");

    /// <summary>Another question reads the whole trail.</summary>
    public static readonly ProblemDefinition QuestionBusy = new("GH9040", "Another question is reading the trail");

    /// <summary>An operation in short form that was not understood.</summary>
    public static readonly ProblemDefinition OperationSyntax = new("GH9041", "An operation that was not understood");

    /// <summary>All of this range.</summary>
    public static IReadOnlyList<ProblemDefinition> All { get; } =
    [
        CommandLine, NotRunning, NotAuthenticated, NotAllowed, LoginLimited, RequestRefused, RequestMalformed, NoSuchEndpoint,
        NotFound, AlreadyThere, InvalidName, InvalidPassword, LastAdministrator, OnlyOnHost, RoleInUse, BuiltInRole, NotRecorded,
        UnknownReceipt, GenerationGone, Fault, EndpointTable, UnreadableInput, UnexpectedAnswer, GrantSyntax, InvalidValue,
        ServerNotTrusted, QuestionBusy, OperationSyntax,
    ];
}

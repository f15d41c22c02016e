namespace Gatehouse.Problems;

/// <summary>The node's configuration file: GH1xxx.</summary>
public static class ConfigurationProblems
{
    /// <summary>The file is missing or cannot be read.</summary>
    public static readonly ProblemDefinition Unreadable = new("GH1001", "The configuration file cannot be read");

    /// <summary>Not YAML.</summary>
    public static readonly ProblemDefinition Malformed = new("GH1002", "The configuration file is not well-formed YAML");

    /// <summary>Not UTF-8, or characters that editors do not show.</summary>
    public static readonly ProblemDefinition Characters = new("GH1003", "The configuration file holds characters that are not allowed");

    /// <summary>Larger or deeper than is read.</summary>
    public static readonly ProblemDefinition TooLarge = new("GH1004", "The configuration file is too large or too deep");

    /// <summary>Anchors, aliases, tags, merge keys, directives, several documents.</summary>
    public static readonly ProblemDefinition Feature = new("GH1005", "A feature of YAML is not supported in the configuration");

    /// <summary>A key nobody knows.</summary>
    public static readonly ProblemDefinition UnknownKey = new("GH1006", "Unknown key in the configuration");

    /// <summary>A key or a name twice.</summary>
    public static readonly ProblemDefinition Duplicate = new("GH1007", "A key or name stands twice in the configuration");

    /// <summary>A list where a text belongs, and the like.</summary>
    public static readonly ProblemDefinition WrongType = new("GH1008", "A configuration value has the wrong type");

    /// <summary>A key that must be there is not.</summary>
    public static readonly ProblemDefinition MissingKey = new("GH1009", "A required configuration key is missing");

    /// <summary>A version that this program does not know.</summary>
    public static readonly ProblemDefinition Version = new("GH1010", "The configuration has an unsupported version");

    /// <summary>Not ADDRESS:PORT.</summary>
    public static readonly ProblemDefinition Address = new("GH1011", "A listen address is not valid");

    /// <summary>A size, duration or number that is malformed or out of range.</summary>
    public static readonly ProblemDefinition Quantity = new("GH1012", "A size, duration or number is not valid");

    /// <summary>A word outside its list.</summary>
    public static readonly ProblemDefinition UnknownWord = new("GH1013", "A configuration value is not one of the known words");

    /// <summary>A gate, node, system or host name that is malformed.</summary>
    public static readonly ProblemDefinition Name = new("GH1014", "A name in the configuration is not valid");

    /// <summary>An upstream that is malformed.</summary>
    public static readonly ProblemDefinition Upstream = new("GH1015", "An upstream is not valid");

    /// <summary>Two listeners on one address.</summary>
    public static readonly ProblemDefinition ListenCollision = new("GH1016", "Two listeners share an address");

    /// <summary>A gate in front of ourselves.</summary>
    public static readonly ProblemDefinition OwnListener = new("GH1017", "A gate's upstream is one of Gatehouse's own listeners");

    /// <summary>tls: false off loopback.</summary>
    public static readonly ProblemDefinition ClearText = new("GH1018", "A clear-text listener is reachable from the network");

    /// <summary>A catalogue that cannot be used.</summary>
    public static readonly ProblemDefinition Catalogue = new("GH1019", "A catalogue cannot be used");

    /// <summary>A certificate or key file that cannot be used.</summary>
    public static readonly ProblemDefinition Certificate = new("GH1020", "A certificate or key file cannot be used");

    /// <summary>A key that others can read.</summary>
    public static readonly ProblemDefinition KeyMode = new("GH1021", "A private key file is readable by others");

    /// <summary>A CIDR that is malformed.</summary>
    public static readonly ProblemDefinition Network = new("GH1022", "A network is not valid");

    /// <summary>run_as names nobody.</summary>
    public static readonly ProblemDefinition UnknownUser = new("GH1023", "A user named in run_as or allow_users does not exist");

    /// <summary>Two settings that do not go together.</summary>
    public static readonly ProblemDefinition Conflict = new("GH1024", "Settings of a gate do not go together");

    /// <summary>Anybody can change the file.</summary>
    public static readonly ProblemDefinition FileMode = new("GH1025", "The configuration file can be changed by others");

    /// <summary>A CLI edit that cannot be made in place.</summary>
    public static readonly ProblemDefinition Edit = new("GH1026", "The configuration file cannot be edited in place");

    /// <summary>Profile <c>fips</c>, and something that is not approved.</summary>
    public static readonly ProblemDefinition NotApproved = new("GH1030", "Something is not approved under the FIPS profile");

    /// <summary>A key that a running daemon cannot follow.</summary>
    public static readonly ProblemDefinition NeedsRestart = new("GH1040", "A changed setting needs a restart of the daemon");

    /// <summary>A secret that is written out, or whose place holds none.</summary>
    public static readonly ProblemDefinition Secret = new("GH1041", "A secret cannot be used");

    /// <summary>401 for the gate itself.</summary>
    public static readonly ProblemDefinition UpstreamCredentialRefused = new("GH1050", "The upstream refuses the gate's credential");

    /// <summary>All of this range.</summary>
    public static IReadOnlyList<ProblemDefinition> All { get; } =
    [
        Unreadable, Malformed, Characters, TooLarge, Feature, UnknownKey, Duplicate, WrongType, MissingKey, Version, Address, Quantity,
        UnknownWord, Name, Upstream, ListenCollision, OwnListener, ClearText, Catalogue, Certificate, KeyMode, Network, UnknownUser,
        Conflict, FileMode, Edit, NotApproved, NeedsRestart, Secret,
        UpstreamCredentialRefused,
    ];
}

namespace Gatehouse.Problems;

/// <summary>Realms, users and passwords: GH5xxx.</summary>
public static class IdentityProblems
{
    /// <summary>A realm's name that is not allowed.</summary>
    public static readonly ProblemDefinition RealmName = new("GH5001", "Realm name is not valid");

    /// <summary>Settings of another kind, or none.</summary>
    public static readonly ProblemDefinition RealmSettings = new("GH5002", "Realm settings do not fit its kind");

    /// <summary>A value out of range.</summary>
    public static readonly ProblemDefinition RealmValue = new("GH5003", "Realm setting is not accepted");

    /// <summary>Role mappings that name the realm.</summary>
    public static readonly ProblemDefinition RealmInUse = new("GH5004", "Realm is named by mappings");

    /// <summary>Another version of the realm is in force than was read.</summary>
    public static readonly ProblemDefinition RealmChanged = new("GH5005", "Realm was changed meanwhile");

    /// <summary>A kept secret would go elsewhere.</summary>
    public static readonly ProblemDefinition SecretNeeded = new("GH5006", "The bind password is needed again");

    /// <summary>The node does not run this realm.</summary>
    public static readonly ProblemDefinition RealmNotLoaded = new("GH5007", "Realm is not in force on this node");

    /// <summary>Gates that name the realm.</summary>
    public static readonly ProblemDefinition RealmOfGates = new("GH5040", "Realm is named by gates");

    /// <summary>A gate that names a realm which is not there.</summary>
    public static readonly ProblemDefinition RealmOfGateUnknown = new("GH5041", "Gate names a realm that does not exist");

    /// <summary>A process of a user who is not in <c>allow_users</c>.</summary>
    public static readonly ProblemDefinition LocalUserRefused = new("GH5042", "A local user's program is not let in");

    /// <summary>A user has as many keys as one may have.</summary>
    public static readonly ProblemDefinition TooManyKeys = new("GH5020", "The user has too many API keys");

    /// <summary>Grants of a key that are too many.</summary>
    public static readonly ProblemDefinition KeyGrants = new("GH5021", "The grants of an API key are not accepted");

    /// <summary>What a derived key cannot have.</summary>
    public static readonly ProblemDefinition DerivedKey = new("GH5022", "A key made by a key has no rights");

    /// <summary>The caller is no native user.</summary>
    public static readonly ProblemDefinition KeyOwner = new("GH5023", "No API keys of one's own here");

    /// <summary>A service account was to get a password.</summary>
    public static readonly ProblemDefinition ServiceAccount = new("GH5030", "A service account has no password");

    /// <summary>An account for emergencies was used.</summary>
    public static readonly ProblemDefinition BreakGlassUsed = new("GH5031", "A break-glass account was used");

    /// <summary>Keys and acting as somebody would go past the alarm.</summary>
    public static readonly ProblemDefinition BreakGlassKeys = new("GH5032", "A break-glass account has its password only");

    /// <summary>A mapping without any condition.</summary>
    public static readonly ProblemDefinition MappingOfNobody = new("GH5060", "Role mapping without a condition");

    /// <summary>A mapping with something that cannot be understood.</summary>
    public static readonly ProblemDefinition MappingInvalid = new("GH5061", "Role mapping not understood");

    /// <summary>A realm's authorities are not PEM.</summary>
    public static readonly ProblemDefinition RealmAuthorities = new("GH5201", "A realm's authorities cannot be used");

    /// <summary>No issuer, or not one that can be asked.</summary>
    public static readonly ProblemDefinition TokenIssuer = new("GH5202", "A token realm's issuer is missing or malformed");

    /// <summary>No audience.</summary>
    public static readonly ProblemDefinition TokenAudience = new("GH5203", "A token realm names no audience");

    /// <summary>Algorithms unknown, or of kinds that do not go together.</summary>
    public static readonly ProblemDefinition TokenAlgorithms = new("GH5204", "A token realm's algorithms cannot be used");

    /// <summary>Keys missing or unusable.</summary>
    public static readonly ProblemDefinition TokenKeys = new("GH5205", "A token realm's keys cannot be used");

    /// <summary>Keys cannot be fetched there.</summary>
    public static readonly ProblemDefinition TokenKeysUrl = new("GH5206", "A token realm's address of keys is malformed");

    /// <summary>A claim that is no JSON pointer.</summary>
    public static readonly ProblemDefinition TokenClaims = new("GH5207", "A token realm's claim is no JSON pointer");

    /// <summary>Skew or lifetime out of bounds.</summary>
    public static readonly ProblemDefinition TokenTimes = new("GH5208", "A token realm's times are out of bounds");

    /// <summary>Name or groups from an unknown place.</summary>
    public static readonly ProblemDefinition CertificateFields = new("GH5221", "A certificate realm's name or groups come from an unknown field");

    /// <summary>A revocation list that cannot be used.</summary>
    public static readonly ProblemDefinition CertificateRevocation = new("GH5222", "A certificate realm's revocation list cannot be used");

    /// <summary>No server, too many, or one that cannot be read.</summary>
    public static readonly ProblemDefinition DirectoryServers = new("GH5101", "Directory has no usable server");

    /// <summary>Passwords would cross a network.</summary>
    public static readonly ProblemDefinition DirectoryClearText = new("GH5102", "Directory would be asked in clear text");

    /// <summary>Nobody is pinned.</summary>
    public static readonly ProblemDefinition DirectoryAuthorities = new("GH5103", "Directory's authorities are missing or not readable");

    /// <summary>An account without password, or the other way round.</summary>
    public static readonly ProblemDefinition DirectorySearcher = new("GH5104", "Directory's searching account is incomplete");

    /// <summary>A place, template or attribute that cannot be read.</summary>
    public static readonly ProblemDefinition DirectoryName = new("GH5105", "Distinguished name is not well-formed");

    /// <summary>A filter that cannot be read.</summary>
    public static readonly ProblemDefinition DirectoryFilter = new("GH5106", "Directory filter is not well-formed");

    /// <summary>A number out of range.</summary>
    public static readonly ProblemDefinition DirectoryRange = new("GH5107", "Directory setting is out of range");

    /// <summary>Settings that do not go together.</summary>
    public static readonly ProblemDefinition DirectoryUsers = new("GH5108", "Directory does not say how users are found");

    /// <summary>All of this range.</summary>
    public static IReadOnlyList<ProblemDefinition> All { get; } =
    [
        RealmName, RealmSettings, RealmValue, RealmInUse, RealmChanged, SecretNeeded, RealmNotLoaded, RealmOfGates, RealmOfGateUnknown, LocalUserRefused, TooManyKeys, KeyGrants,
        DerivedKey, KeyOwner, ServiceAccount, BreakGlassUsed, BreakGlassKeys, MappingOfNobody, MappingInvalid,
        RealmAuthorities, TokenIssuer, TokenAudience, TokenAlgorithms, TokenKeys, TokenKeysUrl, TokenClaims, TokenTimes,
        CertificateFields, CertificateRevocation,
        DirectoryServers, DirectoryClearText, DirectoryAuthorities, DirectorySearcher,
        DirectoryName, DirectoryFilter, DirectoryRange, DirectoryUsers,
    ];
}

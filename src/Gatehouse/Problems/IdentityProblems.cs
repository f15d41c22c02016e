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

    /// <summary>A mapping without any condition.</summary>
    public static readonly ProblemDefinition MappingOfNobody = new("GH5060", "Role mapping without a condition");

    /// <summary>A mapping with something that cannot be understood.</summary>
    public static readonly ProblemDefinition MappingInvalid = new("GH5061", "Role mapping not understood");

    /// <summary>All of this range.</summary>
    public static IReadOnlyList<ProblemDefinition> All { get; } =
    [
        RealmName, RealmSettings, RealmValue, RealmInUse, RealmChanged, SecretNeeded, RealmNotLoaded, TooManyKeys, KeyGrants,
        DerivedKey, KeyOwner, ServiceAccount, MappingOfNobody, MappingInvalid,
    ];
}

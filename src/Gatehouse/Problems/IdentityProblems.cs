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

    /// <summary>A mapping without any condition.</summary>
    public static readonly ProblemDefinition MappingOfNobody = new("GH5060", "Role mapping without a condition");

    /// <summary>A mapping with something that cannot be understood.</summary>
    public static readonly ProblemDefinition MappingInvalid = new("GH5061", "Role mapping not understood");

    /// <summary>All of this range.</summary>
    public static IReadOnlyList<ProblemDefinition> All { get; } =
    [
        RealmName, RealmSettings, RealmValue, MappingOfNobody, MappingInvalid,
    ];
}

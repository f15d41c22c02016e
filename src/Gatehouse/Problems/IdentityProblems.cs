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

    /// <summary>All of this range.</summary>
    public static IReadOnlyList<ProblemDefinition> All { get; } =
    [
        RealmName, RealmSettings, RealmValue,
    ];
}

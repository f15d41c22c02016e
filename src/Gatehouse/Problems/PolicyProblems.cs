namespace Gatehouse.Problems;

/// <summary>Roles, grants and decisions: GH6xxx.</summary>
public static class PolicyProblems
{
    /// <summary>A role's name has other characters than allowed, or none.</summary>
    public static readonly ProblemDefinition RoleName = new("GH6001", "Role name is not valid");

    /// <summary>Two roles have one name.</summary>
    public static readonly ProblemDefinition DuplicateRole = new("GH6002", "Role is defined twice");

    /// <summary>A role has the name of a built-in one.</summary>
    public static readonly ProblemDefinition BuiltInRole = new("GH6003", "Built-in role cannot be redefined");

    /// <summary>A grant's system is no name.</summary>
    public static readonly ProblemDefinition SystemName = new("GH6004", "System name of a grant is not valid");

    /// <summary>A grant has no action pattern, or one that cannot be read.</summary>
    public static readonly ProblemDefinition ActionPattern = new("GH6005", "Action pattern of a grant is not valid");

    /// <summary>A resource pattern cannot be read.</summary>
    public static readonly ProblemDefinition ResourcePattern = new("GH6006", "Resource pattern of a grant is not valid");

    /// <summary>A source network cannot be read in one way only.</summary>
    public static readonly ProblemDefinition SourceNetwork = new("GH6007", "Source network of a grant is not valid");

    /// <summary>A window of the day cannot be read.</summary>
    public static readonly ProblemDefinition Hours = new("GH6008", "Hours of a grant are not valid");

    /// <summary>A grant would hold at no time.</summary>
    public static readonly ProblemDefinition TimeBounds = new("GH6009", "Grant would never hold");

    /// <summary>A gate's name in a condition is no name.</summary>
    public static readonly ProblemDefinition GateName = new("GH6010", "Gate name of a grant is not valid");

    /// <summary>The policy's wildcards are too many to be decided in bounded time.</summary>
    public static readonly ProblemDefinition TooManyWildcards = new("GH6011", "Policy has too many kinds of wildcard patterns");

    /// <summary>A grant neither allows nor denies.</summary>
    public static readonly ProblemDefinition Effect = new("GH6012", "Grant neither allows nor denies");

    /// <summary>A policy file, or a part of it, that this version does not know.</summary>
    public static readonly ProblemDefinition FileVersion = new("GH6020", "Policy file is of a kind that this version does not know");

    /// <summary>Something in a policy file that cannot be meant.</summary>
    public static readonly ProblemDefinition FileValue = new("GH6021", "Policy file says something that is not accepted");

    /// <summary>Another generation is in force than the one read.</summary>
    public static readonly ProblemDefinition RevisionMoved = new("GH6022", "Policy was changed meanwhile");

    /// <summary>A test of a policy file does not hold.</summary>
    public static readonly ProblemDefinition TestFailed = new("GH6023", "A test of the policy does not hold");

    /// <summary>A generation that cannot be gone back to.</summary>
    public static readonly ProblemDefinition NoSuchGeneration = new("GH6024", "The policy cannot go back to that generation");

    /// <summary>All of this range.</summary>
    public static IReadOnlyList<ProblemDefinition> All { get; } =
    [
        RoleName, DuplicateRole, BuiltInRole, SystemName, ActionPattern, ResourcePattern, SourceNetwork, Hours, TimeBounds,
        GateName, TooManyWildcards, Effect, FileVersion, FileValue, RevisionMoved, TestFailed, NoSuchGeneration,
    ];
}

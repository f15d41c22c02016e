namespace Gatehouse.Problems;

/// <summary>EMQX's dashboard and management API: GH5340 to GH5349.</summary>
public static class EmqxProblems
{
    /// <summary>A gate's identity at EMQX is the one that EMQX ships.</summary>
    public static readonly ProblemDefinition DefaultIdentity = new("GH5340", "The gate's identity at EMQX is EMQX's default password");

    /// <summary>Somebody tried the password that EMQX ships.</summary>
    public static readonly ProblemDefinition DefaultLogin = new("GH5341", "A client tried EMQX's default password");

    /// <summary>A gate that EMQX does not know.</summary>
    public static readonly ProblemDefinition NoIdentity = new("GH5342", "The gate has no identity at EMQX");

    /// <summary>A login that would give out a token of EMQX's own.</summary>
    public static readonly ProblemDefinition OwnLogin = new("GH5343", "This login of EMQX's does not pass the gate");

    /// <summary>All of this range.</summary>
    public static IReadOnlyList<ProblemDefinition> All { get; } = [DefaultIdentity, DefaultLogin, NoIdentity, OwnLogin];
}

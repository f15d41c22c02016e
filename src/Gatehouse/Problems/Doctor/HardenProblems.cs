namespace Gatehouse.Problems.Doctor;

/// <summary>Harden: GH816x.</summary>
public static class HardenProblems
{
    /// <summary>There is no configuration to harden, or it cannot be read.</summary>
    public static readonly ProblemDefinition Input = new("GH8160", "The configuration to harden cannot be read");

    /// <summary>The configuration is made in a way that no edit of it makes safe.</summary>
    public static readonly ProblemDefinition NotPossible = new("GH8161", "A configuration cannot be hardened as it is");

    /// <summary>Something is needed that only the administrator knows.</summary>
    public static readonly ProblemDefinition Wish = new("GH8162", "Harden must be told something first");

    /// <summary>The service's user is not known here.</summary>
    public static readonly ProblemDefinition Account = new("GH8163", "The user of a guarded service is not known");

    /// <summary>A write failed; everything is as it was before.</summary>
    public static readonly ProblemDefinition RolledBack = new("GH8164", "A file could not be written, and everything was put back");

    /// <summary>A write failed, and putting back failed too.</summary>
    public static readonly ProblemDefinition NotRolledBack = new("GH8165", "A file could not be written, and not everything could be put back");

    /// <summary>A file is not what it was when it was last seen.</summary>
    public static readonly ProblemDefinition Changed = new("GH8166", "A file was changed by somebody else");

    /// <summary>There is no backup that could be put back, or it cannot be used.</summary>
    public static readonly ProblemDefinition Backup = new("GH8167", "There is nothing that harden could undo");

    /// <summary>A run was ended in its middle.</summary>
    public static readonly ProblemDefinition Unfinished = new("GH8168", "An earlier run of harden did not come to its end");

    /// <summary>Certificates are needed and nobody issues them.</summary>
    public static readonly ProblemDefinition Certificates = new("GH8169", "Certificates for hardening cannot be had");

    /// <summary>All of this range.</summary>
    public static IReadOnlyList<ProblemDefinition> All { get; } =
        [Input, NotPossible, Wish, Account, RolledBack, NotRolledBack, Changed, Backup, Unfinished, Certificates];
}

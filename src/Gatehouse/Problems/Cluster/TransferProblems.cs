namespace Gatehouse.Problems.Cluster;

/// <summary>Moves, backups and restores of the store: GH2073 to GH2079.</summary>
public static class TransferProblems
{
    /// <summary>A store that cannot be copied.</summary>
    public static readonly ProblemDefinition CannotMove = new("GH2073", "The store cannot be copied");

    /// <summary>Something is there already.</summary>
    public static readonly ProblemDefinition NotEmpty = new("GH2074", "The store is not empty");

    /// <summary>A backup that does not open.</summary>
    public static readonly ProblemDefinition BackupBroken = new("GH2075", "A backup cannot be read");

    /// <summary>All of this range.</summary>
    public static IReadOnlyList<ProblemDefinition> All { get; } = [CannotMove, NotEmpty, BackupBroken];
}

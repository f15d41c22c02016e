namespace Gatehouse.Problems;

/// <summary>Role files of other systems: GH308x.</summary>
public static class ImportProblems
{
    /// <summary>It is no role file of that system.</summary>
    public static readonly ProblemDefinition NotTheirs = new("GH3080", "A file is no role file of the system it is imported from");

    /// <summary>A part of it has no counterpart.</summary>
    public static readonly ProblemDefinition Unsupported = new("GH3081", "A part of an imported role file cannot be kept");

    /// <summary>A part that can neither be kept nor be left out.</summary>
    public static readonly ProblemDefinition Unsafe = new("GH3082", "A part of an imported role file cannot be left out either");

    /// <summary>All of this range.</summary>
    public static IReadOnlyList<ProblemDefinition> All { get; } = [NotTheirs, Unsupported, Unsafe];
}

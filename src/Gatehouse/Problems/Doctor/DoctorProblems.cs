namespace Gatehouse.Problems.Doctor;

/// <summary>Doctor: GH815x.</summary>
public static class DoctorProblems
{
    /// <summary>An entry of the file of accepted risks that says too little or too much.</summary>
    public static readonly ProblemDefinition AcceptedRisk = new("GH8150", "An accepted risk is not written as it must be");

    /// <summary>A file or folder that was named to doctor, and that no guarded system has.</summary>
    public static readonly ProblemDefinition NothingThere = new("GH8151", "There is nothing to look at");

    /// <summary>A configuration, a port or a system that could not be looked at.</summary>
    public static readonly ProblemDefinition NotSeen = new("GH8152", "Something could not be looked at");

    /// <summary>All of this range.</summary>
    public static IReadOnlyList<ProblemDefinition> All { get; } = [AcceptedRisk, NothingThere, NotSeen];
}

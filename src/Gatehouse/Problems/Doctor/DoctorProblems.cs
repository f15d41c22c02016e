namespace Gatehouse.Problems.Doctor;

/// <summary>Doctor: GH815x.</summary>
public static class DoctorProblems
{
    /// <summary>An entry of the file of accepted risks that says too little or too much.</summary>
    public static readonly ProblemDefinition AcceptedRisk = new("GH8150", "An accepted risk is not written as it must be");

    /// <summary>A file or folder that was named to doctor, and that no guarded system has.</summary>
    public static readonly ProblemDefinition NothingThere = new("GH8151", "There is nothing to look at");

    /// <summary>All of this range.</summary>
    public static IReadOnlyList<ProblemDefinition> All { get; } = [AcceptedRisk, NothingThere];
}

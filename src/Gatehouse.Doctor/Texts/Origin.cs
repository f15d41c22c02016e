using Gatehouse.Problems;

namespace Gatehouse.Doctor.Texts;

/// <summary>Where a value comes from: a place in a file, an environment variable, or a variable that a place in a file sets.</summary>
/// <param name="Source">The file as the caller named it; for a variable the unit, env file or process that it was seen in.</param>
/// <param name="Line">From 1; 0 where there is no file.</param>
/// <param name="Column">From 1, in UTF-16 units; 0 where there is no file.</param>
/// <param name="Length">How long the value is written there, in UTF-16 units.</param>
/// <param name="Variable">The environment variable, or null.</param>
public sealed record Origin(string Source, int Line = 0, int Column = 0, int Length = 0, string? Variable = null)
{
    /// <summary>As a problem says it.</summary>
    public ProblemLocation Location => new(Source, Line, Column);

    /// <summary><c>file:3:5</c>, <c>environment variable NAME</c>, or both.</summary>
    public override string ToString() => Variable is null ? Location.ToString() : $"environment variable {Variable} ({Location})";
}

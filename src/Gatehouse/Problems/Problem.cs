namespace Gatehouse.Problems;

/// <summary>One thing that is wrong, as an operator reads it: a permanent id, a text, and where it was seen.</summary>
/// <param name="Definition">The permanent definition this is an instance of.</param>
/// <param name="Text">One sentence, lower case, user input in backticks, no secret.</param>
/// <param name="Location">Where: file, line and column, or null where a place makes no sense.</param>
/// <param name="Hint">What to do about it, or null.</param>
public sealed record Problem(ProblemDefinition Definition, string Text, ProblemLocation? Location = null, string? Hint = null)
{
    /// <summary>The permanent id, such as <c>GH1203</c>.</summary>
    public string Id => Definition.Id;

    /// <summary>One line: <c>GH1203 gatehouse.yaml:3:5 text (hint)</c>.</summary>
    public override string ToString()
    {
        string place = Location is null ? "" : $" {Location}:";
        string hint = Hint is null ? "" : $" ({Hint})";
        return $"{Id}{place} {Text}{hint}";
    }
}

/// <summary>A place in a file; line and column count from 1, 0 means unknown.</summary>
public sealed record ProblemLocation(string Source, int Line = 0, int Column = 0)
{
    /// <inheritdoc/>
    public override string ToString() => Line == 0 ? Source : $"{Source}:{Line}:{Column}";
}

namespace Gatehouse.Problems.Doctor;

/// <summary>Configuration files of guarded systems, as doctor and harden read and change them: GH81xx.</summary>
public static class TextProblems
{
    /// <summary>More bytes than are read.</summary>
    public static readonly ProblemDefinition TooLarge = new("GH8100", "A configuration file of a guarded system is too large");

    /// <summary>Bytes that are no UTF-8, or NUL.</summary>
    public static readonly ProblemDefinition NotText = new("GH8101", "A configuration file of a guarded system is no UTF-8 text");

    /// <summary>A text that its own system could not read either.</summary>
    public static readonly ProblemDefinition Syntax = new("GH8102", "A configuration file of a guarded system cannot be read");

    /// <summary>Nested too deeply, too many values, or substitutions that make too much.</summary>
    public static readonly ProblemDefinition Limit = new("GH8103", "A configuration file of a guarded system holds too much");

    /// <summary>An included file that is needed and not there, or that includes itself.</summary>
    public static readonly ProblemDefinition Include = new("GH8104", "A file that a configuration file includes cannot be read");

    /// <summary>A change that the file cannot take.</summary>
    public static readonly ProblemDefinition Edit = new("GH8105", "A setting cannot be changed in a configuration file");

    /// <summary>All of this range.</summary>
    public static IReadOnlyList<ProblemDefinition> All { get; } = [TooLarge, NotText, Syntax, Limit, Include, Edit];
}

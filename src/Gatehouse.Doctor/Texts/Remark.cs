namespace Gatehouse.Doctor.Texts;

/// <summary>What a reader found noteworthy without refusing the file.</summary>
public enum RemarkKind
{
    /// <summary>One name twice in one object: readers differ in which they take; here the last one counts.</summary>
    DuplicateKey = 0,

    /// <summary>Another file is included.</summary>
    Include = 1,

    /// <summary>An included file is not there and need not be.</summary>
    MissingInclude = 2,

    /// <summary>A substitution or placeholder, known or not.</summary>
    Substitution = 3,

    /// <summary>An environment variable with the system's prefix that sets nothing which is known.</summary>
    UnknownVariable = 4,

    /// <summary>A value is set again where one was already: by another file, or by the environment.</summary>
    Override = 5,

    /// <summary>Something stands there that the system ignores.</summary>
    Ignored = 6,

    /// <summary>A reference to a file of environment variables.</summary>
    EnvironmentFile = 7,
}

/// <summary>One of them.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Subject">The path, name or file it is about; never a value.</param>
/// <param name="Origin">Where it is.</param>
public sealed record Remark(RemarkKind Kind, string Subject, Origin Origin);

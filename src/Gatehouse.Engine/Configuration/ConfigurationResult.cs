using System.Collections.Immutable;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Configuration;

/// <summary>What came of reading a configuration: a value, or problems and no value.</summary>
internal sealed record ConfigurationResult
{
    /// <summary>The configuration; null as soon as there is one problem.</summary>
    public NodeConfiguration? Value { get; init; }

    /// <summary>All problems found, in the order of the file where they have a place.</summary>
    public ImmutableArray<Problem> Problems { get; init; } = [];

    /// <summary>Where each key stood, for problems that are found later.</summary>
    public ConfigurationMarks Marks { get; init; } = ConfigurationMarks.None;

    /// <summary>What could be read in spite of problems, for further checks; never to be put in force.</summary>
    internal NodeConfiguration? Draft { get; init; }
}

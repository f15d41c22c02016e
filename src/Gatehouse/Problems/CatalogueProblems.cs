namespace Gatehouse.Problems;

/// <summary>Catalogues, the tables that map HTTP APIs to operations: GH72xx.</summary>
public static class CatalogueProblems
{
    /// <summary>A line without its four columns, or a continuation without an endpoint.</summary>
    public static readonly ProblemDefinition Line = new("GH7201", "A catalogue line is incomplete");

    /// <summary>A word that cannot be a method.</summary>
    public static readonly ProblemDefinition Method = new("GH7202", "A catalogue line names an impossible method");

    /// <summary>A path template that cannot be read.</summary>
    public static readonly ProblemDefinition Template = new("GH7203", "A catalogue's path template is malformed");

    /// <summary>A word that cannot be an action.</summary>
    public static readonly ProblemDefinition Action = new("GH7204", "A catalogue line names an impossible action");

    /// <summary>A resource that cannot be read.</summary>
    public static readonly ProblemDefinition Resource = new("GH7205", "A catalogue's resource is malformed");

    /// <summary>An unknown option, or one with a value it cannot have.</summary>
    public static readonly ProblemDefinition Option = new("GH7206", "A catalogue's option is unknown or malformed");

    /// <summary>Two endpoints for one method and path.</summary>
    public static readonly ProblemDefinition Duplicate = new("GH7207", "Two endpoints of a catalogue take the same requests");

    /// <summary>Pointers and parameters that do not fit together.</summary>
    public static readonly ProblemDefinition Body = new("GH7208", "An endpoint's pointers or parameters contradict each other");

    /// <summary>Empty, or larger than a catalogue may be.</summary>
    public static readonly ProblemDefinition Limits = new("GH7209", "A catalogue is empty or too large");

    /// <summary>All of this range.</summary>
    public static IReadOnlyList<ProblemDefinition> All { get; } =
        [Line, Method, Template, Action, Resource, Option, Duplicate, Body, Limits];
}

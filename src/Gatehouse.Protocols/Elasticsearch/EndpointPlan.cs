namespace Gatehouse.Protocols.Elasticsearch;

/// <summary>Where index expressions of an operation come from.</summary>
internal enum IndexSource : byte
{
    /// <summary>A segment of the path.</summary>
    Segment = 0,

    /// <summary>Everything.</summary>
    All,

    /// <summary>The query parameter <c>index</c>, everything without it.</summary>
    Parameter,

    /// <summary>These words of the table.</summary>
    Literal,
}

/// <summary>One source of index expressions.</summary>
/// <param name="Source">What it is.</param>
/// <param name="Segment">The segment.</param>
/// <param name="Text">The literal.</param>
internal readonly record struct PlannedSource(IndexSource Source, int Segment, string Text);

/// <summary>One operation of a line.</summary>
/// <param name="Action">The action.</param>
/// <param name="Sources">Its index expressions.</param>
internal sealed record PlannedOperation(string Action, PlannedSource[] Sources);

/// <summary>A line of <c>elasticsearch.catalogue</c>, compiled.</summary>
internal sealed class EndpointPlan
{
    /// <summary>The path template.</summary>
    public required string Template { get; init; }

    /// <summary>What it always needs.</summary>
    public required PlannedOperation[] Operations { get; init; }

    /// <summary>Looks for names in the body; null where the body is not looked at.</summary>
    public required BodyReader? Reader { get; init; }

    /// <summary>Whether the reader takes lines of JSON.</summary>
    public bool TakesLines { get; init; }

    /// <summary>Whether the body may be anything.</summary>
    public bool TakesAnything { get; init; }

    /// <summary>Parameters that only this line knows.</summary>
    public required string[] Parameters { get; init; }

    /// <summary>Whether every authenticated principal may.</summary>
    public bool IsAnyPrincipal { get; init; }

    /// <summary>Whether only the maker of a handle may.</summary>
    public bool IsOwned { get; init; }

    /// <summary>The segment that is <c>{index}</c>, or -1.</summary>
    public int IndexSegment { get; init; } = -1;
}

/// <summary>Looks for names in a request.</summary>
internal delegate void BodyReader(Classification request);

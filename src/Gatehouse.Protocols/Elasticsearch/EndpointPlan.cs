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
/// <param name="InsertAt">Where everything is meant: the place in the path at which a list may stand instead, or -1.</param>
internal readonly record struct PlannedSource(IndexSource Source, int Segment, string Text, int InsertAt = -1);

/// <summary>One operation of a line.</summary>
/// <param name="Action">The action.</param>
/// <param name="Sources">Its index expressions.</param>
internal sealed record PlannedOperation(string Action, PlannedSource[] Sources);

/// <summary>A line of <c>elasticsearch.catalogue</c>, compiled.</summary>
internal sealed record EndpointPlan
{
    /// <summary>The path template.</summary>
    public required string Template { get; init; }

    /// <summary>What it always needs.</summary>
    public required PlannedOperation[] Operations { get; init; }

    /// <summary>Looks for names in the body; null where the body is not looked at.</summary>
    public required BodyReader? Reader { get; init; }

    /// <summary>The name of <see cref="Reader"/> in the table.</summary>
    public required string ReaderName { get; init; }

    /// <summary>How it takes a body.</summary>
    public ElasticsearchBody Body => ReaderName switch
    {
        "-" => ElasticsearchBody.None,
        "raw" => ElasticsearchBody.Anything,
        "bulk" => ElasticsearchBody.Bulk,
        "msearch" or "msearch_template" => ElasticsearchBody.Searches,
        _ => ElasticsearchBody.Json,
    };

    /// <summary>Whether the reader takes lines of JSON.</summary>
    public bool TakesLines => Body is ElasticsearchBody.Bulk or ElasticsearchBody.Searches;

    /// <summary>Whether the body may be anything.</summary>
    public bool TakesAnything => Body == ElasticsearchBody.Anything;

    /// <summary>Parameters that only this line knows.</summary>
    public required string[] Parameters { get; init; }

    /// <summary>Whether every authenticated principal may.</summary>
    public bool IsAnyPrincipal { get; init; }

    /// <summary>Whether only the maker of a handle may.</summary>
    public bool IsOwned { get; init; }

    /// <summary>The segment that is <c>{index}</c>, or -1.</summary>
    public int IndexSegment { get; init; } = -1;

    /// <summary>The same where a list may stand at that place of the path instead of meaning everything.</summary>
    public EndpointPlan InsertingAt(int segment) => this with
    {
        Operations = [.. Operations.Select(o => o with
        {
            Sources = [.. o.Sources.Select(s => s.Source is IndexSource.All or IndexSource.Parameter ? s with { InsertAt = segment } : s)],
        })],
    };
}

/// <summary>Looks for names in a request.</summary>
internal delegate void BodyReader(Classification request);

namespace Gatehouse.Engine.Elasticsearch.Handles;

/// <summary>Where the handles of a request stand.</summary>
/// <param name="Kind">What they are.</param>
internal sealed record HandleRule(HandleKind Kind)
{
    /// <summary>The member of the body, by names joined by dots, a string or an array of them; null where there is none.</summary>
    public string? Member { get; init; }

    /// <summary>The query parameter, or null.</summary>
    public string? Parameter { get; init; }

    /// <summary>The path segment, or -1.</summary>
    public int Segment { get; init; } = -1;

    /// <summary>Whether a segment or parameter holds a comma list.</summary>
    public bool TakesLists { get; init; }

    /// <summary>The action by which others than the owner may, or null; where the table names one for the route, that one counts.</summary>
    public string? Privilege { get; init; }

    /// <summary>The member of the body that says how long the handle is to live from now on; null: the query parameter.</summary>
    public string? LifeMember { get; init; }

    /// <summary>The query parameter that says so, or null.</summary>
    public string? LifeParameter { get; init; }

    /// <summary>Whether the upstream's id is the client's too.</summary>
    public bool IsKept => Kind >= HandleKind.Task;
}

/// <summary>A place of a response where the upstream gives out a handle.</summary>
/// <param name="Path">Names of members joined by dots, <c>*</c> any element.</param>
/// <param name="Kind">What it is.</param>
internal sealed record HandleOutput(string Path, HandleKind Kind);

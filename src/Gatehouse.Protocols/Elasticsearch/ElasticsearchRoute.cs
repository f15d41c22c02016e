using Gatehouse.Protocols.Catalogues;

namespace Gatehouse.Protocols.Elasticsearch;

/// <summary>How a line of the table takes a request body.</summary>
public enum ElasticsearchBody : byte
{
    /// <summary>None that anybody reads.</summary>
    None = 0,

    /// <summary>One JSON value.</summary>
    Json,

    /// <summary>Searches and their headers, line by line.</summary>
    Searches,

    /// <summary>Actions and their sources, line by line.</summary>
    Bulk,

    /// <summary>Any bytes.</summary>
    Anything,
}

/// <summary>The line of the table that takes a request; none where nobody knows the path.</summary>
public sealed class ElasticsearchRoute
{
    internal ElasticsearchRoute(EndpointPlan plan) => Plan = plan;

    /// <summary>The path template, such as <c>/{index}/_search</c>.</summary>
    public string Template => Plan.Template;

    /// <summary>How it takes a body.</summary>
    public ElasticsearchBody Body => Plan.Body;

    /// <summary>Whether every authenticated principal may.</summary>
    public bool IsAnyPrincipal => Plan.IsAnyPrincipal;

    /// <summary>Whether <c>_doc</c>, <c>_create</c> or <c>_update</c> write one document.</summary>
    public bool IsDocumentWrite => Plan.ReaderName is "document" or "update";

    /// <summary>The path segment that is <c>{index}</c>, or -1.</summary>
    public int IndexSegment => Plan.IndexSegment;

    internal EndpointPlan Plan { get; }
}

/// <summary>What looking for the line of a request gave: a line, an unknown path, or a refusal.</summary>
/// <param name="Route">The line; null for the other two.</param>
/// <param name="Class">What the request is without its body having been read, where there is no line.</param>
public readonly record struct RouteResult(ElasticsearchRoute? Route, RequestClass? Class);

/// <summary>One place of a request that holds a list of index expressions, and the action that they are for.</summary>
/// <param name="Action">The action, such as <c>index:read</c>.</param>
/// <param name="Text">The list as sent, decoded; empty for everything.</param>
/// <param name="Segment">The path segment that holds it, or -1 where the request says nothing.</param>
/// <param name="InsertAt">
/// Where <paramref name="Segment"/> is -1: the place in the path at which a segment with the list means the same request on these
/// expressions alone; -1 where there is no such form.
/// </param>
public readonly record struct IndexSlot(string Action, string Text, int Segment, int InsertAt);

/// <summary>A request, classified, and where its index expressions stand.</summary>
/// <param name="Class">What it needs.</param>
/// <param name="Slots">Lists in the path, or missing there.</param>
/// <param name="Others">Everything it needs besides: cluster privileges, and names found in body and query.</param>
public sealed record ClassifiedRequest(RequestClass Class, IReadOnlyList<IndexSlot> Slots, IReadOnlyList<RequestOperation> Others)
{
    /// <summary>Whether a body deletes indices by an expression that may stand for several.</summary>
    public bool DeletesByWildcard { get; init; }
}

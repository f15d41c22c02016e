using Gatehouse.Protocols.Http;

namespace Gatehouse.Engine.Elasticsearch.Handles;

/// <summary>
/// Which lines of the table take handles and which give some out: Elasticsearch 7 to 9 and OpenSearch 2 to 3 (their REST
/// specifications). Only the responses of lines that give some out are looked into.
/// </summary>
internal static class HandleRules
{
    private const string CancelTask = "cluster:cancel_task";

    private static readonly HandleRule InScroll = new(HandleKind.Scroll) { Member = "scroll_id", Parameter = "scroll_id", LifeMember = "scroll", LifeParameter = "scroll" };
    private static readonly HandleRule InSearch = new(HandleKind.PointInTime) { Member = "pit.id", LifeMember = "pit.keep_alive" };
    private static readonly HandleRule InPits = new(HandleKind.PointInTime) { Member = "pit_id" };
    private static readonly HandleRule InPit = new(HandleKind.PointInTime) { Member = "id" };
    private static readonly HandleRule InCursor = new(HandleKind.Cursor) { Member = "cursor", LifeMember = "page_timeout" };

    /// <summary>Where the handles of a request stand; null where its line takes none.</summary>
    /// <param name="method">The method.</param>
    /// <param name="template">The path template of its line.</param>
    public static HandleRule? Takes(string method, string template) => template switch
    {
        "/_search/scroll" => method == "DELETE" ? InScroll with { TakesLists = true } : InScroll,
        "/_search/scroll/{scroll_id}" => InScroll with { Segment = 2, TakesLists = method == "DELETE" },
        "/_pit" => InPit,
        "/_search/point_in_time" or "/_cat/pit_segments" => InPits,
        "/_async_search/{id}" => Kept(HandleKind.AsyncSearch, 1, method),
        "/_async_search/status/{id}" => Kept(HandleKind.AsyncSearch, 2, method),
        "/_eql/search/{id}" => Kept(HandleKind.AsyncEql, 2, method),
        "/_eql/search/status/{id}" => Kept(HandleKind.AsyncEql, 3, method),
        "/_sql/async/{id}" => Kept(HandleKind.AsyncSql, 2, method),
        "/_sql/async/status/{id}" or "/_sql/async/delete/{id}" => Kept(HandleKind.AsyncSql, 3, method),
        "/_query/async/{id}" or "/_query/async/{id}/stop" => Kept(HandleKind.AsyncEsql, 2, method),
        "/_plugins/_asynchronous_search/{id}" or "/_opendistro/_asynchronous_search/{id}" => Kept(HandleKind.OpenSearchAsync, 2, "GET"),
        "/_tasks/{task_id}" or "/_tasks/{task_id}/_cancel" or "/_reindex/{task_id}" or "/_reindex/{task_id}/_cancel"
            or "/_reindex/{task_id}/_rethrottle" or "/_update_by_query/{task_id}/_rethrottle"
            or "/_delete_by_query/{task_id}/_rethrottle" => new HandleRule(HandleKind.Task) { Segment = 1 },
        _ when IsTextQuery(template) => InCursor,
        _ when template.EndsWith("_search", StringComparison.Ordinal) || template.EndsWith("_msearch", StringComparison.Ordinal) => InSearch,
        _ => null,
    };

    /// <summary>Where the response of a request gives handles out.</summary>
    /// <param name="method">The method.</param>
    /// <param name="template">The path template of its line.</param>
    /// <param name="target">The target.</param>
    /// <param name="hasPointInTime">Whether the request searches a point in time.</param>
    public static List<HandleOutput> Gives(string method, string template, CanonicalTarget target, bool hasPointInTime)
    {
        List<HandleOutput> outputs = Named(method, template);
        if (target.TryGetParameter("scroll"u8, out _)
            && (template.EndsWith("_search", StringComparison.Ordinal) || template.EndsWith("_search/template", StringComparison.Ordinal)))
        {
            outputs.Add(new HandleOutput("_scroll_id", HandleKind.Scroll));
        }

        if (MakesTasks(template) && target.TryGetParameter("wait_for_completion"u8, out ReadOnlySpan<byte> waits) && waits.SequenceEqual("false"u8))
        {
            outputs.Add(new HandleOutput("task", HandleKind.Task));
        }

        if (hasPointInTime && template.EndsWith("search", StringComparison.Ordinal))
        {
            outputs.Add(new HandleOutput("pit_id", HandleKind.PointInTime));
            outputs.Add(new HandleOutput("response.pit_id", HandleKind.PointInTime));
            outputs.Add(new HandleOutput("responses.*.pit_id", HandleKind.PointInTime));
        }

        return outputs;
    }

    /// <summary>Whether the line can answer as text, and then names its handles in headers.</summary>
    public static bool AnswersAsText(string template) => IsTextQuery(template) || template.StartsWith("/_sql/", StringComparison.Ordinal)
        || template.StartsWith("/_query/", StringComparison.Ordinal);

    private static List<HandleOutput> Named(string method, string template) => (method, template) switch
    {
        (not "DELETE", "/_search/scroll" or "/_search/scroll/{scroll_id}") => [new("_scroll_id", HandleKind.Scroll)],
        (_, "/{index}/_pit") => [new("id", HandleKind.PointInTime)],
        (_, "/{index}/_search/point_in_time") => [new("pit_id", HandleKind.PointInTime)],
        ("DELETE", "/_search/point_in_time") => [new("pits.*.pit_id", HandleKind.PointInTime)],
        (_, "/_async_search" or "/{index}/_async_search") => [new("id", HandleKind.AsyncSearch)],
        ("GET", "/_async_search/{id}") => [new("response.pit_id", HandleKind.PointInTime)],
        (_, "/_eql/search" or "/{index}/_eql/search") => [new("id", HandleKind.AsyncEql)],
        (_, "/_sql") => [new("cursor", HandleKind.Cursor), new("id", HandleKind.AsyncSql)],
        ("GET", "/_sql/async/{id}") => [new("cursor", HandleKind.Cursor)],
        (_, "/_query/async") => [new("id", HandleKind.AsyncEsql)],
        (_, "/_plugins/_asynchronous_search" or "/_opendistro/_asynchronous_search") => [new("id", HandleKind.OpenSearchAsync)],
        _ when template.EndsWith("/_sql", StringComparison.Ordinal) || template.EndsWith("/_ppl", StringComparison.Ordinal) =>
            [new("cursor", HandleKind.Cursor)],
        _ => [],
    };

    // Named one by one: elsewhere a member of that name may be the client's own, as in a document that `_source` gives back.
    private static bool MakesTasks(string template) =>
        template[(template.LastIndexOf('/') + 1)..] is "_reindex" or "_update_by_query" or "_delete_by_query" or "_forcemerge" or "_open" or "_execute"
        || template is "/{index}/_shrink/{target}" or "/{index}/_split/{target}" or "/{index}/_clone/{target}";

    private static HandleRule Kept(HandleKind kind, int segment, string method) =>
        new(kind) { Segment = segment, LifeParameter = "keep_alive", Privilege = method == "DELETE" ? CancelTask : null };

    private static bool IsTextQuery(string template) => !template.Contains('{', StringComparison.Ordinal)
        && (template.Contains("/_sql", StringComparison.Ordinal) || template.Contains("/_ppl", StringComparison.Ordinal));
}
